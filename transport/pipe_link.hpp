// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <troupe/byte_buffer.hpp>
#include <troupe/detail/reactor.hpp>

#include "descriptors.hpp"
#include "link.hpp"

namespace troupe::detail {

/// The descriptors of one end: two pipes for data, one Unix socket for control. All close-on-exec.
struct pipe_ends {
  int in = -1;
  int out = -1;
  int control = -1;
};

/// Two pipes for data and a Unix stream socket beside them. The socket's end tells that the peer is
/// gone even while a forgotten copy of a pipe's end is still open somewhere.
class pipe_link final : public link, pollable {
 public:
  /// Takes the descriptors over.
  pipe_link(reactor& io, const pipe_ends& ends);
  ~pipe_link() override;

  void open(link_user& user) override;
  written write(std::span<const iovec> parts, std::size_t& sent) noexcept override;
  bool pass(int fd, std::uint64_t number) noexcept override;
  int take(std::uint64_t number) noexcept override;
  void close_output() noexcept override;
  void close() noexcept override;

  /// Reads what is there now, to the end; for when the peer is known to have ended.
  void drain() noexcept;

 private:
  enum class took { nothing, some, full, ended };  // full: as much as there was room for

  bool poll() noexcept override;
  void read_input() noexcept;
  void read_control() noexcept;
  took receive_descriptor() noexcept;
  took read_some() noexcept;
  void end() noexcept;
  void stop_reading() noexcept;
  void begin_grace();
  void close_one(owned_fd& fd, watched_fd& w) noexcept;

  reactor& io_;
  owned_fd in_;
  owned_fd out_;
  owned_fd control_;
  watched_fd input_;
  watched_fd output_;
  watched_fd control_input_;
  link_user* user_ = nullptr;
  byte_buffer
      buffer_;  ///< what is not whole yet; grows with the bytes that came, not with what is announced
  bool open_ = false;
  std::mutex control_mutex_;                  ///< control_ is not closed while something is passed
  std::map<std::uint64_t, owned_fd> passed_;  ///< to us, and not taken yet
  std::optional<boost::asio::steady_timer> grace_;  ///< runs once the peer reads no more
};

}  // namespace troupe::detail
