// SPDX-License-Identifier: BSD-3-Clause
// CAF for X1 and N1: 64-byte messages to an actor in another process.

#include "remote.hpp"

namespace {

struct receiver_state {
  bench::frame_check check;
};

caf::behavior receiver(caf::stateful_actor<receiver_state>* self, std::uint64_t count) {
  return {
      [=](const bench::frame& frame) { self->state.check.take(frame); },
      [=](peer::done_atom) {
        auto verdict = self->state.check.verdict();
        if (verdict == count) self->quit();
        return verdict;
      },
  };
}

int receive(const bench::pipe_ends& pipe, std::uint64_t count, unsigned workers) {
  peer::remote_config config{workers};
  return peer::serve_until_quit(config, pipe, receiver, count);
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 500'000);
  bench::child other(
      [&](const bench::pipe_ends& pipe) { return receive(pipe, options.count, options.workers); });
  peer::remote_config config{options.workers};
  caf::actor_system system{config};
  auto to = peer::reach(system, other.ends());
  caf::scoped_actor self{system};

  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) self->send(to, bench::make_frame(i));
  bool good = false;
  self->request(to, caf::infinite, peer::done_atom::value)
      .receive([&](std::uint64_t seen) { good = seen == options.count; }, [](const caf::error&) {});
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, good && other.join());
}
