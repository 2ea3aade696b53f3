// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <troupe/detail/reactor.hpp>

namespace troupe::detail {

/// Whether anybody accepts connections at that port. CAF blocks in its connect, in the one thread that makes
/// all connections, and for minutes if nothing comes back; so it is only let near a port that answers.
/// \param heard  called once, with why not, or nothing   \thread the holder of the reactor
void probe(reactor& io, const std::string& host, std::uint16_t port, std::chrono::nanoseconds limit,
           std::function<void(const std::string& error)> heard);

}  // namespace troupe::detail
