// SPDX-License-Identifier: BSD-3-Clause
// A class with private members and without cereal functions must not compile.
#include <troupe/codec.hpp>

class message {
 public:
  message() = default;
  int number() const { return number_; }

 private:
  int number_ = 0;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
