// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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
/// A tell of up to 32 bytes takes one 64-byte block.
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
  // system lane
  reply,    ///< the answer to the ask with this id
  failure,  ///< that ask failed; the payload says how
  monitor,  ///< `from` wants to hear of the end of the target, under this id
  demonitor,
  kill,
  child_ended,  ///< `from` is a child that has ended
  wake,         ///< a timer of this cell is due
  probe,        ///< answered like an ask if the target is gone, and not at all if it lives
  notice,       ///< for cells that are not actors: a link was written, closed …
};

struct queue_node {
  std::atomic<queue_node*> next{nullptr};
};

struct envelope : queue_node {
  const message_type* type;  ///< of the payload; null: there is none
  std::uint32_t slot;        ///< of the target
  std::uint32_t generation;
  envelope_kind kind;
  std::uint8_t size_class;
  std::uint8_t payload_offset;
  std::uint8_t flags;
  std::uint32_t
      gateway;  ///< slot of the gateway cell it was sent to, if a link carries it on; 0: none

  void* payload() noexcept { return reinterpret_cast<std::byte*>(this) + payload_offset; }
  template <class M>
  M& as() noexcept {
    assert(type == &message_type_of<M>);
    return *std::launder(static_cast<M*>(payload()));
  }
};
static_assert(sizeof(envelope) == 32);

/// Follows the header in every kind but tell and stop.
struct correlation {
  std::uint64_t id = 0;
  address from;               ///< who wants the answer; in answers: nobody
  std::int64_t deadline = 0;  ///< absolute, in nanoseconds of the system's clock; 0: none
};
static_assert(sizeof(correlation) == 32);

constexpr bool is_correlated(envelope_kind kind) noexcept {
  return kind != envelope_kind::tell && kind != envelope_kind::stop;
}
/// An answer needs the id alone, so that a small one fits 64 bytes.
constexpr bool is_answer(envelope_kind kind) noexcept {
  return kind == envelope_kind::reply || kind == envelope_kind::failure;
}

inline correlation& correlation_of(envelope& e) noexcept {
  assert(is_correlated(e.kind) && !is_answer(e.kind));
  return *std::launder(
      reinterpret_cast<correlation*>(reinterpret_cast<std::byte*>(&e) + sizeof(envelope)));
}
inline std::uint64_t& id_of(envelope& e) noexcept {
  assert(is_correlated(e.kind));
  return *std::launder(
      reinterpret_cast<std::uint64_t*>(reinterpret_cast<std::byte*>(&e) + sizeof(envelope)));
}

constexpr std::size_t payload_offset_for(envelope_kind kind, std::size_t alignment) noexcept {
  const std::size_t header = !is_correlated(kind) ? 32 : is_answer(kind) ? 40 : 64;
  return (header + alignment - 1) / alignment * alignment;
}

/// A block with a header and room for a payload of `bytes`; the payload is not made yet.
inline envelope* allocate_envelope(envelope_kind kind, std::size_t bytes, std::size_t alignment) {
  const std::size_t offset = payload_offset_for(kind, alignment);
  const std::uint8_t size_class = size_class_of(offset + bytes);
  void* block = allocate_block(size_class, offset + bytes);
  auto* e = new (block)
      envelope{{}, nullptr, 0, 0, kind, size_class, static_cast<std::uint8_t>(offset), 0, 0};
  if (is_answer(kind)) {
    new (static_cast<std::byte*>(block) + sizeof(envelope)) std::uint64_t{0};
  } else if (is_correlated(kind)) {
    new (static_cast<std::byte*>(block) + sizeof(envelope)) correlation{};
  }
  return e;
}

inline envelope* make_bare_envelope(envelope_kind kind) { return allocate_envelope(kind, 0, 1); }

inline void free_envelope(envelope* e) noexcept { free_block(e, e->size_class); }

/// An envelope of `kind` with `message` moved or copied into it.
/// \throws what M's constructor throws, std::bad_alloc
template <class Value>
envelope* make_envelope(envelope_kind kind, Value&& value) {
  using message = std::remove_cvref_t<Value>;
  static_assert(alignof(message) <= block_alignment,
                "a message may ask for at most 64-byte alignment");
  envelope* e = allocate_envelope(kind, sizeof(message), alignof(message));
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

}  // namespace troupe::detail
