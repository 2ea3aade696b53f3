// SPDX-License-Identifier: BSD-3-Clause
// What says local_only must not compile when it is encoded.
#include <troupe/codec.hpp>

struct message {
  static constexpr bool local_only = true;
  int number;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
