// SPDX-License-Identifier: BSD-3-Clause
#include "pipe_link.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <tuple>

#include "descriptor_passing.hpp"

namespace troupe::detail {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::size_t buffer_bytes_kept_max = std::size_t{4} << 20;
constexpr std::size_t descriptors_max = 1024;  // that came and are not taken yet: far more than a
                                               // socket holds at a time
constexpr unsigned reads_max =
    4;  // per readiness, so that one talkative peer does not hold the reactor

constexpr auto half_closed_grace = std::chrono::seconds{1};

void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace

pipe_link::pipe_link(reactor& io, const pipe_ends& ends)
    : io_(io),
      in_(ends.in),
      out_(ends.out),
      control_(ends.control),
      input_{ends.in, [](void* self) noexcept { static_cast<pipe_link*>(self)->read_input(); },
             this},
      output_{ends.out,
              [](void* self) noexcept {
                auto* user = static_cast<pipe_link*>(self)->user_;
                if (user) user->on_writable();
              },
              this},
      control_input_{ends.control,
                     [](void* self) noexcept { static_cast<pipe_link*>(self)->read_control(); },
                     this} {
  for (int fd : {ends.in, ends.out, ends.control}) set_nonblocking(fd);
}

pipe_link::~pipe_link() = default;

void pipe_link::open(link_user& user) {
  user_ = &user;
  open_ = true;
  io_.use();
  io_.add(*this);
  io_.watch_input(input_);
  io_.watch_input(control_input_);
}

void pipe_link::read_input() noexcept {
  for (unsigned reads = 0; open_ && reads < reads_max; ++reads) {
    const took result = read_some();
    if (result == took::ended) end();
    if (result != took::full) break;
  }
}

/// The control socket brings descriptors. Its end is the end of the peer; what that wrote before is in the
/// pipe, so it is read first.
void pipe_link::read_control() noexcept {
  while (open_) {
    const took came = receive_descriptor();
    if (came == took::nothing) return;
    if (came != took::ended) continue;
    drain();
    end();
  }
}

pipe_link::took pipe_link::receive_descriptor() noexcept {
  std::uint64_t number = 0;
  received_fds got =
      receive_with_fds(control_.get(), std::as_writable_bytes(std::span(&number, 1)));
  if (got.bytes == -EAGAIN || got.bytes == -EINTR) return took::nothing;
  if (got.bytes != sizeof number || passed_.size() >= descriptors_max) return took::ended;
  if (!got.fds.empty()) passed_.insert_or_assign(number, std::move(got.fds.front()));
  return took::some;
}

bool pipe_link::pass(int fd, std::uint64_t number) noexcept {
  const std::scoped_lock hold{control_mutex_};
  return control_ &&
         send_with_fds(control_.get(), std::as_bytes(std::span(&number, 1)), {&fd, 1}) == 0;
}

int pipe_link::take(std::uint64_t number) noexcept {
  // It was passed before the bytes that name it.
  while (!passed_.contains(number) && receive_descriptor() == took::some) {
  }
  passed_.erase(passed_.begin(), passed_.lower_bound(number));
  const auto found = passed_.find(number);
  if (found == passed_.end()) return -1;
  const int fd = found->second.release();
  passed_.erase(found);
  return fd;
}

pipe_link::took pipe_link::read_some() noexcept {
  if (buffer_.size() == buffer_.capacity())
    buffer_.reserve(std::max(buffer_bytes, 2 * buffer_.capacity()));
  const std::size_t room = buffer_.capacity() - buffer_.size();
  const ssize_t got = ::read(in_.get(), buffer_.data() + buffer_.size(), room);
  if (got == 0) return took::ended;
  if (got < 0) return errno == EAGAIN || errno == EINTR ? took::nothing : took::ended;
  std::ignore = buffer_.extend(static_cast<std::size_t>(got));
  const std::ptrdiff_t used = user_->on_bytes(buffer_.bytes());
  if (used < 0) return took::ended;
  const std::size_t left = buffer_.size() - static_cast<std::size_t>(used);
  if (used != 0) std::memmove(buffer_.data(), buffer_.data() + used, left);
  buffer_.truncate(left);
  buffer_.shrink(buffer_bytes_kept_max);  // a large frame has passed
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

link::written pipe_link::write(std::span<const iovec> parts, std::size_t& sent) noexcept {
  std::size_t wanted = 0;
  for (const iovec& part : parts) wanted += part.iov_len;
  sent = 0;
  for (;;) {
    const ssize_t put = ::writev(out_.get(), parts.data(), static_cast<int>(parts.size()));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno != EAGAIN) {
      io_.run_soon([this] { begin_grace(); });
      return written::broken;
    }
    if (put > 0) sent = static_cast<std::size_t>(put);
    if (sent == wanted) return written::all;
    io_.wait_for_room(output_);
    return written::some;
  }
}

/// The peer reads no more. As a rule it has ended, which is seen on the reading side, behind its last
/// words; but if it only goes on writing, nobody shall wait for it.
void pipe_link::begin_grace() {
  if (!open_ || grace_) return;
  grace_.emplace(io_.context(), half_closed_grace);
  grace_->async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled || !open_) return;
    drain();
    end();
  });
}

void pipe_link::close_output() noexcept { close_one(out_, output_); }

/// The control socket stays open: its end would tell the peer that we are gone, and we may have
/// something to say yet.
void pipe_link::end() noexcept {
  if (!open_) return;
  stop_reading();
  user_->on_end();
  io_.look_soon();  // whoever has heard of it may have used Asio
}

void pipe_link::stop_reading() noexcept {
  open_ = false;
  grace_.reset();
  io_.remove(*this);
  io_.unuse();
  io_.unwatch(control_input_);
  close_one(in_, input_);
  buffer_ = {};  // the link itself stays as long as the system
}

void pipe_link::close() noexcept {
  if (open_) stop_reading();
  passed_.clear();
  const std::scoped_lock hold{control_mutex_};
  close_one(control_, control_input_);
}

void pipe_link::close_one(owned_fd& fd, watched_fd& w) noexcept {
  if (!fd) return;
  io_.unwatch(w);
  fd = {};
}

}  // namespace troupe::detail
