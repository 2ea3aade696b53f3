// SPDX-License-Identifier: BSD-3-Clause
#include "count_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "count_words.hpp"

namespace wordcount {

namespace {

using std::literals::operator""sv;

/// A longer run of letters is no word of a text, and would have to be held and sent in one piece.
constexpr std::size_t word_bytes_max = 1 << 20;

struct signature {
  std::string_view begins;
  const char* kind;
};
/// What can be told from its beginning, even where no NUL byte would tell.
constexpr std::array signatures{
    signature{"\x1f\x8b"sv, "gzip"},     signature{"\xfd\x37zXZ"sv, "xz"},
    signature{"BZh91AY&SY"sv, "bzip2"},  signature{"\x28\xb5\x2f\xfd"sv, "zstd"},
    signature{"PK\x03\x04"sv, "zip"},    signature{"\x89PNG\r\n"sv, "PNG"},
    signature{"\xff\xd8\xff"sv, "JPEG"}, signature{"\x7f\x45LF"sv, "ELF"},
};

/// \return what else than plain text this piece of a file shows it to be; empty: nothing
std::string_view binary_kind(std::string_view piece, bool first) {
  if (first) {
    for (const signature& s : signatures) {
      if (piece.starts_with(s.begins)) return s.kind;
    }
  }
  return std::memchr(piece.data(), '\0', piece.size()) ? "binary" : std::string_view{};
}

class open_file {
 public:
  explicit open_file(const std::string& path) noexcept
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

/// Fills as much of the room as the file has. \return bytes read, or -1 with errno
ssize_t read_piece(int file, char* room, std::size_t bytes) noexcept {
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t got = ::read(file, room + filled, bytes - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(filled);
}

}  // namespace

file_counter::file_counter(std::size_t piece_bytes) : piece_bytes_(piece_bytes) {
  buffer_.resize(piece_bytes);
}

file_result file_counter::count(const std::string& path, word_table& words) {
  const open_file file(path);
  if (file.fd() < 0) return {0, std::strerror(errno)};
  struct stat about;
  if (::fstat(file.fd(), &about) != 0) return {0, std::strerror(errno)};
  if (!S_ISREG(about.st_mode)) return {0, "no regular file any more"};
  return count_open(file.fd(), words);
}

file_result file_counter::count_open(int file, word_table& words) {
  file_result result;
  std::size_t carried = 0;  // bytes in front: a word that the last piece did not end
  for (bool first = true;; first = false) {
    if (buffer_.size() < carried + piece_bytes_) buffer_.resize(carried + piece_bytes_);
    const ssize_t got = read_piece(file, buffer_.data() + carried, piece_bytes_);
    if (got < 0) return {0, std::strerror(errno)};
    const std::string_view piece(buffer_.data() + carried, static_cast<std::size_t>(got));
    if (const auto kind = binary_kind(piece, first); !kind.empty()) return {0, std::string(kind)};
    result.bytes += piece.size();

    const std::string_view text(buffer_.data(), carried + piece.size());
    const text_end end = piece.size() < piece_bytes_ ? text_end::here : text_end::not_yet;
    if (first && end == text_end::not_yet) whole_file_.clear();
    word_table& into = first && end == text_end::here ? words : whole_file_;
    const std::size_t counted = count_words(text, end, into);
    if (end == text_end::here) {
      if (!first) words.add_all(whole_file_);
      return result;
    }
    carried = text.size() - counted;
    if (carried > word_bytes_max) return {0, "a word of more than a megabyte"};
    std::memmove(buffer_.data(), text.data() + counted, carried);
  }
}

}  // namespace wordcount
