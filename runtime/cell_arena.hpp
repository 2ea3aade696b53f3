// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <troupe/detail/cell.hpp>

/// All cells of this process, in chunks that are never unmapped: a slot that was ever handed out can
/// be read for as long as the process lives. Slots are counted from 1.
namespace troupe::detail::cell_arena {

/// A vacant cell whose consumer is now the caller. \throws std::bad_alloc   \thread any
cell& take();

/// The same, but one that has never had a tenant: no address of old leads to it. Not to be given
/// back. \cost O(free cells)
cell& take_fresh();

/// Puts a cell into a free list: vacant and idle, or about to be. \thread any
void give_back(cell& c) noexcept;

/// The cell of this slot, or null if no such slot was ever handed out. \thread any   \cost O(1)
cell* at(std::uint32_t slot) noexcept;

/// Cells for the caller alone, with slots from the highest down, so that they are the same in every
/// process. Not to be given back; not counted. \throws std::bad_alloc
std::span<cell> take_top_chunk();

/// For a fork of the process: in the copy nobody is about to change the lists.
void lock() noexcept;
void unlock() noexcept;

/// Slots handed out so far: 1 … count().
std::uint32_t count() noexcept;

}  // namespace troupe::detail::cell_arena
