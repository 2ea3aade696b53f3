// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// What CAF's programs share: the configuration (the number of workers, nothing else changed) and an
// actor that waits for many.

#include <caf/all.hpp>

#include <bench/program.hpp>

namespace peer {

inline caf::actor_system_config& with_workers(caf::actor_system_config& config, unsigned workers) {
  config.set("scheduler.max-threads", static_cast<std::size_t>(workers));
  return config;
}

using start_atom = caf::atom_constant<caf::atom("start")>;
using ball_atom = caf::atom_constant<caf::atom("ball")>;
using number_atom = caf::atom_constant<caf::atom("number")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;

using refs = std::vector<caf::actor>;

struct countdown_state {
  std::uint64_t left = 0;
  std::uint64_t sum = 0;
};

/// Adds up the numbers of as many `done` messages as are expected, and tells the referee the sum.
inline caf::behavior countdown(caf::stateful_actor<countdown_state>* self, std::uint64_t expected,
                               const caf::actor& referee) {
  self->state.left = expected;
  return {
      [=](done_atom, std::uint64_t sum) {
        self->state.sum += sum;
        if (--self->state.left == 0) {
          self->send(referee, done_atom::value, self->state.sum);
          self->quit();
        }
      },
  };
}

/// The sum that a countdown tells this scoped actor.
inline std::uint64_t total(caf::scoped_actor& self) {
  std::uint64_t sum = 0;
  self->receive([&](done_atom, std::uint64_t s) { sum = s; });
  return sum;
}

}  // namespace peer
