// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor.hpp>
#include <troupe/scheduler.hpp>
#include <vector>

namespace troupe {

class process;
struct process_options;

struct system_options {
  std::string name = "main";  ///< of this process, in refs and reports
  unsigned workers = 0;       ///< threads that run actors; 0: one per processor we may use
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds{5};
  std::uint64_t node_id = 0;  ///< of this process among those it talks to; 0: random
  std::vector<std::string> arguments =
      {};  ///< child processes are started with these; run() fills it
};

/// A message that has been dropped, and where it was sent.
struct dead_letter_report {
  std::string_view message;  ///< the name of its type
  actor_ref<> target;
};

/// Actors, the threads that run them, and the way to other processes. Everything spawned here ends
/// with it. \thread all members, unless they say otherwise, may be called from any thread
class actor_system {
 public:
  /// \throws std::invalid_argument naming the option, std::system_error
  explicit actor_system(system_options options = {});
  ~actor_system();  ///< shutdown()
  actor_system(const actor_system&) = delete;
  actor_system& operator=(const actor_system&) = delete;

  /// `spawn<account>(args…)`: an actor of that class. \throws what its constructor throws
  template <class A, class... Args>
  auto spawn(Args&&... args) {
    return detail::spawn_class<A>(*core_, nullptr, std::forward<Args>(args)...);
  }
  /// `spawn<player>(args…)`: an actor whose life is the call `player(mailbox, args…)`.
  template <auto Function, class... Args>
  auto spawn(Args&&... args) {
    return detail::spawn_function<Function>(*core_, nullptr, std::forward<Args>(args)...);
  }
  /// The same for a lambda; its captures live as long as the actor.
  template <class F, class... Args>
    requires(std::is_class_v<std::remove_cvref_t<F>>)
  auto spawn(F&& function, Args&&... args) {
    return detail::spawn_lambda(*core_, nullptr, std::forward<F>(function),
                                std::forward<Args>(args)...);
  }

  /// Runs `work` as an actor and blocks this plain thread until it is done.
  /// \throws what `work` throws; cancelled_error if the system ends first; misuse_error inside an actor
  template <class T>
  T run(task<T> work) {
    if constexpr (std::is_void_v<T>) {
      detail::run_blocking(*core_, std::move(work));
    } else {
      std::optional<T> value;
      detail::run_blocking(*core_, assign(std::move(work), value));
      return std::move(*value);
    }
  }

  /// Starts another process that can run actors. \throws std::system_error with the errno of the
  /// failing call; see process_options in <troupe/process.hpp>, which this needs
  task<process> start_process(process_options options);

  /// Sends `message` after `delay`. \return an id for cancel()
  template <class Value, class... Ms>
  std::uint64_t tell_after(std::chrono::nanoseconds delay, const actor_ref<Ms...>& to,
                           Value&& message) {
    static_assert(accepted_by<std::remove_cvref_t<Value>, protocol<Ms...>>);
    detail::envelope_ptr e(
        detail::make_envelope(detail::envelope_kind::tell, std::forward<Value>(message)));
    return detail::start_timer(*core_, detail::later(detail::now(*core_), delay.count()),
                               to.where(), std::move(e));
  }
  /// \return false: it has been sent already
  bool cancel(std::uint64_t timer) noexcept { return detail::cancel_timer(*core_, timer); }

  /// How many messages were dropped so far.
  std::uint64_t dead_letters() const noexcept;
  /// Calls `listener` for each dropped message, on the thread that drops it; it must not throw.
  /// Set before the first actor is spawned.
  void on_dead_letter(std::function<void(const dead_letter_report&)> listener);
  /// Actors that live now, the runtime's own included.
  std::uint64_t live_actors() const noexcept;
  unsigned workers() const noexcept;
  const std::string& name() const noexcept;

  /// Stops all actors, newest first, waits for them up to the shutdown timeout, then kills them and
  /// says on stderr which they were; ends child processes; ends the threads. The second call does
  /// nothing. \return false: something had to be killed.   \thread plain threads only
  bool shutdown() noexcept;

  detail::system_core& core() noexcept { return *core_; }

 private:
  template <class T>
  static task<void> assign(task<T> work, std::optional<T>& value) {
    value.emplace(co_await work);
  }

  std::unique_ptr<detail::system_core> core_;
};

/// The whole of a program: `return run(argc, argv, [](actor_system& system) -> task<int> { … });`
/// In a process that was started by start_process it does not call `main` but runs the actors that
/// the parent asks for. An exception that leaves `main` is printed; the exit code is then 1.
template <class Main>
int run(int argc, char** argv, Main main);

namespace detail {
/// If this process is a child made by start_process: lives that life and returns its exit code.
std::optional<int> live_as_child(int argc, char** argv);
system_options options_for(int argc, char** argv);
int report_uncaught(std::exception_ptr error) noexcept;
}  // namespace detail

template <class Main>
int run(int argc, char** argv, Main main) {
  if (auto code = detail::live_as_child(argc, argv)) return *code;
  try {
    actor_system system(detail::options_for(argc, argv));
    return system.run(main(system));
  } catch (...) {
    return detail::report_uncaught(std::current_exception());
  }
}

}  // namespace troupe
