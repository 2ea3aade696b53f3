// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <troupe/error.hpp>

namespace troupe::detail {

/// Hand-outs of an item of which nobody knows whether it came to a process that died. After that many
/// it is not handed out again: it may be what kills them.
inline constexpr unsigned hand_outs_in_doubt_max = 3;

/// Whether a queue takes and gives: open, then shut down (what is left can be taken, or is thrown
/// away), then closed (every use is an error). It never opens again.
class queue_gate {
 public:
  enum class state : std::uint8_t { open, shut, closed };

  void use() noexcept { used_ = true; }  ///< something was put or wanted
  void shut_to(state how, bool throw_away) noexcept {
    if (how > state_) state_ = how;
    throws_away_ |= throw_away;
  }

  bool is_shut() const noexcept { return state_ != state::open; }
  bool throws_away() const noexcept { return throws_away_; }
  bool is_closed() const noexcept { return state_ == state::closed; }
  /// Closed, and nobody may even look. One that was never used says that it is empty, as in Python.
  bool is_useless() const noexcept { return is_closed() && used_; }
  std::string describe(std::size_t items, std::size_t items_max) const;

 private:
  state state_ = state::open;
  bool throws_away_ = false;
  bool used_ = false;
};

failure closed_failure();

}  // namespace troupe::detail
