// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <troupe/detail/cell.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::detail {

/// An actor as people know it in a simulation: "account#2", by its class and how many were opened
/// before it.
std::string actor_name(cell& c);

/// What a simulation notes of its steps: always a hash, and lines to read if it is asked to.
class simulation_trace {
 public:
  explicit simulation_trace(bool keeps_lines) noexcept : keeps_lines_(keeps_lines) {}

  /// Right before and right after a turn of `c`.
  void before_turn(cell& c, std::uint64_t step, std::int64_t nanoseconds);
  void after_turn(cell& c);
  /// Who has sent what is on its way and was not before. \param all  the cells of the simulation
  template <class Bank>
  void note_senders(const Bank& all, const std::string& sender) {
    if (!keeps_lines_) return;
    senders now_known;
    for (std::size_t i = 0; i < all.count(); ++i) collect(all.at(i), sender, now_known);
    senders_.swap(now_known);
  }
  bool keeps_lines() const noexcept { return keeps_lines_; }

  std::uint64_t hash() const noexcept { return hash_; }
  std::string text() const;

 private:
  using senders = std::unordered_map<const envelope*, std::string>;
  void collect(cell& c, const std::string& sender, senders& now_known) const;
  std::string describe(const envelope& e) const;

  const bool keeps_lines_;
  std::uint64_t hash_ = 0;
  std::vector<std::string> lines_;
  senders senders_;
  std::uint32_t generation_ = 0;       // of the cell that has the turn
  std::vector<const envelope*> mail_;  // of that cell, before it
};

}  // namespace troupe::detail
