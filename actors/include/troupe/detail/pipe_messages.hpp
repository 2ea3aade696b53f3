// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <troupe/actor_ref.hpp>
#include <troupe/ready.hpp>

/// The protocol of a pipe. `side` is the end that is used: 0 or 1.
namespace troupe::messages {

/// Answered when the message is in the pipe; broken: nobody will read it.
template <class T>
struct pipe_send {
  using reply = void;
  T message;
  std::uint32_t side = 0;
  std::optional<std::chrono::nanoseconds> timeout = {};
};
/// Answered with a message; with nothing at the end of the stream.
template <class T>
struct pipe_receive {
  using reply = std::optional<T>;
  std::uint32_t side = 0;
  std::optional<std::chrono::nanoseconds> timeout = {};
};
struct pipe_close {
  std::uint32_t side = 0;
};
/// From now on the end of `who` counts for this end of the pipe.
struct pipe_hold {
  using reply = void;
  std::uint32_t side = 0;
  actor_ref<> who;
};
struct pipe_describe {
  using reply = std::string;
};

}  // namespace troupe::messages
