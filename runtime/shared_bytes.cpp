// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/shared_bytes.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <system_error>
#include <troupe/codec.hpp>
#include <troupe/detail/wire_address.hpp>
#include <utility>

namespace troupe {
namespace detail {
namespace {

constexpr int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
constexpr std::uint8_t by_copy = 0, by_descriptor = 1;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// \return false: the kernel refuses, since somebody holds a page, which it may do itself for a moment
bool add_seals(int fd) {
  if (::fcntl(fd, F_ADD_SEALS, seals) == 0) return true;
  if (errno != EBUSY) throw_errno("shared_bytes: F_ADD_SEALS");
  return false;
}

}  // namespace

byte_block::byte_block(std::size_t size) : size_(size) {
  if (size <= written_bytes_max) {
    data_ = static_cast<std::byte*>(::operator new(std::max<std::size_t>(size, 1)));
    return;
  }
  make_pages();
  try {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) throw_errno("shared_bytes: ftruncate");
    map(PROT_READ | PROT_WRITE, MAP_POPULATE);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

byte_block::byte_block(int fd, std::size_t size) : size_(size), fd_(fd) {
  struct stat file{};
  try {
    const int found = ::fcntl(fd, F_GET_SEALS);
    if (found < 0 || (found & seals) != seals || ::fstat(fd, &file) != 0 || file.st_size < 0 ||
        static_cast<std::size_t>(file.st_size) < size || size == 0) {
      errno = EINVAL;
      throw_errno("shared_bytes: a descriptor that is no sealed memory of that size");
    }
    map(PROT_READ, MAP_POPULATE);
    is_sealed_ = true;
  } catch (...) {
    ::close(fd);
    throw;
  }
}

byte_block::~byte_block() {
  if (fd_ < 0) {
    ::operator delete(data_);
    return;
  }
  unmap();
  ::close(fd_);
}

void byte_block::seal() {
  if (size_ < shared_bytes::mapped_bytes_min) return;
  if (fd_ < 0) {
    write_pages();
  } else {
    unmap();  // nothing can be sealed that is mapped to be written
  }
  is_sealed_ = add_seals(fd_);
  map(PROT_READ, 0);  // as a rule nobody looks at it here any more
}

void byte_block::make_pages() {
  fd_ = memfd_create("troupe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd_ < 0) throw_errno("shared_bytes: memfd_create");
}

void byte_block::write_pages() {
  make_pages();
  const std::unique_ptr<std::byte, void (*)(void*)> from(std::exchange(data_, nullptr),
                                                         &::operator delete);
  for (std::size_t done = 0; done < size_;) {
    const ssize_t n = ::write(fd_, from.get() + done, size_ - done);
    if (n < 0 && errno != EINTR) throw_errno("shared_bytes: write");
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

void byte_block::map(int protection, int populate) {
  void* at = ::mmap(nullptr, size_, protection, MAP_SHARED | populate, fd_, 0);
  if (at == MAP_FAILED) throw_errno("shared_bytes: mmap");
  data_ = static_cast<std::byte*>(at);
}

void byte_block::unmap() noexcept {
  if (data_) ::munmap(std::exchange(data_, nullptr), size_);
}

void wire_format<shared_bytes>::write(byte_buffer& out, const shared_bytes& value) {
  std::uint64_t id = 0;
  if (value.fd() >= 0 && out.lend_descriptor(value.fd(), value.size(), id)) {
    out.put(by_descriptor);
    out.put(id);
    out.put(std::uint64_t{value.size()});
    return;
  }
  out.put(by_copy);
  write_count(out, value.size());
  out.append(value.data(), value.size());
}

bool wire_format<shared_bytes>::read(wire_reader& in, shared_bytes& value) {
  constexpr const char* what = "shared bytes";
  std::uint8_t way = 0;
  if (!in.take(&way, sizeof way, what)) return false;
  if (way == by_copy) {
    std::uint32_t count = 0;
    if (!in.take_count(count, 1, 1, what)) return false;
    const std::byte* from = in.take(count, what);
    if (!from) return false;
    value = shared_bytes(std::span(from, count));
    return true;
  }
  std::uint64_t id = 0, size = 0;
  if (way != by_descriptor) return in.fail(decode_errc::bad_value, what);
  if (!in.take(&id, sizeof id, what) || !in.take(&size, sizeof size, what)) return false;
  const int fd = in.context() ? in.context()->take_descriptor(id) : -1;
  if (fd < 0) return in.fail(decode_errc::serialiser, what, "its memory has not come along");
  value = shared_bytes(std::make_shared<const byte_block>(fd, size));
  return true;
}

}  // namespace detail

shared_bytes::shared_bytes(std::span<const std::byte> copied) {
  shared_bytes_writer writer(copied.size());
  std::copy(copied.begin(), copied.end(), writer.data());
  *this = std::move(writer).seal();
}

}  // namespace troupe
