// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// A ZeroMQ context with one socket, and an ipc address in a private directory.

#include <cstdlib>
#include <string>

#include <unistd.h>
#include <zmq.h>

#include <bench/child.hpp>
#include <bench/frame.hpp>

namespace zeromq {

inline void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  std::exit(1);
}

class address {
 public:
  address() { require(::mkdtemp(directory_) != nullptr, "mkdtemp"); }
  ~address() {
    ::unlink(file().c_str());
    ::rmdir(directory_);
  }
  address(const address&) = delete;
  address& operator=(const address&) = delete;

  std::string url() const { return "ipc://" + file(); }

 private:
  std::string file() const { return std::string(directory_) + "/socket"; }
  char directory_[32] = "/tmp/bench-zeromq-XXXXXX";
};

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

 private:
  void* context_;
  void* socket_;
};

}  // namespace zeromq
