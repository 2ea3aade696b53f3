// SPDX-License-Identifier: BSD-3-Clause
// A C array in a message must be refused in words, not by Boost.PFR's inner workings.
#include <troupe/codec.hpp>

struct message {
  int number;
  char name[16];
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
