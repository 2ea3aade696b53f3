// SPDX-License-Identifier: BSD-3-Clause
// The floor of X4 with mapped blocks: 1 MiB of sealed memory whose descriptor goes to another process, which
// maps it and looks at each page; two under way. Forms: the sender `writes` the block from a buffer of its
// own, or `fills` it through a mapping.

#include <sys/mman.h>
#include <sys/socket.h>

#include <bench/block.hpp>
#include <bench/child.hpp>
#include <bench/program.hpp>
#include <vector>

namespace {

constexpr std::uint64_t under_way_max = 2;

union control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

msghdr make_message(iovec& byte, control& room) {
  msghdr message{};
  message.msg_iov = &byte;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  return message;
}

void pass(int socket, int fd) {
  char nothing = 0;
  iovec byte{&nothing, 1};
  control room{};
  const msghdr message = make_message(byte, room);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (::sendmsg(socket, &message, 0) != 1) bench::fail("sendmsg");
}

int take(int socket) {
  char nothing = 0;
  iovec byte{&nothing, 1};
  control room{};
  msghdr message = make_message(byte, room);
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) bench::fail("recvmsg");
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  return fd;
}

void* map(int fd, int protection) {
  void* at = ::mmap(nullptr, bench::block_bytes, protection, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) bench::fail("mmap");
  return at;
}

int receive(bench::pipe_ends pipe, int socket, std::uint64_t count) {
  bench::block_check check;
  pipe.tell(0);
  while (check.seen() < count) {
    const int fd = take(socket);
    void* block = map(fd, PROT_READ);
    check.take(block, bench::block_bytes);
    ::munmap(block, bench::block_bytes);
    ::close(fd);
    if (check.seen() < count) pipe.tell(check.seen());
  }
  pipe.tell(check.verdict());
  return 0;
}

/// \return the descriptor of a sealed block
int make_block(std::vector<char>* buffer, std::uint64_t sequence) {
  const int fd = ::memfd_create("block", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) bench::fail("memfd_create");
  if (buffer) {
    bench::stamp_block(buffer->data(), sequence);
    bench::write_all(fd, buffer->data(), buffer->size());
  } else {
    if (::ftruncate(fd, bench::block_bytes) != 0) bench::fail("ftruncate");
    void* block = map(fd, PROT_READ | PROT_WRITE);
    bench::stamp_block(block, sequence);
    ::munmap(block, bench::block_bytes);
  }
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    bench::fail("F_ADD_SEALS");
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = bench::parse(argc, argv, 4'000, {"writes", "fills"});
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) bench::fail("socketpair");
  bench::child receiver(
      [&](bench::pipe_ends pipe) { return receive(pipe, sockets[1], options.count); });
  std::vector<char> buffer(bench::block_bytes);
  receiver.ends().hear();

  const auto start = bench::clock::now();
  std::uint64_t last_word = 0;
  for (std::uint64_t i = 0; i < options.count; ++i) {
    if (i >= under_way_max) last_word = receiver.ends().hear();
    const int block = make_block(options.form == "writes" ? &buffer : nullptr, i);
    pass(sockets[0], block);
    ::close(block);
  }
  while (last_word + 1 < options.count) last_word = receiver.ends().hear();
  const bool good = receiver.ends().hear() == options.count;
  const double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, receiver.join() && good);
}
