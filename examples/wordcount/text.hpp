// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// How numbers and file names are shown to people.
namespace wordcount {

std::string grouped(std::uint64_t number);                     ///< "1,234,567"
std::string megabytes(double bytes);                           ///< of 10^6 bytes: "451", "0.3"
std::string percent(std::uint64_t part, std::uint64_t whole);  ///< " 41%", three digits wide
std::string shares(std::span<const std::uint64_t> by_worker);  ///< "by worker 51% 49%"
std::string printable(std::string_view path);                  ///< control characters as \n or \x1b

}  // namespace wordcount
