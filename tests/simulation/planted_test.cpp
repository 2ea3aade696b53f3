// SPDX-License-Identifier: BSD-3-Clause
#include "planted.hpp"

#include <map>
#include <set>

/// Mistakes that people make in protocols, small. Each has a twin without it.
using namespace troupe;

namespace {

enum class made { rightly, wrongly };

// A waiter looks at a flag, then asks to be woken: who sets the flag in between must not be missed.

struct is_set {
  using reply = bool;
};
struct set {};
struct wake {};
struct enrol {
  actor_ref<wake> who;
};

template <made How>
class flag : public actor<is_set, set, enrol> {
 public:
  bool on(is_set) const { return set_; }
  void on(set) {
    set_ = true;
    for (const auto& waiter : waiting_) waiter.tell(wake{});
  }
  void on(enrol m) {
    if (How == made::rightly && set_) {
      m.who.tell(wake{});
    } else {
      waiting_.push_back(m.who);
    }
  }

 private:
  bool set_ = false;
  std::vector<actor_ref<wake>> waiting_;
};

behavior wait_for(mailbox<wake> mail, actor_ref<is_set, set, enrol> f) {
  if (co_await f.ask(is_set{})) co_return;
  f.tell(enrol{mail.self()});
  co_await mail.receive<wake>();
}

task<void> until_ended(actor_ref<> who) { co_await ended(who); }

template <made How>
void wake_up(simulation& sim) {
  auto f = sim.system().spawn<flag<How>>();
  auto waiter = sim.system().spawn<&wait_for>(f);
  sim.system().spawn([f](mailbox<>) -> behavior {
    f.tell(set{});
    co_return;
  });
  sim.system().run(until_ended(waiter));
}

// Two replicas are asked; the first answer goes to the client, the other one is called off.

struct query {};
struct call_off {};
struct answer {
  int from = 0;
};
using replica_ref = actor_ref<query, call_off>;

class replica : public actor<query, call_off> {
 public:
  replica(int number, actor_ref<answer> broker) : number_(number), broker_(broker) {}
  void on(query) {
    if (!called_off_) broker_.tell(answer{number_});
  }
  void on(call_off) { called_off_ = true; }

 private:
  int number_;
  actor_ref<answer> broker_;
  bool called_off_ = false;
};

template <made How>
class broker : public actor<query, answer> {
 public:
  explicit broker(actor_ref<answer> client) : client_(client) {}
  void on(query) {
    for (int i = 0; i < 2; ++i) replicas_.push_back(spawn<replica>(i, self()));
    for (const auto& r : replicas_) r.tell(query{});
  }
  void on(answer a) {
    if (How == made::rightly && answered_) return;  // it was on its way already
    answered_ = true;
    client_.tell(a);
    replicas_[1 - a.from].tell(call_off{});
  }

 private:
  actor_ref<answer> client_;
  std::vector<replica_ref> replicas_;
  bool answered_ = false;
};

template <made How>
void first_answer(simulation& sim) {
  int answers = 0;
  auto client = sim.system().spawn([&answers](mailbox<answer> mail) -> behavior {
    for (;; ++answers) co_await mail.receive<answer>();
  });
  auto b = sim.system().spawn<broker<How>>(client);
  b.tell(query{});
  sim.run();
  sim.require(answers == 1, "the client got " + std::to_string(answers) + " answers");
}

// A house has one room; letters go to the room, and guests come and go.

struct letter {
  int to = 0;
};
struct move_in {
  int guest = 0;
};
struct move_out {};

template <made How>
class room : public actor<letter, move_in, move_out> {
 public:
  explicit room(std::map<int, std::vector<int>>& read) : read_(read) {}
  void on(move_in m) { guest_ = m.guest; }
  void on(move_out) { guest_ = 0; }
  void on(letter m) {
    if (guest_ == 0) return;  // back to the sender
    if (How == made::rightly && m.to != guest_) return;
    read_[guest_].push_back(m.to);
  }

