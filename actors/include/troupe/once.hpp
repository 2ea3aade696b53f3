// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <troupe/ask.hpp>
#include <troupe/detail/once_coordinator.hpp>
#include <troupe/detail/owner.hpp>
#include <troupe/task.hpp>
#include <utility>

namespace troupe {

/// Something to be done once, by whoever comes first, for all who come. The handle is a value: copy it, keep
/// it, send it to any process. Who keeps the account is an actor; when that ends, every wait ends with
/// `actor_down`. A default-made handle refers to nothing.
///
///   const auto port = co_await listening.call([] { return open_port(); });  // once<int>
///
/// Nobody waits for the dead: if the one that does it throws or ends, the next in line does it instead. A waiter
/// that dies is forgotten.
/// \tparam T  what comes out: void, or copyable; each who waits gets a copy   \thread any
template <class T = void>
class once : public detail::with_once_messages<detail::handle, T> {
 public:
  once() = default;

  /// A new one, not done. It lives as long as the system, or until its coordinator is stopped.
  static once spawn(actor_system& system) {
    return once(system.spawn<detail::once_coordinator<T>>());
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static once spawn_owned() {
    detail::cell& owner = detail::owner_here("once::spawn_owned");
    return once(detail::spawn_class<detail::once_coordinator<T>>(*owner.system.load(), &owner));
  }

  /// Does it, by `work()`, which may be a coroutine and may wait; or, if another is at it, waits for what
  /// comes out; or has that at once. For actors; a plain thread takes `system.run()`.
  /// \return what has come out, of whosoever `work`   \throws what `work()` throws, to its own caller only; the
  /// next in line has its turn then   \cost one question and answer, two for the one that does it
  template <std::invocable Work>
  task<T> call(Work work) const {
    return call_by(*this, std::move(work));
  }

  /// Whether call() would have its result at once.
  auto done() const { return this->coordinator_.ask(messages::once_is_done{}); }
  /// How many wait for the one that is at it.
  auto waiting() const { return this->coordinator_.ask(messages::once_waiting{}); }
  /// Who is at it, and who waits.
  auto holdings() const { return this->coordinator_.ask(messages::holdings_of{}); }
  /// "once: not done", "once: at work, 2 waiting" or "once: done".
  auto describe() const { return this->coordinator_.ask(messages::once_describe{}); }

 private:
  explicit once(const typename once::coordinator_ref& coordinator) noexcept
      : detail::with_once_messages<detail::handle, T>(coordinator) {}

  /// The turn goes back when this ends in whatever way; if it is done by then, that is no news.
  template <class Work>
  static task<T> call_by(once self, Work work) {
    detail::once_turn<T> mine = co_await self.coordinator_.ask(messages::once_enter<T>{});
    if (!mine.result) {
      mine.result = co_await result_of(work);
      co_await self.coordinator_.ask(messages::once_finish<T>{mine.turn.fence(), *mine.result});
    }
    if constexpr (!std::is_void_v<T>) co_return *std::move(mine.result);
  }
  template <class Work>
  static task<detail::result_of_once<T>> result_of(Work& work) {
    constexpr bool waits = detail::is_task<std::invoke_result_t<Work&>>;
    if constexpr (std::is_void_v<T>) {
      if constexpr (waits) {
        co_await work();
      } else {
        work();
      }
      co_return std::monostate{};
    } else if constexpr (waits) {
      co_return co_await work();
    } else {
      co_return work();
    }
  }
};

}  // namespace troupe
