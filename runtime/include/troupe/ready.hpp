// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <troupe/gather.hpp>
#include <vector>

/// Waiting for several things at once, each of which can be found ready without being used up.
namespace troupe {

namespace messages {
/// Asked of whatever stands behind a handle: answered with true once `which` of its things is ready,
/// with false when the time is up.
struct await_ready {
  using reply = bool;
  std::uint32_t which = 0;
  std::optional<std::chrono::nanoseconds> timeout = {};
};
}  // namespace messages

/// Something to wait for: a handle that has a `readiness()` is ready when a message, or the end of the
/// stream, can be taken from it at once; an actor is ready when it has ended.
class waitable {
 public:
  template <class Handle>
    requires requires(const Handle& handle) {
      { handle.readiness() } -> std::same_as<waitable>;
    }
  waitable(const Handle& handle)  // NOLINT(google-explicit-constructor)
      : waitable(handle.readiness()) {}
  template <class... Ms>
  waitable(const actor_ref<Ms...>& whom)  // NOLINT(google-explicit-constructor)
      : to_(whom.where()), is_end_(true) {}
  /// \param which  of the things behind `who`
  template <class... Ms>
    requires(std::same_as<Ms, messages::await_ready> || ...)
  waitable(const actor_ref<Ms...>& who, std::uint32_t which) : to_(who.where()), which_(which) {}

  /// For the runtime.
  const detail::address& where() const noexcept { return to_; }
  std::uint32_t which() const noexcept { return which_; }
  bool is_end() const noexcept { return is_end_; }

 private:
  detail::address to_;
  std::uint32_t which_ = 0;
  bool is_end_ = false;
};

namespace detail {

/// One of those that are waited for.
struct ready_wait : wait_node {
  gathering* all = nullptr;
  bool ended = false;  ///< the wait, in whatever way
  bool ready = false;
};

/// One round over all of them. A look takes what every handle says at once; else it goes on with the first
/// that is ready.
class ready_round : gathering_awaiter {
 public:
  ready_round(const std::vector<waitable>& things, bool look, std::chrono::nanoseconds timeout);
  using gathering_awaiter::await_ready;

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    start(*h.promise().home, h);
  }
  /// \return which are ready
  std::vector<std::size_t> await_resume();

 private:
  void start(cell& c, std::coroutine_handle<> h);
  static void take(wait_node& self, envelope* answer);

  const std::vector<waitable>& things_;
  const bool look_;
  const std::chrono::nanoseconds timeout_;
  std::vector<ready_wait> waits_;
};

}  // namespace detail

/// `co_await wait_ready({a, b, child})` waits until one of them is ready, and gives the indices of all that
/// are then; nothing is taken from any. What is gone counts as ready: using it says so.
/// \param timeout  longest wait, never shorter; zero or negative: just looks. Nothing: as long as it takes
/// \return in order; empty: the time is up
/// \cost one to three rounds of questions
task<std::vector<std::size_t>> wait_ready(
    std::vector<waitable> things, std::optional<std::chrono::nanoseconds> timeout = std::nullopt);

}  // namespace troupe
