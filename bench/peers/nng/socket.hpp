// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// An nng socket.

#include <cstdio>
#include <cstdlib>
#include <string>

#include <nng/nng.h>
// The library's other headers need that one first.
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>

#include <bench/child.hpp>
#include <bench/frame.hpp>
#include <bench/peer_address.hpp>

namespace nanomsg {

inline void require(int error, const char* what) {
  if (error == 0) return;
  std::fprintf(stderr, "%s: %s\n", what, nng_strerror(error));
  std::exit(1);
}

class socket {
 public:
  /// \param open  nng_push0_open or another of its kind
  /// \param messages_max  how many wait on either side at most; 0 keeps the library's default
  explicit socket(int (*open)(nng_socket*), int messages_max = 0) {
    require(open(&socket_), "open");
    if (messages_max == 0) return;
    nng_socket_set_int(socket_, NNG_OPT_SENDBUF, messages_max);  // not every kind has both
    nng_socket_set_int(socket_, NNG_OPT_RECVBUF, messages_max);
  }
  ~socket() { nng_close(socket_); }
  socket(const socket&) = delete;
  socket& operator=(const socket&) = delete;

  void listen(const std::string& url) {
    require(nng_listen(socket_, url.c_str(), nullptr, 0), "nng_listen");
  }
  void dial(const std::string& url) {
    require(nng_dial(socket_, url.c_str(), nullptr, 0), "nng_dial");
  }
  void send(const bench::frame& f) {
    require(nng_send(socket_, const_cast<bench::frame*>(&f), sizeof f, 0), "nng_send");
  }
  void receive(bench::frame& f) {
    std::size_t bytes = sizeof f;
    require(nng_recv(socket_, &f, &bytes, 0), "nng_recv");
  }

 private:
  nng_socket socket_{};
};

}  // namespace nanomsg
