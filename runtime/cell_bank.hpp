// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <troupe/detail/cell.hpp>

namespace troupe::detail {

struct cell_store;

/// The cells of one simulation, its alone: every run gets the same slots and generations, in the same
/// order, so that what follows from an address (its text, its hash) is the same in every run. At the
/// end they are kept for the next simulation; no ref may outlive its own. \thread one
class cell_bank {
 public:
  cell_bank();
  /// All cells must be vacant, and out of all queues.
  ~cell_bank();
  cell_bank(const cell_bank&) = delete;
  cell_bank& operator=(const cell_bank&) = delete;

  /// As cell_arena. \cost O(1)
  cell& take();
  cell& take_fresh();
  void give_back(cell& c) noexcept;

  /// Those taken so far, tenants or not: at(0) … at(count() - 1).
  std::size_t count() const noexcept { return used_; }
  cell& at(std::size_t index) const noexcept;

 private:
  std::unique_ptr<cell_store> store_;
  std::size_t used_ = 0;
  cell* free_ = nullptr;  // linked through older_sibling
};

}  // namespace troupe::detail
