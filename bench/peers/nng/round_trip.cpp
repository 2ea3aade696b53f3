// SPDX-License-Identifier: BSD-3-Clause
// nng for X2 and X3: round trips over ipc between a pair of sockets, `--size` under way at once.

#include <bench/program.hpp>
#include <bench/round_trips.hpp>

#include "socket.hpp"

namespace {

constexpr int messages_max = 256;

int echo(bench::pipe_ends pipe, std::uint64_t count, const std::string& url) {
  nanomsg::socket socket(&nng_pair0_open, messages_max);
  socket.listen(url);
  pipe.tell(1);
  bench::frame_check check;
  bench::frame frame;
  while (check.seen() < count) {
    socket.receive(frame);
    check.take(frame);
    socket.send(frame);
  }
  pipe.hear();  // what is sent must leave before the socket is closed
  return check.verdict() == count ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 50'000);
  bench::peer_address address;
  bench::child other(
      [&](bench::pipe_ends pipe) { return echo(pipe, options.count, address.url()); });
  other.ends().hear();
  nanomsg::socket socket(&nng_pair0_open, messages_max);
  socket.dial(address.url());
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
  other.ends().tell(1);
  return bench::report(options.count, seconds, other.join() && good, &single);
}
