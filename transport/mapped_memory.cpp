// SPDX-License-Identifier: BSD-3-Clause
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <troupe/detail/mapped_memory.hpp>

namespace troupe::detail {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

owned_fd make_shared_memory(std::size_t bytes) {
  owned_fd memory(::memfd_create("troupe", MFD_CLOEXEC));
  if (!memory) fail("memfd_create");
  if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) fail("ftruncate");
  return memory;
}

std::shared_ptr<void> map_shared_memory(int fd, std::size_t bytes) {
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) fail("mmap");
  return {at, [bytes](void* mapped) { ::munmap(mapped, bytes); }};
}

}  // namespace troupe::detail
