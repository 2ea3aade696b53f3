// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "messages.hpp"

namespace wordcount {

struct found_files {
  std::vector<text_file> files;
  std::vector<skipped_file> skipped;  ///< directories that are missing or cannot be read
};

/// The regular files under `roots`, each file once however many names it has. A symbolic link is
/// followed if it is a root itself, not below one.
found_files find_files(const std::vector<std::string>& roots);

}  // namespace wordcount
