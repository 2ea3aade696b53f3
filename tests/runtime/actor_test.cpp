// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <unordered_set>
#include <vector>

namespace actor_test {

using namespace troupe;

namespace {

struct add {
  int n;
};
struct total {
  using reply = int;
};

class counter : public actor<add, total> {
 public:
  explicit counter(int start = 0) : sum_(start) {}
  void on(add m) { sum_ += m.n; }
  int on(total) const { return sum_; }

 private:
  int sum_;
};

struct twice {
  using reply = long;
  int n;
};
struct later {
  using reply = long;
  int n;
};
struct much_later {
  using reply = long;
  int n;
};
struct release {};

/// Answers at once, in a coroutine, and by a promise that another message keeps.
class answerer : public actor<twice, later, much_later, release> {
 public:
  int on(twice m) { return 2 * m.n; }  // converts to the reply
  task<long> on(later m) { co_return m.n + 1; }
  promise<long> on(much_later m) {
    kept_ = make_promise<long>();
    value_ = m.n;
    return kept_;
  }
  void on(release) { kept_.set_value(value_); }

 private:
  promise<long> kept_;
  long value_ = 0;
};

}  // namespace

TEST_CASE("actor: handles what it is told, answers what it is asked") {
  actor_system system({.workers = 2});
  auto c = system.spawn<counter>(5);
  for (int i = 1; i <= 100; ++i) c.tell(add{i});
  CHECK(c.ask(total{}).get() == 5055);
  c.ask(add{45}).get();  // no reply type: "handled"
  CHECK(c.ask(total{}).get() == 5100);
}

TEST_CASE("actor: answers as a value, from a coroutine, or later") {
  actor_system system({.workers = 2});
  auto a = system.spawn<answerer>();
  CHECK(a.ask(twice{21}).get() == 42);
  CHECK(a.ask(later{6}).get() == 7);
  auto both = [](actor_ref<much_later, release> to) -> task<long> {
    to.tell(release{});  // nothing is kept: nothing happens
    auto pending = to.ask(much_later{9});
    // The release comes from another actor, since this one waits.
    co_return co_await std::move(pending);
  };
  auto helper = system.spawn(
      [](mailbox<> mail, actor_ref<release, twice> to) -> behavior {
        for (;;) {
          to.tell(release{});
          co_await sleep_for(std::chrono::milliseconds{1});
        }
        (void)mail;
      },
      a);
  CHECK(system.run(both(a)) == 9);
  helper.kill();
}

TEST_CASE("actor: a told question is handled and its answer dropped, for each way to answer") {
  actor_system system({.workers = 1});
  auto a = system.spawn<answerer>();
  a.tell(twice{1});
  a.tell(later{1});
  a.tell(much_later{1});
  a.tell(release{});
  CHECK(a.ask(twice{4}).get() == 8);
  CHECK(system.dead_letters() == 0);
}

TEST_CASE("actor_ref: narrows, compares, hashes, prints; refers to nobody by default") {
  actor_system system({.workers = 1});
  actor_ref<add, total> wide = system.spawn<counter>();
  actor_ref<total> narrow = wide;
  actor_ref<> none_needed = narrow;
  CHECK(narrow == wide);
  CHECK(none_needed == wide);
  CHECK(std::hash<actor_ref<total>>{}(narrow) == std::hash<actor_ref<add, total>>{}(wide));
  CHECK(to_string(narrow) == to_string(wide));
  CHECK(system.spawn<counter>() != wide);
  CHECK(narrow.ask(total{}).get() == 0);
  CHECK_FALSE(static_cast<bool>(actor_ref<add>{}));
  CHECK(to_string(actor_ref<add>{}) == "nobody");
  actor_ref<add>{}.stop();
  actor_ref<add>{}.kill();
  CHECK_THROWS_AS(actor_ref<total>{}.ask(total{}).get(), actor_down);
  static_assert(!std::is_convertible_v<actor_ref<total>, actor_ref<add>>);
}

namespace {

struct parcel {
  using reply = std::unique_ptr<int>;
  std::unique_ptr<int> content;
};
class post_office : public actor<parcel> {
 public:
  std::unique_ptr<int> on(parcel p) {
    ++*p.content;
    return std::move(p.content);
  }
};

struct alignas(64) wide_message {
  using reply = bool;
  std::array<float, 16> values{};
};
bool is_aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }
class vector_unit : public actor<wide_message> {
 public:
  bool on(const wide_message& m) const { return is_aligned(&m) && m.values[15] == 1.5f; }
};

template <std::size_t Bytes>
struct sized {
  using reply = sized;
  std::array<unsigned char, Bytes> bytes;
};
template <class... Ms>
class echo : public actor<Ms...> {
 public:
  template <class M>
  M on(M m) {
    return m;
  }
};
template <std::size_t Bytes>
bool comes_back_whole(actor_system& system) {
  auto e = system.spawn<echo<sized<Bytes>>>();
  sized<Bytes> m;
  for (std::size_t i = 0; i < Bytes; ++i) m.bytes[i] = static_cast<unsigned char>(i * 7 + Bytes);
  return e.ask(m).get().bytes == m.bytes;
}

}  // namespace

