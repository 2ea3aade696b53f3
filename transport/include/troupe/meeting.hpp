// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/closing.hpp>
#include <troupe/detail/remote_find.hpp>

/// Programs of one user on one machine that were started apart and meet by a path. From then on they
/// are to each other what parent and child are: refs, asks and monitors work in both directions. One
/// actor of the other program is found by the name that it was registered under; the rest come in messages.
namespace troupe {

/// \see listen, connect
struct meeting_options {
  /// Both programs must know it; without one, every program of this user is let in. At least 16 bytes.
  std::optional<std::string> key = {};
  std::chrono::nanoseconds timeout = std::chrono::seconds{5};  ///< for one handshake
  /// connect: if nobody listens there yet, look again until `timeout` has passed.
  bool wait_for_listener = false;
  unsigned pending_max = 64;  ///< listen: handshakes under way; one more drops the oldest
};

namespace detail {
class door;
class met_program;
address node_actor_of(const met_program&) noexcept;
}  // namespace detail

/// Another program that was met; copies mean the same one. When its end is seen, or it closes the link,
/// whoever monitors one of its actors hears `connection_lost`, and so does whoever waits for an answer.
/// \thread any
class neighbour {
 public:
  explicit neighbour(std::shared_ptr<detail::met_program> program) noexcept
      : program_(std::move(program)) {}

  const std::string& name() const noexcept;  ///< the name of its system
  pid_t pid() const noexcept;                ///< as of its connect or listen
  bool is_connected() const noexcept;
  /// The process as an actor: to monitor, nothing else.
  actor_ref<> node() const noexcept { return actor_ref<>::at(detail::node_actor_of(*program_)); }

  /// `co_await other.find<deposit, balance>("teller")`: its actor of that name.
  /// \throws name_error: there is none, or it does not accept all of these; actor_down: the link has ended
  template <class... Ms>
  task<actor_ref<Ms...>> find(std::string name) const {
    auto question = detail::ask_to_find(detail::node_actor_of(*program_), std::move(name),
                                        detail::types_of<Ms...>);
    const detail::found answer = co_await std::move(question);
    co_return actor_ref<Ms...>::at(detail::address_in(answer));
  }

  /// Waits for the end of the link. \return connection_lost, with what is known of it
  task<exit_reason> wait() const;
  /// Ends the link once everything sent before has left.
  void close() noexcept;

 private:
  std::shared_ptr<detail::met_program> program_;
};

/// A path at which other programs can meet this one; copies mean the same. It goes on until close()
/// or the end of the system. \thread any
class listener {
 public:
  explicit listener(std::shared_ptr<detail::door> door) noexcept : door_(std::move(door)) {}

  /// The next program that has come and passed the handshake. The last 1024 are kept for this; whoever
  /// is not asked for can still find actors by name.
  /// \throws cancelled_error: the listener is closed
  task<neighbour> accept() const;

  const std::filesystem::path& path() const noexcept;
  std::uint64_t refused() const noexcept;  ///< how many callers were turned away so far
  /// The name goes; whoever has been met stays.
  void close() noexcept;

 private:
  std::shared_ptr<detail::door> door_;
};

/// Listens at `path`: a socket that only this user can reach, in a directory that is this user's alone
/// (it is made if there is none). What is there already is never removed, and a name that was made here
/// is removed by close(). Other users are turned away before they are listened to.
/// \throws std::invalid_argument naming the option, or the path if it is abstract or not absolute;
///         std::system_error naming what is in the way   \thread any
listener listen(actor_system& system, const std::filesystem::path& path,
                meeting_options options = {});

/// Meets the program that listens at `path`.
/// \throws as listen; std::system_error ENOENT or ECONNREFUSED if nobody does; meeting_error with what
///         the handshake ended with, such as the name of a message type that looks different there
task<neighbour> connect(actor_system& system, std::filesystem::path path,
                        meeting_options options = {});

/// The handshake of a meeting has failed, or could not begin.
struct meeting_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace troupe
