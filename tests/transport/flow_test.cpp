// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <thread>
#include <vector>

#include "encoded.hpp"
#include "eventually.hpp"
#include "flow.hpp"
#include "stage.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using detail::flight_bytes_max;
using detail::flow;
using detail::flow_book;
using detail::held_room;

namespace {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr bool memory_is_counted = false;  // the sanitizers' own is in it
#else
constexpr bool memory_is_counted = true;
#endif
#endif

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * 4096;
}

struct page {
  std::uint64_t number = 0;
  std::vector<std::uint8_t> bytes;
};
struct tick {
  std::uint64_t number = 0;
};
/// How many came, and how many of those not in order.
struct count {
  using reply = std::vector<std::uint64_t>;
};
struct resident {
  using reply = std::uint64_t;
};
class reader : public actor<page, tick, count, resident> {
 public:
  void on(const page& p) {
    const bool whole = p.bytes.empty() || (p.bytes.front() == 7 && p.bytes.back() == 7);
    note(p.number, whole);
  }
  void on(tick t) { note(t.number, true); }
  std::vector<std::uint64_t> on(count) const { return {seen_, wrong_}; }
  std::uint64_t on(resident) const { return resident_bytes(); }

 private:
  void note(std::uint64_t number, bool whole) {
    wrong_ += !whole || number < next_;
    next_ = number + 1;
    ++seen_;
  }
  std::uint64_t seen_ = 0, wrong_ = 0, next_ = 0;
};

page make_page(std::uint64_t number, std::size_t bytes) {
  return {number, std::vector<std::uint8_t>(bytes, 7)};
}

struct send_pages {
  using reply = std::uint64_t;
  actor_ref<page> to;
  std::uint64_t pages = 0, bytes = 0;
};
struct sent_so_far {
  using reply = std::uint64_t;
};
class writer : public actor<send_pages, sent_so_far> {
 public:
  static constexpr bool reentrant = true;
  task<std::uint64_t> on(send_pages m) {
    for (; sent_ < m.pages; ++sent_) {
      auto sending = m.to.send(make_page(sent_, m.bytes));
      co_await std::move(sending);
    }
    co_return sent_;
  }
  std::uint64_t on(sent_so_far) const { return sent_; }

 private:
  std::uint64_t sent_ = 0;
};

/// How long nine of ten round trips take at most: the machine may stall in some.
std::chrono::nanoseconds slow_answer(const actor_ref<count>& who) {
  std::vector<std::chrono::nanoseconds> all;
  for (int i = 0; i < 200; ++i) {
    const auto start = std::chrono::steady_clock::now();
    (void)who.ask(count{}, 10s).get();
    all.push_back(std::chrono::steady_clock::now() - start);
  }
  std::sort(all.begin(), all.end());
  return all[180];
}

}  // namespace

// The book ----------------------------------------------------------------------------------------

TEST_CASE("flow: one receiver has half of the budget at most, another still finds room") {
  flow_book book;
  flow& slow = book.of({0, 1, 1});
  while (book.may_send(slow)) book.note_sent(slow, 1000);
  CHECK(slow.in_flight() <= flight_bytes_max / 2 + 1000);
  flow& other = book.of({0, 2, 1});
  CHECK(book.may_send(other));
  while (book.may_send(other)) book.note_sent(other, 1000);
  CHECK(other.in_flight() >= flight_bytes_max / 4 - 2000);
}

TEST_CASE("flow: two messages go to everybody, however large and whatever the others have") {
  flow_book book;
  for (std::uint32_t slot = 1; slot < 50; ++slot) {
    flow& f = book.of({0, slot, 1});
    for (int i = 0; i < 2; ++i) {
      CHECK(book.may_send(f));
      book.note_sent(f, 4 * flight_bytes_max);
    }
    CHECK_FALSE(book.may_send(f));
  }
}

TEST_CASE("flow: what nobody was asked about, or twice, is no receipt") {
  flow_book book;
  flow& f = book.of({0, 1, 1});
  book.note_sent(f, 1000);
  CHECK_FALSE(book.note_handled(f, 1000));  // not marked yet
  f.marked = f.sent;
  CHECK_FALSE(book.note_handled(f, 1001));
  CHECK(book.note_handled(f, 1000));
  CHECK_FALSE(book.note_handled(f, 1000));
  CHECK(f.in_flight() == 0);
}