TEST_CASE("actor: move-only messages and replies") {
  actor_system system({.workers = 2});
  auto office = system.spawn<post_office>();
  CHECK(*office.ask(parcel{std::make_unique<int>(41)}).get() == 42);
  for (int i = 0; i < 100; ++i) office.tell(parcel{std::make_unique<int>(i)});
  CHECK(*office.ask(parcel{std::make_unique<int>(1)}).get() == 2);
}

TEST_CASE("actor: a message aligned to 64 bytes stays so") {
  actor_system system({.workers = 2});
  auto unit = system.spawn<vector_unit>();
  for (int i = 0; i < 50; ++i) {
    wide_message m;
    m.values[15] = 1.5f;
    CHECK(unit.ask(m).get());
    unit.tell(m);
  }
}

TEST_CASE("actor: messages of all sizes around the size classes come back whole") {
  actor_system system({.workers = 2});
  CHECK(comes_back_whole<1>(system));
  CHECK(comes_back_whole<24>(system));
  CHECK(comes_back_whole<25>(system));
  CHECK(comes_back_whole<32>(system));
  CHECK(comes_back_whole<33>(system));
  CHECK(comes_back_whole<64>(system));
  CHECK(comes_back_whole<65>(system));
  CHECK(comes_back_whole<960>(system));
  CHECK(comes_back_whole<961>(system));
  CHECK(comes_back_whole<1024>(system));
  CHECK(comes_back_whole<100'000>(system));
}

namespace {

struct moody {
  static constexpr bool local_only = true;
  explicit moody(bool throws) : throws_on_move(throws) {}
  moody(moody&& other) : throws_on_move(other.throws_on_move) {
    if (throws_on_move) throw std::runtime_error("will not move");
  }
  bool throws_on_move;
};
class patient : public actor<moody, total> {
 public:
  void on(const moody&) { ++seen_; }
  int on(total) const { return seen_; }

 private:
  int seen_ = 0;
};

class talks_to_itself : public actor<add, total> {
 public:
  talks_to_itself() {
    self().tell(add{1});
    self().tell(add{2});
  }
  void on(add m) { sum_ = sum_ * 10 + m.n; }
  int on(total) const { return sum_; }

 private:
  int sum_ = 0;
};

struct make_child {
  using reply = actor_ref<add, total>;
};
class parent : public actor<make_child, total> {
 public:
  actor_ref<add, total> on(make_child) { return spawn<counter>(7); }
  int on(total) { return static_cast<int>(system().live_actors()); }
};

}  // namespace

TEST_CASE("actor: a message that throws when moved is the sender's affair") {
  actor_system system({.workers = 1});
  auto p = system.spawn<patient>();
  p.tell(moody(false));
  CHECK_THROWS_WITH(p.tell(moody(true)), "will not move");
  CHECK(p.ask(total{}).get() == 1);
}

TEST_CASE("actor: what its constructor sends to itself comes first") {
  actor_system system({.workers = 2});
  for (int i = 0; i < 200; ++i) {
    auto a = system.spawn<talks_to_itself>();
    a.tell(add{3});
    CHECK(a.ask(total{}).get() == 123);
    a.stop();
  }
}

TEST_CASE("actor: spawns children in a handler and hands out their refs") {
  actor_system system({.workers = 2});
  auto p = system.spawn<parent>();
  auto child = p.ask(make_child{}).get();
  CHECK(child.ask(total{}).get() == 7);
  CHECK(p.ask(total{}).get() >= 2);
}

}  // namespace actor_test
