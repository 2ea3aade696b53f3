// SPDX-License-Identifier: BSD-3-Clause
// CAF for N3: messages of 1 MiB to an actor on another node, `--size` under way at most.

#include <bench/block.hpp>

#include "remote.hpp"

namespace {

using block = std::vector<char>;

struct receiver_state {
  bench::block_check check;
};

caf::behavior receiver(caf::stateful_actor<receiver_state>* self, std::uint64_t count) {
  return {
      [=](const block& bytes) {
        self->state.check.take(bytes.data(), bytes.size());
        if (self->state.check.seen() == count) self->quit();
        return self->state.check.verdict();
      },
  };
}

int receive(const bench::pipe_ends& pipe, std::uint64_t count, unsigned workers) {
  peer::remote_config config{workers};
  config.add_message_type<block>("block");
  return peer::serve_until_quit(config, pipe, receiver, count);
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200, {}, 2);
  bench::child other(
      [&](const bench::pipe_ends& pipe) { return receive(pipe, options.count, options.workers); });
  peer::remote_config config{options.workers};
  config.add_message_type<block>("block");
  caf::actor_system system{config};
  auto to = peer::reach(system, other.ends());
  caf::scoped_actor self{system};

  auto start = bench::clock::now();
  std::uint64_t seen = 0;
  std::uint64_t sent = 0;
  while (seen < options.count) {
    for (; sent < std::min(options.count, seen + options.size); ++sent) {
      block bytes(bench::block_bytes);
      bench::stamp_block(bytes.data(), sent);
      self->send(to, std::move(bytes));
    }
    self->receive([&](std::uint64_t) { ++seen; });
  }
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, other.join() && seen == options.count);
}
