// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/turn_watch.hpp>

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <troupe/detail/standstill.hpp>
#include <troupe/detail/system_core.hpp>

#include "near.hpp"

namespace troupe::detail {
namespace {

constexpr std::int64_t looks_per_limit = 4;
constexpr std::int64_t look_nanoseconds_min = 1'000'000;

void print_slow(const slow_handler& slow) noexcept {
  const std::string ref = to_string(slow.actor);
  const std::string text(slow.message.empty() ? "its own work" : slow.message);
  std::fprintf(stderr, "troupe: %.*s %s is busy with %s for %.3f s now and blocks a worker\n",
               static_cast<int>(slow.name.size()), slow.name.data(), ref.c_str(), text.c_str(),
               std::chrono::duration<double>(slow.running).count());
}

}  // namespace

void turn_watch::enter(workplace& place, const std::atomic<std::uint64_t>& turns) {
  place.system = &system_;
  std::scoped_lock hold{mutex_};
  seats_.push_back({&place, &turns, {}});
}

void turn_watch::leave(workplace& place) noexcept {
  std::scoped_lock hold{mutex_};
  place.ended.add_to(ended_);
  place.ended.clear();
  place.system = nullptr;
  std::erase_if(seats_, [&](const seat& s) { return s.place == &place; });
}

void turn_watch::count(const actor_class& kind, const class_count& more) noexcept {
  workplace& here = this_workplace();
  if (here.system == &system_) {
    here.ended.add(kind, more);
    return;
  }
  try {
    std::scoped_lock hold{mutex_};
    ended_[&kind] += more;
  } catch (const std::bad_alloc&) {
    return;  // no memory for one more class: its counts are too low
  }
}

class_counts turn_watch::ended() {
  std::scoped_lock hold{mutex_};
  class_counts sums = ended_;
  for (const seat& s : seats_) s.place->ended.add_to(sums);
  return sums;
}

/// Under the mutex. If the turn is another one after the look, nobody has run long.
void turn_watch::note(seat& s, std::int64_t present) {
  running_turn now_seen;
  now_seen.turns = s.turns->load(std::memory_order_acquire);
  cell* c = s.place->running.load(std::memory_order_acquire);
  if (c) {
    now_seen.who = c->self();
    now_seen.kind = c->kind;
    now_seen.taken = handled_by(*c);
    now_seen.message = s.place->message.load(std::memory_order_acquire);
  }
  if (!c || c != s.place->running.load(std::memory_order_acquire) ||
      now_seen.turns != s.turns->load(std::memory_order_acquire) || now_seen.kind->raw) {
    s.seen = {};
    return;
  }
  if (s.seen.is_same(now_seen)) return;
  now_seen.since = present;
  s.seen = now_seen;
}

std::vector<running_turn> turn_watch::look() {
  const std::int64_t present = now(system_);
  std::vector<running_turn> all;
  std::scoped_lock hold{mutex_};
  for (seat& s : seats_) {
    note(s, present);
    if (s.seen.who.home) all.push_back(s.seen);
  }
  return all;
}

std::vector<slow_handler> turn_watch::take_slow(std::int64_t limit) {
  const std::int64_t present = now(system_);
  std::vector<slow_handler> slow;
  for (seat& s : seats_) {
    note(s, present);
    running_turn& seen = s.seen;
    if (!seen.who.home || seen.reported || present - seen.since < limit) continue;
    seen.reported = true;
    slow.push_back({actor_ref<>::at(seen.who), seen.kind->name,
                    seen.message ? seen.message->name : std::string_view{},
                    std::chrono::nanoseconds{present - seen.since}});
  }
  return slow;
}

void turn_watch::watch(std::int64_t limit) {
  const std::int64_t pause = std::max(limit / looks_per_limit, look_nanoseconds_min);
  std::unique_lock hold{mutex_};
  while (!stopping_) {
    const std::vector<slow_handler> slow = take_slow(limit);
    const auto listener = listener_;
    hold.unlock();  // a listener may ask the system
    for (const slow_handler& each : slow) {
      if (listener) {
        listener(each);
      } else if (system_.says(log_level::warning)) {
        print_slow(each);
      }
    }
    hold.lock();
    system_.workers->wait(hold, changed_, [this] { return stopping_; }, later(now(system_), pause));
  }
}

void turn_watch::start(std::int64_t limit) {
  sigset_t all, before;  // no signals that are meant for the program
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct restore {
    sigset_t mask;
    ~restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } at_end{before};
  thread_ = std::thread([this, limit] {
    const known_thread ours;
    watch(limit);
  });
  pthread_setname_np(thread_.native_handle(), "troupe-watch");
}

void turn_watch::stop() noexcept {
  {
    std::scoped_lock hold{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void turn_watch::set_listener(std::function<void(const slow_handler&)> listener) {
  std::scoped_lock hold{mutex_};
  listener_ = std::move(listener);
}

}  // namespace troupe::detail
