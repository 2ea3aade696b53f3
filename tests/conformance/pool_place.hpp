// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <numeric>
#include <set>
#include <troupe/process.hpp>
#include <troupe/process_pool.hpp>

#include "place.hpp"

/// Pools in each place: in one process their workers are threads; where parties live apart they are
/// processes, of the body's process or of the one that serves.
namespace troupe::conformance {

inline pool pool_of_threads(actor_system& system, int workers) {
  return pool::spawn(system, {.processes = workers});
}
inline pool pool_of_processes(actor_system& system, int workers) {
  return pool::launch(system, {.processes = workers});
}

inline pool make_pool(place& here, int workers) {
  return here.parties_apart() ? here.make<&pool_of_processes>(workers)
                              : here.make<&pool_of_threads>(workers);
}

/// Runs `body(place&, pool)` in each place; the pool has two workers, and ends afterwards.
template <class Body>
void in_every_pool(Body body, int workers = 2) {
  in_every_place([&](place& here) {
    const pool made = make_pool(here, workers);
    body(here, made);
    made.terminate().get();
    made.join().get();
  });
}
/// The same where the workers are processes.
template <class Body>
void in_every_pool_of_processes(Body body, int workers = 2) {
  in_every_place([&](place& here) {
    if (!here.parties_apart()) return;
    const pool made = make_pool(here, workers);
    body(here, made);
    made.terminate().get();
    made.join().get();
  });
}

inline std::vector<int> up_to(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

inline std::set<int> pids_of(const pool& workers) {
  std::set<int> all;
  for (const auto& one : workers.crew().get()) all.insert(one.pid);
  return all;
}

}  // namespace troupe::conformance
