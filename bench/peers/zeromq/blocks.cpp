// SPDX-License-Identifier: BSD-3-Clause
// ZeroMQ for X4 and N3: PUSH to PULL over ipc, or TCP, blocks of 1 MiB, at most 16 waiting on either side.

#include <bench/block.hpp>
#include <bench/program.hpp>

#include "socket.hpp"

namespace {

constexpr int messages_max = 16;

int receive(bench::pipe_ends pipe, std::uint64_t count, const std::string& url) {
  zeromq::socket in(ZMQ_PULL, messages_max);
  in.bind(url);
  pipe.tell(1);
  bench::block_check check;
  std::vector<char> block(bench::block_bytes);
  while (check.seen() < count) check.take(block.data(), in.receive(block.data(), block.size()));
  pipe.tell(check.verdict());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000);
  bench::peer_address address;
  bench::child receiver(
      [&](bench::pipe_ends pipe) { return receive(pipe, options.count, address.url()); });
  receiver.ends().hear();
  zeromq::socket out(ZMQ_PUSH, messages_max);
  out.connect(address.url());
  std::vector<char> block(bench::block_bytes);

  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) {
    bench::stamp_block(block.data(), i);
    out.send(block.data(), block.size());
  }
  bool good = receiver.ends().hear() == options.count;
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, receiver.join() && good);
}
