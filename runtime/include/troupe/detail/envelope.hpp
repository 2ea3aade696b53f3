// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <troupe/detail/pool.hpp>
#include <troupe/message.hpp>
#include <type_traits>
#include <utility>

/// An envelope is one message on its way: a header, then the message itself in the same block.
/// A tell of up to 8 bytes takes one 32-byte block, one of up to 32 bytes a 64-byte block.
namespace troupe::detail {

struct cell;

/// Where an actor lives. `home` is its cell here, or the gateway cell of the process it lives in.
struct address {
  cell* home = nullptr;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< 0: nobody
  friend bool operator==(const address&, const address&) = default;
};

enum class envelope_kind : std::uint8_t {
  // user lane, in order of sending
  tell,
  ask,
  stop,
  down,
  mark,   ///< `from`, a link, wants to hear when the mail before this has been handled
  slide,  ///< mail waits in the sliding buffer in front of this lane
  // system lane
  send,     ///< a tell whose sender waits until there is room for it
  reply,    ///< the answer to the ask with this id
  failure,  ///< that ask failed; the payload says how
  monitor,  ///< `from` wants to hear of the end of the target, under this id
  demonitor,
  kill,
  child_ended,  ///< `from` is a child that has ended
  wake,         ///< a timer of this cell is due
  probe,        ///< answered like an ask if the target is gone, and not at all if it lives
  receipt,      ///< the answer to a mark: `from` has handled its mail up to the mark with this id
  notice,       ///< for cells that are not actors: a link was written, closed …
  supervision,  ///< an order to a child, or news of one: `flags` is a detail::supervision
  cancel,       ///< `from` does not wait for the answer to its ask with this id any more
  inspect,      ///< for a snapshot: says what it waits for
  urgency,      ///< a reason for its turns to come first, or news of `from`: see urgency.cpp
};

/// Flags of a monitor: how its end is wanted, and whether it is one half of a link.
inline constexpr std::uint8_t as_answer_flag = 1;
inline constexpr std::uint8_t link_flag = 2;  ///< the target is asked to watch the sender, too
inline constexpr std::uint8_t link_answer_flag = 4;  ///< and this is how it does so

/// Flags of stop and kill.
inline constexpr std::uint8_t owner_ends_flag = 1;
inline constexpr std::uint8_t if_wanted_flag =
    2;  ///< counts only for the incarnation it was meant for

/// The mailbox's head has 42 bits for the address of an envelope: those of a user's process (47, or 48
/// where that is not known) without the lower ones, which alignment leaves zero.
#if defined(__x86_64__)
inline constexpr unsigned address_bits = 47;
inline constexpr unsigned alignment_bits = 5;
#else
inline constexpr unsigned address_bits = 48;
inline constexpr unsigned alignment_bits = 6;
#endif
inline constexpr std::size_t envelope_alignment = std::size_t{1} << alignment_bits;

struct queue_node {
  std::atomic<queue_node*> next{nullptr};
};

struct envelope : queue_node {
  const message_type* type;  ///< of the payload; null: there is none
  std::uint32_t generation;  ///< of the target
  envelope_kind kind;
  std::uint8_t size_class;
  std::uint8_t payload_offset;
  std::uint8_t flags;

