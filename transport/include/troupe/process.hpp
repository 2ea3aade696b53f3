// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/life.hpp>
#include <troupe/detail/preload.hpp>
#include <troupe/detail/remote_spawn.hpp>
#include <troupe/process_options.hpp>

/// Processes that run actors. `co_await system.start_process({.name = "teller"})` starts this program
/// again; what is spawned in it is addressed and asked like an actor here.
namespace troupe {

namespace detail {
class child_process;
address node_actor_of(const child_process&) noexcept;
/// Answered by the end of a process.
struct await_end {
  static constexpr bool local_only = true;
  using reply = exit_reason;
};
}  // namespace detail

/// A child process; copies mean the same one. The process ends when its parent ends, by whatever
/// cause, when stop() is called, or by itself. All members but close() throw misuse_error for a handle
/// that has been closed or moved from. \thread any
class process {
 public:
  explicit process(std::shared_ptr<detail::child_process> child) noexcept
      : child_(std::move(child)) {}

  /// `co_await worker.spawn<account>(args…)`: an actor in that process. Arguments travel as messages
  /// do. \throws actor_down if the process dies, handler_error with the text of the constructor's
  /// exception
  template <class A, class... Args>
  task<typename detail::ref_for<typename A::protocol_type>::type> spawn(Args... args) {
    return detail::spawn_at<A>(node_actor(), std::move(args)...);
  }
  /// `co_await worker.spawn<player>(args…)`: an actor whose life is the call `player(mailbox, args…)`.
  template <auto Function, class... Args>
  task<typename detail::function_traits<decltype(Function)>::ref> spawn(Args... args) {
    return detail::spawn_at<Function>(node_actor(), std::move(args)...);
  }

  pid_t pid() const;
  const std::string& name() const;
  bool is_daemon() const;
  bool is_alive() const;
  /// How it has ended, if it has. \return cause::process_ended with exit code or signal
  std::optional<exit_reason> exit_status() const;

  /// Waits for its end, once everything that it has sent has come.
  task<exit_reason> wait();
  /// The same for so long at most. \param timeout  0 or less: looks and returns
  task<std::optional<exit_reason>> wait(std::chrono::nanoseconds timeout);
  /// Its end as an ask, to be awaited together with others: `when_any(a.sentinel(), b.sentinel(),
  /// clerk.ask(report{}))`.
  ask_operation<detail::await_end> sentinel() const;

  void stop();       ///< asks it to end its actors and itself; forced after its shutdown time
  void terminate();  ///< SIGTERM
  void kill();       ///< SIGKILL

  /// Lets go of the process before the handle goes. Closing it again does nothing.
  /// \throws misuse_error if it is alive
  void close();

  /// For the runtime: of the actor that spawns others there.
  detail::address node_actor() const { return detail::node_actor_of(child()); }

  friend bool operator==(const process& a, const process& b) noexcept {
    return a.child_ == b.child_;
  }

 private:
  detail::child_process& child() const;

  std::shared_ptr<detail::child_process> child_;
};

/// Who started this process: `system.parent()->name()`.
class parent_process {
 public:
  parent_process(pid_t pid, std::string name, start_method method, detail::address node_actor)
      : pid_(pid), name_(std::move(name)), method_(method), node_actor_(node_actor) {}

  pid_t pid() const noexcept { return pid_; }
  const std::string& name() const noexcept { return name_; }
  start_method method() const noexcept { return method_; }  ///< how it has started this process
  bool is_alive() const noexcept;
  /// Waits for its end. This process ends then, too, once its actors have: who waits here is told first
  /// and may still finish what it does. \return cause::connection_lost
  task<exit_reason> wait() const;

 private:
  pid_t pid_;
  std::string name_;
  start_method method_;
  detail::address node_actor_;
};

/// `preload<&load_tables>(system)`: what start_method::forkserver does once, for all the processes that it
/// starts: they begin with what `Function` has made. It must not start threads.
/// \throws misuse_error after the first such start
template <void (*Function)()>
void preload(actor_system& system) {
  detail::add_preload(system.core(), detail::preloaded<Function>::id());
}

template <auto Life, class... Args>
task<process> actor_system::start_process(process_options options, Args... args) {
  static_assert(detail::process_life<Life>,
                "the life of a process is a function `task<int> work(actor_system&, args…)`");
  auto request = detail::life_factory<Life>::request(std::move(args)...);
  auto starting = detail::start_child(*core_, std::move(options), true);
  process child = co_await std::move(starting);
  auto beginning = detail::begin_life(child.node_actor(), std::move(request));
  co_await std::move(beginning);
  co_return child;
}

template <class Life>
task<process> actor_system::start_process(process_options options, Life life) {
  static_assert(detail::closure_life<Life>,
                "the life of a process is a function `task<int> work(actor_system&)`");
  if (options.method.value_or(start_method::fork) != start_method::fork) {
    throw std::invalid_argument(
        "process_options.method: only start_method::fork can make a process of a closure");
  }
  options.method = start_method::fork;
  auto starting = detail::start_child(*core_, std::move(options), true, detail::closure_of(life));
  process child = co_await std::move(starting);
  auto beginning = detail::begin_life(child.node_actor(), detail::begin_closure());
  co_await std::move(beginning);
  co_return child;
}

}  // namespace troupe
