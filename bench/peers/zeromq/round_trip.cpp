// SPDX-License-Identifier: BSD-3-Clause
// ZeroMQ for X2, X3 and N2: round trips over ipc, or TCP. Forms: `request` (REQ and REP) and `pair` (PAIR), which may have
// `--size` under way at once.

#include <bench/program.hpp>
#include <bench/round_trips.hpp>

#include "socket.hpp"

namespace {

int echo(bench::pipe_ends pipe, std::uint64_t count, const std::string& url, int kind) {
  zeromq::socket socket(kind, 0);
  socket.bind(url);
  pipe.tell(1);
  bench::frame_check check;
  bench::frame frame;
  while (check.seen() < count) {
    socket.receive(frame);
    check.take(frame);
    socket.send(frame);
  }
  return check.verdict() == count ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {"request", "pair"});
  bool pair = options.form == "pair";
  bench::peer_address address;
  bench::child other([&](bench::pipe_ends pipe) {
    return echo(pipe, options.count, address.url(), pair ? ZMQ_PAIR : ZMQ_REP);
  });
  other.ends().hear();
  zeromq::socket socket(pair ? ZMQ_PAIR : ZMQ_REQ, 0);
  socket.connect(address.url());
  bench::latencies single(options.count);
  bench::frame_check check;
  double seconds = bench::round_trips(
      options.count, options.size, [&](const bench::frame& f) { socket.send(f); },
      [&] {
        bench::frame back;
        socket.receive(back);
        return back;
      },
      check, single);
  bool good = check.verdict() == options.count;
  return bench::report(options.count, seconds, other.join() && good, &single);
}
