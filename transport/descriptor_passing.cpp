// SPDX-License-Identifier: BSD-3-Clause
#include "descriptor_passing.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace troupe::detail {
namespace {

constexpr std::size_t control_bytes_max = CMSG_SPACE(passed_fds_max * sizeof(int));

struct alignas(cmsghdr) control_room {
  std::array<std::byte, control_bytes_max> bytes{};
};

}  // namespace

int send_with_fds(int socket, std::span<const std::byte> bytes, std::span<const int> fds) noexcept {
  if (fds.size() > passed_fds_max) return EINVAL;
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  control_room room;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = room.bytes.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

received_fds receive_with_fds(int socket, std::span<std::byte> room) {
  iovec part{room.data(), room.size()};
  control_room control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  received_fds all;
  do {
    all.bytes = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (all.bytes < 0 && errno == EINTR);
  if (all.bytes < 0) {
    all.bytes = -errno;
    return all;
  }
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      all.fds.emplace_back(fd);
    }
  }
  return all;
}

}  // namespace troupe::detail