TEST_CASE("flow: the room for waiting mail is shared, and nothing is counted for who is open") {
  held_room room;
  const detail::flow_key slow{0, 1, 1}, other{0, 2, 1};
  CHECK_FALSE(room.count_if_closed(slow, 100));
  while (room.has_room(slow)) room.count(slow, 4096);
  CHECK(room.is_closed(slow));
  CHECK_FALSE(room.is_closed(other));
  CHECK(room.has_room(other));
  room.count(other, 4096);
  CHECK(room.has_room(other));
  room.open(slow);
  CHECK(room.has_room(slow));
  CHECK_FALSE(room.is_all_open());
}

// A process that stands ---------------------------------------------------------------------------

TEST_CASE("flow: 1 GiB told to a stopped child costs bounded memory, the rest are dead letters") {
  stage s("1 GiB told");
  process child = s.start(), third = s.start();
  const auto to = s.spawn_in<reader>(child);
  const auto other = s.spawn_in<reader>(third);
  freeze(child);
  const std::size_t before = resident_bytes();
  constexpr std::uint64_t pages = 16384, page_bytes = 65536;
  for (std::uint64_t n = 0; n < pages; ++n) to.tell(make_page(n, page_bytes));
  if (memory_is_counted) CHECK(resident_bytes() < before + (16u << 20));
  if (memory_is_counted) CHECK(slow_answer(other) < 200ms);
  thaw(child);
  std::vector<std::uint64_t> seen;
  do {
    seen = to.ask(count{}).get();
  } while (seen[0] + s.system.dead_letters() < pages);
  CHECK(seen[0] + s.system.dead_letters() == pages);
  CHECK(seen[0] >= flight_bytes_max / page_bytes / 2);
  CHECK(seen[1] == 0);
}

TEST_CASE("flow: small messages told to a stopped child cost bounded memory, too") {
  stage s("small ones told");
  process child = s.start();
  const auto to = s.spawn_in<reader>(child);
  freeze(child);
  const std::size_t before = resident_bytes();
  constexpr std::uint64_t ticks = 2'000'000;
  for (std::uint64_t n = 0; n < ticks; ++n) to.tell(tick{n});
  if (memory_is_counted) CHECK(resident_bytes() < before + (16u << 20));
  thaw(child);
  const auto seen = to.ask(count{}).get();
  CHECK(seen[0] + s.system.dead_letters() == ticks);
  CHECK(seen[1] == 0);
}

TEST_CASE("flow: send waits for a stopped child, and afterwards everything is there, in order") {
  stage s("sent to a stopped child");
  process child = s.start();
  const auto to = s.spawn_in<reader>(child);
  freeze(child);
  const std::size_t before = resident_bytes();
  constexpr std::uint64_t pages = 200;
  const auto from = s.system.spawn<writer>();
  auto all_sent = std::async(std::launch::async,
                             [&] { return from.ask(send_pages{to, pages, 1u << 20}, 50s).get(); });
  for (int i = 0; i < 100; ++i) CHECK(from.ask(sent_so_far{}).get() < 8);
  if (memory_is_counted) CHECK(resident_bytes() < before + (16u << 20));
  thaw(child);
  CHECK(all_sent.get() == pages);
  const auto seen = to.ask(count{}).get();
  CHECK(seen == std::vector<std::uint64_t>{pages, 0});
  CHECK(s.system.dead_letters() == 0);
}

TEST_CASE("flow: a sender that waits at a stopped child learns of its death") {
  stage s("death of who is waited for");
  process child = s.start();
  const auto to = s.spawn_in<reader>(child);
  freeze(child);
  std::vector<std::future<errc>> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] {
      try {
        to.send(make_page(0, 1u << 20)).get();
      } catch (const error& e) {
        return e.code();
      }
      return errc{};
    }));
  }
  auto late = to.send(tick{0}, 50ms);
  CHECK_THROWS_AS(std::move(late).get(), timeout_error);
  child.kill();
  for (auto& each : waiting) CHECK(each.get() == errc::actor_down);
}

