// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <troupe/bounds.hpp>
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
class sliding_buffer;
class own_thread;
struct child_change;

/// Whether the last turn of an actor of this class was long: a handler that takes its time tends to do so
/// again. Of the first turn nothing is known, so it is taken for long. Written and read by the scheduler,
/// ordered by nothing.
class slow_hint {
 public:
  constexpr slow_hint() noexcept = default;
  constexpr slow_hint(const slow_hint& /*of a class that is being made*/) noexcept {}
  slow_hint& operator=(const slow_hint&) = delete;
  ~slow_hint() = default;
  bool is_set() const noexcept { return slow_.load(std::memory_order_relaxed); }
  void set(bool slow) const noexcept {
    if (is_set() != slow) slow_.store(slow, std::memory_order_relaxed);
  }

 private:
  mutable std::atomic<bool> slow_{true};
};

/// What the tenants of one kind have in common.
struct actor_class {
  std::string_view name;
  void (*receive)(cell&, envelope&) = nullptr;  ///< a tell or an ask; ends the payload or leaves it
  void (*destroy)(cell&) noexcept = nullptr;    ///< ends the body
  void (*down)(cell&, envelope&) = nullptr;     ///< null: this actor does not listen to ends
  void (*batch_end)(cell&) = nullptr;  ///< the mailbox is empty or the turn is over; may be null
  bool reentrant = false;              ///< handles mail while a handler waits
  bool raw = false;                    ///< not an actor: `receive` gets every kind, any generation
  mailbox_bounds bounds = {};
  void (*child_changed)(cell&, const child_change&) = nullptr;  ///< of a supervisor; else null
  void (*idle)(cell&) = nullptr;  ///< nothing has come for its idle timeout
  bool own_thread = false;        ///< its turns run on a thread of its own
  bool urgent = false;            ///< its turns come before those of others
  bool gives_out = false;         ///< it understands messages::holdings_of
  /// Of a link, whose bound is its own: whether it takes this mail, which it may replace. Asked while
  /// `queueing`. \param insists  false: only if it need not wait   \thread any
  bool (*admit)(cell&, envelope*& mail, bool insists) noexcept = nullptr;
  slow_hint slow = {};
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

/// The life of a tenant: see lifecycle.cpp; `busy` below refines ready.
enum class cell_state : std::uint8_t { vacant, ready, stopping, resting };

struct alignas(64) cell {
  static constexpr std::uint64_t idle_bit = 1;                                // in head
  static constexpr unsigned count_shift = address_bits - alignment_bits + 1;  // in head
  static constexpr std::uintptr_t blocked_bit = 1;                            // in system_lane
  static constexpr std::uintptr_t urgent_bit = 2;                             // in runner
  static constexpr std::uint64_t count_mask = ~std::uint64_t{0} << count_shift;
  static constexpr std::uint32_t depth_mask = static_cast<std::uint32_t>(count_mask >> count_shift);

  // Line 0: written by senders.
  /// The user lane, in one word: 21 bits that count the messages ever sent here (modulo 2^21), 42
  /// bits for the last node (see alignment_bits; 0: the stub), and idle_bit: nobody runs this cell and the queue is empty. Senders replace it by
  /// compare-exchange (acq_rel: release publishes the message, acquire keeps senders' links in
  /// order); whoever gets the idle bit back has become the one who must schedule the cell. The
  /// consumer sets the bit by compare-exchange, which fails if mail came.
  std::atomic<std::uint64_t> head;
  /// From this count on (in head's place) mail finds no room at first sight. The consumer moves it on
  /// as it reads, 64 messages at a time; a sender who hits it counts exactly.
  std::atomic<std::uint64_t> limit;
  std::atomic<std::uint64_t> serial;  ///< of the tenant: how many were opened before it
  std::atomic<sliding_buffer*>
      sliding;                        ///< in front of the user lane, if the oldest mail is dropped
  std::atomic<std::uint32_t> urgent;  ///< messages in the system lane that are users' mail
  relaxed<std::uint32_t> capacity;    ///< messages; 0: unbounded
  relaxed<overflow> at_bound;
  relaxed<bool> queueing;             ///< senders wait for room: what becomes free is theirs
  std::atomic<bool> named;            ///< some actor here has, or has had, a name: see names.cpp
  bool near_ready;                    ///< the worker is going to run it for the near lane's sake
  relaxed<std::uint32_t> near_taken;  ///< messages read from the near lane; see pop_near()
  cell* older_sibling;                ///< the owner's
  cell* younger_sibling;              ///< the owner's

