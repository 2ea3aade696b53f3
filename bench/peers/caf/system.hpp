// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// CAF's configuration for all of its programs: the number of workers, nothing else changed.

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

}  // namespace peer
