// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <coroutine>
#include <optional>
#include <troupe/actor_ref.hpp>
#include <troupe/promise.hpp>
#include <troupe/task.hpp>
#include <tuple>
#include <variant>

namespace troupe {

/// The body of a coroutine actor, or of one handler that waits. Only the runtime holds one.
class behavior {
 public:
  struct promise_type : detail::pooled_frame, detail::root_frame {
    promise_type() noexcept {
      home = &detail::cell_being_opened();
      self = std::coroutine_handle<promise_type>::from_promise(*this);
    }
    behavior get_return_object() noexcept { return behavior{*this}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct final_awaiter {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        settle_later(h.promise());
      }
      void await_resume() const noexcept {}
    };
    final_awaiter final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }
  };

  /// For the runtime. The frame is destroyed by the worker that finds it finished.
  detail::root_frame& frame() const noexcept { return *frame_; }

 private:
  explicit behavior(detail::root_frame& frame) noexcept : frame_(&frame) {}
  static void settle_later(detail::root_frame& frame) noexcept {
    auto& extra = detail::extras_of(*frame.home);
    // It stays linked in `frames`; the worker unlinks it.
    extra.done = &frame;
  }
  detail::root_frame* frame_;
};

/// What a coroutine actor receives for a message that can be asked: the message, and the place for
/// the answer (empty if it was told). Until it has answered, or receives the next question, whatever
/// the actor asks of others inherits the deadline of this one.
template <class M>
struct question {
  M message;
  promise<reply_of<M>> answer;

  /// Hands it on: `to` answers to who asked here, within what is left of the deadline.
  template <class... Ms>
  void forward_to(const actor_ref<Ms...>& to) {
    if (!answer) {
      to.tell(std::move(message));
    } else {
      answer.delegate(to, std::move(message));
    }
  }
};

namespace detail {

template <class R>
struct received {
  using message = R;
  static bool matches(const envelope& e) noexcept {
    static_assert(std::is_void_v<reply_of<R>>,
                  "this message has a reply: receive<question<M>>() gives you the place for it");
    return e.type == &message_type_of<R> && e.kind != envelope_kind::down;
  }
  static R take(cell& c, envelope& e) {
    if (e.kind == envelope_kind::ask)
      answer(correlation_of(e), make_bare_envelope(envelope_kind::reply));
    (void)c;
    return std::move(e.as<R>());
  }
};
template <class M>
struct received<question<M>> {
  using message = M;
  static bool matches(const envelope& e) noexcept { return e.type == &message_type_of<M>; }
  static question<M> take(cell& c, envelope& e) {
    std::shared_ptr<open_question> asked;
    if (e.kind == envelope_kind::ask) {
      asked = current_question(c);
      inherit_deadline(c, correlation_of(e));
    }
    return {std::move(e.as<M>()), promise<reply_of<M>>(std::move(asked))};
  }
};
template <>
struct received<down> {
  using message = down;
  static bool matches(const envelope& e) noexcept { return e.kind == envelope_kind::down; }
  static down take(cell&, envelope& e) { return std::move(e.as<down>()); }
};

/// Waits for the first message that is one of Rs. Value is R itself, or a variant of several.
template <bool Timed, class... Rs>
class receive_awaiter : receive_node {
 public:
  using value = std::conditional_t<sizeof...(Rs) == 1, std::tuple_element_t<0, std::tuple<Rs...>>,
                                   std::variant<Rs...>>;

  static_assert(((alignof(Rs) <= frame_alignment) && ...),
                "a message for a coroutine may ask for at most 16-byte alignment");

  receive_awaiter(cell& c, std::int64_t timeout) : cell_(c), timeout_(timeout) {
    offer = [](receive_node& self, cell& c, envelope& e) {
      return (static_cast<receive_awaiter&>(self).template accept<Rs>(c, e) || ...);
    };
  }

  bool await_ready() { return receive_now(cell_, *this); }
  void await_suspend(std::coroutine_handle<> h) {
    waiter = h;
    if constexpr (Timed) {
      deadline = timeout_ > 0 ? deadline_after(cell_, timeout_) : receive_node::after_mail;
    }
    set_receiver(cell_, *this);
  }
  auto await_resume() {
    if constexpr (Timed) {
      return std::move(value_);
    } else {
      return std::move(*value_);
    }
  }

