// SPDX-License-Identifier: BSD-3-Clause
// Floor of X5: `--size` processes write 64-byte frames into one pipe, gathered into writes of 4 KiB, which the
// kernel keeps whole.

#include <array>
#include <deque>

#include <bench/child.hpp>
#include <bench/frame.hpp>
#include <bench/program.hpp>

namespace {

constexpr std::size_t frames_per_write = 4096 / sizeof(bench::frame);

int send(int out, std::uint64_t sender, std::uint64_t count, bench::pipe_ends pipe) {
  std::array<bench::frame, frames_per_write> frames;
  pipe.hear();
  for (std::uint64_t sent = 0; sent < count;) {
    const std::size_t n = std::min<std::uint64_t>(frames_per_write, count - sent);
    for (std::size_t i = 0; i < n; ++i) frames[i] = bench::make_frame_of(sender, sent++);
    bench::write_all(out, frames.data(), n * sizeof(bench::frame));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {}, 4);
  const std::uint64_t each = options.count / options.size;
  int shared[2];
  if (::pipe2(shared, O_CLOEXEC) != 0) bench::fail("pipe2");
  std::deque<bench::child> senders;
  for (std::uint64_t i = 0; i < options.size; ++i) {
    senders.emplace_back([&](bench::pipe_ends pipe) { return send(shared[1], i, each, pipe); });
  }
  std::vector<bench::frame> frames(1024);
  bench::fan_in_check check(options.size);

  auto start = bench::clock::now();
  for (auto& each_sender : senders) each_sender.ends().tell(1);
  while (check.seen() < each * options.size) {
    // All writes are of whole frames, and so are all reads.
    const ssize_t n = ::read(shared[0], frames.data(), frames.size() * sizeof(bench::frame));
    if (n <= 0) bench::fail("read");
    for (std::size_t i = 0; i < static_cast<std::size_t>(n) / sizeof(bench::frame); ++i)
      check.take(frames[i]);
  }
  double seconds = bench::seconds_since(start);
  bool good = check.verdict() == each * options.size;
  for (auto& each_sender : senders) good = each_sender.join() && good;
  return bench::report(each * options.size, seconds, good);
}
