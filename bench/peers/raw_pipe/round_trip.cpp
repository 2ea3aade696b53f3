// SPDX-License-Identifier: BSD-3-Clause
// Floor and peer of X2 and X3: 64 bytes there and back over two pipes, `--size` under way at once. Forms:
// `blocking`, and `spinning`, which tries to read until it can: no wake-up, but a processor each.

#include <bench/child.hpp>
#include <bench/frame.hpp>
#include <bench/program.hpp>
#include <bench/round_trips.hpp>

namespace {

bench::frame take(int fd, bool spinning) {
  bench::frame frame;
  if (!spinning) {
    bench::read_all(fd, &frame, sizeof frame);
    return frame;
  }
  // A frame is below PIPE_BUF, so it comes whole or not at all.
  ssize_t n;
  do {
    n = ::read(fd, &frame, sizeof frame);
  } while (n < 0 && errno == EAGAIN);
  if (n != sizeof frame) bench::fail("read");
  return frame;
}

int echo(bench::pipe_ends pipe, std::uint64_t count, bool spinning) {
  bench::frame_check check;
  pipe.tell(1);
  if (spinning) ::fcntl(pipe.in, F_SETFL, O_NONBLOCK);
  while (check.seen() < count) {
    bench::frame frame = take(pipe.in, spinning);
    check.take(frame);
    bench::write_all(pipe.out, &frame, sizeof frame);
  }
  return check.verdict() == count ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {"blocking", "spinning"});
  bool spinning = options.form == "spinning";
  bench::child other([&](bench::pipe_ends pipe) { return echo(pipe, options.count, spinning); });
  bench::latencies single(options.count);
  bench::frame_check check;
  other.ends().hear();
  if (spinning) ::fcntl(other.ends().in, F_SETFL, O_NONBLOCK);
  double seconds = bench::round_trips(
      options.count, options.size,
      [&](const bench::frame& f) { bench::write_all(other.ends().out, &f, sizeof f); },
      [&] { return take(other.ends().in, spinning); }, check, single);
  bool good = check.verdict() == options.count;
  return bench::report(options.count, seconds, other.join() && good, &single);
}
