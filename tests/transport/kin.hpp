// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <troupe/delegated.hpp>
#include <troupe/gather.hpp>
#include <utility>
#include <vector>

#include "crew.hpp"
#include "eventually.hpp"
#include "nodes.hpp"
#include "stage.hpp"
#include "within.hpp"

/// Children of one process who talk to each other, and what the tests of that ask of them.
namespace kin {

using namespace troupe;
using namespace std::chrono_literals;

struct numbered {
  std::uint64_t from = 0;
  std::uint64_t number = 0;
};
struct page {
  std::uint64_t number = 0;
  std::vector<std::uint8_t> bytes;
};
struct twice {
  using reply = std::uint64_t;
  std::uint64_t number = 0;
};
struct never {
  using reply = std::uint64_t;
};
struct seen {
  using reply = std::vector<std::uint64_t>;  ///< how many, and how many of them not in order
};
struct dig {  ///< until the question is taken back
  using reply = std::uint64_t;
};
struct digging {  ///< how many have begun, and how many have been taken back
  using reply = std::vector<std::uint64_t>;
};
struct held_back {  ///< how many questions are not answered yet
  using reply = std::uint64_t;
};
using ear_ref = actor_ref<numbered, page, twice, never, seen, held_back, dig, digging>;

class ear : public actor<numbered, page, twice, never, seen, held_back, dig, digging> {
 public:
  static constexpr bool reentrant = true;
  task<std::uint64_t> on(dig) {
    ++begun_;
    const std::stop_token token = cancellation();
    while (!token.stop_requested()) co_await sleep_for(200us);
    ++given_up_;
    co_return 0;
  }
  std::vector<std::uint64_t> on(digging) const { return {begun_, given_up_}; }
  void on(numbered m) {
    if (next_.size() <= m.from) next_.resize(m.from + 1);
    note(next_[m.from], m.number);
  }
  void on(const page& m) { note(next_page_, m.number); }
  std::uint64_t on(twice m) const { return 2 * m.number; }
  promise<std::uint64_t> on(never) {
    waiting_.push_back(make_promise<std::uint64_t>());
    return waiting_.back();
  }
  std::vector<std::uint64_t> on(seen) const { return {seen_, wrong_}; }
  std::uint64_t on(held_back) const { return waiting_.size(); }

