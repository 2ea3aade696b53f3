// SPDX-License-Identifier: BSD-3-Clause
// CAF for I11 and I11-wake: one actor works ten milliseconds in its handler, again and again.
// Forms: `beside` (two others play ping-pong meanwhile; each round trip is timed) and `wake`
// (before it works it tells a second actor, who tells a third; timed is how long that takes).

#include "system.hpp"

namespace {

using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;
using work_atom = caf::atom_constant<caf::atom("work")>;

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(bench::clock::now().time_since_epoch()).count());
}

struct client_state {
  caf::actor echo;
  bool ended = false;
};

caf::behavior client(caf::stateful_actor<client_state>* self, bool beside, bench::latencies* single,
                     const caf::actor& referee) {
  return {
      [=](pong_atom, std::uint64_t sent) {
        const auto now = now_ns();
        if (self->state.ended) return;
        single->add(std::chrono::nanoseconds(now - sent));
        if (beside) self->send(self->state.echo, ping_atom::value, now);
      },
      [=](peer::start_atom, const caf::actor& echo) {
        self->state.echo = echo;
        if (beside) self->send(echo, ping_atom::value, now_ns());
      },
      [=](peer::stop_atom) {
        self->state.ended = true;
        self->send(self->state.echo, peer::stop_atom::value);
        self->state.echo = nullptr;
        self->send(referee, peer::done_atom::value, std::uint64_t{0});
        self->quit();
      },
  };
}

caf::behavior echo(caf::event_based_actor* self, const caf::actor& to) {
  return {
      [=](ping_atom, std::uint64_t sent) { self->send(to, pong_atom::value, sent); },
      [=](peer::stop_atom) { self->quit(); },
  };
}

caf::behavior worker(caf::event_based_actor* self, bool beside, const caf::actor& first,
                     const caf::actor& referee) {
  return {
      [=](work_atom, std::uint64_t left) {
        const auto start = now_ns();
        if (!beside) self->send(first, ping_atom::value, start);
        while (now_ns() - start < 10'000'000) {
        }
        if (left > 1) {
          self->send(self, work_atom::value, left - 1);
        } else {
          self->send(referee, peer::stop_atom::value);
          self->quit();
        }
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100, {"beside", "wake"});
  const bool beside = options.form == "beside";
  bench::latencies single(std::uint64_t{1} << 24);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto timer = system.spawn(client, beside, &single, caf::actor_cast<caf::actor>(self));
  auto answers = system.spawn(echo, timer);
  auto busy = system.spawn(worker, beside, answers, timer);
  auto start = bench::clock::now();
  self->send(timer, peer::start_atom::value, answers);
  self->send(busy, work_atom::value, options.count);
  peer::total(self);
  double seconds = bench::seconds_since(start);
  const bool good = beside ? single.count() > 0 : single.count() == options.count;
  return bench::report(options.count, seconds, good, &single);
}
