// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/reactor.hpp>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <vector>

namespace troupe::detail {

struct reactor::parts {
  explicit parts(boost::asio::io_context& context) : guard(context.get_executor()) {}
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
  std::atomic<bool> inside{false};
  std::atomic<unsigned> uses{0};
  std::vector<pollable*> pollables;
  std::atomic<std::size_t> pollable_count{0};
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

unsigned reactor::poll() noexcept { return static_cast<unsigned>(context_->poll()); }

bool reactor::poll_quickly() noexcept {
  bool found = false;
  for (std::size_t i = 0; i < parts_->pollables.size(); ++i) found |= parts_->pollables[i]->poll();
  return found;
}

void reactor::sleep(std::int64_t nanoseconds) noexcept {
  // A day is long enough, and keeps the deadline from overflowing.
  const auto longest = std::chrono::nanoseconds{std::chrono::hours{24}}.count();
  context_->run_one_for(std::chrono::nanoseconds{std::min<std::int64_t>(nanoseconds, longest)});
}

void reactor::interrupt() noexcept {
  boost::asio::post(*context_, [] {});
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
bool reactor::is_used() const noexcept { return parts_->uses.load(std::memory_order_relaxed) != 0; }
void reactor::use() noexcept { parts_->uses.fetch_add(1, std::memory_order_relaxed); }
void reactor::unuse() noexcept { parts_->uses.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace troupe::detail
