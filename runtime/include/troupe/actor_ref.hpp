// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <stop_token>
#include <string>
#include <troupe/detail/core.hpp>
#include <troupe/detail/wire_address.hpp>
#include <troupe/message.hpp>
#include <troupe/try_tell.hpp>

namespace troupe {

/// The messages that an actor accepts.
template <class... Ms>
struct protocol {
  template <class M>
  static constexpr bool accepts = (std::same_as<M, Ms> || ...);
};

/// True if an actor with protocol P accepts M. Named in the compiler's complaint about a send.
template <class M, class P>
concept accepted_by = P::template accepts<M>;

template <class M>
class ask_operation;
class send_operation;
/// send_operation, known only once a message is sent: ask.hpp and send.hpp need this header first.
template <class M>
using send_operation_for = std::conditional_t<sizeof(M) != 0, send_operation, void>;
template <class M>
class stoppable_ask;

/// As the timeout of an ask: wait for as long as it takes, whatever deadline the asker is under.
inline constexpr std::chrono::nanoseconds no_deadline{-1};

/// The address of an actor that accepts Ms...: in this process, in another, on another machine.
/// A value of 16 bytes; it neither keeps the actor alive nor dangles when it ends: what is sent to
/// an actor that is gone becomes a dead letter, what is asked of it fails with `actor_down`.
/// Narrows implicitly: actor_ref<A, B> is an actor_ref<B>, and every ref is an actor_ref<>.
/// \thread all members may be called from any thread
template <class... Ms>
class actor_ref {
 public:
  using protocol_type = protocol<Ms...>;

  actor_ref() = default;  ///< refers to nobody

  template <class... Others>
    requires(!std::same_as<actor_ref, actor_ref<Others...>> &&
             (accepted_by<Ms, protocol<Others...>> && ...))
  actor_ref(const actor_ref<Others...>& wider) noexcept  // NOLINT(google-explicit-constructor)
      : address_(wider.where()) {}

  /// Sends `message`: it arrives after everything this sender has sent there before, at most once.
  /// Never blocks; if the mailbox is full or the actor has ended, it is a dead letter.
  /// \throws what moving the message throws, std::bad_alloc
  /// \cost one allocation from a free list and one atomic read-modify-write
  template <class Value>
  void tell(Value&& message) const {
    static_assert(accepted_by<std::remove_cvref_t<Value>, protocol<Ms...>>,
                  "this actor does not accept this message; "
                  "what it accepts is its protocol<...>");
    assert(address_.home && "this actor_ref refers to nobody");
    using sent = std::remove_cvref_t<Value>;
    auto* e = detail::make_tell(std::forward<Value>(message));
    if constexpr (is_urgent<sent>) {
      detail::post_urgent(address_, e);
    } else {
      detail::post_mail(address_, e);
    }
  }

  /// As tell, but what is not accepted comes back, with errc::mailbox_full or errc::actor_down:
  /// `if (auto sent = ref.try_tell(m); !sent) use(sent.error().message);`. A mailbox that drops accepts.
  template <class Value>
  [[nodiscard]] auto try_tell(Value&& message) const {
    using sent = std::remove_cvref_t<Value>;
    static_assert(accepted_by<sent, protocol<Ms...>>,
                  "this actor does not accept this message; "
                  "what it accepts is its protocol<...>");
    return detail::try_tell<sent>(address_, std::forward<Value>(message));
  }

  /// `co_await ref.send(m)` sends and, while the mailbox is full, waits for room without blocking a
  /// thread; senders get room in the order in which they came. `.result()` gives the same as a value,
  /// `.get()` is for plain threads. Nothing is sent before.
  /// \param timeout  longest wait; 0: none. Afterwards the message is a dead letter.
  /// \throws (or gives) actor_down, timeout_error, mailbox_full_error if the bound says refuse
  template <class Value>
  [[nodiscard]] auto send(Value&& message, std::chrono::nanoseconds timeout = {}) const {
    static_assert(accepted_by<std::remove_cvref_t<Value>, protocol<Ms...>>,
                  "this actor does not accept this message; "
                  "what it accepts is its protocol<...>");
    return send_operation_for<std::remove_cvref_t<Value>>(
        address_, detail::make_envelope(detail::envelope_kind::send, std::forward<Value>(message)),
        timeout);
  }

