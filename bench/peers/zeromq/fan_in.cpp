// SPDX-License-Identifier: BSD-3-Clause
// ZeroMQ for X5: PUSH sockets of `--size` processes to one PULL over ipc.

#include <deque>

#include <bench/program.hpp>

#include "socket.hpp"

namespace {

int send(bench::pipe_ends pipe, std::uint64_t sender, std::uint64_t count, const std::string& url) {
  pipe.hear();
  zeromq::socket out(ZMQ_PUSH, 0);
  out.connect(url);
  for (std::uint64_t i = 0; i < count; ++i) out.send(bench::make_frame_of(sender, i));
  pipe.hear();  // what is sent must leave before the socket is closed
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {}, 4);
  const std::uint64_t each = options.count / options.size;
  bench::peer_address address;
  std::deque<bench::child> senders;  // forked before the library has threads
  for (std::uint64_t i = 0; i < options.size; ++i) {
    senders.emplace_back([&](bench::pipe_ends pipe) { return send(pipe, i, each, address.url()); });
  }
  zeromq::socket in(ZMQ_PULL, 0);
  in.bind(address.url());
  bench::fan_in_check check(options.size);
  bench::frame frame;

  auto start = bench::clock::now();
  for (auto& one : senders) one.ends().tell(1);
  while (check.seen() < each * options.size) {
    in.receive(frame);
    check.take(frame);
  }
  double seconds = bench::seconds_since(start);
  bool good = check.verdict() == each * options.size;
  for (auto& one : senders) {
    one.ends().tell(1);
    good = one.join() && good;
  }
  return bench::report(each * options.size, seconds, good);
}
