// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/cell.hpp>
#include <troupe/exit_reason.hpp>

/// Mail that reaches an actor beside its user lane. All of these are for the consumer of `c`.
namespace troupe::detail {

// Bits of cell::aside.
inline constexpr std::uint8_t aside_urgent = 1;   ///< extras::urgent is not empty
inline constexpr std::uint8_t aside_parked = 2;   ///< extras::parked: senders wait for room
inline constexpr std::uint8_t aside_sliding = 4;  ///< the sliding buffer has been announced

/// A tell, ask or send has come by the system lane: it is urgent, or waits for room.
void set_aside(cell& c, envelope* e);
/// The next of it that may be handled now, no part of any queue any more, or null.
envelope* take_aside(cell& c) noexcept;
/// The actor ends. \return of what is still here, nothing
void refuse_aside(cell& c, const exit_reason& why) noexcept;
/// A `slide` envelope for somebody else, or for nobody, has been read.
void refuse_slide(cell& c, const exit_reason& why) noexcept;
/// Undoes the count of urgent mail for one that leaves `c`.
void forget_urgent(cell& c, envelope& e) noexcept;

/// \throws std::invalid_argument naming the option
void check_bounds(const mailbox_bounds& bounds);
/// Takes over the bound of a new tenant. \throws std::bad_alloc
void set_bounds(cell& c, const mailbox_bounds& bounds);

}  // namespace troupe::detail