TEST_CASE("flow: try_tell hands back what a stopped child has no room for, at about the budget") {
  stage s("handed back");
  process child = s.start();
  const auto to = s.spawn_in<reader>(child);
  freeze(child);
  std::uint64_t accepted = 0;
  const auto end = std::chrono::steady_clock::now() + 20s;
  for (;;) {
    auto told = to.try_tell(make_page(accepted, 10'000));
    if (!told) {
      CHECK(told.error().reason == errc::mailbox_full);
      CHECK(told.error().message.bytes.size() == 10'000);
      break;
    }
    ++accepted;
    REQUIRE(std::chrono::steady_clock::now() < end);
  }
  thaw(child);
  std::vector<std::uint64_t> seen;
  do {
    seen = to.ask(count{}).get();
  } while (seen[0] < accepted);
  CHECK(seen == std::vector<std::uint64_t>{accepted, 0});
  CHECK(to.try_tell(tick{accepted}).has_value());
}

// An actor that does not keep up --------------------------------------------------------------------

namespace {

struct release {};
struct hold_on {
  using reply = std::uint64_t;
};
struct held_here {
  using reply = std::uint64_t;
};
/// Handles nothing from `hold_on` until a `release` is answered elsewhere.
class gate : public actor<hold_on, release, held_here> {
 public:
  promise<std::uint64_t> on(hold_on) {
    waiting_.push_back(make_promise<std::uint64_t>());
    return waiting_.back();
  }
  void on(release) {
    for (auto& each : waiting_) each.set_value(1);
    waiting_.clear();
  }
  std::uint64_t on(held_here) const { return waiting_.size(); }

 private:
  std::vector<promise<std::uint64_t>> waiting_;
};
struct block_at {
  actor_ref<hold_on> gate;
};
class slow_reader : public actor<block_at, page, tick, count> {
 public:
  task<void> on(block_at m) {
    auto waiting = m.gate.ask(hold_on{});
    co_await std::move(waiting);
  }
  void on(const page& p) { inner_.on(p); }
  void on(tick t) { inner_.on(t); }
  std::vector<std::uint64_t> on(count c) const { return inner_.on(c); }

 private:
  reader inner_;
};
/// The same with a small mailbox.
class narrow_reader : public slow_reader {
 public:
  static constexpr mailbox_bounds bounds{.messages = 4};
};
class refusing_reader : public slow_reader {
 public:
  static constexpr mailbox_bounds bounds{.messages = 4, .at_bound = overflow::refuse};
};

}  // namespace

TEST_CASE(
    "flow: an actor that does not keep up costs its process little, and the others get mail") {
  stage s("one is slow");
  process child = s.start();
  const auto slow = s.spawn_in<slow_reader>(child);
  const auto other = s.spawn_in<reader>(child);
  const auto door = s.system.spawn<gate>();
  slow.tell(block_at{door});
  const std::uint64_t before = other.ask(resident{}).get();
  constexpr std::uint64_t pages = 2000;
  for (std::uint64_t n = 0; n < pages; ++n) {
    slow.tell(make_page(n, 65536));
    if (n % 20 == 0) other.tell(tick{n});
  }
  CHECK(other.ask(count{}, 20s).get() == std::vector<std::uint64_t>{pages / 20, 0});
  if (memory_is_counted) CHECK(other.ask(resident{}).get() < before + (8u << 20));
  const std::uint64_t lost = s.system.dead_letters();
  CHECK(lost > 0);
  door.tell(release{});
  std::vector<std::uint64_t> seen;
  do {
    seen = slow.ask(count{}).get();
  } while (seen[0] + lost < pages);
  CHECK(seen == std::vector<std::uint64_t>{pages - lost, 0});
}

TEST_CASE("flow: send waits for room in a small mailbox of another process, and loses nothing") {
  stage s("a small mailbox");
  process child = s.start();
  const auto slow = s.spawn_in<narrow_reader>(child);
  const auto door = s.system.spawn<gate>();
  const auto from = s.system.spawn<writer>();
  slow.tell(block_at{door});
  auto all_sent = std::async(std::launch::async,
                             [&] { return from.ask(send_pages{slow, 500, 100}, 50s).get(); });
  while (from.ask(sent_so_far{}).get() < 4) {
  }
  for (int i = 0; i < 100; ++i) CHECK(from.ask(sent_so_far{}).get() <= 5);
  door.tell(release{});
  CHECK(all_sent.get() == 500);
  CHECK(slow.ask(count{}).get() == std::vector<std::uint64_t>{500, 0});
}

TEST_CASE("flow: send hears from another process what it would hear at home") {
  stage s("as at home");
  process child = s.start();
  const auto refusing = s.spawn_in<refusing_reader>(child);
  const auto door = s.system.spawn<gate>();
  refusing.tell(block_at{door});
  eventually([&] { return door.ask(held_here{}).get() == 1; });  // it has left the mailbox
  for (int i = 0; i < 4; ++i) refusing.send(tick{0}).get();
  CHECK_THROWS_AS(refusing.send(tick{0}).get(), mailbox_full_error);
  door.tell(release{});
  refusing.stop();
  s.system.run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(refusing));
  CHECK_THROWS_AS(refusing.send(tick{0}).get(), actor_down);
}
