// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

/// A connection to a node's port that speaks bytes.
class raw_caller {
 public:
  explicit raw_caller(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  raw_caller(const raw_caller&) = delete;
  raw_caller& operator=(const raw_caller&) = delete;
  ~raw_caller() { ::close(fd_); }

  void say(const std::string& bytes) const {
    CHECK(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  }
  /// What comes until the node closes the connection.
  std::string rest() const {
    std::string all;
    char bytes[4096];
    for (ssize_t n = 0; (n = ::recv(fd_, bytes, sizeof bytes, 0)) > 0;)
      all.append(bytes, static_cast<std::size_t>(n));
    return all;
  }

 private:
  int fd_;
};

/// The head of a message of CAF's, big-endian: what it is, and how many bytes follow.
inline std::string caf_head(std::uint8_t operation, std::uint32_t payload_bytes) {
  std::string head(32, '\0');
  head[0] = static_cast<char>(operation);
  for (unsigned i = 0; i < 4; ++i) head[4 + i] = static_cast<char>(payload_bytes >> (24 - 8 * i));
  return head;
}
