// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/system_core.hpp>

#include "cell_arena.hpp"
#include "cell_bank.hpp"

namespace troupe::detail {

/// Visits all cells that may be this system's; tenants may change meanwhile.
template <class Visit>
void for_each_cell(const system_core& system, Visit visit) {
  if (system.cells) {
    for (std::size_t i = 0; i < system.cells->count(); ++i) visit(system.cells->at(i));
  } else {
    for (std::uint32_t slot = 1; slot <= cell_arena::count(); ++slot) visit(*cell_arena::at(slot));
  }
}

}  // namespace troupe::detail
