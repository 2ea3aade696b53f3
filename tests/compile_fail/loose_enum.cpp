// SPDX-License-Identifier: BSD-3-Clause
// An enum without a fixed underlying type must not compile: bytes could not be checked.
#include <troupe/codec.hpp>

enum colour { red, green };
struct message {
  colour paint;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