 private:
  std::map<int, std::vector<int>>& read_;
  int guest_ = 0;
};

template <made How>
void tenants(simulation& sim) {
  std::map<int, std::vector<int>> read;
  auto r = sim.system().spawn<room<How>>(read);
  sim.system().spawn([r](mailbox<> mail) -> behavior {
    for (int guest : {1, 2}) {
      r.tell(move_in{guest});
      co_await sleep_for(std::chrono::seconds{1});
      r.tell(move_out{});
    }
    (void)mail;
  });
  // One who writes to the first guest, through a slow post.
  sim.system().spawn([r](mailbox<> mail) -> behavior {
    auto post = mail.system().spawn([r](mailbox<letter> bag) -> behavior {
      for (;;) {
        const letter l = co_await bag.receive<letter>();
        co_await sleep_for(std::chrono::nanoseconds{
            bag.system().random() % std::chrono::nanoseconds{std::chrono::seconds{2}}.count()});
        r.tell(l);
      }
    });
    post.tell(letter{1});
    co_return;
  });
  sim.run();
  for (const auto& [guest, letters] : read) {
    for (int to : letters) {
      sim.require(to == guest, "guest " + std::to_string(guest) + " reads a letter to guest " +
                                   std::to_string(to));
    }
  }
}

// Who watches must hear of the end, also if it came first.

struct watch {
  int whom = 0;
  actor_ref<wake> who;
};
struct has_ended {
  int who = 0;
};

template <made How>
class register_of_deaths : public actor<watch, has_ended> {
 public:
  void on(watch m) {
    if (How == made::rightly && dead_.contains(m.whom)) {
      m.who.tell(wake{});
    } else {
      watching_.emplace(m.whom, m.who);
    }
  }
  void on(has_ended m) {
    dead_.insert(m.who);
    const auto [first, last] = watching_.equal_range(m.who);
    for (auto it = first; it != last; ++it) it->second.tell(wake{});
    watching_.erase(first, last);
  }

 private:
  std::multimap<int, actor_ref<wake>> watching_;
  std::set<int> dead_;
};

template <made How>
void deaths(simulation& sim) {
  auto all = sim.system().spawn<register_of_deaths<How>>();
  std::map<int, int> heard;
  for (int i = 0; i < 3; ++i) {
    sim.system().spawn([all, i](mailbox<>) -> behavior {
      all.tell(has_ended{i});
      co_return;
    });
    sim.system().spawn([all, i, &heard](mailbox<wake> mail) -> behavior {
      all.tell(watch{i, mail.self()});
      co_await mail.receive<wake>();
      ++heard[i];
    });
  }
  sim.run();
  for (int i = 0; i < 3; ++i) sim.require(heard[i] == 1, "an end was not heard of");
}

}  // namespace

TEST_CASE("explore: finds a lost wake-up") {
  must_find({.seeds = 50}, wake_up<made::wrongly>, wake_up<made::rightly>);
}
TEST_CASE("explore: finds a double reply") {
  must_find({.seeds = 50}, first_answer<made::wrongly>, first_answer<made::rightly>);
}
TEST_CASE("explore: finds mail that reaches the next tenant") {
  must_find({.seeds = 50}, tenants<made::wrongly>, tenants<made::rightly>);
}
TEST_CASE("explore: finds an end that is not heard of") {
  must_find({.seeds = 50}, deaths<made::wrongly>, deaths<made::rightly>);
}
TEST_CASE("enumerate: finds a lost wake-up, and proves that its twin has none") {
  const exploration wrong = enumerate({.print = false}, wake_up<made::wrongly>);
  CHECK(wrong.found);
  const exploration again = replay(wrong.run, wake_up<made::wrongly>, false);
  CHECK(again.what == wrong.what);
  CHECK(again.trace == wrong.trace);
  const exploration right = enumerate({.print = false}, wake_up<made::rightly>);
  CHECK_FALSE(right.found);
  CHECK(right.exhausted);
  CHECK(right.runs > 5);
}