 private:
  void note(std::uint64_t& next, std::uint64_t number) {
    wrong_ += number != next;
    next = number + 1;
    ++seen_;
  }
  std::uint64_t seen_ = 0, wrong_ = 0, next_page_ = 0, begun_ = 0, given_up_ = 0;
  std::vector<std::uint64_t> next_;
  std::vector<promise<std::uint64_t>> waiting_;
};

/// Tells numbers, a few per message to itself, to several ears in turn.
struct tell_numbers {
  using reply = std::uint64_t;
  std::uint64_t from = 0;
  std::uint64_t count = 0;
  std::vector<ear_ref> to;
};
struct ask_numbers {  ///< answered with how many answers were right
  using reply = std::uint64_t;
  ear_ref whom;
  std::uint64_t count = 0;
};
struct ask_never {
  using reply = std::string;
  ear_ref whom;
};
struct hand_on {
  using reply = std::uint64_t;
  ear_ref whom;
  std::uint64_t number = 0;
};
struct hand_on_never {
  using reply = std::uint64_t;
  ear_ref whom;
};
struct ask_through {
  using reply = std::string;
  actor_ref<hand_on, hand_on_never> front;
  ear_ref whom;
  bool never = false;
};
struct send_pages {
  using reply = std::uint64_t;
  ear_ref to;
  std::uint64_t pages = 0, bytes = 0;
};
struct sent_so_far {
  using reply = std::uint64_t;
};
/// Asks both at once; the other's question is taken back when the first one answers.
struct ask_either {
  using reply = std::uint64_t;
  actor_ref<dig> one, other;
};
struct nest {
  using reply = actor_ref<ask_numbers>;  ///< in a child of its own
};
struct resources {
  using reply = std::vector<std::uint64_t>;  ///< open descriptors, resident bytes
};
struct more {
  static constexpr bool local_only = true;
};
using mouth_ref = actor_ref<tell_numbers, ask_numbers, ask_never, hand_on, hand_on_never,
                            ask_through, send_pages, sent_so_far, ask_either, nest, resources>;

class mouth
    : public actor<tell_numbers, ask_numbers, ask_never, hand_on, hand_on_never, ask_through,
                   send_pages, sent_so_far, ask_either, nest, resources, more> {
 public:
  static constexpr bool reentrant = true;
  promise<std::uint64_t> on(tell_numbers m) {
    telling_.push_back({std::move(m), 0, make_promise<std::uint64_t>()});
    if (telling_.size() == 1) self().tell(more{});
    return telling_.back().done;
  }
  void on(more) {
    for (job& each : telling_) {
      for (int i = 0; i < 20 && each.next < each.what.count; ++i, ++each.next) {
        for (const ear_ref& to : each.what.to) to.tell(numbered{each.what.from, each.next});
      }
      if (each.next == each.what.count) each.done.set_value(each.next);
    }
    std::erase_if(telling_, [](const job& each) { return each.next == each.what.count; });
    if (!telling_.empty()) self().tell(more{});
  }
  task<std::uint64_t> on(ask_numbers m) {
    std::uint64_t right = 0;
    for (std::uint64_t n = 0; n < m.count; ++n) {
      auto question = m.whom.ask(twice{n});
      const std::uint64_t answer = co_await std::move(question);
      right += answer == 2 * n;
    }
    co_return right;
  }
  task<std::string> on(ask_never m) {
    auto pending = m.whom.ask(never{}).result();
    const auto answer = co_await pending;
    co_return answer ? "an answer" : answer.error().text;
  }
  delegated<std::uint64_t> on(hand_on m) { return delegate(m.whom, twice{m.number}); }
  delegated<std::uint64_t> on(hand_on_never m) { return delegate(m.whom, never{}); }
  task<std::string> on(ask_through m) {
    if (m.never) {
      auto pending = m.front.ask(hand_on_never{m.whom}).result();
      const auto answer = co_await pending;
      co_return answer ? "an answer" : answer.error().text;
    }
    auto pending = m.front.ask(hand_on{m.whom, 21}).result();
    const auto answer = co_await pending;
    co_return answer ? std::to_string(*answer) : answer.error().text;
  }
  task<std::uint64_t> on(send_pages m) {
    for (; sent_ < m.pages; ++sent_) {
      auto sending = m.to.send(page{sent_, std::vector<std::uint8_t>(m.bytes, 7)});
      co_await std::move(sending);
    }
    co_return sent_;
  }
  std::uint64_t on(sent_so_far) const { return sent_; }
  task<std::uint64_t> on(ask_either m) {
    const std::vector<actor_ref<dig>> both{m.one, m.other};
    auto asking = ask_any(both, dig{});
    const auto first = co_await asking;
    co_return *first;
  }
  task<actor_ref<ask_numbers>> on(nest);
  std::vector<std::uint64_t> on(resources) const {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0, resident = 0;
    statm >> pages >> resident;
    return {census::descriptors(), resident * 4096};
  }

 private:
  struct job {
    tell_numbers what;
    std::uint64_t next;
    promise<std::uint64_t> done;
  };
  std::vector<job> telling_;
  std::uint64_t sent_ = 0;
  std::vector<process> children_;
};

inline task<actor_ref<ask_numbers>> mouth::on(nest) {
  auto starting = system().start_process({});
  children_.push_back(co_await std::move(starting));
  auto spawning = children_.back().spawn<mouth>();
  const mouth_ref made = co_await std::move(spawning);
  co_return made;
}

/// Answers a dig at once, when it is told to.
struct now {};
class quick : public actor<dig, now> {
 public:
  promise<std::uint64_t> on(dig) {
    waiting_.push_back(make_promise<std::uint64_t>());
    return waiting_.back();
  }
  void on(now) {
    for (auto& each : waiting_) each.set_value(1);
    waiting_.clear();
  }

