// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <span>
#include <troupe/message.hpp>

namespace troupe::detail {

/// The types of a protocol, as values; they live as long as the program.
using accepted_types = std::span<const message_type* const>;
template <class... Ms>
inline constexpr std::array<const message_type*, sizeof...(Ms)> types_of{&message_type_of<Ms>...};

}  // namespace troupe::detail
