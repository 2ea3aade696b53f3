// SPDX-License-Identifier: BSD-3-Clause
// A pointer to a polymorphic type must not compile: the receiver could not know what it points to.
#include <memory>
#include <troupe/codec.hpp>

struct shape {
  virtual ~shape() = default;
};
struct message {
  std::unique_ptr<shape> content;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
