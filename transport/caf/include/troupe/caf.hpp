// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <concepts>
#include <cstdint>
#include <troupe/actor_system.hpp>
#include <troupe/detail/caf_door.hpp>
#include <troupe/detail/caf_emissary.hpp>

/// Actors of CAF's and of ours that talk to each other in one process.
///
/// What crosses is one copyable value, of the same plain type on both sides. With CAF 0.17 ours need no inspect()
/// and no macro to reach a CAF actor; what CAF's own send() asks for, it asks for here too, unless caf_message()
/// makes the message. Messages that CAF knows how to write can go on to other machines, others end there with an
/// error of CAF's. With CAF 1 each message and each reply needs a type id, as for CAF's own send().
///
/// Declare CAF's system before ours, so that it ends last: its end waits for its actors, and refs from
/// from_caf() keep theirs alive.
namespace troupe {

/// A CAF actor that stands for ours: what CAF actors send there is in our actor's mailbox when send()
/// returns (on its way, if ours is in another process), in the order of sending; a request() is an ask, and its response the reply (an empty one for
/// `void`), or an error of `caf::sec` whose context is our text: request_receiver_down,
/// request_timeout, unexpected_message, unavailable_or_would_block, else runtime_error. The handler's reply to
/// what was merely sent goes nowhere. Anything else than one of Ms is answered with unexpected_message, or is
/// a dead letter.
///
/// When our actor ends, so does this one, after its last response: normal ends are normal, an exception is
/// unhandled_exception with its text (CAF 1: sec::runtime_error), then kill, user_shutdown (its owner has ended),
/// remote_link_unreachable (its process is gone), unknown (it was gone already). The end of our system is
/// that of a stop, normal. What our actor has sent through refs of from_caf() may come after that. Our actor
/// learns nothing of who watches. It is killed by an exit message with the reason `kill`, and stopped by one with
/// any other reason but normal, be it sent by hand or by a link.
///
/// As any CAF actor it is gone with its last handle; who monitors it should keep one.
///
/// At the bound of our mailbox: a send() is dropped as a dead letter, as for every sender here that cannot
/// wait; a request() waits as an ask does if the bound says `suspend`, and else fails with
/// unavailable_or_would_block. A CAF sender is never slowed down.
///
/// \throws std::invalid_argument if `ours` refers to nobody, misuse_error if it lives in a simulation,
/// cancelled_error if its system is ending
/// \thread any; \cost this: two actors; a message: no more than tell(), on the sender's thread; a request:
/// an actor besides
template <class... Ms>
[[nodiscard]] caf::actor as_caf(caf::actor_system& theirs, const actor_ref<Ms...>& ours) {
  static_assert(
      (std::copy_constructible<Ms> && ...),
      "CAF copies a message that two actors hold: as_caf() takes refs whose messages can be "
      "copied (a ref narrows: actor_ref<A, B> is an actor_ref<A>)");
  static_assert(((std::is_void_v<reply_of<Ms>> || std::copy_constructible<reply_of<Ms>>) && ...),
                "CAF copies a response that two actors hold: as_caf() takes refs whose replies can "
                "be copied");
  (detail::ensure_registered<Ms>(), ...);
  (detail::ensure_registered<reply_of<Ms>>(), ...);
  return detail::open_door(theirs, ours.where(), detail::caf_entries<Ms...>);
}

struct from_caf_options {
  mailbox_bounds bounds = {};  ///< of what waits here, before CAF has it
  std::uint32_t asks_max =
      65536;  ///< that the CAF actor has not answered; more fail with mailbox_full
};

/// A ref to a CAF actor, to be used as any other: a tell() is an anonymous send, an ask() a request. Its
/// response must be what reply_of<M> says, any at all for `void`; an error comes as troupe::error: timeout
/// for request_timeout, actor_down for request_receiver_down, bad_message for unexpected_message, else
/// handler_failed; the text holds category, code and context. A deadline is ours to keep: when it passes,
/// or the asker gives up, the late response is ignored. An ask that the CAF actor has handed on to another
/// still fails with its end.
///
/// When the CAF actor ends, so does the ref's, after its last message: normally, by `killed` for kill, by
/// `connection_lost` for remote_link_unreachable, `never_existed` for unknown, else by an error with CAF's
/// text. kill() and stop() mean the CAF actor: it gets an exit message with the reason `kill`, or, after all
/// that was sent before, `user_shutdown`; the ref is dead at once, even if the CAF actor traps it. The end of
/// our system leaves the CAF actor alone. The ref's actor keeps the CAF actor alive, as a handle does, until one of
/// the two ends; so where a CAF actor is to end with its last handle, stop() its ref.
///
/// The bound counts what waits here, which is short; the mailbox of a CAF actor has no bound, and takes all
/// that is handed on. Limit what is under way by asks.
///
/// \param theirs  of a typed actor: caf::actor_cast<caf::actor>(handle)
/// \throws std::invalid_argument if `theirs` is empty, misuse_error in a simulation, as spawn
/// \thread any; \cost this: two actors; a message: two hops, an allocation on each side
template <class... Ms>
[[nodiscard]] actor_ref<Ms...> from_caf(actor_system& ours, caf::actor theirs,
                                        const from_caf_options& options = {}) {
  static_assert((std::copy_constructible<Ms> && ...),
                "CAF copies a message that two actors hold: from_caf<Ms...>() takes messages that "
                "can be copied");
  static_assert(((std::is_void_v<reply_of<Ms>> || std::copy_constructible<reply_of<Ms>>) && ...),
                "CAF copies a response that two actors hold: from_caf<Ms...>() takes replies that "
                "can be copied");
  (detail::ensure_registered<reply_of<Ms>>(), ...);
  return ours.spawn<detail::caf_emissary<Ms...>>(
      spawn_options{.bounds = options.bounds},
      detail::checked_for_emissary(ours.core(), std::move(theirs)), options.asks_max);
}

/// `self->send(door, caf_message(deposit{250}))`: content for CAF's send() and request() that, with CAF 0.17,
/// needs neither an inspect() for its type nor a macro. It cannot leave the process unless CAF knows the type.
/// \throws std::bad_alloc   \thread any
template <class M>
caf::message caf_message(M message) {
  return detail::to_caf<M>(std::move(message));
}

}  // namespace troupe
