// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

/// A new directory for one test, readable by this user only; it goes with all that is in it.
class private_directory {
 public:
  private_directory() {
    std::string name = std::filesystem::temp_directory_path() / "troupe-test-XXXXXX";
    if (!::mkdtemp(name.data())) throw std::runtime_error("no directory for a test");
    path_ = name;
  }
  private_directory(const private_directory&) = delete;
  private_directory& operator=(const private_directory&) = delete;
  ~private_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};
