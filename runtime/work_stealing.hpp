// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <troupe/detail/system_core.hpp>
#include <troupe/scheduler.hpp>

namespace troupe::detail {

/// The scheduler for real life: `workers` threads, each with a slot for the cell that was made ready
/// last (it runs next, its message still in the cache), a ring of 256, and leave to steal from the
/// others. Work from outside goes through an injection queue.
std::unique_ptr<scheduler> make_work_stealing(system_core& system, unsigned workers);

/// Processors this process may use: affinity and CPU quota honoured; at least 1.
unsigned usable_processors() noexcept;

}  // namespace troupe::detail
