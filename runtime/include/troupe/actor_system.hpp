// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor.hpp>
#include <troupe/dead_letter.hpp>
#include <troupe/detail/accepted_types.hpp>
#include <troupe/log.hpp>
#include <troupe/scheduler.hpp>
#include <vector>

namespace troupe {

class process;
class parent_process;
struct process_options;
enum class start_method : std::uint8_t;
template <class... Ms>
class thread_mailbox;
struct system_snapshot;
struct slow_handler;

namespace detail {
struct environment;
outcome<void> add_name(system_core& system, std::string_view name, const address& who,
                       accepted_types accepted);
outcome<address> find_name(const system_core& system, std::string_view name, accepted_types wanted);
}  // namespace detail

struct system_options {
  std::string name = "main";       ///< of this process, in refs and reports
  unsigned workers = 0;            ///< threads that run actors; 0: one per processor we may use
  unsigned blocking_threads = 64;  ///< most that run what is given to blocking(); made when needed
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds{5};
  /// A handler that runs longer is reported, see actor_system::on_slow_handler(); 0: nobody looks.
  /// Costs a thread that looks four times in this time. Means nothing in a simulation.
  std::chrono::nanoseconds handler_limit{0};
  std::uint64_t node_id = 0;  ///< of this process among those it talks to; 0: random
  std::vector<std::string> arguments =
      {};  ///< child processes are started with these; run() fills it
};

/// Actors, the threads that run them, and the way to other processes. Everything spawned here ends
/// with it. \thread all members, unless they say otherwise, may be called from any thread
class actor_system {
 public:
  /// \throws std::invalid_argument naming the option, std::system_error
  explicit actor_system(system_options options = {});
  /// For the runtime: with another scheduler, clock and luck; see <troupe/simulation.hpp>.
  actor_system(system_options options, detail::environment given);
  ~actor_system();  ///< shutdown()
  actor_system(const actor_system&) = delete;
  actor_system& operator=(const actor_system&) = delete;

