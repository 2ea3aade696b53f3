// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/codec.hpp>
#include <vector>

#include "descriptor_passing.hpp"
#include "handshake.hpp"
#include "nodes.hpp"
#include "peer.hpp"
#include "pipe_link.hpp"
#include "plumbing.hpp"

/// A process that is none: the far end of a running system's link, driven byte by byte by a test.
class raw_peer {
 public:
  explicit raw_peer(troupe::actor_system& system, std::uint64_t node = 0xabcdef0123456789,
                    troupe::detail::kinship kin = troupe::detail::kinship::none)
      : all_(troupe::detail::nodes::of(system.core())), node_(node) {
    using namespace troupe::detail;
    int there[2], here[2], control[2];
    if (pipe2(there, O_CLOEXEC) || pipe2(here, O_CLOEXEC) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control)) {
      throw std::runtime_error("no descriptors for a test");
    }
    in_ = here[0];
    out_ = there[1];
    control_ = control[0];
    auto ended = std::make_shared<std::promise<std::string>>();
    ended_ = ended->get_future();
    auto self = std::make_shared<peer*>();
    auto added = std::make_unique<peer>(
        all_, node,
        peer::events{nullptr, [ended, self](const std::string& error) {
                       (*self)->settle({troupe::exit_reason::cause::connection_lost, 0, 0, error});
                       ended->set_value(error);
                     }});
    added->become(kin);
    *self = peer_ = added.get();
    all_.add_peer(std::move(added));
    const pipe_ends ends{there[0], here[1], control[1]};
    all_.system().io->run_soon([p = peer_, ends, &all = all_] {
      p->open(std::make_unique<pipe_link>(*all.system().io, ends), all.greeting());
    });
  }
  /// At the far end of a link that the system will be given.
  raw_peer(troupe::actor_system& system, std::uint64_t node, troupe::detail::link_fds ends)
      : all_(troupe::detail::nodes::of(system.core())),
        node_(node),
        in_(ends.in.release()),
        out_(ends.out.release()),
        control_(ends.control.release()) {}
  ~raw_peer() { close(); }
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;

  std::uint64_t node() const { return node_; }

  troupe::detail::hello greeting() const {
    troupe::detail::hello h = all_.greeting();
    h.node = node_;
    h.name = "raw";
    return h;
  }
  void greet() { greet(greeting()); }
  void greet(const troupe::detail::hello& h) {
    troupe::byte_buffer out;
    troupe::detail::write_hello(out, h);
    send(out.bytes());
  }

  /// \return false: the other side does not read any more
  bool send(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      pollfd p{out_, POLLOUT, 0};
      if (::poll(&p, 1, 10000) <= 0 || (p.revents & POLLERR)) return false;
      const ssize_t put = ::write(out_, bytes.data(), bytes.size());
      if (put <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
  }
  bool send(const std::vector<std::byte>& bytes) { return send(std::span<const std::byte>(bytes)); }

  /// A whole frame with this payload, as bytes.
  template <class M>
  static std::vector<std::byte> frame_bytes(troupe::detail::frame f, const M& message) {
    troupe::byte_buffer out;
    f.type = troupe::type_id<M>();
    const std::size_t start = troupe::detail::begin_frame(out, f);
    troupe::encode(out, message);
    troupe::detail::finish_frame(out, start);
    return {out.data(), out.data() + out.size()};
  }
  static std::vector<std::byte> frame_bytes(const troupe::detail::frame& f) {
    troupe::byte_buffer out;
    const std::size_t start = troupe::detail::begin_frame(out, f);
    out.append(f.payload.data(), f.payload.size());
    troupe::detail::finish_frame(out, start);
    return {out.data(), out.data() + out.size()};
  }
  /// A frame header for this actor of the system.
  template <class... Ms>
  static troupe::detail::frame to(const troupe::actor_ref<Ms...>& whom,
                                  troupe::detail::frame_kind kind) {
    troupe::detail::frame f;
    f.kind = kind;
    f.slot = whom.where().slot;
    f.generation = whom.where().generation;
    return f;
  }
  troupe::detail::frame ask_to(const troupe::actor_ref<>& whom, std::uint64_t id) const {
    troupe::detail::frame f = to(whom, troupe::detail::frame_kind::ask);
    f.id = id;
    f.from = {node_, 77, 1};
    return f;
  }
  /// A ref to actor 77 of the process that is none.
  template <class Ref>
  Ref ref() const {
    return Ref::at({&peer_->home(), 77, 1});
  }

  /// The next frame that the system has sent; its payload is valid until the next call.
  /// \return nothing after `limit`, or at the end
  std::optional<troupe::detail::frame> receive(
      std::chrono::milliseconds limit = std::chrono::seconds{10}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    for (;;) {
      const auto p = troupe::detail::parse_frame(buffer_);
      if (p.state == troupe::detail::parse_state::bad) throw std::runtime_error(p.error);
      if (p.state == troupe::detail::parse_state::complete) {
        used_ = p.bytes;
        if (p.value.kind != troupe::detail::frame_kind::mark) return p.value;
        give_receipt(p.value);
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
        used_ = 0;
        continue;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd ready{in_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return {};
      std::byte chunk[65536];
      const ssize_t got = ::read(in_, chunk, sizeof chunk);
      if (got <= 0) return {};
      buffer_.insert(buffer_.end(), chunk, chunk + got);
    }
  }
  /// The next frame of this kind.
  std::optional<troupe::detail::frame> receive(troupe::detail::frame_kind kind) {
    for (;;) {
      auto f = receive();
      if (!f || f->kind == kind) return f;
    }
  }

  /// What the system says when it gives this link up; empty: a plain end.
  std::future<std::string>& ended() { return ended_; }

  /// Passes a copy of `fd` beside the bytes.
  void pass(int fd, std::uint64_t number) const {
    const auto bytes = std::as_bytes(std::span(&number, 1));
    if (troupe::detail::send_with_fds(control_, bytes, {&fd, 1}) != 0)
      throw std::runtime_error("a descriptor cannot be passed");
  }

  int in_descriptor() const { return in_; }
  int out_descriptor() const { return out_; }
  void close_input() { close_one(in_); }
  void close_output() { close_one(out_); }
  void close() {
    close_one(out_);
    close_one(in_);
    close_one(control_);
  }

 private:
  /// As if the mail before the mark had been handled.
  void give_receipt(const troupe::detail::frame& mark) {
    troupe::detail::frame f;
    f.kind = troupe::detail::frame_kind::receipt;
    f.id = mark.id;
    f.from = {node_, mark.slot, mark.generation};
    send(frame_bytes(f));
  }
  static void close_one(int& fd) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }

  troupe::detail::nodes& all_;
  const std::uint64_t node_;
  troupe::detail::peer* peer_ = nullptr;
  int in_ = -1, out_ = -1, control_ = -1;
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;
  std::future<std::string> ended_;
};
