// SPDX-License-Identifier: BSD-3-Clause
// A shared pointer must not compile, though cereal would know how to send it.
#include <cereal/types/memory.hpp>
#include <cereal/types/vector.hpp>
#include <memory>
#include <troupe/codec.hpp>
#include <vector>

struct message {
  std::vector<std::shared_ptr<int>> numbers;
};

void send(troupe::byte_buffer& out, const message& m) { troupe::encode(out, m); }