 private:
  template <class R>
  bool accept(cell& c, envelope& e) {
    if (!received<R>::matches(e)) return false;
    value_.emplace(received<R>::take(c, e));
    return true;
  }

  cell& cell_;
  std::int64_t timeout_;
  std::optional<value> value_;
};

template <class R, class... Ms>
concept receivable =
    std::same_as<R, down> || (std::same_as<typename received<R>::message, Ms> || ...);

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

}  // namespace detail

class actor_system;

/// The mailbox of a coroutine actor, its first parameter; also the actor's way to its runtime.
/// Mail that a receive<…>() does not ask for stays, in order, for a later one.
/// \thread its own actor only
template <class... Ms>
class mailbox {
 public:
  using protocol_type = protocol<Ms...>;

  explicit mailbox(detail::cell& c) noexcept : cell_(&c) { (detail::ensure_registered<Ms>(), ...); }

  /// `auto m = co_await mail.receive<ball>();` waits for the next ball. With several types: a
  /// std::variant of them. Without any: whatever this actor accepts comes next.
  template <class... Rs>
  [[nodiscard]] auto receive() {
    if constexpr (sizeof...(Rs) == 0) {
      return detail::receive_awaiter<false, Ms...>(*cell_, 0);
    } else {
      static_assert((detail::receivable<Rs, Ms...> && ...),
                    "this mailbox does not accept that type");
      return detail::receive_awaiter<false, Rs...>(*cell_, 0);
    }
  }
  /// The same, but std::nullopt if nothing came within `timeout`.
  template <class... Rs>
  [[nodiscard]] auto receive(std::chrono::nanoseconds timeout) {
    if constexpr (sizeof...(Rs) == 0) {
      return detail::receive_awaiter<true, Ms...>(*cell_, timeout.count());
    } else {
      static_assert((detail::receivable<Rs, Ms...> && ...),
                    "this mailbox does not accept that type");
      return detail::receive_awaiter<true, Rs...>(*cell_, timeout.count());
    }
  }

  /// `co_await mail.match([&](ball b) {…}, [&](question<score> q) {…})` waits for the next message that
  /// one of the handlers takes and runs it; other mail stays. A handler of a message with a reply
  /// returns that reply (if it throws, the asker learns the text, and so does this coroutine), or takes
  /// a question<M>. Handlers do not wait themselves.
  template <class First, class... Rest>
    requires(!detail::is_duration<std::remove_cvref_t<First>>)
  [[nodiscard]] auto match(First&& first, Rest&&... rest);
  /// The same, but false if nothing came within `timeout`.
  template <class... Handlers>
  [[nodiscard]] auto match(std::chrono::nanoseconds timeout, Handlers&&... handlers);

  actor_ref<Ms...> self() const noexcept { return actor_ref<Ms...>::at(cell_->self()); }
  actor_system& system() const noexcept;

  /// Asks for one `down` when that actor ends (at once if it has). \return its id
  template <class... Os>
  std::uint64_t monitor(const actor_ref<Os...>& whom) {
    return detail::start_monitor(*cell_, whom.where());
  }
  void demonitor(std::uint64_t id) noexcept { detail::stop_monitor(*cell_, id); }

  /// Ties two fates: when one of the two ends otherwise than normally, the other ends with the same
  /// reason, exactly once, also while it waits. A normal end leaves the other alone. Linking to an
  /// actor that is gone ends the caller with `never_existed`. There is no way to trap it: who wants
  /// to hear of an end and live takes monitor(). Linking twice is linking once.
  template <class... Os>
  void link(const actor_ref<Os...>& whom) {
    detail::start_link(*cell_, whom.where());
  }
  /// Once it returns, that actor's end does this one no harm any more.
  template <class... Os>
  void unlink(const actor_ref<Os...>& whom) noexcept {
    detail::stop_link(*cell_, whom.where());
  }

  /// Starts an actor that this one owns: it is stopped when this one ends.
  template <class A, class... Args>
  auto spawn(Args&&... args);
  template <auto Function, class... Args>
  auto spawn(Args&&... args);

 private:
  detail::cell* cell_;
};

}  // namespace troupe