  /// Asks: `co_await ref.ask(m)` gives the reply or throws an error; `.get()` does so in a plain
  /// thread; `co_await ref.ask(m).result()` gives the same as a value. Nothing is sent before.
  /// In a handler that was itself asked with a deadline, that one holds if it is the shorter.
  /// \param timeout  longest wait; 0: none (the death of the callee ends the ask in any case);
  /// `no_deadline`: none, inherited or not
  template <class Value>
  [[nodiscard]] auto ask(Value&& message, std::chrono::nanoseconds timeout = {}) const {
    static_assert(accepted_by<std::remove_cvref_t<Value>, protocol<Ms...>>,
                  "this actor does not accept this message; "
                  "what it accepts is its protocol<...>");
    return ask_operation<std::remove_cvref_t<Value>>(address_, std::forward<Value>(message),
                                                     timeout);
  }

  /// The same, but it ends with errc::cancelled once `token` is triggered, wherever that happens; who
  /// was asked learns it (actor_base::cancellation()).
  template <class Value>
  [[nodiscard]] auto ask(Value&& message, std::chrono::nanoseconds timeout,
                         std::stop_token token) const {
    static_assert(accepted_by<std::remove_cvref_t<Value>, protocol<Ms...>>,
                  "this actor does not accept this message; "
                  "what it accepts is its protocol<...>");
    return stoppable_ask<std::remove_cvref_t<Value>>(address_, std::forward<Value>(message),
                                                     timeout, std::move(token));
  }
  template <class Value>
  [[nodiscard]] auto ask(Value&& message, std::stop_token token) const {
    return ask(std::forward<Value>(message), std::chrono::nanoseconds{}, std::move(token));
  }

  /// Ends the actor once it has handled what is in its mailbox now.
  void stop() const noexcept {
    if (address_.home) detail::request_stop(address_);
  }
  /// Ends the actor after the handler that runs now; its mail becomes dead letters.
  void kill() const noexcept {
    if (address_.home) detail::request_kill(address_);
  }

  explicit operator bool() const noexcept { return address_.home != nullptr; }
  const detail::address& where() const noexcept { return address_; }

  template <class Archive>
  void save(Archive& archive) const {
    detail::save_address(archive, address_);
  }
  template <class Archive>
  void load(Archive& archive) {
    address_ = detail::load_address(archive);
  }

  /// For the runtime: a ref whose protocol is vouched for by the caller.
  static actor_ref at(const detail::address& where) noexcept {
    actor_ref ref;
    ref.address_ = where;
    return ref;
  }

 private:
  detail::address address_;
};

static_assert(sizeof(actor_ref<>) == 16 && std::is_trivially_copyable_v<actor_ref<>>);

template <class... As, class... Bs>
bool operator==(const actor_ref<As...>& a, const actor_ref<Bs...>& b) noexcept {
  return a.where() == b.where();
}

template <class... Ms>
std::string to_string(const actor_ref<Ms...>& ref) {
  return detail::print(ref.where());
}
template <class Stream, class... Ms>
  requires std::derived_from<Stream, std::ios_base>
Stream& operator<<(Stream& out, const actor_ref<Ms...>& ref) {
  out << to_string(ref);
  return out;
}

/// News of the end of an actor that was monitored: exactly one, after its last message.
struct down {
  actor_ref<> ref;
  exit_reason reason;
  std::string name;           ///< the class of the actor, if known
  std::uint64_t monitor = 0;  ///< what monitor() returned
};

}  // namespace troupe

template <class... Ms>
struct std::hash<troupe::actor_ref<Ms...>> {
  std::size_t operator()(const troupe::actor_ref<Ms...>& ref) const noexcept {
    const auto& a = ref.where();
    // Of the slots, not of the pointer: the order in a hash table must be the same in each run.
    const std::size_t home = a.home ? a.home->slot : 0;
    return ((home ^ a.slot) << 32 ^ a.slot) * 0x9e3779b97f4a7c15u + a.generation;
  }
};
