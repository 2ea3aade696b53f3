// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace troupe::detail {

/// How long a waiter waits at most; nothing: as long as it takes.
using patience = std::optional<std::chrono::nanoseconds>;

/// Nanoseconds of the clock of the system whose actor runs here. Only in actors.
std::int64_t time_here() noexcept;

/// \throws std::invalid_argument naming `verb`, if negative
patience checked_patience(std::chrono::nanoseconds timeout, const char* verb);
[[noreturn]] void throw_too_patient(const char* verb);

/// The same for other units, of which some count further than our clock does.
/// \throws std::invalid_argument naming `verb`, if it is more than std::chrono::nanoseconds::max()
template <class Rep, class Period>
patience checked_patience(std::chrono::duration<Rep, Period> timeout, const char* verb) {
  const std::chrono::duration<long double, std::nano> wide = timeout;
  if (wide.count() > static_cast<long double>(INT64_MAX)) throw_too_patient(verb);
  return checked_patience(std::chrono::duration_cast<std::chrono::nanoseconds>(timeout), verb);
}

}  // namespace troupe::detail
