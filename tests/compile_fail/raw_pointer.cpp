// SPDX-License-Identifier: BSD-3-Clause
// A raw pointer in a message must not compile.
#include <troupe/codec.hpp>

struct message {
  int number;
  char* text;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