  /// `spawn<account>(args…)`: an actor of that class. A spawn_options as the first argument says what
  /// shall be other than the class says. \throws what its constructor throws
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
    requires detail::lambda_actor<F>
  auto spawn(F&& function, Args&&... args) {
    return detail::spawn_lambda(*core_, nullptr, nullptr, std::forward<F>(function),
                                std::forward<Args>(args)...);
  }
  template <class F, class... Args>
    requires detail::lambda_actor<F>
  auto spawn(const spawn_options& chosen, F&& function, Args&&... args) {
    return detail::spawn_lambda(*core_, nullptr, &chosen, std::forward<F>(function),
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

  /// A mailbox for plain threads: `auto box = system.open_mailbox<ball>(); other.tell(hello{box.ref()});
  /// ball b = box.receive<ball>();` Needs <troupe/thread_mailbox.hpp>.
  template <class... Ms>
  thread_mailbox<Ms...> open_mailbox(mailbox_bounds bounds = {});

  /// Starts another process that can run actors. \throws std::system_error with the errno of the
  /// failing call; see process_options in <troupe/process.hpp>, which this needs
  task<process> start_process(process_options options);
  /// `start_process<&work>(options, args…)`: one whose life is the call `task<int> work(actor_system&,
  /// args…)` there; what that returns is its exit code (void: 0; an exception: printed, 1).
  /// \throws as above
  template <auto Life, class... Args>
  task<process> start_process(process_options options, Args... args);
  /// `start_process({.name = "reader"}, [table](actor_system& there) -> task<int> {…})`: one whose life is the
  /// call of a closure, which comes along with all the memory of this process, as it is now: by
  /// start_method::fork. Refs lead from there to where they lead here; this system is not there, `there` is.
  /// \throws as above; std::invalid_argument naming another method
  template <class Life>
  task<process> start_process(process_options options, Life life);
  /// Those that we have started and that have not ended. Needs <troupe/process.hpp>
  std::vector<process> children() const;
  /// Who has started this process; nothing: it is the first. Needs <troupe/process.hpp>
  std::optional<parent_process> parent() const;
  bool is_daemon() const;  ///< this process: see process_options. Needs <troupe/process.hpp>
  /// How processes are started whose process_options do not say it, from now on. A child begins with what
  /// was set here when it was started. Needs <troupe/process.hpp>
  void set_default_start_method(start_method how);
  start_method default_start_method()
      const;  ///< start_method::spawn, unless something else was set

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
  /// Sends a copy of `message` after `period`, and again each time it has passed, until it is cancelled
  /// or `to` has ended (in another process: until it is cancelled). Does not drift: each moment is one
  /// period after the one before. If a moment is missed it is left out, never made up for.
  /// \param period  at least a microsecond   \return an id for cancel()
  /// \throws std::invalid_argument naming the period
  template <class Value, class... Ms>
  std::uint64_t tell_every(std::chrono::nanoseconds period, const actor_ref<Ms...>& to,
                           Value&& message) {
    using copied = std::remove_cvref_t<Value>;
    static_assert(accepted_by<copied, protocol<Ms...>>);
    static_assert(std::copy_constructible<copied>, "a message that is sent often must be copyable");
    return detail::start_repeating_timer(
        *core_, period.count(), to.where(),
        detail::envelope_ptr(
            detail::make_envelope(detail::envelope_kind::tell, std::forward<Value>(message))),
        &detail::copy_tell<copied>);
  }
  /// \return false: it has been sent already, and does not repeat; or there is no such timer
  bool cancel(std::uint64_t timer) noexcept { return detail::cancel_timer(*core_, timer); }

  /// The time, monotonic: the only one to go by in an actor, since a simulation makes its own.
  std::chrono::steady_clock::time_point now() const noexcept;
  /// 64 random bits, not for secrets: in a simulation they follow from the seed.
  std::uint64_t random() noexcept;

  /// Gives an actor of this process a name, until it ends or the name is taken back. It may have
  /// several. The name is free again before any `down` of the actor is delivered.
  /// \return what was wrong: errc::name_taken, naming the holder; actor_down; misuse
  template <class... Ms>
  [[nodiscard]] outcome<void> register_name(std::string_view name, const actor_ref<Ms...>& who) {
    return detail::add_name(*core_, name, who.where(), detail::types_of<Ms...>);
  }
  /// \return false: nobody had that name
  bool unregister_name(std::string_view name);
  /// `system.find<deposit>("teller")`: a ref to the actor of that name, as one that accepts Ms.
  /// \return or what was wrong: errc::name_unknown; wrong_protocol, naming what it does not accept
  template <class... Ms>
  [[nodiscard]] outcome<actor_ref<Ms...>> find(std::string_view name) const {
    const auto found = detail::find_name(*core_, name, detail::types_of<Ms...>);
    if (!found) return found.error();
    return actor_ref<Ms...>::at(*found);
  }

  /// How many messages were dropped so far.
  std::uint64_t dead_letters() const noexcept;
  /// Calls `listener` for each dropped message, on the thread that drops it; it must not throw.
  /// Set before the first actor is spawned.
  void on_dead_letter(std::function<void(const dead_letter_report&)> listener);
  /// Calls `listener` once for each handler that runs for longer than system_options::handler_limit,
  /// while it still does, on a thread of its own; it must not throw, and not end the system. Without
  /// one, a line on stderr says the same. Set before the first actor is spawned.
  void on_slow_handler(std::function<void(const slow_handler&)> listener);
  /// From now on the runtime and log() say on stderr what is of this level or above, also in children that
  /// are started later. \thread any
  void set_log_level(log_level least) noexcept;
  log_level least_log_level()
      const noexcept;  ///< log_level::warning, unless something else was set
  /// Actors that live now, the runtime's own included.
  std::uint64_t live_actors() const noexcept;
  unsigned workers() const noexcept;
  /// All actors, what they wait for, and what was done so far; see <troupe/snapshot.hpp>. Actors are
  /// asked and answer between two messages, so that each takes a turn.
  /// \param patience  of those that have not answered by then, since a handler of theirs runs long,
  /// the snapshot says what can be seen from outside. Does not count in a simulation
  /// \throws misuse_error inside an actor, std::bad_alloc   \thread plain threads only
  /// \cost O(live actors)
  system_snapshot snapshot(std::chrono::nanoseconds patience = std::chrono::milliseconds{100});
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
/// the parent asks for. An exception that leaves `main` is printed; the exit code is then 1. Otherwise
/// daemons are ended and the children that live the call of a function are waited for, however long.
template <class Main>
int run(int argc, char** argv, Main main);

namespace detail {
/// If this process is a child made by start_process: lives that life and returns its exit code.
std::optional<int> live_as_child(int argc, char** argv);
system_options options_for(int argc, char** argv);
int report_uncaught(std::exception_ptr error) noexcept;
/// Ends daemons, waits for the children that have an end of their own. \thread plain threads only
void end_normally(system_core& system) noexcept;
}  // namespace detail

template <class Main>
int run(int argc, char** argv, Main main) {
  if (auto code = detail::live_as_child(argc, argv)) return *code;
  try {
    actor_system system(detail::options_for(argc, argv));
    const int code = system.run(main(system));
    detail::end_normally(system.core());
    return code;
  } catch (...) {
    return detail::report_uncaught(std::current_exception());
  }
}

}  // namespace troupe
