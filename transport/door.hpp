// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <troupe/meeting.hpp>

#include "met_program.hpp"

namespace troupe::detail {

/// How a program that was met reaches the actor that somebody waits at.
struct arrival {
  static constexpr bool local_only = true;
  std::shared_ptr<met_program> who;
  std::string error;
};
struct await_arrival {
  static constexpr bool local_only = true;
  using reply = arrival;
};
struct no_more_arrivals {
  static constexpr bool local_only = true;
};
using arrivals_ref = actor_ref<arrival, await_arrival, no_more_arrivals>;
/// Keeps those who have arrived until they are asked for, the last `kept_max` of them.
arrivals_ref spawn_arrivals(system_core& system, std::size_t kept_max);

/// The identity and the types of this program, for one meeting.
meeting::part part_in_meeting(nodes& all, meeting_role role, const std::optional<std::string>& key);

/// A socket that listens, and the meetings that have begun at it.
class door : public std::enable_shared_from_this<door> {
 public:
  /// \throws as meeting_place   \thread any
  door(nodes& all, const std::filesystem::path& path, meeting_options options);
  ~door();

  void open();           ///< begins to accept. \thread the holder of the reactor
  void shut() noexcept;  ///< \thread the holder of the reactor, or nobody is
  void shut_soon();      ///< \thread any
  const arrivals_ref& arrivals() const noexcept { return arrivals_; }   ///< \thread any
  const std::filesystem::path& path() const noexcept { return path_; }  ///< \thread any
  std::uint64_t refused() const noexcept { return refused_.load(); }    ///< \thread any

 private:
  void wait();
  void accept_some();
  void begin_meeting(owned_fd socket);
  void heard_of(const meeting_socket& which, met outcome);
  void rest();
  void report(pid_t pid, const std::string& error);

  nodes& all_;
  const std::filesystem::path path_;
  const meeting_options options_;
  const arrivals_ref arrivals_;
  std::atomic<bool> closing_{false};
  std::atomic<std::uint64_t> refused_{0};
  // The reactor's:
  std::optional<meeting_place> place_;
  std::optional<boost::asio::posix::stream_descriptor> socket_;  ///< a copy of the place's
  std::optional<boost::asio::steady_timer> pause_;
  std::int64_t reported_ = 0;  ///< when the last line about a refusal was written
  std::uint64_t unreported_ = 0;
  std::deque<std::shared_ptr<meeting_socket>> pending_;  ///< the oldest first
};

}  // namespace troupe::detail
