// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>
#include <utility>

#include "census.hpp"
#include "deadline.hpp"

#if defined(__SANITIZE_THREAD__) || (defined(__has_feature) && __has_feature(thread_sanitizer))
/// The thread sanitizer does not support threads in a copy of a process that has some.
inline constexpr bool can_fork = false;
inline constexpr troupe::start_method all_methods[] = {troupe::start_method::spawn,
                                                       troupe::start_method::forkserver};
#else
inline constexpr bool can_fork = true;
inline constexpr troupe::start_method all_methods[] = {
    troupe::start_method::spawn, troupe::start_method::forkserver, troupe::start_method::fork};
#endif

/// Descriptors and children are as before when the system is gone.
class no_leftovers {
 public:
  ~no_leftovers() {
    CHECK(census::descriptors() == descriptors_);
    CHECK(census::children().empty());
  }

 private:
  std::size_t descriptors_ = census::descriptors();
};

/// A system, watched over; what it leaves behind is compared with before.
struct stage {
  explicit stage(const char* test, unsigned workers = 2)
      : limit(test), system({.workers = workers, .shutdown_timeout = std::chrono::seconds{10}}) {}
  deadline limit;
  no_leftovers clean;
  troupe::actor_system system;

  troupe::process start(troupe::process_options options = {}) {
    return system.run(system.start_process(std::move(options)));
  }
  /// Starts a process and an actor in it.
  template <class A, class... Args>
  auto hire(troupe::process_options options, Args... args) {
    troupe::process child = start(std::move(options));
    auto made = spawn_in<A>(child, std::move(args)...);
    return std::pair{child, made};
  }
  /// An actor in a process.
  template <class A, class... Args>
  auto spawn_in(troupe::process child, Args... args) {
    return system.run(spawned<A>(std::move(child), std::move(args)...));
  }

 private:
  template <class A, class... Args>
  static auto spawned(troupe::process child, Args... args)
      -> troupe::task<typename troupe::detail::ref_for<typename A::protocol_type>::type> {
    auto spawning = child.spawn<A>(std::move(args)...);
    co_return co_await std::move(spawning);
  }
};

/// Stops a child and returns once it stands.
inline void freeze(const troupe::process& child) {
  ::kill(child.pid(), SIGSTOP);
  while (census::state_of(child.pid()) != 'T') std::this_thread::yield();
}
inline void thaw(const troupe::process& child) { ::kill(child.pid(), SIGCONT); }

inline troupe::exit_reason end_of(troupe::actor_system& system, const troupe::process& p) {
  return system.run([](troupe::process p) -> troupe::task<troupe::exit_reason> {
    auto waiting = p.wait();
    troupe::exit_reason why = co_await std::move(waiting);
    co_return why;
  }(p));
}

/// What the start says that throws an Error; empty: it throws none.
template <class Error>
std::string refusal(troupe::actor_system& system, troupe::process_options options) {
  try {
    (void)system.run(system.start_process(std::move(options)));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}