  // Line 1: the consumer's.
  alignas(64) queue_node* tail;  ///< the node read last; its payload is gone, it is the stub
  queue_node stub;               ///< the stub while the cell is idle: no message's memory is kept
  /// Stack of system envelopes, newest first; blocked_bit: the consumer has left although the user
  /// lane may hold mail, and only a system envelope may wake the cell. seq_cst against `head`.
  std::atomic<std::uintptr_t> system_lane;
  void* body;         ///< the actor object
  extras* extra;      ///< what only some actors need; null until needed
  envelope* current;  ///< the message being handled
  relaxed<std::uint64_t>
      taken;  ///< messages read from the user lane, by all tenants; read by others
  cell_state state;
  bool busy;           ///< a handler waits and the actor is not reentrant: no user mail
  bool ending;         ///< has ended: give the cell back as soon as it is idle
  std::uint8_t aside;  ///< mail waits outside the user lane: see aside.hpp
  relaxed<std::uint32_t> near_count;  ///< messages in the near lane

  // Line 2: read by everybody, written when tenants change.
  alignas(64) relaxed<cell*> route;  ///< where mail for this address goes: itself, or a link's cell
  relaxed<const actor_class*> kind;
  std::atomic<system_core*> system;
  relaxed<std::uint64_t> node_id;
  std::atomic<std::uint32_t> generation;  ///< odd: there is a tenant
  std::uint32_t slot;
  std::atomic<cell*> owner;  ///< whose child this is; null: the system's
  /// What runs the tenant. 0: the workers; odd: the one worker of its system, and this is its mark; else
  /// the own_thread. Written by the consumer while it is that, so who gets the idle bit or the blocked bit
  /// back reads what holds. With urgent_bit its turns come first (see urgency.hpp), and near mail, for which
  /// the mark must be here alone, is not for it.
  relaxed<std::uintptr_t> runner;
  /// The near lane: mail from the one worker that also runs this actor, so no other thread ever sees
  /// it. See near.hpp.
  envelope_list near;

  address self() noexcept { return {this, slot, generation.load(std::memory_order_relaxed)}; }

  static std::uint64_t word_of(const queue_node* node) noexcept {
    return reinterpret_cast<std::uintptr_t>(node) >> (alignment_bits - 1);
  }
  queue_node* node_of(std::uint64_t word) noexcept {
    const std::uint64_t place =
        (word << (alignment_bits - 1)) & ((std::uint64_t{1} << address_bits) - envelope_alignment);
    return place ? reinterpret_cast<queue_node*>(place) : &stub;
  }
  static std::uint64_t with_last(std::uint64_t word, const queue_node* last,
                                 std::uint64_t added) noexcept {
    return ((word & count_mask) + (added << count_shift)) | word_of(last);
  }
  /// \return true: the caller must schedule the cell
  bool link_after(std::uint64_t before, envelope* first) noexcept {
    node_of(before)->next.store(first, std::memory_order_release);
    return before & idle_bit;
  }

  /// Appends the chain first..last of `n` envelopes, whatever the bound.
  /// \return true: the caller must schedule the cell. \thread any
  bool push_chain(envelope* first, envelope* last, std::uint64_t n) noexcept {
    last->next.store(nullptr, std::memory_order_relaxed);
    std::uint64_t before = head.load(std::memory_order_relaxed);
    while (!head.compare_exchange_weak(before, with_last(before, last, n),
                                       std::memory_order_acq_rel, std::memory_order_relaxed)) {
    }
    return link_after(before, first);
  }
  bool push(envelope* e) noexcept { return push_chain(e, e, 1); }

