// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/reactor.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <climits>
#include <ctime>
#include <span>
#include <system_error>
#include <vector>

/// Asio's readiness costs an epoll_ctl for each event, beside the wait and the read. So the pipes have a
/// level-triggered epoll of their own; what Asio sleeps on lies in it as one more descriptor.
namespace troupe::detail {
namespace {

using asio_reactor = boost::asio::detail::epoll_reactor;

/// The name of a private member may be used in an explicit instantiation, and nowhere else.
template <int asio_reactor::* EpollFd>
struct asio_epoll {
  friend int epoll_fd_of(asio_reactor& r) noexcept { return r.*EpollFd; }
};
int epoll_fd_of(asio_reactor& r) noexcept;
template struct asio_epoll<&asio_reactor::epoll_fd_>;

constexpr std::size_t events_max = 32;  // at once
constexpr std::int64_t second = 1'000'000'000;

int made(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::system_category(), what);
  return fd;
}

/// Nanoseconds where the kernel knows them (5.11), else milliseconds.
int wait(int epoll, std::span<epoll_event> events, std::int64_t limit) noexcept {
  const int most = static_cast<int>(events.size());
  const timespec exact{limit / second, limit % second};
  const int n = epoll_pwait2(epoll, events.data(), most, &exact, nullptr);
  if (n >= 0 || errno != ENOSYS) return n;
  constexpr std::int64_t millisecond = 1'000'000;
  const std::int64_t rounded =
      std::min<std::int64_t>(limit / millisecond + (limit % millisecond != 0), INT_MAX);
  return epoll_wait(epoll, events.data(), most, static_cast<int>(rounded));
}

}  // namespace

struct reactor::parts {
  explicit parts(boost::asio::io_context& context)
      : guard(context.get_executor()),
        epoll(made(epoll_create1(EPOLL_CLOEXEC), "a reactor's epoll")),
        wakeup(made(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "a reactor's eventfd")) {
    auto& asio = boost::asio::use_service<asio_reactor>(context);
    asio.init_task();  // else poll() would not empty its epoll, which begins with an event
    add(epoll_fd_of(asio), EPOLLIN, &asio_event);
    add(wakeup, EPOLLIN | EPOLLET, &wake_event);  // each write is an edge: nobody has to read it
  }
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;
  ~parts() {
    ::close(wakeup);
    ::close(epoll);
  }
  void add(int fd, std::uint32_t events, void* what) const {
    epoll_event e{.events = events, .data = {.ptr = what}};
    made(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e), "a reactor's descriptor");
  }

  bool is_asked_to_look() noexcept {
    return look.load(std::memory_order_relaxed) && look.exchange(false, std::memory_order_acquire);
  }

  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
  std::atomic<bool> inside{false};
  std::atomic<unsigned> uses{0};
  std::function<void()> wake;
  std::vector<pollable*> pollables;
  std::atomic<std::size_t> pollable_count{0};
  int epoll;
  int wakeup;
  char asio_event = 0, wake_event = 0;  // their addresses name those two
  /// Asio's queue may hold something that its epoll does not tell of. Set by any, after it has been put
  /// there (release); taken by the holder before it looks (acquire).
  std::atomic<bool> look{false};
};

reactor::reactor()
    : context_(std::make_unique<boost::asio::io_context>()),
      parts_(std::make_unique<parts>(*context_)) {}
reactor::~reactor() = default;

bool reactor::try_enter() noexcept {
  return !parts_->inside.load(std::memory_order_relaxed) &&
         !parts_->inside.exchange(true, std::memory_order_seq_cst);
}
void reactor::leave() noexcept { parts_->inside.store(false, std::memory_order_seq_cst); }
bool reactor::is_held() const noexcept { return parts_->inside.load(std::memory_order_relaxed); }

unsigned reactor::poll() noexcept {
  const unsigned asked = parts_->is_asked_to_look() ? static_cast<unsigned>(context_->poll()) : 0;
  return asked + dispatch(0);
}

/// \return how many events there were
unsigned reactor::dispatch(std::int64_t limit) noexcept {
  std::array<epoll_event, events_max> events;
  const int n = wait(parts_->epoll, events, limit);
  for (int i = 0; i < n; ++i) {
    void* what = events[static_cast<std::size_t>(i)].data.ptr;
    if (what == &parts_->wake_event) continue;
    if (what == &parts_->asio_event) {
      context_->poll();
    } else {
      auto& w = *static_cast<watched_fd*>(what);
      w.ready(w.owner);
    }
  }
  return n > 0 ? static_cast<unsigned>(n) : 0;
}

bool reactor::poll_quickly() noexcept {
  bool found = false;
  for (std::size_t i = 0; i < parts_->pollables.size(); ++i) found |= parts_->pollables[i]->poll();
  return found;
}

void reactor::sleep(std::int64_t nanoseconds) noexcept {
  if (!parts_->is_asked_to_look() || context_->poll() == 0) dispatch(nanoseconds);
}

void reactor::interrupt() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(parts_->wakeup, &one, sizeof one);
}

void reactor::look_soon() noexcept { parts_->look.store(true, std::memory_order_release); }

void reactor::watch_input(watched_fd& w) { parts_->add(w.fd, EPOLLIN, &w); }
void reactor::wait_for_room(watched_fd& w) noexcept {
  epoll_event e{.events = EPOLLOUT | EPOLLONESHOT, .data = {.ptr = &w}};
  if (epoll_ctl(parts_->epoll, EPOLL_CTL_MOD, w.fd, &e) != 0)
    epoll_ctl(parts_->epoll, EPOLL_CTL_ADD, w.fd, &e);
}
void reactor::unwatch(watched_fd& w) noexcept {
  epoll_ctl(parts_->epoll, EPOLL_CTL_DEL, w.fd, nullptr);
}

void reactor::add(pollable& p) {
  parts_->pollables.push_back(&p);
  parts_->pollable_count.store(parts_->pollables.size(), std::memory_order_relaxed);
}
void reactor::remove(pollable& p) noexcept {
  std::erase(parts_->pollables, &p);
  parts_->pollable_count.store(parts_->pollables.size(), std::memory_order_relaxed);
}
bool reactor::has_pollables() const noexcept {
  return parts_->pollable_count.load(std::memory_order_relaxed) != 0;
}
bool reactor::is_used() const noexcept { return parts_->uses.load(std::memory_order_seq_cst) != 0; }
void reactor::use() noexcept {
  if (parts_->uses.fetch_add(1, std::memory_order_seq_cst) == 0 && parts_->wake) parts_->wake();
}
void reactor::run_soon(std::function<void()> work) {
  use();
  boost::asio::post(*context_, [this, work = std::move(work)] {
    work();
    unuse();
  });
  look_soon();
  interrupt();
}
void reactor::on_first_use(std::function<void()> wake) { parts_->wake = std::move(wake); }
void reactor::unuse() noexcept { parts_->uses.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace troupe::detail
