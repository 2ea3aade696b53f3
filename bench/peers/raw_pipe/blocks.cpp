// SPDX-License-Identifier: BSD-3-Clause
// Peer of X4: blocks of 1 MiB through a pipe, from one buffer into one buffer. Forms: `default` and `wide`, a
// pipe of the usual 64 KiB and of 1 MiB.

#include <bench/block.hpp>
#include <bench/child.hpp>
#include <bench/program.hpp>

namespace {

int receive(bench::pipe_ends pipe, std::uint64_t count) {
  std::vector<char> block(bench::block_bytes);
  bench::block_check check;
  pipe.tell(1);
  while (check.seen() < count) {
    bench::read_all(pipe.in, block.data(), block.size());
    check.take(block.data(), block.size());
  }
  pipe.tell(check.verdict());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000, {"default", "wide"});
  bench::child receiver([&](bench::pipe_ends pipe) { return receive(pipe, options.count); });
  if (options.form == "wide") ::fcntl(receiver.ends().out, F_SETPIPE_SZ, 1 << 20);
  std::vector<char> block(bench::block_bytes);
  receiver.ends().hear();

  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) {
    bench::stamp_block(block.data(), i);
    bench::write_all(receiver.ends().out, block.data(), block.size());
  }
  bool good = receiver.ends().hear() == options.count;
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, receiver.join() && good);
}
