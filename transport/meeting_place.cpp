// SPDX-License-Identifier: BSD-3-Clause
#include "meeting_place.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <troupe/detail/listener_name.hpp>
#include <utility>

namespace troupe::detail {
namespace {

constexpr int queue_length = 128;
constexpr mode_t others = S_IRWXG | S_IRWXO;

void check_path(const std::filesystem::path& path, const char* verb) {
  const std::string text = path.string();
  if (!text.empty() && (text[0] == '\0' || text[0] == '@')) {
    throw std::invalid_argument(std::string(verb) +
                                ": an abstract socket name has no permissions, so anybody could "
                                "come; give the path of a file in a directory of your own");
  }
  if (text.find('\0') != std::string::npos || !path.is_absolute() || !path.has_filename() ||
      path.filename() == "." || path.filename() == "..") {
    throw std::invalid_argument(std::string(verb) + ": '" + text.c_str() +
                                "' is not the absolute path of a file");
  }
}

/// Its last part is no symbolic link, and nobody but this user may as much as look into it.
owned_fd open_private_directory(const std::filesystem::path& directory, const char* verb) {
  const std::string what = std::string(verb) + ": the directory '" + directory.string() + "'";
  owned_fd opened(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) throw_errno(errno, what);
  struct stat is{};
  if (::fstat(opened.get(), &is) != 0) throw_errno(errno, what);
  if (is.st_uid != ::geteuid()) throw_errno(EPERM, what + " belongs to another user");
  if ((is.st_mode & others) != 0) {
    char mode[16];
    std::snprintf(mode, sizeof mode, "%03o", is.st_mode & 0777u);
    throw_errno(EPERM, what + " has mode " + mode +
                           " and must be yours alone: chmod 700 it, or name one "
                           "that does not exist yet");
  }
  return opened;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) throw_errno(ENAMETOOLONG, "meeting: '" + path + "'");
  std::memcpy(to.sun_path, path.data(), path.size());
  return to;
}

/// By way of the open directory: nobody can exchange it meanwhile, and its path may be long.
std::string within(const owned_fd& directory, const std::string& name) {
  return "/proc/self/fd/" + std::to_string(directory.get()) + "/" + name;
}

owned_fd new_socket(const char* verb) {
  owned_fd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) throw_errno(errno, std::string(verb) + ": socket");
  return made;
}

/// \return 0, or why not
int connect_within(int socket, const std::string& place) {
  const sockaddr_un to = address_of(place);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return 0;
  return errno;
}

}  // namespace

meeting_place::meeting_place(const std::filesystem::path& path)
    : path_((check_path(path, "listen"), path)),
      name_(path.filename().string()),
      maker_(::getpid()) {
  const std::filesystem::path directory = path.parent_path();
  if (::mkdir(directory.c_str(), S_IRWXU) == 0) {
    made_directory_ = true;
  } else if (errno != EEXIST) {
    throw_errno(errno, "listen: the directory '" + directory.string() + "' cannot be made");
  }
  try {
    directory_ = open_private_directory(directory, "listen");
    bind_socket();
  } catch (...) {
    if (made_directory_) ::rmdir(directory.c_str());
    throw;
  }
}

std::string meeting_place::place_in_directory() const { return within(directory_, name_); }

void meeting_place::bind_socket() {
  socket_ = new_socket("listen");
  // The file's mode is the socket's, without a moment in which it is another.
  if (::fchmod(socket_.get(), S_IRUSR | S_IWUSR) != 0) throw_errno(errno, "listen: fchmod");
  const sockaddr_un at = address_of(place_in_directory());
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    if (errno == EADDRINUSE) name_is_taken();
    throw_errno(errno, "listen: '" + path_.string() + "'");
  }
  struct stat is{};
  if (::fstatat(directory_.get(), name_.c_str(), &is, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::listen(socket_.get(), queue_length) != 0) {
    const int why = errno;
    ::unlinkat(directory_.get(), name_.c_str(), 0);  // it was made two lines ago
    throw_errno(why, "listen: '" + path_.string() + "'");
  }
  device_ = is.st_dev;
  inode_ = is.st_ino;
}

/// Whatever it is, we did not make it, so it stays; but it can be said what it is.
void meeting_place::name_is_taken() const {
  const std::string what = "listen: '" + path_.string() + "' ";
  struct stat is{};
  if (::fstatat(directory_.get(), name_.c_str(), &is, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno(EADDRINUSE, what + "has just been somebody's");
  }
  if (!S_ISSOCK(is.st_mode)) {
    throw_errno(EADDRINUSE,
                what + "is there already, and is no socket: remove it or take another name");
  }
  const owned_fd probe = new_socket("listen");
  if (connect_within(probe.get(), place_in_directory()) == ECONNREFUSED) {
    throw_errno(EADDRINUSE,
                what + "was left by a program that has died: remove it or take another name");
  }
  throw_errno(EADDRINUSE, what + "is where another program listens");
}

meeting_place::~meeting_place() {
  if (::getpid() != maker_) return;  // a fork's copy: the name is its parent's
  struct stat is{};
  if (::fstatat(directory_.get(), name_.c_str(), &is, AT_SYMLINK_NOFOLLOW) == 0 &&
      is.st_dev == device_ && is.st_ino == inode_) {
    ::unlinkat(directory_.get(), name_.c_str(), 0);
  }
  if (made_directory_) ::rmdir(path_.parent_path().c_str());  // if nothing else is in it
}

owned_fd call_at(const std::filesystem::path& path) {
  check_path(path, "connect");
  const owned_fd directory = open_private_directory(path.parent_path(), "connect");
  const std::string name = path.filename().string();
  const std::string what = "connect: '" + path.string() + "'";
  struct stat is{};
  if (::fstatat(directory.get(), name.c_str(), &is, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno(errno, what);
  }
  if (!S_ISSOCK(is.st_mode)) throw_errno(ENOTSOCK, what);
  if (is.st_uid != ::geteuid()) throw_errno(EPERM, what + " belongs to another user");
  owned_fd socket = new_socket("connect");
  const int error = connect_within(socket.get(), within(directory, name));
  if (error == EAGAIN) return {};
  if (error != 0) throw_errno(error, what);
  return socket;
}

listener_name::listener_name(std::filesystem::path path) : path_(std::move(path)) {
  struct stat is{};
  if (::lstat(path_.c_str(), &is) != 0) throw_errno(errno, "'" + path_.string() + "'");
  device_ = is.st_dev;
  inode_ = is.st_ino;
}

bool listener_name::remove_if_left() const noexcept {
  try {
    const owned_fd directory = open_private_directory(path_.parent_path(), "listen");
    const std::string name = path_.filename().string();
    const owned_fd probe = new_socket("listen");
    if (connect_within(probe.get(), within(directory, name)) != ECONNREFUSED) return false;
    struct stat is{};
    return ::fstatat(directory.get(), name.c_str(), &is, AT_SYMLINK_NOFOLLOW) == 0 &&
           is.st_dev == device_ && is.st_ino == inode_ &&
           ::unlinkat(directory.get(), name.c_str(), 0) == 0;
  } catch (const std::exception&) {
    return false;  // then it stays, and the next who listens there is told what it is
  }
}

std::optional<peer_credentials> credentials_of(int socket) noexcept {
  ucred who{};
  socklen_t bytes = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &bytes) != 0) return std::nullopt;
  return peer_credentials{who.pid, who.uid};
}

}  // namespace troupe::detail
