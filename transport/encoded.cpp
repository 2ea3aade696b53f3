// SPDX-License-Identifier: BSD-3-Clause
#include "encoded.hpp"

namespace troupe::detail {
namespace {

envelope* directed_as(envelope& e, std::size_t bytes, std::size_t alignment) {
  envelope* made = allocate_envelope(e.kind, bytes, alignment);
  routing_of(*made) = routing_of(e);
  made->generation = e.generation;
  made->flags = e.flags;
  if (is_answer(e.kind)) {
    id_of(*made) = id_of(e);
  } else if (is_correlated(e.kind)) {
    correlation_of(*made) = correlation_of(e);
  }
  return made;
}

envelope* wrapped(envelope& e, encoded&& content) {
  envelope* made = directed_as(e, sizeof(encoded), alignof(encoded));
  new (made->payload()) encoded(std::move(content));
  made->type = &message_type_of<encoded>;
  return made;
}

/// \return null: its own type fails at it; whoever sends it will say so
envelope* as_bytes(envelope& e) {
  encoded content{.type = e.type->id, .origin = e.type, .bytes = {}, .whole = {}};
  byte_buffer& bytes = content.bytes;
  lent_runs runs;
  runs.first_descriptor = 1;  // whichever: these bytes are not sent
  try {
    bytes.lend(&runs);
    e.type->encode(bytes, e.payload());
    bytes.lend(nullptr);
    const std::size_t lent = runs.bytes + runs.descriptor_bytes;
    if (lent > bytes.size()) {
      content.whole_bytes = bytes.size() + lent;
      bytes = {};
      envelope* made = wrapped(e, std::move(content));
      made->as<encoded>().whole.reset(moved_from(e));
      return made;
    }
    if (lent != 0) {
      bytes.truncate(0);
      e.type->encode(bytes, e.payload());
    }
  } catch (const std::exception&) {
    return nullptr;
  }
  envelope* made = wrapped(e, std::move(content));
  destroy_payload(e);
  return made;
}

}  // namespace

envelope* moved_to_wait(envelope& e) {
  if (e.type && e.type->destroy && e.type->encode) {
    if (envelope* made = as_bytes(e)) return made;
  }
  return moved_from(e);
}

envelope* moved_from(envelope& e) {
  if (!e.type) return directed_as(e, 0, 1);
  envelope* made = directed_as(e, e.type->bytes, e.type->alignment);
  e.type->relocate(made->payload(), e.payload());
  made->type = std::exchange(e.type, nullptr);
  return made;
}

std::size_t memory_of(envelope& e) noexcept {
  const encoded* content = encoded_in(e);
  const std::size_t block = e.payload_offset + std::size_t{e.type ? e.type->bytes : 0};
  return std::max<std::size_t>(block, 64) +
         (content ? content->bytes.capacity() + content->whole_bytes : 0);
}

}  // namespace troupe::detail
