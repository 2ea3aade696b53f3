// SPDX-License-Identifier: BSD-3-Clause
#include "meeting_protocol.hpp"

#include <cstring>
#include <troupe/codec.hpp>

#include "handshake.hpp"

namespace troupe::detail {
namespace {

constexpr std::size_t opening_bytes_max = 64;
constexpr std::size_t identity_bytes_max = 1024;
constexpr std::size_t types_bytes_max = std::size_t{4} << 20;
constexpr std::size_t refusal_bytes_max = 1024;

template <class T>
void write(byte_buffer& out, record_kind kind, const T& value) {
  byte_buffer payload;
  encode(payload, value);
  write_record(out, kind, payload.bytes());
}

constexpr const char* role_name(meeting_role role) noexcept {
  return role == meeting_role::caller ? "caller" : "listener";
}

}  // namespace

void write_record(byte_buffer& out, record_kind kind, std::span<const std::byte> payload) {
  const auto bytes = static_cast<std::uint32_t>(payload.size());
  std::byte* at = out.extend(record_header_bytes);
  std::memcpy(at, &bytes, sizeof bytes);
  at[sizeof bytes] = static_cast<std::byte>(kind);
  out.append(payload.data(), payload.size());
}

void write_refusal(byte_buffer& out, const std::string& why) {
  write(out, record_kind::refusal, why.substr(0, refusal_bytes_max - 8));
}

record_header read_record_header(std::span<const std::byte, record_header_bytes> bytes) noexcept {
  record_header header;
  std::memcpy(&header.payload_bytes, bytes.data(), sizeof header.payload_bytes);
  header.kind = static_cast<record_kind>(bytes[4]);
  return header;
}

void meeting::begin(byte_buffer& out) {
  if (is_listener()) return;
  write(out, record_kind::opening,
        meeting_opening{.keyed = ours_.key.has_value(), .nonce = ours_.nonce});
}

std::size_t meeting::payload_bytes_max() const noexcept {
  switch (expected_) {
    case record_kind::opening:
    case record_kind::proof: return is_listener() ? opening_bytes_max : refusal_bytes_max;
    case record_kind::types: return types_bytes_max;
    default: return identity_bytes_max;
  }
}

meeting::step meeting::fail(std::string why) {
  error_ = std::move(why);
  return step::failed;
}
meeting::step meeting::refuse(std::string why, byte_buffer& out) {
  write_refusal(out, why);
  return fail(std::move(why));
}

meeting::step meeting::take(record_kind kind, std::span<const std::byte> payload,
                            byte_buffer& out) {
  if (kind == record_kind::refusal && !(is_listener() && expected_ == record_kind::opening)) {
    const auto why = decode<std::string>(payload);
    return fail(why ? "the other program refuses: " + *why : "a refusal that cannot be read");
  }
  if (kind != expected_) return fail("a record out of turn");
  switch (kind) {
    case record_kind::opening: return take_opening(payload, out);
    case record_kind::proof: return take_proof(payload, out);
    case record_kind::identity: return take_identity(payload, out);
    case record_kind::types: return take_types(payload, out);
    default: return payload.empty() ? step::agreed : fail("a record of pipes with a payload");
  }
}

meeting::step meeting::take_opening(std::span<const std::byte> payload, byte_buffer& out) {
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  if (payload.size() < sizeof magic + sizeof version) return fail("an opening of too few bytes");
  std::memcpy(&magic, payload.data(), sizeof magic);
  std::memcpy(&version, payload.data() + sizeof magic, sizeof version);
  if (magic != meeting_magic) return fail("an opening that is not Troupe's");
  if (version != meeting_version) {
    return refuse("one program speaks version " + std::to_string(version) +
                      " of the meeting protocol, the other version " +
                      std::to_string(meeting_version),
                  out);
  }
  const auto opening = decode<meeting_opening>(payload);
  if (!opening) return fail("an opening that cannot be read: " + opening.error().text);
  if (opening->keyed != ours_.key.has_value()) {
    return refuse("one program wants a key and the other has none", out);
  }
  their_nonce_ = opening->nonce;
  if (is_listener()) {
    write(out, record_kind::opening,
          meeting_opening{.keyed = ours_.key.has_value(), .nonce = ours_.nonce});
  } else if (ours_.key) {
    write(out, record_kind::proof, proof_of(meeting_role::caller));
  }
  expected_ = ours_.key ? record_kind::proof : record_kind::identity;
  return !ours_.key && !is_listener() ? say_identity(out) : step::more;
}

key_proof meeting::proof_of(meeting_role role) const {
  const auto& caller = is_listener() ? their_nonce_ : ours_.nonce;
  const auto& listener = is_listener() ? ours_.nonce : their_nonce_;
  return prove_key(*ours_.key, role_name(role), caller, listener);
}

/// The caller proves itself first: the listener gives no stranger an answer to work on.
meeting::step meeting::take_proof(std::span<const std::byte> payload, byte_buffer& out) {
  const auto proof = decode<key_proof>(payload);
  if (!proof) return fail("a proof that cannot be read: " + proof.error().text);
  const meeting_role theirs = is_listener() ? meeting_role::caller : meeting_role::listener;
  if (!same_proof(*proof, proof_of(theirs))) return refuse("the keys of the two differ", out);
  expected_ = record_kind::identity;
  if (!is_listener()) return say_identity(out);
  write(out, record_kind::proof, proof_of(meeting_role::listener));
  return step::more;
}

meeting::step meeting::say_identity(byte_buffer& out) {
  said_identity_ = true;
  write(out, record_kind::identity, ours_.identity);
  return step::more;
}

meeting::step meeting::take_identity(std::span<const std::byte> payload, byte_buffer& out) {
  auto identity = decode<meeting_identity>(payload);
  if (!identity) return fail("an identity that cannot be read: " + identity.error().text);
  if (identity->node == 0 || identity->name.size() > node_name_bytes_max) {
    return fail("an identity without a node, or with too long a name");
  }
  theirs_ = std::move(*identity);
  if (theirs_.node == ours_.identity.node) return refuse("a program cannot meet itself", out);
  if (!said_identity_) (void)say_identity(out);
  if (theirs_.type_table == ours_.identity.type_table) return agree();
  expected_ = record_kind::types;
  return is_listener() ? step::more : say_types(out);
}

meeting::step meeting::say_types(byte_buffer& out) {
  said_types_ = true;
  write(out, record_kind::types, ours_.types);
  return step::more;
}

meeting::step meeting::take_types(std::span<const std::byte> payload, byte_buffer& out) {
  auto types = decode<std::vector<named_type>>(payload);
  if (!types) return fail("a list of types that cannot be read: " + types.error().text);
  if (!said_types_) (void)say_types(out);
  const std::string name = first_difference(ours_.types, std::move(*types));
  if (!name.empty()) {
    return refuse("the message type '" + name + "' has another layout in '" + theirs_.name +
                      "' than in '" + ours_.identity.name + "'; build both from the same header",
                  out);
  }
  return agree();
}

meeting::step meeting::agree() noexcept {
  expected_ = record_kind::pipes;
  return is_listener() ? step::agreed : step::more;
}

}  // namespace troupe::detail
