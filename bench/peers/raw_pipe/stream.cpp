// SPDX-License-Identifier: BSD-3-Clause
// Floor of X1: 64-byte frames gathered into 64 KiB blocking writes, and a reader that checks each
// frame. Forms: `default` and `wide`, a pipe of the usual 64 KiB and of 1 MiB, which needs fewer
// wake-ups.

#include <algorithm>
#include <array>

#include <bench/child.hpp>
#include <bench/frame.hpp>
#include <bench/program.hpp>

namespace {

constexpr std::size_t frames_per_write = 1024;
using block = std::array<bench::frame, frames_per_write>;

int receive(bench::pipe_ends pipe, std::uint64_t count) {
  auto& frames = *new block;
  bench::frame_check check;
  std::size_t kept = 0;  // bytes of a frame that is not whole yet
  auto* bytes = reinterpret_cast<char*>(frames.data());
  pipe.tell(1);
  while (check.seen() < count) {
    ssize_t n = ::read(pipe.in, bytes + kept, sizeof(block) - kept);
    if (n <= 0) bench::fail("read");
    std::size_t have = kept + static_cast<std::size_t>(n);
    std::size_t whole = have / sizeof(bench::frame);
    for (std::size_t i = 0; i < whole; ++i) check.take(frames[i]);
    kept = have - whole * sizeof(bench::frame);
    std::copy_n(bytes + whole * sizeof(bench::frame), kept, bytes);
  }
  pipe.tell(check.verdict());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 5'000'000, {"default", "wide"});
  bench::child receiver([&](bench::pipe_ends pipe) { return receive(pipe, options.count); });
  if (options.form == "wide") ::fcntl(receiver.ends().out, F_SETPIPE_SZ, 1 << 20);
  auto& frames = *new block;
  receiver.ends().hear();

  auto start = bench::clock::now();
  for (std::uint64_t sent = 0; sent < options.count;) {
    std::size_t n = std::min<std::uint64_t>(frames_per_write, options.count - sent);
    for (std::size_t i = 0; i < n; ++i) frames[i] = bench::make_frame(sent++);
    bench::write_all(receiver.ends().out, frames.data(), n * sizeof(bench::frame));
  }
  bool good = receiver.ends().hear() == options.count;
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, receiver.join() && good);
}
