// SPDX-License-Identifier: BSD-3-Clause
#include "door.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "nodes.hpp"

namespace troupe::detail {
namespace {

constexpr unsigned accepts_max = 16;  // at once, so that callers do not hold the reactor
constexpr auto rest_time = std::chrono::milliseconds{50};
constexpr std::size_t kept_max = 1024;

class arrivals : public actor<arrival, await_arrival, no_more_arrivals> {
 public:
  explicit arrivals(std::size_t kept) : kept_max_(kept) {}

  void on(arrival news) {
    if (!waiting_.empty()) {
      waiting_.front().set_value(std::move(news));
      waiting_.pop_front();
      return;
    }
    if (kept_.size() == kept_max_) kept_.pop_front();  // its link stays; only nobody is told
    kept_.push_back(std::move(news));
  }
  promise<arrival> on(await_arrival) {
    auto p = make_promise<arrival>();
    if (!kept_.empty()) {
      p.set_value(std::move(kept_.front()));
      kept_.pop_front();
    } else if (over_) {
      p.set_failure(closed());
    } else {
      waiting_.push_back(p);
    }
    return p;
  }
  void on(no_more_arrivals) {
    over_ = true;
    for (auto& p : waiting_) p.set_failure(closed());
    waiting_.clear();
  }

 private:
  static failure closed() { return {errc::cancelled, "accept: the listener is closed", {}}; }

  const std::size_t kept_max_;
  bool over_ = false;
  std::deque<arrival> kept_;
  std::deque<promise<arrival>> waiting_;
};

}  // namespace

arrivals_ref spawn_arrivals(system_core& system, std::size_t kept) {
  return spawn_class<arrivals>(system, nullptr, kept);
}

meeting::part part_in_meeting(nodes& all, meeting_role role,
                              const std::optional<std::string>& key) {
  const hello greeting = all.greeting();
  meeting::part ours;
  ours.role = role;
  ours.key = key;
  ours.identity = {greeting.node, greeting.type_table, greeting.name};
  ours.types = own_types();
  ours.nonce = make_challenge();
  return ours;
}

door::door(nodes& all, const std::filesystem::path& path, meeting_options options)
    : all_(all),
      path_(path),
      options_(std::move(options)),
      arrivals_(spawn_arrivals(all.system(), kept_max)) {
  try {
    place_.emplace(path);
  } catch (...) {
    arrivals_.stop();
    throw;
  }
}

door::~door() { arrivals_.stop(); }  // whoever still waited has been told

void door::open() {
  if (closing_) return;
  all_.system().io->use();
  const int copy = fcntl(place_->socket(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    if (all_.system().says(log_level::error))
      std::fprintf(stderr, "troupe: listen: '%s': no descriptor for it\n", path_.c_str());
    shut();
    return;
  }
  socket_.emplace(all_.system().io->context(), copy);
  pause_.emplace(all_.system().io->context());
  wait();
}

void door::shut() noexcept {
  closing_ = true;
  if (!place_) return;
  if (socket_ || pause_) all_.system().io->unuse();
  socket_.reset();
  pause_.reset();
  place_.reset();
  while (!pending_.empty()) {
    const auto one = pending_.front();
    one->abandon("the listener is closed");
  }
  arrivals_.tell(no_more_arrivals{});
}

void door::shut_soon() {
  if (closing_.exchange(true)) return;
  all_.system().io->run_soon([self = shared_from_this()] {
    self->shut();
    self->all_.remove_door(*self);
  });
}

void door::wait() {
  socket_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error && self->socket_) self->accept_some();
                      });
}

void door::accept_some() {
  for (unsigned n = 0; n < accepts_max; ++n) {
    owned_fd caller(
        ::accept4(socket_->native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (caller) {
      begin_meeting(std::move(caller));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      rest();
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      break;
    }
    if (!socket_) return;
  }
  wait();
}

/// Whoever waits is still there then; to look again at once would be to look all the time.
void door::rest() {
  pause_->expires_after(rest_time);
  pause_->async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
    if (!cancelled && self->socket_) self->wait();
  });
}

void door::begin_meeting(owned_fd socket) {
  try {
    if (pending_.size() >= options_.pending_max) {
      const auto oldest = pending_.front();
      oldest->abandon("it was the oldest of too many handshakes under way");
    }
    auto one = std::make_shared<meeting_socket>(
        *all_.system().io, std::move(socket),
        part_in_meeting(all_, meeting_role::listener, options_.key),
        [self = shared_from_this()](meeting_socket& which, met outcome) {
          self->heard_of(which, std::move(outcome));
        });
    pending_.push_back(one);
    one->start(options_.timeout);
  } catch (const std::exception& error) {
    if (all_.system().says(log_level::error))
      std::fprintf(stderr, "troupe: listen: '%s': %s\n", path_.c_str(), error.what());
  }
}

void door::heard_of(const meeting_socket& which, met outcome) {
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const auto& each) { return each.get() == &which; });
  if (found != pending_.end()) pending_.erase(found);
  std::string error = std::move(outcome.error);
  const pid_t pid = outcome.who.pid;
  std::shared_ptr<met_program> program;
  if (error.empty()) program = met_program::begin(all_, std::move(outcome), error);
  if (program) {
    arrivals_.tell(arrival{std::move(program), {}});
    return;
  }
  report(pid, error);
  refused_.fetch_add(1);
}

/// Not for each of a crowd: one line in a second.
void door::report(pid_t pid, const std::string& error) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t moment = now(all_.system());
  if (reported_ != 0 && moment - reported_ < second) {
    ++unreported_;
    return;
  }
  reported_ = moment;
  std::string before;
  if (unreported_ != 0) before = " (and " + std::to_string(unreported_) + " before it)";
  unreported_ = 0;
  if (!all_.system().says(log_level::warning)) return;
  std::fprintf(stderr, "troupe: '%s': process %d%s is refused: %s\n", path_.c_str(),
               static_cast<int>(pid), before.c_str(), error.c_str());
}

}  // namespace troupe::detail
