// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/match.hpp>
#include <troupe/process.hpp>
#include <troupe/supervisor.hpp>
#include <utility>
#include <variant>

/// Processes as children of supervisors.
namespace troupe {
namespace detail {

/// Asks the process to end when whoever has started it does.
class kept_process {
 public:
  explicit kept_process(process p) noexcept : process_(std::move(p)) {}
  ~kept_process() { process_.stop(); }
  kept_process(const kept_process&) = delete;
  kept_process& operator=(const kept_process&) = delete;
  process* operator->() noexcept { return &process_; }

 private:
  process process_;
};

/// How the end of an actor in another process ends the one that stands for it here.
void end_as(const exit_reason& why);

/// The actor here that stands for an `A` in a process of its own: starts the process, hands on what comes,
/// and ends as that actor does.
template <class A, class Protocol>
struct stand_in;
template <class A, class... Ms>
struct stand_in<A, protocol<Ms...>> {
  template <class... Args>
  static behavior run(mailbox<Ms...> mail, process_options options, Args... args) {
    auto starting = mail.system().start_process(std::move(options));
    kept_process home(co_await std::move(starting));
    auto spawning = home->template spawn<A>(std::move(args)...);
    const actor_ref<Ms...> there = co_await std::move(spawning);
    mail.monitor(there);
    for (;;) {
      auto next = co_await mail.template receive<down, typename received_for<Ms>::type...>();
      if (const down* end = std::get_if<down>(&next)) {
        end_as(end->reason);
        co_return;
      }
      auto handing = std::visit([&](auto& each) { return hand_on(there, std::move(each)); }, next);
      co_await std::move(handing);
    }
  }

 private:
  template <class R>
  static task<void> hand_on(actor_ref<Ms...> there, R what) {
    if constexpr (is_question<R>::value) {
      what.forward_to(there);
    } else if constexpr (!std::same_as<R, down>) {
      auto sending = there.send(std::move(what));
      co_await std::move(sending);
    }
    co_return;
  }
};

}  // namespace detail

/// `process_child<account>("teller", {.workers = 2}, args…)`: a child of a supervisor that is an actor in
/// a process of its own. Its ref and its name (`.named()`) lead to a stand-in here, which stays: when the
/// process dies, or the actor in it ends, the supervisor has a new process started, and mail that has
/// come meanwhile goes there. What the dead one had taken is lost; questions to it fail with actor_down.
/// \param options  named after the child, unless they have a name
template <class A, class... Args>
auto process_child(std::string name, process_options options, Args... args) {
  if (options.name.empty()) options.name = name;
  using actor_here = detail::stand_in<A, typename A::protocol_type>;
  return child<&actor_here::template run<Args...>>(std::move(name), std::move(options),
                                                   std::move(args)...);
}

}  // namespace troupe
