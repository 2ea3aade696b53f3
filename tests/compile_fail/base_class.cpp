// SPDX-License-Identifier: BSD-3-Clause
// An aggregate with a base class must be refused in words, not by Boost.PFR's inner workings.
#include <troupe/codec.hpp>

struct base {
  int number;
};
struct message : base {
  int more;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
