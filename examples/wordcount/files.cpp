// SPDX-License-Identifier: BSD-3-Clause
#include "files.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

namespace wordcount {

namespace {

namespace fs = std::filesystem;

class search {
 public:
  void add_root(const std::string& root) {
    struct stat about;
    if (::stat(root.c_str(), &about) != 0) {
      skip(root, std::strerror(errno));
    } else if (S_ISDIR(about.st_mode)) {
      add_directory(root);
    } else if (S_ISREG(about.st_mode)) {
      add_file(root, about);
    } else {
      skip(root, "neither file nor directory");
    }
  }

  found_files take() { return std::move(found_); }

 private:
  void add_directory(const std::string& root) {
    std::vector<fs::path> open{root};
    while (!open.empty()) {
      const fs::path directory = std::move(open.back());
      open.pop_back();
      std::error_code error;
      for (fs::directory_iterator at(directory, error), end; !error && at != end;
           at.increment(error)) {
        struct stat about;
        const fs::path& path = at->path();
        if (::lstat(path.c_str(), &about) != 0) {
          skip(path.native(), std::strerror(errno));
        } else if (S_ISDIR(about.st_mode)) {
          open.push_back(path);
        } else if (S_ISREG(about.st_mode)) {
          add_file(path.native(), about);
        }
      }
      if (error) skip(directory.native(), error.message());
    }
  }

  void add_file(const std::string& path, const struct stat& about) {
    if (!seen_.emplace(about.st_dev, about.st_ino).second) return;
    found_.files.push_back({path, static_cast<std::uint64_t>(about.st_size)});
  }

  void skip(const std::string& path, const std::string& why) {
    found_.skipped.push_back({path, why});
  }

  found_files found_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

found_files find_files(const std::vector<std::string>& roots) {
  search all;
  for (const std::string& root : roots) all.add_root(root);
  return all.take();
}

}  // namespace wordcount
