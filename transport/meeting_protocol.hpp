// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <troupe/byte_buffer.hpp>
#include <vector>

#include "key_proof.hpp"
#include "type_list.hpp"

/// What two unrelated programs say to each other, on the named socket, before there is a link. Records,
/// little-endian: u32 bytes of the payload, u8 kind, the payload. In this order, the caller first:
///
///   opening     magic, version, whether a key is wanted, a challenge      from both
///   proof       of the key                                                from both, with a key
///   identity    node, hash of the message types, name                     from both
///   types       id and name of each                                       from both, if the hashes differ
///   pipes       two descriptors come along: the caller's ends             from the listener
///
/// and instead of any of them a refusal, with its reason, which is the last.
namespace troupe::detail {

inline constexpr std::uint64_t meeting_magic = 0x4d657075'6f725421;  // "!TroupeM"
inline constexpr std::uint32_t meeting_version = 1;
inline constexpr std::size_t record_header_bytes = 5;

enum class record_kind : std::uint8_t { opening = 1, proof, identity, types, pipes, refusal };

/// The magic number and the version come first and never move.
struct meeting_opening {
  std::uint64_t magic = meeting_magic;
  std::uint32_t version = meeting_version;
  bool keyed = false;
  challenge nonce{};
};

struct meeting_identity {
  std::uint64_t node = 0;
  std::uint64_t type_table = 0;
  std::string name;
};

enum class meeting_role : std::uint8_t { caller, listener };

/// One program's part in a meeting, without its socket: records in, records out. Total: any bytes give
/// a step or a refusal. \thread one at a time
class meeting {
 public:
  struct part {
    meeting_role role{};
    std::optional<std::string> key;
    meeting_identity identity;
    std::vector<named_type> types;
    challenge nonce{};
  };
  explicit meeting(part ours) : ours_(std::move(ours)) {}

  /// What is said without being asked: the caller's opening.
  void begin(byte_buffer& out);

  enum class step : std::uint8_t {
    more,    ///< the other one's turn
    agreed,  ///< for the listener: make the pipes and send them. For the caller: they have come
    failed,  ///< see error(); what is in `out` says so to the other one, if it should know
  };
  /// Takes one record; what is to be said next is appended to `out`.
  step take(record_kind kind, std::span<const std::byte> payload, byte_buffer& out);

  /// Of the payload of the record that comes next: little, until the other one has proven itself.
  std::size_t payload_bytes_max() const noexcept;
  /// Descriptors may come with the next record.
  bool wants_descriptors() const noexcept { return expected_ == record_kind::pipes; }

  const meeting_identity& theirs() const noexcept { return theirs_; }
  const std::string& error() const noexcept { return error_; }
  bool is_listener() const noexcept { return ours_.role == meeting_role::listener; }

 private:
  step take_opening(std::span<const std::byte> payload, byte_buffer& out);
  step take_proof(std::span<const std::byte> payload, byte_buffer& out);
  step take_identity(std::span<const std::byte> payload, byte_buffer& out);
  step take_types(std::span<const std::byte> payload, byte_buffer& out);
  step say_identity(byte_buffer& out);
  step say_types(byte_buffer& out);
  step agree() noexcept;
  /// Ends it; the other one is told why.
  step refuse(std::string why, byte_buffer& out);
  /// Ends it without a word: to somebody who does not speak this protocol.
  step fail(std::string why);
  key_proof proof_of(meeting_role role) const;

  part ours_;
  record_kind expected_ = record_kind::opening;
  bool said_identity_ = false;
  bool said_types_ = false;
  challenge their_nonce_{};
  meeting_identity theirs_;
  std::string error_;
};

/// Appends one record.
void write_record(byte_buffer& out, record_kind kind, std::span<const std::byte> payload);
void write_refusal(byte_buffer& out, const std::string& why);

struct record_header {
  std::uint32_t payload_bytes = 0;
  record_kind kind{};
};
record_header read_record_header(std::span<const std::byte, record_header_bytes> bytes) noexcept;

}  // namespace troupe::detail
