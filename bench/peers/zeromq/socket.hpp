// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// A ZeroMQ context with one socket.

#include <cstdlib>
#include <string>

#include <zmq.h>

#include <bench/child.hpp>
#include <bench/frame.hpp>
#include <bench/peer_address.hpp>

namespace zeromq {

inline void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  std::exit(1);
}

class socket {
 public:
  /// \param messages_max  high-water mark of both directions; 0 keeps the library's default of 1000
  socket(int kind, int messages_max)
      : context_(zmq_ctx_new()), socket_(zmq_socket(context_, kind)) {
    require(socket_ != nullptr, "zmq_socket");
    if (messages_max > 0) {
      zmq_setsockopt(socket_, ZMQ_SNDHWM, &messages_max, sizeof messages_max);
      zmq_setsockopt(socket_, ZMQ_RCVHWM, &messages_max, sizeof messages_max);
    }
  }
  ~socket() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  socket(const socket&) = delete;
  socket& operator=(const socket&) = delete;

  void bind(const std::string& url) { require(zmq_bind(socket_, url.c_str()) == 0, "zmq_bind"); }
  void connect(const std::string& url) {
    require(zmq_connect(socket_, url.c_str()) == 0, "zmq_connect");
  }
  void send(const bench::frame& f) {
    require(zmq_send(socket_, &f, sizeof f, 0) == sizeof f, "zmq_send");
  }
  void receive(bench::frame& f) {
    require(zmq_recv(socket_, &f, sizeof f, 0) == sizeof f, "zmq_recv");
  }
  void send(const void* data, std::size_t bytes) {
    require(zmq_send(socket_, data, bytes, 0) == static_cast<int>(bytes), "zmq_send");
  }
  /// \return how many bytes the message has
  std::size_t receive(void* data, std::size_t bytes_max) {
    const int n = zmq_recv(socket_, data, bytes_max, 0);
    require(n >= 0, "zmq_recv");
    return static_cast<std::size_t>(n);
  }

 private:
  void* context_;
  void* socket_;
};

}  // namespace zeromq
