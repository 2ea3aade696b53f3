// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

/// How two programs show each other that they know the same key without saying it: each answers the
/// other's challenge with a keyed hash (HMAC-SHA-256, from OpenSSL) over both challenges.
namespace troupe::detail {

inline constexpr std::size_t key_bytes_min = 16;

using challenge = std::array<std::byte, 32>;
using key_proof = std::array<std::byte, 32>;

/// Random bytes that nobody can foresee: a secret's, so not the system's luck.
/// \throws std::runtime_error if the machine has none to give
challenge make_challenge();

/// \param role  of who proves it, so that an answer cannot be sent back to where it came from
/// \throws std::runtime_error if OpenSSL refuses
key_proof prove_key(std::string_view key, std::string_view role, const challenge& of_caller,
                    const challenge& of_listener);

/// Takes the same time wherever the two differ.
bool same_proof(const key_proof& a, const key_proof& b) noexcept;

/// Why this cannot be a key, or an empty text.
std::string objection_to_key(std::string_view key);

}  // namespace troupe::detail
