// SPDX-License-Identifier: BSD-3-Clause
// A view into somebody else's memory must not compile.
#include <string_view>
#include <troupe/codec.hpp>

struct message {
  std::string_view text;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
