// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <troupe/detail/reactor.hpp>
#include <vector>

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
  written write(std::span<const std::byte> bytes, std::size_t& sent) noexcept override;
  void close_output() noexcept override;
  void close() noexcept override;

  /// Reads what is there now, to the end; for when the peer is known to have ended.
  void drain() noexcept;

 private:
  using descriptor = boost::asio::posix::stream_descriptor;
  enum class took { nothing, some, full, ended };  // full: as much as there was room for

  bool poll() noexcept override;
  void wait_input();
  void wait_control();
  took read_some() noexcept;
  void end() noexcept;
  void stop_reading() noexcept;

  reactor& io_;
  descriptor in_;
  descriptor out_;
  descriptor control_;
  link_user* user_ = nullptr;
  std::vector<std::byte> buffer_;  ///< grows with the bytes that came, not with what is announced
  std::size_t filled_ = 0;
  bool open_ = false;
};

}  // namespace troupe::detail
