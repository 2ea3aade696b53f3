// SPDX-License-Identifier: BSD-3-Clause
// nng for X1: push to pull over ipc. Forms: `default`, and `deep`, where 1,000 messages may wait.

#include <bench/program.hpp>

#include "socket.hpp"

namespace {

int receive(bench::pipe_ends pipe, std::uint64_t count, const std::string& url, int messages_max) {
  nanomsg::socket in(&nng_pull0_open, messages_max);
  in.listen(url);
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
  auto options = bench::parse(argc, argv, 500'000, {"default", "deep"});
  const int messages_max = options.form == "deep" ? 1'000 : 0;
  bench::peer_address address;
  bench::child receiver([&](bench::pipe_ends pipe) {
    return receive(pipe, options.count, address.url(), messages_max);
  });
  receiver.ends().hear();
  nanomsg::socket out(&nng_push0_open, messages_max);
  out.dial(address.url());

  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) out.send(bench::make_frame(i));
  bool good = receiver.ends().hear() == options.count;
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, receiver.join() && good);
}
