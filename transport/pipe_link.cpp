// SPDX-License-Identifier: BSD-3-Clause
#include "pipe_link.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <tuple>

namespace troupe::detail {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr unsigned reads_max =
    4;  // per readiness, so that one talkative peer does not hold the reactor

void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace

pipe_link::pipe_link(reactor& io, const pipe_ends& ends)
    : io_(io),
      in_(io.context(), ends.in),
      out_(io.context(), ends.out),
      control_(io.context(), ends.control),
      buffer_(buffer_bytes) {
  for (int fd : {ends.in, ends.out, ends.control}) set_nonblocking(fd);
}

pipe_link::~pipe_link() = default;

void pipe_link::open(link_user& user) {
  user_ = &user;
  open_ = true;
  io_.use();
  io_.add(*this);
  wait_input();
  wait_control();
}

void pipe_link::wait_input() {
  in_.async_wait(descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error || !open_) return;
    for (unsigned reads = 0; reads < reads_max; ++reads) {
      const took result = read_some();
      if (result == took::ended) {
        end();
        return;
      }
      if (result != took::full) break;
    }
    if (open_) wait_input();
  });
}

/// Nothing is said on the control socket yet; its end is the end of the peer. What the peer wrote
/// before is in the pipe, so that is read first.
void pipe_link::wait_control() {
  control_.async_wait(descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error || !open_) return;
    char byte = 0;
    const ssize_t got = ::read(control_.native_handle(), &byte, 1);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
      drain();
      end();
      return;
    }
    wait_control();
  });
}

pipe_link::took pipe_link::read_some() noexcept {
  if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const std::size_t room = buffer_.size() - filled_;
  const ssize_t got = ::read(in_.native_handle(), buffer_.data() + filled_, room);
  if (got == 0) return took::ended;
  if (got < 0) return errno == EAGAIN || errno == EINTR ? took::nothing : took::ended;
  filled_ += static_cast<std::size_t>(got);
  const std::ptrdiff_t used = user_->on_bytes({buffer_.data(), filled_});
  if (used < 0) return took::ended;
  filled_ -= static_cast<std::size_t>(used);
  if (used != 0) std::memmove(buffer_.data(), buffer_.data() + used, filled_);
  if (filled_ == 0 && buffer_.size() > 16 * buffer_bytes) {
    buffer_.resize(buffer_bytes);  // a large frame has passed
    buffer_.shrink_to_fit();
  }
  return static_cast<std::size_t>(got) == room ? took::full : took::some;
}

bool pipe_link::poll() noexcept {
  const took result = read_some();
  if (result == took::ended) end();
  return result != took::nothing;
}

void pipe_link::drain() noexcept {
  for (took result = took::some; open_ && (result == took::some || result == took::full);) {
    result = read_some();
  }
}

link::written pipe_link::write(std::span<const std::byte> bytes, std::size_t& sent) noexcept {
  sent = 0;
  while (sent < bytes.size()) {
    const ssize_t put = ::write(out_.native_handle(), bytes.data() + sent, bytes.size() - sent);
    if (put >= 0) {
      sent += static_cast<std::size_t>(put);
    } else if (errno == EAGAIN) {
      out_.async_wait(descriptor::wait_write, [this](const boost::system::error_code& error) {
        if (!error && user_) user_->on_writable();
      });
      return written::some;
    } else if (errno != EINTR) {
      return written::broken;  // EPIPE: the end of the peer will be seen on the reading side
    }
  }
  return written::all;
}

void pipe_link::close_output() noexcept {
  boost::system::error_code ignored;
  std::ignore = out_.close(ignored);
}

/// The control socket stays open: its end would tell the peer that we are gone, and we may have
/// something to say yet.
void pipe_link::end() noexcept {
  if (!open_) return;
  stop_reading();
  user_->on_end();
}

void pipe_link::stop_reading() noexcept {
  open_ = false;
  io_.remove(*this);
  io_.unuse();
  boost::system::error_code ignored;
  std::ignore = in_.close(ignored);
  buffer_ = {};  // the link itself stays as long as the system
}

void pipe_link::close() noexcept {
  if (open_) stop_reading();
  boost::system::error_code ignored;
  std::ignore = control_.close(ignored);
}

}  // namespace troupe::detail
