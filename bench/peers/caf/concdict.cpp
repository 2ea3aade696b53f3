// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-concdict: twenty actors read and, one time in ten, write a dictionary that is an
// actor; each waits for its answer. Forms of the dictionary: `reply` (returns the answer from its
// handler) and `send` (to the sender).

#include <unordered_map>

#include <bench/random.hpp>

#include "system.hpp"

namespace {

using answer_atom = caf::atom_constant<caf::atom("answer")>;
using read_atom = caf::atom_constant<caf::atom("read")>;
using write_atom = caf::atom_constant<caf::atom("write")>;

struct dictionary_state {
  std::unordered_map<std::uint64_t, std::uint64_t> values;
};

caf::behavior dictionary(caf::stateful_actor<dictionary_state>* self, bool replies) {
  for (std::uint64_t i = 0; i < 65536; ++i) self->state.values[i] = i;
  using answered = caf::result<answer_atom, std::uint64_t>;
  auto stop = [=](peer::stop_atom) { self->quit(); };
  if (replies) {
    return {
        [=](read_atom, std::uint64_t key) -> answered {
          return {answer_atom::value, self->state.values[key]};
        },
        [=](write_atom, std::uint64_t key, std::uint64_t value) -> answered {
          self->state.values[key] = value;
          return {answer_atom::value, value};
        },
        stop,
    };
  }
  auto answer = [=](std::uint64_t value) {
    self->send(caf::actor_cast<caf::actor>(self->current_sender()), answer_atom::value, value);
  };
  return {
      [=](read_atom, std::uint64_t key) { answer(self->state.values[key]); },
      [=](write_atom, std::uint64_t key, std::uint64_t value) {
        self->state.values[key] = value;
        answer(value);
      },
      stop,
  };
}

struct client_state {
  bench::random random{0};
  std::uint64_t left = 0, key = 0, good = 0;
};

caf::behavior client(caf::stateful_actor<client_state>* self, std::uint64_t seed,
                     std::uint64_t requests, const caf::actor& to, const caf::actor& referee) {
  self->state.random = bench::random(seed);
  self->state.left = requests;
  auto ask = [=] {
    auto& state = self->state;
    const bool writes = state.random.below(100) < 10;
    state.key = state.random.next();
    if (writes) {
      self->send(to, write_atom::value, state.key, state.key);
    } else {
      self->send(to, read_atom::value, state.key);
    }
  };
  return {
      [=](answer_atom, std::uint64_t value) {
        auto& state = self->state;
        state.good += value == state.key;
        if (--state.left > 0) {
          ask();
        } else {
          self->send(referee, peer::done_atom::value, state.good);
          self->quit();
        }
      },
      [=](peer::start_atom) { ask(); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 400'000, {"reply", "send"}, 20);
  const std::uint64_t each = std::max<std::uint64_t>(1, options.count / options.size);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, options.size, caf::actor_cast<caf::actor>(self));
  auto shared = system.spawn(dictionary, options.form == "reply");
  peer::refs clients;
  for (std::uint64_t i = 0; i < options.size; ++i) {
    clients.push_back(system.spawn(client, i, each, shared, referee));
  }
  auto start = bench::clock::now();
  for (const auto& c : clients) self->send(c, peer::start_atom::value);
  const std::uint64_t good = peer::total(self);
  double seconds = bench::seconds_since(start);
  self->send(shared, peer::stop_atom::value);
  return bench::report(options.size * each, seconds, good == options.size * each);
}
