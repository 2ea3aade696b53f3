// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <troupe/actor_system.hpp>
#include <troupe/behavior.hpp>
#include <type_traits>
#include <utility>
#include <variant>

/// A mailbox for a plain thread: everybody sends to its ref as to an actor's.
namespace troupe {

namespace detail {

/// What lies between the cell that takes the mail and the thread that reads it.
class thread_inbox;

/// Hands `e` to the thread, unless there is more than enough: then the mail waits in the mailbox.
void hand_to_thread(cell& c, envelope& e);
void end_inbox(cell& c) noexcept;

/// Waits until there is a message of one of these types; the oldest. \return null: not in time
/// \throws cancelled_error when the mailbox is closed, misuse_error in an actor
envelope_ptr take_from(thread_inbox& inbox, std::span<const message_type* const> wanted,
                       std::optional<std::int64_t> nanoseconds);
std::shared_ptr<thread_inbox> open_inbox(system_core& system, const actor_class& kind,
                                         const mailbox_bounds& bounds);
address address_of(const thread_inbox& inbox) noexcept;
void close_inbox(thread_inbox& inbox) noexcept;

template <class... Ms>
inline constinit const actor_class thread_mailbox_class{
    .name = "thread_mailbox",
    .receive =
        [](cell& c, envelope& e) {
          const bool accepted = ((e.type == &message_type_of<Ms>) || ...);
          accepted ? hand_to_thread(c, e) : unexpected(c, e);
        },
    .destroy = &end_inbox};

template <class M, class... Ms>
inline constexpr bool among = (std::same_as<M, Ms> || ...);

/// How a thread receives an M: with the place for its answer, if it has one.
template <class M>
using received_by_thread = std::conditional_t<std::is_void_v<reply_of<M>>, M, question<M>>;

/// \return true: `e` was one
template <class R, class Value>
bool take_received(envelope& e, std::optional<Value>& place) {
  using message = typename received<R>::message;
  if (place || e.type != &message_type_of<message>) return false;
  if constexpr (std::same_as<R, message>) {
    static_assert(std::is_void_v<reply_of<R>>,
                  "this message has a reply: receive<question<M>>() gives you the place for it");
    if (e.kind == envelope_kind::ask)
      answer(correlation_of(e), make_bare_envelope(envelope_kind::reply));
    place.emplace(std::move(e.as<R>()));
  } else {
    std::shared_ptr<open_question> asked;
    if (e.kind == envelope_kind::ask) asked = std::make_shared<open_question>(correlation_of(e));
    place.emplace(R{std::move(e.as<message>()), promise<reply_of<message>>(std::move(asked))});
  }
  return true;
}

}  // namespace detail

/// The receiving end, made by `system.open_mailbox<ball, score>()`; its destruction closes it. Up to 64
/// messages lie ready for the thread; others wait in the mailbox, whose bound holds as for any
/// actor. What a receive passes over stays, in order, for a later one, and counts for no bound.
/// \thread plain threads, also several; in an actor a call is a misuse_error, unless that has a
/// thread of its own. In a simulation the thread that made it: the wait drives the simulation. The
/// system must outlive it
template <class... Ms>
class thread_mailbox {
 public:
  thread_mailbox(thread_mailbox&&) noexcept = default;
  thread_mailbox& operator=(thread_mailbox&& other) noexcept {
    std::swap(inbox_, other.inbox_);
    return *this;
  }
  ~thread_mailbox() { close(); }

  /// For everybody who shall send here. \thread any
  actor_ref<Ms...> ref() const noexcept {
    return inbox_ ? actor_ref<Ms...>::at(detail::address_of(*inbox_)) : actor_ref<Ms...>{};
  }

  /// `auto b = box.receive<ball>();` blocks this thread for the next ball. With several types: a
  /// std::variant of them. Without any: whatever comes next. A message with a reply is received as a
  /// question<M>; one without that was asked is answered by being received.
  /// \throws cancelled_error once the mailbox has been closed and nothing is left to receive
  template <class... Rs>
  auto receive() {
    return *take<Rs...>(std::nullopt);
  }
  /// The same, but std::nullopt if nothing has come within `timeout`; 0: if nothing lies ready.
  template <class... Rs>
  auto receive(std::chrono::nanoseconds timeout) {
    return take<Rs...>(timeout.count());
  }

  /// Ends the actor behind the ref. Messages that are left become dead letters, asks fail. Nothing
  /// may be received here any more; what waits in receive() ends. \thread any
  void close() noexcept {
    if (inbox_) detail::close_inbox(*inbox_);
  }

 private:
  friend class actor_system;
  explicit thread_mailbox(std::shared_ptr<detail::thread_inbox> inbox) noexcept
      : inbox_(std::move(inbox)) {}

  template <class... Rs>
  auto take(std::optional<std::int64_t> nanoseconds) {
    if constexpr (sizeof...(Rs) == 0) {
      return take<detail::received_by_thread<Ms>...>(nanoseconds);
    } else {
      using detail::received;
      static_assert((detail::among<typename received<Rs>::message, Ms...> && ...),
                    "this mailbox does not accept that type");
      using value =
          std::conditional_t<sizeof...(Rs) == 1, std::tuple_element_t<0, std::tuple<Rs...>>,
                             std::variant<Rs...>>;
      static constexpr std::array<const detail::message_type*, sizeof...(Rs)> wanted{
          &detail::message_type_of<typename received<Rs>::message>...};
      std::optional<value> place;
      if (auto e = detail::take_from(*inbox_, wanted, nanoseconds)) {
        (void)(detail::take_received<Rs>(*e, place) || ...);
      }
      return place;
    }
  }

  std::shared_ptr<detail::thread_inbox> inbox_;
};

template <class... Ms>
thread_mailbox<Ms...> actor_system::open_mailbox(mailbox_bounds bounds) {
  static_assert(sizeof...(Ms) > 0, "open_mailbox<Ms...>(): say which messages it accepts");
  (detail::ensure_registered<Ms>(), ...);
  return thread_mailbox<Ms...>(
      detail::open_inbox(*core_, detail::thread_mailbox_class<Ms...>, bounds));
}

}  // namespace troupe
