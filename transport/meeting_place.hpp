// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "descriptors.hpp"

/// Where programs of one user meet: a named socket (mode 0600) in a directory that is this user's alone
/// (0700). Nobody else gets at it, and whoever does in spite of that is told apart by the kernel.
namespace troupe::detail {

/// A socket that listens, and its name. The name is taken away only if it is still the one made here.
class meeting_place {
 public:
  /// Makes the directory if there is none. \throws std::invalid_argument if the path is not absolute, is
  /// abstract or has no last part; std::system_error naming what is in the way
  explicit meeting_place(const std::filesystem::path& path);
  meeting_place(const meeting_place&) = delete;
  meeting_place& operator=(const meeting_place&) = delete;
  ~meeting_place();

  int socket() const noexcept { return socket_.get(); }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  void bind_socket();
  [[noreturn]] void name_is_taken() const;
  std::string place_in_directory() const;

  const std::filesystem::path path_;
  const std::string name_;
  owned_fd directory_;
  owned_fd socket_;
  bool made_directory_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  const pid_t maker_;
};

/// A socket that is being connected to the one at `path`.
/// \return empty: there is no room in its queue just now; try again
/// \throws as meeting_place; std::system_error ENOENT or ECONNREFUSED: nobody listens there
owned_fd call_at(const std::filesystem::path& path);

struct peer_credentials {
  pid_t pid = 0;
  uid_t uid = 0;
};
/// Who is at the other end, as the kernel says: the user as of its connect or listen.
std::optional<peer_credentials> credentials_of(int socket) noexcept;

}  // namespace troupe::detail
