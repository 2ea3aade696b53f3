// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <troupe/detail/envelope.hpp>

/// A cell is the type-stable home of an actor: never unmapped, used by one tenant after the other.
/// A message carries its target's generation, so that a tenant never sees its predecessor's mail.
///
/// Only the cell's *consumer* touches what is not atomic here: the worker that took it from a run
/// queue, or whoever cleared its idle bit (that is how a spawner gets at a vacant cell). There is at
/// most one consumer at any time.
namespace troupe::detail {

struct system_core;
struct extras;

/// What the tenants of one kind have in common.
struct actor_class {
  std::string_view name;
  void (*receive)(cell&, envelope&);  ///< a tell or an ask; ends the payload or leaves it
  void (*destroy)(cell&) noexcept;    ///< ends the body
  void (*down)(cell&, envelope&);     ///< null: this actor does not listen to ends
  void (*batch_end)(cell&);           ///< the mailbox is empty or the turn is over; may be null
  bool reentrant = false;             ///< handles mail while a handler waits
  bool raw = false;                   ///< not an actor: `receive` gets every kind, any generation
};

/// What a consumer changes when tenants change, while late senders may still read it.
template <class T>
class relaxed {
 public:
  relaxed& operator=(T value) noexcept {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  operator T() const noexcept {  // NOLINT(google-explicit-constructor)
    return value_.load(std::memory_order_relaxed);
  }
  T operator->() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<T> value_{};
};

/// The life of a tenant. vacant -> ready -> stopping -> vacant; `busy` below refines ready.
enum class cell_state : std::uint8_t { vacant, ready, stopping };

struct alignas(64) cell {
  static constexpr std::uintptr_t idle_bit = 1;     // in head
  static constexpr std::uintptr_t blocked_bit = 1;  // in system_lane

  // Line 0: written by senders.
  /// Last node of the user lane; idle_bit: nobody runs this cell and the queue is empty. Senders
  /// exchange it (acq_rel: release publishes the message, acquire keeps senders' links in order);
  /// whoever gets the idle bit back has become the one who must schedule the cell. The consumer
  /// sets the bit by compare-exchange, which fails if mail came.
  std::atomic<std::uintptr_t> head;
  std::atomic<std::uint64_t> serial;  ///< of the tenant: how many were opened before it

  // Line 1: the consumer's.
  alignas(64) queue_node* tail;  ///< the node read last; its payload is gone, it is the stub
  queue_node stub;               ///< the first stub of all
  /// Stack of system envelopes, newest first; blocked_bit: the consumer has left although the user
  /// lane may hold mail, and only a system envelope may wake the cell. seq_cst against `head`.
  std::atomic<std::uintptr_t> system_lane;
  void* body;         ///< the actor object
  extras* extra;      ///< what only some actors need; null until needed
  envelope* current;  ///< the message being handled
  cell_state state;
  bool busy;    ///< a handler waits and the actor is not reentrant: no user mail
  bool ending;  ///< has ended: give the cell back as soon as it is idle

  // Line 2: read by everybody, written when tenants change.
  alignas(64) relaxed<cell*> route;  ///< where mail for this address goes: itself, or a link's cell
  relaxed<const actor_class*> kind;
  std::atomic<system_core*> system;
  relaxed<std::uint64_t> node_id;
  std::atomic<std::uint32_t> generation;  ///< odd: there is a tenant
  std::uint32_t slot;
  std::atomic<cell*> owner;  ///< whose child this is; null: the system's
  cell* older_sibling;       ///< the owner's
  cell* younger_sibling;     ///< the owner's

  address self() noexcept { return {this, slot, generation.load(std::memory_order_relaxed)}; }

