// SPDX-License-Identifier: BSD-3-Clause
// A weak pointer in a message must not compile.
#include <memory>
#include <troupe/codec.hpp>

struct message {
  std::weak_ptr<int> number;
};

bool receive(void* at, troupe::decode_error& error) {
  return troupe::decode_into<message>(at, {}, nullptr, {}, error);
}