 private:
  std::vector<promise<std::uint64_t>> waiting_;
};

/// Watches somebody who tells it numbers.
struct watch {
  using reply = bool;
  actor_ref<> whom;
};
struct report {  ///< after the end: numbers before it, numbers after it, ends, its signal
  using reply = std::vector<std::uint64_t>;
};
class witness : public actor<numbered, watch, report> {
 public:
  bool on(watch m) {
    monitor(m.whom);
    return true;
  }
  void on(numbered) { ++(ends_ == 0 ? before_ : after_); }
  void on(const down& d) {
    ++ends_;
    signal_ = static_cast<std::uint64_t>(d.reason.signal);
    for (auto& each : waiting_) each.set_value(all());
    waiting_.clear();
  }
  promise<std::vector<std::uint64_t>> on(report) {
    auto p = make_promise<std::vector<std::uint64_t>>();
    if (ends_ != 0) {
      p.set_value(all());
    } else {
      waiting_.push_back(p);
    }
    return p;
  }

 private:
  std::vector<std::uint64_t> all() const { return {before_, after_, ends_, signal_}; }
  std::uint64_t before_ = 0, after_ = 0, ends_ = 0, signal_ = 0;
  std::vector<promise<std::vector<std::uint64_t>>> waiting_;
};
/// Tells it numbers without end, as fast as they are taken.
struct chatter {
  actor_ref<numbered> to;
};
class chatterer : public actor<chatter, twice> {
 public:
  static constexpr bool reentrant = true;
  task<void> on(chatter m) {
    for (std::uint64_t n = 0;;) {
      for (int i = 0; i < 10; ++i) m.to.tell(numbered{0, n++});
      auto sending = m.to.send(numbered{0, n++});
      co_await std::move(sending);
    }
  }
  std::uint64_t on(twice m) const { return 2 * m.number; }
};

/// Has two children of its own that talk; answers with their pids.
struct raise_two {
  using reply = std::vector<std::int64_t>;
};
class mother : public actor<raise_two> {
 public:
  task<std::vector<std::int64_t>> on(raise_two) {
    std::vector<std::int64_t> pids;
    for (int i = 0; i < 2; ++i) {
      auto starting = system().start_process({});
      children_.push_back(co_await std::move(starting));
      pids.push_back(children_.back().pid());
    }
    auto one = children_[0].spawn<mouth>();
    const mouth_ref from = co_await std::move(one);
    auto other = children_[1].spawn<ear>();
    const ear_ref to = co_await std::move(other);
    for (int calm = 0; calm < 3;) {
      detail::nodes& all = detail::nodes::of(system().core());
      const std::uint64_t before = all.frames_passed();
      auto asking = from.ask(ask_numbers{to, 3});
      co_await std::move(asking);
      calm = all.frames_passed() == before ? calm + 1 : 0;
    }
    co_return pids;
  }

 private:
  std::vector<process> children_;
};

// The sanitizer for undefined behaviour needs descriptors of its own when an exception is thrown.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
inline constexpr bool can_be_without_descriptors = false;
#else
inline constexpr bool can_be_without_descriptors = true;
#endif
#else
inline constexpr bool can_be_without_descriptors = true;
#endif

inline std::uint64_t frames_passed(stage& s) {
  return detail::nodes::of(s.system.core()).frames_passed();
}

struct child {
  process self;
  mouth_ref speaks;
  ear_ref hears;
};
inline child make_child(stage& s, process_options options = {}) {
  process p = s.start(std::move(options));
  return {p, s.spawn_in<mouth>(p), s.spawn_in<ear>(p)};
}

/// Both directions are direct: questions and their answers do not come through here.
template <class One, class Other>
void wait_until_direct(stage& s, const One& one, const Other& other) {
  const auto wait = [&](const mouth_ref& from, const ear_ref& to) {
    eventually([&] {
      const std::uint64_t before = frames_passed(s);
      return from.ask(ask_numbers{to, 3}).get() == 3 && frames_passed(s) == before;
    });
  };
  wait(one.speaks, other.hears);
  wait(other.speaks, one.hears);
}

/// All that has been told so far is there.
inline std::vector<std::uint64_t> heard(const ear_ref& by, std::uint64_t wanted) {
  std::vector<std::uint64_t> all;
  eventually([&] {
    all = by.ask(seen{}).get();
    return all[0] >= wanted;
  });
  return all;
}

}  // namespace kin