  enum class pushed : std::uint8_t { queued, wakes, full };
  /// Appends `e` if there seems to be room. \thread any
  pushed push_within_limit(envelope* e) noexcept {
    e->next.store(nullptr, std::memory_order_relaxed);
    std::uint64_t before = head.load(std::memory_order_relaxed);
    do {
      const std::uint64_t beyond = before - limit.load(std::memory_order_relaxed);
      if (static_cast<std::int64_t>(beyond) >= 0) [[unlikely]]
        return pushed::full;
    } while (!head.compare_exchange_weak(before, with_last(before, e, 1), std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
    return link_after(before, e) ? pushed::wakes : pushed::queued;
  }
  /// How many messages wait in the user lane, `word` being its head. Modulo 2^21.
  std::uint32_t depth(std::uint64_t word) const noexcept {
    return static_cast<std::uint32_t>((word >> count_shift) - taken) & depth_mask;
  }
  void move_limit() noexcept;  ///< to `capacity` from what has been taken

  /// The oldest message, or null if there is none (or its sender is between its two stores).
  envelope* pop() noexcept {
    auto* next = static_cast<envelope*>(tail->next.load(std::memory_order_acquire));
    if (!next) return nullptr;
    queue_node* old = tail;
    tail = next;
    taken = taken + 1;
    if (taken % 64 == 0) move_limit();
    if (old != &stub) free_envelope(static_cast<envelope*>(old));
    return next;
  }

  /// Puts the stub in the place of the envelope read last. \return false: there is mail, or some is on
  /// its way
  bool set_idle() noexcept {
    queue_node* last = tail;
    std::uint64_t expected = (taken << count_shift) | (last == &stub ? 0 : word_of(last));
    if (last != &stub) {
      stub.next.store(nullptr, std::memory_order_relaxed);
      tail = &stub;
    }
    const std::uint64_t idle = (taken << count_shift) | idle_bit;
    if (!head.compare_exchange_strong(expected, idle, std::memory_order_seq_cst,
                                      std::memory_order_relaxed)) {
      tail = last;
      return false;
    }
    if (last != &stub) free_envelope(static_cast<envelope*>(last));
    return true;
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

// Near mail -------------------------------------------------------------------------------------

inline constexpr std::uintptr_t no_mark = 4;  ///< no cell has this as its runner
inline constexpr std::uint32_t near_messages_max = 65536;
/// The mark of the worker that is this thread, if it is the only one of its system.
extern constinit thread_local std::uintptr_t sole_worker_mark;

/// So many messages in one mailbox are a crowd: who adds to it gives way after its handler. Two producers
/// would else get twice the time of their consumer, which then works in cold memory.
inline constexpr std::uint32_t crowd_messages = 2048;
/// The turn that runs on this thread has added to a crowd.
extern constinit thread_local bool crowded;

/// Makes `c` run soon for its near lane. \thread its sole worker
void schedule_near(cell& c) noexcept;

/// Puts mail into the near lane: no atomic operation, see near.hpp.
/// \return false: not possible now, it has to go the way that all can go
inline bool push_near(cell& c, envelope* e) noexcept {
  if (c.runner != sole_worker_mark) return false;
  const std::uint64_t head = c.head.load(std::memory_order_relaxed);
  if (!(head & cell::idle_bit)) {
    if (c.depth(head) >= crowd_messages) [[unlikely]]
      crowded = true;
    return false;
  }
  const std::uint32_t waiting = c.near_count;
  if (waiting >= near_messages_max) return false;
  if (waiting >= crowd_messages) [[unlikely]]
    crowded = true;
  c.near.push_back(e);
  c.near_count = waiting + 1;
  if (!c.near_ready && !c.busy) schedule_near(c);
  return true;
}

/// Mail for a former tenant is refused by its sender: in the mailbox of the present one it might wait
/// for as long as that one does.
void refuse_at_once(cell& home, envelope* e) noexcept;

/// Writes into `e` where a link is to carry it.
inline void route_over_link(const address& to, envelope*& e, const cell& route) noexcept {
  if (is_small(*e)) {
    const envelope_ptr small(e);
    e = moved_out(*small);
  }
  e->generation = to.generation;
  routing_of(*e) = {to.slot, &route == to.home ? 0 : to.home->slot};
}

/// Writes the target into `e`. \return where it goes; null: it has been refused
inline cell* direct(const address& to, envelope*& e) noexcept {
  cell& home = *to.home;
  cell& route = *home.route;
  e->generation = to.generation;
  if (&route != &home || home.kind->raw) [[unlikely]] {
    route_over_link(to, e, route);
  } else if (home.generation.load(std::memory_order_relaxed) != to.generation) [[unlikely]] {
    refuse_at_once(home, e);
    return nullptr;
  }
  return &route;
}

/// The user lane has no room at first sight: counts, and does as the actor's bound says.
void overflowed(cell& c, envelope* e) noexcept;
/// While `queueing`, no mail finds room at first sight. For the consumer.
void set_queueing(cell& c, bool queueing) noexcept;

/// Sends a message of a user, a tell or an ask: in order of sending, within the bound. \thread any
inline void post_mail(const address& to, envelope* e) noexcept {
  cell* route = direct(to, e);
  if (!route || push_near(*route, e)) return;
  const cell::pushed result = route->push_within_limit(e);
  if (result == cell::pushed::wakes) {
    schedule(*route);
  } else if (result == cell::pushed::full) [[unlikely]] {
    overflowed(*route, e);
  }
}
/// The same for a message that overtakes.
void post_urgent(const address& to, envelope* e) noexcept;

/// In another process, or on the way there.
inline bool is_remote(const address& a) noexcept {
  return a.home && (a.home->route != a.home || a.home->kind->raw);
}

enum class posted : std::uint8_t { accepted, full, gone };
/// As post_mail, or post_urgent if `e` is urgent; but what is not accepted stays with the caller.
posted try_post(const address& to, envelope* e) noexcept;

/// Sends into the user lane what belongs to the runtime: in order, and never dropped. \thread any
void post(const address& to, envelope* e) noexcept;

/// Sends the chain first..last of `n` tells and asks, all directed already, to the actor of `home`.
void post_chain(cell& home, envelope* first, envelope* last, std::uint64_t n) noexcept;

/// Posts an ask, and sees to it that it ends even if the tenant has changed in this very moment.
void post_question(const address& to, envelope* e) noexcept;

/// Sends into the system lane: overtakes mail, reaches an actor that waits. \thread any
void post_system(const address& to, envelope* e) noexcept;

/// Sends `e` the way its kind and its message's type ask for. \thread any
void deliver(const address& to, envelope* e) noexcept;

}  // namespace troupe::detail
