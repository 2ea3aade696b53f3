// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-nqueens: a master deals boards to twenty workers in turn. A worker splits a board of
// fewer than four queens into boards of one more, and solves the others.

#include <bench/queens.hpp>

#include "system.hpp"

namespace {

constexpr std::uint64_t threshold = 4;
constexpr std::uint64_t workers = 20;

using job_atom = caf::atom_constant<caf::atom("job")>;

caf::behavior worker(caf::event_based_actor* self, std::uint64_t size, const caf::actor& master) {
  return {
      [=](job_atom, std::uint64_t columns, std::uint64_t left, std::uint64_t right,
          std::uint64_t row) {
        const bench::board board{columns, left, right};
        if (row >= threshold) {
          self->send(master, peer::done_atom::value, bench::solutions(board, row, size));
          return;
        }
        for (auto places = bench::free_places(board, size); places != 0; places &= places - 1) {
          const auto next = bench::with_queen(board, places & -places);
          self->send(master, job_atom::value, next.columns, next.left, next.right, row + 1);
        }
        self->send(master, peer::done_atom::value, std::uint64_t{0});
      },
      [=](peer::stop_atom) { self->quit(); },
  };
}

struct master_state {
  peer::refs workers;
  std::uint64_t next = 0, open = 0, solutions = 0;
};

caf::behavior master(caf::stateful_actor<master_state>* self, std::uint64_t size,
                     const caf::actor& referee) {
  for (std::uint64_t i = 0; i < workers; ++i) {
    self->state.workers.push_back(self->spawn(worker, size, caf::actor_cast<caf::actor>(self)));
  }
  auto deal = [=](std::uint64_t columns, std::uint64_t left, std::uint64_t right,
                  std::uint64_t row) {
    auto& state = self->state;
    self->send(state.workers[state.next++ % workers], job_atom::value, columns, left, right, row);
    ++state.open;
  };
  deal(0, 0, 0, 0);
  return {
      [=](job_atom, std::uint64_t columns, std::uint64_t left, std::uint64_t right,
          std::uint64_t row) { deal(columns, left, right, row); },
      [=](peer::done_atom, std::uint64_t solutions) {
        auto& state = self->state;
        state.solutions += solutions;
        if (--state.open > 0) return;
        self->send(referee, peer::done_atom::value, state.solutions);
        for (const auto& w : state.workers) self->send(w, peer::stop_atom::value);
        self->quit();
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1, {}, 14);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto start = bench::clock::now();
  system.spawn(master, options.size, caf::actor_cast<caf::actor>(self));
  const std::uint64_t found = peer::total(self);
  double seconds = bench::seconds_since(start);
  return bench::report(1, seconds, found == bench::known_solutions(options.size));
}
