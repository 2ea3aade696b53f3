// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <troupe/actor_system.hpp>
#include <type_traits>
#include <utility>

/// Actors for programs that live on an io_context of their own. The only header that includes Asio.
namespace troupe {

namespace detail {

template <class R>
struct asio_signature {
  static_assert(std::default_initializable<R>,
                "async_ask needs a reply that can be made from nothing, for when there is none");
  using type = void(std::exception_ptr, R);
};
template <>
struct asio_signature<void> {
  using type = void(std::exception_ptr);
};

/// One ask on its way, and who hears of its end: exactly once, on its own executor, which has
/// something to wait for until then.
template <class R, class Handler>
class asio_ask {
 public:
  explicit asio_ask(Handler handler)
      : work_(boost::asio::get_associated_executor(handler)), handler_(std::move(handler)) {}
  asio_ask(const asio_ask&) = delete;
  asio_ask& operator=(const asio_ask&) = delete;
  ~asio_ask() {
    if (handler_) finish(failure{errc::cancelled, "the actor system ended first", {}});
  }

  void finish(outcome<R> result) {
    auto handler = std::move(*std::exchange(handler_, std::nullopt));
    // Never called here, a worker's or its own initiating function's place. Our work lasts until this
    // has returned: else the context might be gone while we are still inside of its post().
    boost::asio::post(work_.get_executor(),
                      [handler = std::move(handler), result = std::move(result)]() mutable {
                        complete(std::move(handler), std::move(result));
                      });
  }

 private:
  static std::exception_ptr exception_of(const failure& f) noexcept {
    try {
      throw_failure(f);
    } catch (...) {
      return std::current_exception();
    }
  }
  static void complete(Handler&& handler, outcome<R>&& result) {
    const std::exception_ptr error =
        result.has_value() ? nullptr : exception_of(std::as_const(result).error());
    if constexpr (std::is_void_v<R>) {
      std::move(handler)(error);
    } else {
      std::move(handler)(error, error ? R{} : std::move(*result));
    }
  }

  using executor = boost::asio::associated_executor_t<Handler>;
  boost::asio::executor_work_guard<executor> work_;
  std::optional<Handler> handler_;
};

/// The actor that asks for somebody who is none.
template <class M, class Handler>
behavior ask_for(mailbox<>, stoppable_ask<M> ask,
                 std::unique_ptr<asio_ask<reply_of<M>, Handler>> asked) {
  auto pending = std::move(ask).result();
  asked->finish(co_await pending);
}

template <class M, class Handler>
void begin_asio_ask(const address& to, M message, std::chrono::nanoseconds timeout,
                    Handler handler) {
  std::stop_source stop(std::nostopstate);
  if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
    stop = std::stop_source();
    slot.assign([stop](boost::asio::cancellation_type) mutable { stop.request_stop(); });
  }
  using asked_type = asio_ask<reply_of<M>, Handler>;
  auto asked = std::make_unique<asked_type>(std::move(handler));
  if (!to.home) {
    asked->finish(failure{errc::actor_down,
                          "the actor_ref refers to nobody",
                          {exit_reason::cause::never_existed, 0, 0, {}}});
    return;
  }
  try {
    stoppable_ask<M> ask(to, std::move(message), timeout, stop.get_token());
    spawn_function<&ask_for<M, Handler>>(system_of(to), nullptr, std::move(ask), std::move(asked));
  } catch (const error&) {
    // The system is shutting down: `asked` says so as it goes.
  }
}

}  // namespace detail

/// Asks an actor from outside: from a callback or a coroutine on an io_context of the user's, say
/// `long cents = co_await async_ask(account, balance{}, 2s, asio::use_awaitable);`. What comes back
/// runs on the executor of the token, never on a worker, as void(std::exception_ptr, Reply), or
/// void(std::exception_ptr) if there is no reply: with a coroutine the reply, or the exception that
/// `co_await ref.ask(m)` would throw. A cancellation slot ends it with cancelled_error, and who was
/// asked learns it. The io_context has work until then; it must outlive the question.
/// \param timeout  longest wait; 0: none   \thread any   \cost an actor and an ask
template <class... Ms, class M, class Token>
auto async_ask(const actor_ref<Ms...>& to, M&& message, std::chrono::nanoseconds timeout,
               Token&& token) {
  using asked = std::remove_cvref_t<M>;
  static_assert(accepted_by<asked, protocol<Ms...>>,
                "this actor does not accept this message; "
                "what it accepts is its protocol<...>");
  using signature = typename detail::asio_signature<reply_of<asked>>::type;
  return boost::asio::async_initiate<Token, signature>(
      [](auto handler, const detail::address& where, asked question,
         std::chrono::nanoseconds limit) {
        detail::begin_asio_ask<asked>(where, std::move(question), limit, std::move(handler));
      },
      token, to.where(), std::forward<M>(message), timeout);
}
/// The same without a limit.
template <class... Ms, class M, class Token>
  requires(!std::convertible_to<Token, std::chrono::nanoseconds>)
auto async_ask(const actor_ref<Ms...>& to, M&& message, Token&& token) {
  return async_ask(to, std::forward<M>(message), std::chrono::nanoseconds{},
                   std::forward<Token>(token));
}

}  // namespace troupe
