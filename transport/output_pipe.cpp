// SPDX-License-Identifier: BSD-3-Clause
#include "output_pipe.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <tuple>

namespace troupe::detail {
namespace {

constexpr std::size_t output_read_bytes = 16 * 1024;

/// Takes the whole lines from the front of `text`; what is too long for one, in pieces.
std::vector<std::string> take_lines(std::string& text, bool all) {
  std::vector<std::string> lines;
  std::string_view rest = text;
  for (;;) {
    const std::size_t end = rest.substr(0, output_pipe::line_bytes_max).find('\n');
    if (end != std::string_view::npos) {
      lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    } else if (rest.size() >= output_pipe::line_bytes_max) {
      lines.emplace_back(rest.substr(0, output_pipe::line_bytes_max));
      rest.remove_prefix(output_pipe::line_bytes_max);
    } else {
      break;
    }
  }
  if (all && !rest.empty()) {
    lines.emplace_back(rest);
    rest = {};
  }
  text.erase(0, text.size() - rest.size());
  return lines;
}

}  // namespace

output_pipe::output_pipe(reactor& io, owned_fd fd, std::unique_ptr<line_sink> sink,
                         std::function<void()> ended)
    : io_(io), in_(io.context()), sink_(std::move(sink)), ended_(std::move(ended)) {
  in_.assign(fd.get());
  std::ignore = fd.release();
}

void output_pipe::open() {
  io_.use();
  wait();
}

void output_pipe::wait() {
  if (!ended_) return;
  in_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                 [self = shared_from_this()](const boost::system::error_code& error) {
                   if (!error && !self->taking_) self->read();
                 });
}

void output_pipe::read() {
  if (at_end_ || !ended_) return;
  const std::size_t before = pending_.size();
  const std::size_t wanted = std::min(output_read_bytes, left_);
  pending_.resize(before + wanted);
  const ssize_t got = ::read(in_.native_handle(), pending_.data() + before, wanted);
  pending_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got > 0) {
    if (finishing_) left_ -= static_cast<std::size_t>(got);
    hand_over(false);
  } else if (got < 0 && (errno == EINTR || (errno == EAGAIN && !finishing_))) {
    wait();
  } else {
    at_end_ = true;
    hand_over(true);
  }
}

void output_pipe::hand_over(bool all) {
  std::vector<std::string> lines = take_lines(pending_, all);
  const auto go_on = [self = shared_from_this()] {
    self->taking_ = false;
    if (self->at_end_) {
      self->end();
    } else if (self->finishing_) {
      self->read();
    } else {
      self->wait();
    }
  };
  if (lines.empty()) {
    go_on();
    return;
  }
  taking_ = true;
  sink_->take(std::move(lines), go_on);
}

void output_pipe::finish() {
  if (finishing_) return;
  finishing_ = true;
  int in_pipe = 0;
  if (::ioctl(in_.native_handle(), FIONREAD, &in_pipe) == 0)
    left_ = static_cast<std::size_t>(in_pipe);
  if (!taking_ && !at_end_) read();
}

void output_pipe::end() {
  if (!ended_) return;
  const auto ended = std::exchange(ended_, nullptr);
  boost::system::error_code ignored;
  std::ignore = in_.close(ignored);
  sink_.reset();
  io_.unuse();
  ended();
}

}  // namespace troupe::detail
