// SPDX-License-Identifier: BSD-3-Clause
#include "meeting_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <exception>
#include <tuple>

#include "descriptor_passing.hpp"

namespace troupe::detail {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;

bool is_pipe(int fd) noexcept {
  struct stat is{};
  return ::fstat(fd, &is) == 0 && S_ISFIFO(is.st_mode);
}

}  // namespace

meeting_socket::meeting_socket(reactor& io, owned_fd socket, meeting::part ours, done heard)
    : io_(io),
      socket_(io.context(), socket.release()),
      patience_(io),
      talk_(std::move(ours)),
      heard_(std::move(heard)) {}

void meeting_socket::start(std::chrono::nanoseconds limit) {
  io_.use();
  const auto who = credentials_of(socket_.native_handle());
  outcome_.who = who.value_or(peer_credentials{});
  if (!who || who->uid != ::geteuid()) {  // before the first byte is read
    fail(who ? "it runs as user " + std::to_string(who->uid) + ", this program as user " +
                   std::to_string(::geteuid())
             : "the kernel does not say who it is");
    return;
  }
  patience_.begin(limit, [self = shared_from_this()] {
    self->abandon("it did not finish the handshake in time");
  });
  talk_.begin(out_);
  write_on();
  if (!over_) wait_input();
}

void meeting_socket::abandon(std::string why) {
  if (!over_) fail(std::move(why));
}

void meeting_socket::wait_input() {
  socket_.async_wait(descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error && !self->over_) self->read_on();
                     });
}

void meeting_socket::wait_output() {
  if (std::exchange(waiting_output_, true)) return;
  socket_.async_wait(descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waiting_output_ = false;
                       if (!error && !self->over_) self->write_on();
                     });
}

void meeting_socket::read_on() {
  for (;;) {
    const input result = read_some();
    if (result == input::wrong) return;
    if (result == input::nothing) break;
    if (!take_record()) return;
  }
  wait_input();
}

/// Never more than the rest of one record: what follows the last one is the link's.
meeting_socket::input meeting_socket::read_some() {
  std::size_t wanted = record_header_bytes;
  if (filled_ >= record_header_bytes) {
    const auto header = read_record_header(std::span(in_).first<record_header_bytes>());
    wanted += header.payload_bytes;
  }
  const std::size_t end = std::min(wanted, filled_ + read_bytes);
  if (in_.size() < end) in_.resize(end);
  received_fds got =
      receive_with_fds(socket_.native_handle(), std::span(in_).subspan(filled_, end - filled_));
  if (got.bytes == -EAGAIN) return input::nothing;
  if (got.bytes <= 0) {
    fail("it closed the connection during the handshake");
    return input::wrong;
  }
  filled_ += static_cast<std::size_t>(got.bytes);
  return take_descriptors(got.fds) ? input::bytes : input::wrong;
}

bool meeting_socket::take_descriptors(std::vector<owned_fd>& came) {
  if (came.empty()) return true;
  if (!talk_.wants_descriptors() || talk_.is_listener() || received_[0] || came.size() != 2 ||
      !is_pipe(came[0].get()) || !is_pipe(came[1].get())) {
    fail("it sent descriptors that are not the two pipes of a link");
    return false;
  }
  received_[0] = std::move(came[0]);
  received_[1] = std::move(came[1]);
  return true;
}

/// \return false: it is over, or the other one must read first
bool meeting_socket::take_record() {
  if (filled_ < record_header_bytes) return true;
  const auto header = read_record_header(std::span(in_).first<record_header_bytes>());
  if (header.payload_bytes > talk_.payload_bytes_max()) {
    fail("it announces more bytes than the handshake has room for");
    return false;
  }
  if (filled_ < record_header_bytes + header.payload_bytes) return true;
  meeting::step next = meeting::step::failed;
  std::string error;
  try {
    next = talk_.take(header.kind,
                      std::span(in_).subspan(record_header_bytes, header.payload_bytes), out_);
    error = talk_.error();
    if (next == meeting::step::agreed && talk_.is_listener()) {
      fd_pair to_caller = make_pipe("meeting");
      fd_pair from_caller = make_pipe("meeting");
      outcome_.ends.in = from_caller.first.release();
      outcome_.ends.out = to_caller.second.release();
      for_caller_ = {std::move(to_caller.first), std::move(from_caller.second)};
    }
  } catch (const std::exception& failure) {
    next = meeting::step::failed;
    error = failure.what();
    write_refusal(out_, "the other program is out of something: " + error);
  }
  filled_ = 0;
  in_.clear();
  switch (next) {
    case meeting::step::more: write_on(); return !over_;
    case meeting::step::failed:
      outcome_.error = error;
      last_words_ = true;
      write_on();
      return false;
    case meeting::step::agreed: break;
  }
  if (talk_.is_listener()) {
    last_words_ = true;
    write_on();
    return false;
  }
  if (!received_[1]) {
    fail("it sent no pipes for the link; or is this process at its limit of open files?");
    return false;
  }
  outcome_.ends = {received_[0].release(), received_[1].release(), -1};
  finish(std::move(outcome_));
  return false;
}

void meeting_socket::write_on() {
  while (sent_ < out_.size()) {
    const ssize_t put = ::send(socket_.native_handle(), out_.data() + sent_, out_.size() - sent_,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put >= 0) {
      sent_ += static_cast<std::size_t>(put);
    } else if (errno == EAGAIN) {
      wait_output();
      return;
    } else if (errno != EINTR) {
      if (last_words_ && !outcome_.error.empty()) break;  // it does not want to hear why
      fail("it closed the connection during the handshake");
      return;
    }
  }
  out_.clear();
  sent_ = 0;
  if (!last_words_ || (outcome_.error.empty() && !send_pipes())) return;
  finish(std::move(outcome_));
}

/// \return false: not yet, or it is over
bool meeting_socket::send_pipes() {
  byte_buffer record;
  write_record(record, record_kind::pipes, {});
  const int fds[2] = {for_caller_.first.get(), for_caller_.second.get()};
  const int error = send_with_fds(socket_.native_handle(), record.bytes(), fds);
  if (error == 0) return true;
  if (error == EAGAIN) {
    wait_output();
  } else {
    fail("it closed the connection during the handshake");
  }
  return false;
}

void meeting_socket::fail(std::string why) {
  met outcome = std::move(outcome_);
  outcome.error = std::move(why);
  finish(std::move(outcome));
}

void meeting_socket::finish(met outcome) {
  over_ = true;
  patience_.end();
  if (outcome.error.empty()) {
    outcome.theirs = talk_.theirs();
    outcome.ends.control = socket_.release();
  } else {
    boost::system::error_code ignored;
    std::ignore = socket_.close(ignored);
    for (int* fd : {&outcome.ends.in, &outcome.ends.out}) owned_fd(std::exchange(*fd, -1));
  }
  for_caller_ = {};
  const auto self = shared_from_this();  // `heard` may let go of it
  std::exchange(heard_, {})(*this, std::move(outcome));
  io_.unuse();
}

}  // namespace troupe::detail
