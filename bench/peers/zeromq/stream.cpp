// SPDX-License-Identifier: BSD-3-Clause
// ZeroMQ for X1 and N1: PUSH to PULL over ipc, or TCP. Forms: `default` and `deep`, a high-water mark of 1000 and
// of 100,000.

#include <bench/program.hpp>

#include "socket.hpp"

namespace {

int receive(bench::pipe_ends pipe, std::uint64_t count, const std::string& url, int messages_max) {
  zeromq::socket in(ZMQ_PULL, messages_max);
  in.bind(url);
  pipe.tell(1);
  bench::frame_check check;
  bench::frame frame;
  while (check.seen() < count) {
    in.receive(frame);
    check.take(frame);
  }
  pipe.tell(check.verdict());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 5'000'000, {"default", "deep"});
  int messages_max = options.form == "deep" ? 100'000 : 0;
  bench::peer_address address;
  bench::child receiver([&](bench::pipe_ends pipe) {
    return receive(pipe, options.count, address.url(), messages_max);
  });
  receiver.ends().hear();
  zeromq::socket out(ZMQ_PUSH, messages_max);
  out.connect(address.url());

  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) out.send(bench::make_frame(i));
  bool good = receiver.ends().hear() == options.count;
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, receiver.join() && good);
}
