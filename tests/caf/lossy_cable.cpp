// SPDX-License-Identifier: BSD-3-Clause
#include "lossy_cable.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace {

void check(bool well, const char* what) {
  if (!well) throw std::system_error(errno, std::system_category(), what);
}

/// A device on that host whose packets are read and written here.
troupe::owned_fd plug_in(const separate_host& at, const separate_host& other) {
  ifreq device{};
  device.ifr_flags = IFF_TUN | IFF_NO_PI;
  troupe::owned_fd fd = at.inside([&] {
    troupe::owned_fd made(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
    check(bool(made), "/dev/net/tun");
    check(::ioctl(made.get(), TUNSETIFF, &device) == 0, "TUNSETIFF");  // and names it
    return made;
  });
  const std::string name = device.ifr_name;
  at.run("ip address add " + at.address() + " peer " + other.address() + " dev " + name);
  at.run("ip link set " + name + " up");
  return fd;
}

/// The kernel says hello by IPv6 on each new device; that is nobody's traffic.
bool is_traffic(std::span<const std::byte> packet) {
  return !packet.empty() && std::to_integer<int>(packet[0] >> 4) == 4;
}

}  // namespace

lossy_cable::lossy_cable(const separate_host& a, const separate_host& b, std::uint64_t seed)
    : a_(plug_in(a, b)), b_(plug_in(b, a)), end_(::eventfd(0, EFD_CLOEXEC)) {
  check(bool(end_), "eventfd");
  there_ = {a_.get(), b_.get(), std::mt19937_64(seed), {}};
  back_ = {b_.get(), a_.get(), std::mt19937_64(~seed), {}};
  carrier_ = std::thread([this] { carry(); });
}

lossy_cable::~lossy_cable() {
  ::eventfd_write(end_.get(), 1);
  carrier_.join();
}

void lossy_cable::set(const quality& q) {
  const std::scoped_lock hold{mutex_};
  quality_ = q;
}

void lossy_cable::carry() {
  while (await_packets()) {
    for (way* w : {&there_, &back_}) {
      take_in(*w);
      hand_on(*w);
    }
  }
}

/// Until there is one to be taken in or handed on. \return false: there will be none
bool lossy_cable::await_packets() const {
  auto due = clock::time_point::max();
  for (const way* w : {&there_, &back_}) {
    if (!w->under_way.empty()) due = std::min(due, w->under_way.front().due);
  }
  const auto left = std::chrono::nanoseconds(std::max(due - clock::now(), clock::duration{}));
  const timespec limit{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  std::array<pollfd, 3> all{
      {{a_.get(), POLLIN, 0}, {b_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}}};
  const bool is_idle = due == clock::time_point::max();
  ::ppoll(all.data(), all.size(), is_idle ? nullptr : &limit, nullptr);
  return all[2].revents == 0;
}

void lossy_cable::take_in(way& w) {
  for (;;) {
    const ssize_t n = ::read(w.from, buffer_.data(), buffer_.size());
    if (n <= 0) return;
    const auto bytes = std::span(buffer_).first(static_cast<std::size_t>(n));
    if (!is_traffic(bytes)) continue;
    if (const auto due = fate_of_next(w)) {
      w.under_way.push_back({*due, {bytes.begin(), bytes.end()}});
    } else {
      lost_.fetch_add(1);
    }
  }
}

void lossy_cable::hand_on(way& w) {
  const auto now = clock::now();
  for (; !w.under_way.empty() && w.under_way.front().due <= now; w.under_way.pop_front()) {
    const auto& bytes = w.under_way.front().bytes;
    const bool handed = ::write(w.to, bytes.data(), bytes.size()) > 0;
    (handed ? carried_ : lost_).fetch_add(1);
  }
}

std::optional<lossy_cable::clock::time_point> lossy_cable::fate_of_next(way& w) {
  std::uniform_real_distribution<double> up_to_one;
  const double luck = up_to_one(w.luck), lateness = up_to_one(w.luck);
  const std::scoped_lock hold{mutex_};
  if (luck < quality_.loss || quality_.packets_left == 0 || w.under_way.size() == under_way_max)
    return std::nullopt;
  --quality_.packets_left;
  const auto jitter = std::chrono::duration_cast<clock::duration>(quality_.jitter * lateness);
  const auto due = clock::now() + quality_.delay + jitter;
  return w.under_way.empty() ? due : std::max(due, w.under_way.back().due);
}
