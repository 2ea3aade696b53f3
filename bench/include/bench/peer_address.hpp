// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// Where two processes of a peer meet: an ipc address in a private directory; or, in what is built with BENCH_TCP, a
// port of this machine that nobody has.

#include <cstdlib>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bench/child.hpp>

namespace bench {

class ipc_address {
 public:
  ipc_address() {
    if (::mkdtemp(directory_) == nullptr) fail("mkdtemp");
  }
  ~ipc_address() {
    ::unlink(file().c_str());
    ::rmdir(directory_);
  }
  ipc_address(const ipc_address&) = delete;
  ipc_address& operator=(const ipc_address&) = delete;

  std::string url() const { return "ipc://" + file(); }

 private:
  std::string file() const { return std::string(directory_) + "/socket"; }
  char directory_[32] = "/tmp/bench-ipc-XXXXXX";
};

class tcp_address {
 public:
  tcp_address() {
    const int any = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (any < 0 || ::bind(any, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        ::getsockname(any, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      fail("bind");
    }
    ::close(any);
    port_ = ntohs(at.sin_port);
  }
  std::string url() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

 private:
  unsigned port_;
};

#ifdef BENCH_TCP
using peer_address = tcp_address;
#else
using peer_address = ipc_address;
#endif

}  // namespace bench
