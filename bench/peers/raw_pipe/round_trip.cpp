// SPDX-License-Identifier: BSD-3-Clause
// Floor and peer of X2: 64 bytes there and back over two pipes, one at a time. Forms: `blocking`,
// and `spinning`, which tries to read until it can: no wake-up, but a processor each.

#include <bench/child.hpp>
#include <bench/frame.hpp>
#include <bench/program.hpp>

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

  auto start = bench::clock::now();
  for (auto last = start; check.seen() < options.count;) {
    bench::frame frame = bench::make_frame(check.seen());
    bench::write_all(other.ends().out, &frame, sizeof frame);
    frame = take(other.ends().in, spinning);
    check.take(frame);
    auto now = bench::clock::now();
    single.add(now - last);
    last = now;
  }
  double seconds = bench::seconds_since(start);
  bool good = check.verdict() == options.count;
  return bench::report(options.count, seconds, other.join() && good, &single);
}
