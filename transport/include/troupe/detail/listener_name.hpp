// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace troupe::detail {

/// The name at which another process of ours listens, to be taken away in its place if it dies.
class listener_name {
 public:
  /// The name is there now. \throws std::system_error
  explicit listener_name(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Only if it is still the same, and nobody listens there any more. \return whether it did. \thread any
  bool remove_if_left() const noexcept;

 private:
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace troupe::detail
