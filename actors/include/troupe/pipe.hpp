// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/connection.hpp>

namespace troupe {

struct pipe_options {
  std::size_t messages_max =
      64;  ///< sent and not received yet, in each direction; then send() waits
};

/// `auto [here, there] = pipe<job>(system);` The two ends are alike.
template <class T>
struct pipe_ends {
  connection<T> first, second;
};
/// `auto [in, out] = one_way_pipe<job>(system);` What is sent by `out` is received by `in`.
template <class T>
struct one_way_ends {
  connection<T> in, out;
};

namespace detail {
/// \throws std::invalid_argument naming the option
void check_pipe(const pipe_options& options);

template <class T>
pipe_ref<T> spawn_pipe(actor_system& system, const pipe_options& options, bool duplex) {
  check_pipe(options);
  return system.spawn<pipe_coordinator<T>>(options.messages_max, duplex);
}
}  // namespace detail

/// A pipe through which both ends send and receive. It lives in this process, as long as the system or until
/// its coordinator is stopped; then every verb of its ends fails with actor_down.
/// \throws std::invalid_argument naming the option   \thread any
template <class T>
pipe_ends<T> pipe(actor_system& system, pipe_options options = {}) {
  const auto made = detail::spawn_pipe<T>(system, options, true);
  return {{made, 0, detail::direction::both}, {made, 1, detail::direction::both}};
}

/// A pipe in one direction. \throws std::invalid_argument naming the option   \thread any
template <class T>
one_way_ends<T> one_way_pipe(actor_system& system, pipe_options options = {}) {
  const auto made = detail::spawn_pipe<T>(system, options, false);
  return {{made, 0, detail::direction::in}, {made, 1, detail::direction::out}};
}

}  // namespace troupe
