// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace wordcount {

struct options {
  std::vector<std::string> roots{"/usr/share/doc", "/usr/include"};
  std::uint32_t processes = 0;  ///< set by parse()
  std::string counts_file;
  std::string json_file;
  bool kill_one = false;
  bool verbose = false;
  std::uint64_t piece_bytes = 1 << 18;  ///< read at once
  std::uint64_t batch_bytes = 16 << 20;
};

/// \return the options, or the exit code after --help or a complaint about an option
std::variant<options, int> parse(int argc, char** argv);

}  // namespace wordcount
