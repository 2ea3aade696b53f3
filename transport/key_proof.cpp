// SPDX-License-Identifier: BSD-3-Clause
#include "key_proof.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace troupe::detail {

challenge make_challenge() {
  challenge made;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(made.data()), int{made.size()}) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes for a challenge");
  }
  return made;
}

key_proof prove_key(std::string_view key, std::string_view role, const challenge& of_caller,
                    const challenge& of_listener) {
  std::string said = "troupe meeting 1, ";
  said += role;
  for (const challenge* each : {&of_caller, &of_listener}) {
    said.append(reinterpret_cast<const char*>(each->data()), each->size());
  }
  key_proof proof;
  unsigned bytes = 0;
  const unsigned char* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                   reinterpret_cast<const unsigned char*>(said.data()), said.size(),
                                   reinterpret_cast<unsigned char*>(proof.data()), &bytes);
  if (!done || bytes != proof.size()) throw std::runtime_error("OpenSSL makes no HMAC-SHA-256");
  return proof;
}

bool same_proof(const key_proof& a, const key_proof& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string objection_to_key(std::string_view key) {
  constexpr std::size_t key_bytes_max = 4096;
  if (key.empty())
    return "the key is empty: anybody could guess it; leave it out or make a real one";
  if (key.size() < key_bytes_min) {
    return "the key has " + std::to_string(key.size()) + " bytes; at least " +
           std::to_string(key_bytes_min) + " are needed, as from `openssl rand -hex 16`";
  }
  if (key.size() > key_bytes_max) {
    return "the key has more than " + std::to_string(key_bytes_max) + " bytes";
  }
  return {};
}

}  // namespace troupe::detail