  void* payload() noexcept { return reinterpret_cast<std::byte*>(this) + payload_offset; }
  template <class M>
  M& as() noexcept {
    assert(type == &message_type_of<M>);
    return *std::launder(static_cast<M*>(payload()));
  }
};
static_assert(sizeof(envelope) == 24);

/// Follows the header in all but small tells, which no link carries. Set in what a link carries.
struct routing {
  std::uint32_t slot = 0;  ///< of the target, over there
  std::uint32_t gateway =
      0;  ///< slot of the gateway cell it was sent to; 0: to the link's own peer
};
static_assert(sizeof(routing) == 8);

constexpr std::size_t small_header = sizeof(envelope);
constexpr std::size_t full_header = small_header + sizeof(routing);

inline bool is_small(const envelope& e) noexcept { return e.payload_offset == small_header; }

inline routing& routing_of(envelope& e) noexcept {
  assert(!is_small(e));
  return *std::launder(reinterpret_cast<routing*>(reinterpret_cast<std::byte*>(&e) + small_header));
}
inline const routing& routing_of(const envelope& e) noexcept {
  return routing_of(const_cast<envelope&>(e));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

/// Follows the routing in every kind but tell and stop.
struct correlation {
  std::uint64_t id = 0;
  address from;               ///< who wants the answer; in answers: nobody
  std::int64_t deadline = 0;  ///< absolute, in nanoseconds of the system's clock; 0: none
};
static_assert(sizeof(correlation) == 32);

constexpr bool is_correlated(envelope_kind kind) noexcept {
  return kind != envelope_kind::tell && kind != envelope_kind::stop && kind != envelope_kind::slide;
}
/// Mail of users: what a bound may drop.
constexpr bool is_mail(envelope_kind kind) noexcept {
  return kind == envelope_kind::tell || kind == envelope_kind::ask || kind == envelope_kind::send;
}
/// An answer needs the id alone, so that a small one fits 64 bytes.
constexpr bool is_answer(envelope_kind kind) noexcept {
  return kind == envelope_kind::reply || kind == envelope_kind::failure;
}

inline correlation& correlation_of(envelope& e) noexcept {
  assert(is_correlated(e.kind) && !is_answer(e.kind));
  return *std::launder(
      reinterpret_cast<correlation*>(reinterpret_cast<std::byte*>(&e) + full_header));
}
inline const correlation& correlation_of(const envelope& e) noexcept {
  return correlation_of(const_cast<envelope&>(e));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}
inline std::uint64_t& id_of(envelope& e) noexcept {
  assert(is_correlated(e.kind));
  return *std::launder(
      reinterpret_cast<std::uint64_t*>(reinterpret_cast<std::byte*>(&e) + full_header));
}

constexpr std::size_t payload_offset_for(envelope_kind kind, std::size_t alignment) noexcept {
  const std::size_t header = full_header + (!is_correlated(kind) ? 0
                                            : is_answer(kind)    ? sizeof(std::uint64_t)
                                                                 : sizeof(correlation));
  return (header + alignment - 1) / alignment * alignment;
}

/// A block with a header and room for a payload of `bytes`; the payload is not made yet.
inline envelope* allocate_envelope(envelope_kind kind, std::size_t bytes, std::size_t alignment) {
  const std::size_t offset = payload_offset_for(kind, alignment);
  const std::uint8_t size_class = size_class_of(std::max(offset + bytes, envelope_alignment));
  void* block = allocate_block(size_class, offset + bytes);
  auto* e =
      new (block) envelope{{}, nullptr, 0, kind, size_class, static_cast<std::uint8_t>(offset), 0};
  new (static_cast<std::byte*>(block) + small_header) routing{};
  if (is_answer(kind)) {
    new (static_cast<std::byte*>(block) + full_header) std::uint64_t{0};
  } else if (is_correlated(kind)) {
    new (static_cast<std::byte*>(block) + full_header) correlation{};
  }
  return e;
}

/// What the smallest block holds beside the shortest header.
template <class M>
inline constexpr bool fits_small = sizeof(M) <= 8 && alignof(M) <= 8;

inline envelope* allocate_small_tell() {
  constexpr std::uint8_t size_class = size_class_of(envelope_alignment);
  return new (allocate_block(size_class, envelope_alignment))
      envelope{{}, nullptr, 0, envelope_kind::tell, size_class, std::uint8_t{small_header}, 0};
}

inline envelope* make_bare_envelope(envelope_kind kind) { return allocate_envelope(kind, 0, 1); }

inline void free_envelope(envelope* e) noexcept { free_block(e, e->size_class); }

/// Moves or copies `value` into `e`, which is new.
template <class Value>
envelope* fill(envelope* e, Value&& value) {
  using message = std::remove_cvref_t<Value>;
  if constexpr (std::is_nothrow_constructible_v<message, Value>) {
    new (e->payload()) message(std::forward<Value>(value));
  } else {
    try {
      new (e->payload()) message(std::forward<Value>(value));
    } catch (...) {
      free_envelope(e);
      throw;
    }
  }
  e->type = &message_type_of<message>;
  return e;
}

/// An envelope of `kind` with `value` moved or copied into it.
/// \throws what the message's constructor throws, std::bad_alloc
template <class Value>
envelope* make_envelope(envelope_kind kind, Value&& value) {
  using message = std::remove_cvref_t<Value>;
  static_assert(alignof(message) <= block_alignment,
                "a message may ask for at most 64-byte alignment");
  return fill(allocate_envelope(kind, sizeof(message), alignof(message)),
              std::forward<Value>(value));
}

/// A tell that is sent at once; small if it can be.
template <class Value>
envelope* make_tell(Value&& value) {
  if constexpr (fits_small<std::remove_cvref_t<Value>>) {
    return fill(allocate_small_tell(), std::forward<Value>(value));
  } else {
    return make_envelope(envelope_kind::tell, std::forward<Value>(value));
  }
}

/// A full envelope with what `e` holds, which is empty then: the mailbox keeps the one it read last as
/// its stub, so what is put aside moves to another; and what a link is to carry needs its routing.
envelope* moved_out(envelope& e);

/// Ends the payload; the block stays (in a mailbox it is still the queue's stub).
inline void destroy_payload(envelope& e) noexcept {
  if (e.type && e.type->destroy) e.type->destroy(e.payload());
  e.type = nullptr;
}

inline void drop_envelope(envelope* e) noexcept {
  destroy_payload(*e);
  free_envelope(e);
}

struct envelope_deleter {
  void operator()(envelope* e) const noexcept { drop_envelope(e); }
};
using envelope_ptr = std::unique_ptr<envelope, envelope_deleter>;

/// Envelopes in order, for one thread. A ring: the last one points to the first. Owns nothing.
class envelope_list {
 public:
  bool is_empty() const noexcept { return last_ == nullptr; }
  envelope* first() const noexcept { return last_ ? after(last_) : nullptr; }
  /// What follows `e`, which is in the list; null: nothing.
  envelope* next(const envelope* e) const noexcept { return e == last_ ? nullptr : after(e); }

  void push_back(envelope* e) noexcept {
    e->next.store(last_ ? last_->next.load(std::memory_order_relaxed) : e,
                  std::memory_order_relaxed);
    if (last_) last_->next.store(e, std::memory_order_relaxed);
    last_ = e;
  }
  /// Puts all of `other` behind, which is empty then.
  void append(envelope_list& other) noexcept {
    if (!last_) {
      last_ = other.last_;
    } else if (other.last_) {
      envelope* oldest = after(last_);
      last_->next.store(after(other.last_), std::memory_order_relaxed);
      other.last_->next.store(oldest, std::memory_order_relaxed);
      last_ = other.last_;
    }
    other.last_ = nullptr;
  }
  envelope* pop_front() noexcept {
    if (!last_) return nullptr;
    envelope* e = after(last_);
    if (e == last_) {
      last_ = nullptr;
    } else {
      last_->next.store(e->next.load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
    return e;
  }

 private:
  static envelope* after(const envelope* e) noexcept {
    return static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
  }
  envelope* last_ = nullptr;
};

}  // namespace troupe::detail
