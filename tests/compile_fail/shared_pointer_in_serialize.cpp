// SPDX-License-Identifier: BSD-3-Clause
// A shared pointer must not compile inside a type's own cereal function either.
#include <cereal/types/memory.hpp>
#include <memory>
#include <troupe/codec.hpp>

struct message {
  std::shared_ptr<int> number;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
