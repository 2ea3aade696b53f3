// SPDX-License-Identifier: BSD-3-Clause
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <memory>
#include <troupe/behavior.hpp>
#include <troupe/detail/spawn.hpp>
#include <troupe/detail/system_core.hpp>
#include <troupe/send.hpp>
#include <utility>

#include "output_pipe.hpp"

namespace troupe::detail {
namespace {

/// To a stream of ours. A file that is full, as a pipe or a terminal may be, is tried again later: no
/// worker waits in a write.
class prefix_sink final : public line_sink {
 public:
  prefix_sink(reactor& io, std::string prefix, int stream)
      : later_(io.context()), prefix_(std::move(prefix)), stream_(stream) {}

  void take(std::vector<std::string> lines, std::function<void()> done) override {
    for (const std::string& line : lines) text_ += prefix_ + line + '\n';
    done_ = std::move(done);
    write();
  }
  std::uint64_t progress() const noexcept override { return written_; }

 private:
  /// A pipe that says it has room has room for so many bytes, in one piece.
  static constexpr std::size_t write_bytes_max = 4096;
  static constexpr std::chrono::milliseconds pause{5};

  /// From the front of `text_`; whole lines, if there is one that short.
  std::size_t next_bytes() const {
    if (text_.size() - sent_ <= write_bytes_max) return text_.size() - sent_;
    const std::size_t end = text_.rfind('\n', sent_ + write_bytes_max - 1);
    return end == std::string::npos || end < sent_ ? write_bytes_max : end + 1 - sent_;
  }

  void write() {
    while (sent_ < text_.size()) {
      pollfd room{stream_, POLLOUT, 0};
      if (::poll(&room, 1, 0) == 0) return try_later();
      const ssize_t put = ::write(stream_, text_.data() + sent_, next_bytes());
      if (put < 0 && errno == EAGAIN) return try_later();
      if (put < 0 && errno != EINTR) break;  // our own stream is closed: nobody will read it
      sent_ += static_cast<std::size_t>(std::max<ssize_t>(put, 0));
      ++written_;
    }
    text_.clear();
    sent_ = 0;
    const auto done = std::exchange(done_, nullptr);
    done();
  }

  void try_later() {
    later_.expires_after(pause);
    later_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) write();
    });
  }

  boost::asio::steady_timer later_;
  const std::string prefix_;
  const int stream_;
  std::string text_;
  std::size_t sent_ = 0;
  std::uint64_t written_ = 0;  ///< pieces
  std::function<void()> done_;
};

using line_count = std::atomic<std::uint64_t>;

/// Tells the reactor that a lot has been taken, or that nobody is there to take it.
class lot_end {
 public:
  lot_end(reactor& io, std::shared_ptr<line_count> taken, std::function<void()> done)
      : io_(&io), taken_(std::move(taken)), done_(std::move(done)) {}
  lot_end(lot_end&& other) noexcept
      : io_(other.io_),
        taken_(std::move(other.taken_)),
        done_(std::exchange(other.done_, nullptr)) {}
  lot_end& operator=(lot_end&&) = delete;
  ~lot_end() {
    if (done_) io_->run_soon(std::move(done_));
  }
  void note_line() const noexcept { taken_->fetch_add(1, std::memory_order_relaxed); }

 private:
  reactor* io_;
  std::shared_ptr<line_count> taken_;
  std::function<void()> done_;
};

struct lot {
  static constexpr bool local_only = true;
  std::vector<std::string> lines;
  lot_end end;
};

behavior send_lines(mailbox<lot> mail, actor_ref<output_line> to, std::string process,
                    bool is_error) {
  for (;;) {
    lot next = co_await mail.receive<lot>();
    for (std::string& text : next.lines) {
      output_line line{process, is_error, std::move(text)};
      auto sending = to.send(std::move(line));
      auto pending = std::move(sending).result();
      std::ignore = co_await pending;  // nobody is there: it is dropped, and we read on
      next.end.note_line();
    }
  }
}

class actor_sink final : public line_sink {
 public:
  actor_sink(system_core& system, const actor_ref<output_line>& to, const std::string& process,
             bool is_error)
      : io_(*system.io),
        sender_(spawn_function<&send_lines>(system, nullptr, to, process, is_error)) {}
  ~actor_sink() override { sender_.stop(); }

  void take(std::vector<std::string> lines, std::function<void()> done) override {
    sender_.tell(lot{std::move(lines), lot_end(io_, taken_, std::move(done))});
  }
  std::uint64_t progress() const noexcept override {
    return taken_->load(std::memory_order_relaxed);
  }

 private:
  reactor& io_;
  const std::shared_ptr<line_count> taken_ = std::make_shared<line_count>(0);
  actor_ref<lot> sender_;
};

}  // namespace

std::unique_ptr<line_sink> make_line_sink(system_core& system, const process_output& where,
                                          const std::string& process, bool is_error) {
  if (where.what() == process_output::kind::lines)
    return std::make_unique<actor_sink>(system, where.to(), process, is_error);
  return std::make_unique<prefix_sink>(*system.io, "[" + process + "] ",
                                       is_error ? STDERR_FILENO : STDOUT_FILENO);
}

}  // namespace troupe::detail