  /// Appends the chain first..last. \return true: the caller must schedule the cell. \thread any
  bool push_chain(envelope* first, envelope* last) noexcept {
    last->next.store(nullptr, std::memory_order_relaxed);
    const auto before =
        head.exchange(reinterpret_cast<std::uintptr_t>(static_cast<queue_node*>(last)),
                      std::memory_order_acq_rel);
    reinterpret_cast<queue_node*>(before & ~idle_bit)->next.store(first, std::memory_order_release);
    return before & idle_bit;
  }
  bool push(envelope* e) noexcept { return push_chain(e, e); }

  /// The oldest message, or null if there is none (or its sender is between its two stores).
  envelope* pop() noexcept {
    auto* next = static_cast<envelope*>(tail->next.load(std::memory_order_acquire));
    if (!next) return nullptr;
    queue_node* old = tail;
    tail = next;
    if (old != &stub) free_envelope(static_cast<envelope*>(old));
    return next;
  }

  /// \return false: there is mail, or some is on its way
  bool set_idle() noexcept {
    auto expected = reinterpret_cast<std::uintptr_t>(tail);
    return head.compare_exchange_strong(expected, expected | idle_bit, std::memory_order_seq_cst,
                                        std::memory_order_relaxed);
  }
  /// Makes the caller the consumer. \return false: somebody else is
  bool claim() noexcept {
    return head.load(std::memory_order_seq_cst) & idle_bit &&
           head.fetch_and(~idle_bit, std::memory_order_seq_cst) & idle_bit;
  }

  /// \return true: the caller must schedule the cell. \thread any
  bool push_system(envelope* e) noexcept {
    auto before = system_lane.load(std::memory_order_relaxed);
    do {
      e->next.store(reinterpret_cast<queue_node*>(before & ~blocked_bit),
                    std::memory_order_relaxed);
    } while (!system_lane.compare_exchange_weak(
        before, reinterpret_cast<std::uintptr_t>(static_cast<queue_node*>(e)),
        std::memory_order_seq_cst));
    return before & blocked_bit || claim();
  }
  /// All system envelopes, oldest first.
  envelope* take_system() noexcept {
    auto* newest = reinterpret_cast<queue_node*>(
        system_lane.exchange(0, std::memory_order_seq_cst) & ~blocked_bit);
    queue_node* oldest = nullptr;
    while (newest) {
      queue_node* next = newest->next.load(std::memory_order_relaxed);
      newest->next.store(oldest, std::memory_order_relaxed);
      oldest = newest;
      newest = next;
    }
    return static_cast<envelope*>(oldest);
  }
  bool has_system() const noexcept {
    return (system_lane.load(std::memory_order_relaxed) & ~blocked_bit) != 0;
  }
  /// Leaves the cell to the next system envelope. \return false: there is one already
  bool set_blocked() noexcept {
    std::uintptr_t expected = 0;
    return system_lane.compare_exchange_strong(expected, blocked_bit, std::memory_order_seq_cst);
  }
};
static_assert(sizeof(cell) == 192);

/// Makes `c` run soon. The caller was told so by push() or push_system(). \thread any
void schedule(cell& c) noexcept;

/// Mail for a former tenant is refused by its sender: in the mailbox of the present one it might wait
/// for as long as that one does. \return false: `home` is a link, which numbers its tenants otherwise
bool refuse_at_once(cell& home, envelope* e) noexcept;

/// Sends into the user lane: arrives in order of sending. \thread any
inline void post(const address& to, envelope* e) noexcept {
  cell& home = *to.home;
  cell& route = *home.route;
  e->slot = to.slot;
  e->generation = to.generation;
  if (&route != &home) {
    e->gateway = home.slot;
  } else if (home.generation.load(std::memory_order_relaxed) != to.generation) [[unlikely]] {
    if (refuse_at_once(home, e)) return;
  }
  if (route.push(e)) schedule(route);
}

/// Posts an ask, and sees to it that it ends even if the tenant has changed in this very moment.
void post_question(const address& to, envelope* e) noexcept;

/// Sends into the system lane: overtakes mail, reaches an actor that waits. \thread any
void post_system(const address& to, envelope* e) noexcept;

}  // namespace troupe::detail
