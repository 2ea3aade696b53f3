// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/factory.hpp>
#include <vector>

/// Processes that run actors. `co_await system.start_process({.name = "teller"})` starts this program
/// again; what is spawned in it is addressed and asked like an actor here.
namespace troupe {

struct process_options {
  std::string name = {};  ///< in refs and reports; default: "process-N"
  unsigned workers = 1;   ///< threads that run actors in it
  std::filesystem::path program =
      {};  ///< default: this program. It must call troupe::run in its main
  std::vector<std::string> arguments = {};              ///< argv; default: those of this process
  std::map<std::string, std::string> environment = {};  ///< added to ours
  std::chrono::nanoseconds start_timeout = std::chrono::seconds{5};  ///< for its first sign of life
};

namespace detail {
class child_process;
pid_t pid_of(const child_process&) noexcept;
address node_actor_of(const child_process&) noexcept;
}  // namespace detail

/// A child process; copies mean the same one. The process ends when its parent ends, by whatever
/// cause, when stop() is called, or by itself. \thread any
class process {
 public:
  explicit process(std::shared_ptr<detail::child_process> child) noexcept
      : child_(std::move(child)) {}

  /// `co_await worker.spawn<account>(args…)`: an actor in that process. Arguments travel as messages
  /// do. \throws actor_down if the process dies, handler_error with the text of the constructor's
  /// exception
  template <class A, class... Args>
  task<typename detail::ref_for<typename A::protocol_type>::type> spawn(Args... args) {
    using factory = detail::class_factory<A, detail::carried<Args>...>;
    auto request = factory::request(std::move(args)...);
    auto question = detail::ask_to_spawn(detail::node_actor_of(*child_), std::move(request));
    const actor_ref<> made = co_await std::move(question);
    co_return detail::ref_for<typename A::protocol_type>::type::at(made.where());
  }
  /// `co_await worker.spawn<player>(args…)`: an actor whose life is the call `player(mailbox, args…)`.
  template <auto Function, class... Args>
  task<typename detail::function_traits<decltype(Function)>::ref> spawn(Args... args) {
    using factory = detail::function_factory<Function>;
    auto request = factory::request(std::move(args)...);
    auto question = detail::ask_to_spawn(detail::node_actor_of(*child_), std::move(request));
    const actor_ref<> made = co_await std::move(question);
    co_return detail::function_traits<decltype(Function)>::ref::at(made.where());
  }

  pid_t pid() const noexcept;
  const std::string& name() const noexcept;
  bool is_alive() const noexcept;

  /// Waits for its end. \return exit code or signal (cause::process_ended)
  task<exit_reason> wait();

  void stop() noexcept;  ///< asks it to end its actors and itself; forced after its shutdown time
  void terminate() noexcept;  ///< SIGTERM
  void kill() noexcept;       ///< SIGKILL

 private:
  std::shared_ptr<detail::child_process> child_;
};

}  // namespace troupe
