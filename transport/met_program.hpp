// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <troupe/meeting.hpp>

#include "meeting_socket.hpp"

namespace troupe::detail {

class nodes;
class peer;

/// Another program that has been met, for as long as the link to it lasts. It is nobody's child: what is
/// known of its end is the end of the link. \thread any, but for what says otherwise
class met_program : public std::enable_shared_from_this<met_program> {
 public:
  /// Makes the link and begins to talk. Takes the descriptors of `outcome` over in any case.
  /// \return null, and why not in `error`: there is a way to that program already, or there are too many
  /// \thread the holder of the reactor
  static std::shared_ptr<met_program> begin(nodes& all, met outcome, std::string& error);

  const std::string& name() const noexcept { return name_; }
  pid_t pid() const noexcept { return pid_; }
  bool is_connected() const noexcept { return peer_.load() != nullptr; }
  address node_actor() const noexcept { return {home_, 0, 1}; }
  /// After what is queued now, nothing more is said; the other one sees the end, and ends the link.
  void close() noexcept;
  /// The system is going: the link with it.
  void detach() noexcept { peer_ = nullptr; }

 private:
  met_program(nodes& all, const met& outcome);
  void on_link_end(const std::string& error);

  nodes& all_;
  const std::string name_;
  const pid_t pid_;
  cell* home_ = nullptr;
  pipe_link* link_ = nullptr;         ///< the peer owns it
  std::atomic<peer*> peer_{nullptr};  ///< the nodes own it; null: the link has ended
};

}  // namespace troupe::detail
