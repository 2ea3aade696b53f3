// SPDX-License-Identifier: BSD-3-Clause
#include "kill_sweep.hpp"

#include <latch_coordinator.hpp>
#include <lock_coordinator.hpp>
#include <map>
#include <semaphore_coordinator.hpp>
#include <troupe/barrier.hpp>
#include <troupe/condition.hpp>
#include <troupe/dict.hpp>
#include <troupe/event.hpp>
#include <troupe/joinable_queue.hpp>
#include <troupe/latch.hpp>
#include <troupe/list.hpp>
#include <troupe/lock.hpp>
#include <troupe/once.hpp>
#include <troupe/process.hpp>
#include <troupe/process_pool.hpp>
#include <troupe/queue.hpp>
#include <troupe/rlock.hpp>
#include <troupe/rwlock.hpp>
#include <troupe/semaphore.hpp>
#include <troupe/value.hpp>

/// Each primitive, with a process that is killed at each of twelve steps in the middle of it: nobody waits for
/// the dead, and nothing is lost or had twice. The same runs find the mistakes that are planted in
/// coordinators like ours.
namespace kill_sweep {

struct go {};

/// Counts who is where only one may be.
struct inside {
  explicit inside(std::atomic<int>& count) : count_(count) { CHECK(count_.fetch_add(1) == 0); }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;
  ~inside() { count_.fetch_sub(1); }

 private:
  std::atomic<int>& count_;
};

// Locks -------------------------------------------------------------------------------------------

behavior hold_thrice(mailbox<>, steps at, lock door) {
  for (int i = 0; i < 3; ++i) {
    auto held = co_await at.stride(door.acquire());
    co_await at.stride(held->release());
  }
}
bool lock_run(actor_system& system, int fatal, const lock& door, bool planted) {
  std::atomic<int> count{0};
  scene s(system, fatal, planted);
  s.use(door);
  for (int i = 0; i < 2; ++i) {
    s.survivor([&, door](mailbox<>) -> behavior {
      do {
        const lock_guard held = co_await door.acquire();
        const inside here(count);
      } while (!s.over());
    });
  }
  s.victim<&hold_thrice>(door);
  if (!s.settles()) return false;
  return s.comes_to([&] { return !door.locked().get() && door.waiting().get() == 0; });
}

behavior hold_at_levels(mailbox<>, steps at, rlock door) {
  std::vector<lock_guard> levels;
  for (int i = 0; i < 3; ++i) {
    auto held = co_await at.stride(door.acquire());
    levels.push_back(std::move(*held));
  }
  for (lock_guard& each : levels) co_await at.stride(each.release());
}
bool rlock_run(actor_system& system, int fatal) {
  std::atomic<int> count{0};
  scene s(system, fatal);
  const rlock door = s.use(rlock::spawn(system));
  for (int i = 0; i < 2; ++i) {
    s.survivor([&, door](mailbox<>) -> behavior {
      do {
        const lock_guard outer = co_await door.acquire();
        const lock_guard inner = co_await door.acquire();
        const inside here(count);
      } while (!s.over());
    });
  }
  s.victim<&hold_at_levels>(door);
  if (!s.settles()) return false;
  eventually([&] { return !door.locked().get() && door.waiting().get() == 0; });
  return true;
}

behavior read_and_write(mailbox<>, steps at, rwlock shelf) {
  for (int i = 0; i < 3; ++i) {
    auto held =
        i == 1 ? co_await at.stride(shelf.acquire()) : co_await at.stride(shelf.acquire_shared());
    co_await at.stride(held->release());
  }
}
bool rwlock_run(actor_system& system, int fatal) {
  std::atomic<int> writers{0};
  scene s(system, fatal);
  const rwlock shelf = s.use(rwlock::spawn(system));
  s.survivor([&, shelf](mailbox<>) -> behavior {
    do {
      const lock_guard held = co_await shelf.acquire();
      const inside here(writers);
    } while (!s.over());
  });
  s.survivor([&, shelf](mailbox<>) -> behavior {
    do {
      const lock_guard held = co_await shelf.acquire_shared();
      CHECK(writers == 0);
    } while (!s.over());
  });
  s.victim<&read_and_write>(shelf);
  if (!s.settles()) return false;
  eventually([&] { return !shelf.locked().get() && shelf.waiting().get() == 0; });
  return true;
}

behavior take_permits(mailbox<>, steps at, semaphore places) {
  for (int i = 0; i < 3; ++i) {
    auto some = co_await at.stride(places.acquire());
    co_await at.stride(some->release());
  }
}
bool semaphore_run(actor_system& system, int fatal, const semaphore& places, bool planted) {
  scene s(system, fatal, planted);
  s.use(places);
  for (const std::size_t n : {1U, 2U}) {
    s.survivor([&, places, n](mailbox<>) -> behavior {
      do {
        const permits some = co_await places.acquire(n);
      } while (!s.over());
    });
  }
  s.victim<&take_permits>(places);
  if (!s.settles()) return false;
  return s.comes_to([&] { return places.value().get() == 2 && places.waiting().get() == 0; });
}

behavior sleep_twice(mailbox<>, steps at, condition items) {
  for (int i = 0; i < 2; ++i) {
    auto held = co_await at.stride(items.acquire());
    (void)co_await at.stride(items.wait());
    co_await at.stride(held->release());
  }
}
bool condition_run(actor_system& system, int fatal) {
  std::atomic<bool> slept{false};
  scene s(system, fatal);
  const condition items = s.use(condition::spawn(system));
  s.survivor([&, items](mailbox<>) -> behavior {
    do {
      const lock_guard held = co_await items.acquire();
      (void)co_await items.wait();
    } while (!s.over());
    slept = true;
  });
  s.survivor([&, items](mailbox<>) -> behavior {
    while (!slept) {
      const lock_guard held = co_await items.acquire();
      co_await items.notify_all();
    }
  });
  s.victim<&sleep_twice>(items);
  if (!s.settles()) return false;
  eventually([&] {
    return !items.locked().get() && items.waiting().get() == 0 && items.sleeping().get() == 0;
  });
  return true;
}

behavior do_it_in_steps(mailbox<>, steps at, once<int> thing) {
  const auto work = [&at]() -> task<int> {
    for (int i = 0; i < steps_of_a_victim - 2; ++i) co_await at.step();
    co_return 1;
  };
  co_await at.step();
  (void)co_await thing.call(work);
  co_await at.step();
}
bool once_run(actor_system& system, int fatal) {
  std::atomic<int> at_work{0}, served{0}, wrong{0};
  scene s(system, fatal);
  const auto thing = s.use(once<int>::spawn(system));
  const auto come = [&, thing](mailbox<go> mail) -> behavior {
    co_await mail.receive<go>();
    const int result = co_await thing.call([&]() -> task<int> {
      const inside here(at_work);
      co_return 2;
    });
    int before = 0;
    if (!served.compare_exchange_strong(before, result) && before != result) ++wrong;
  };
  const auto one = s.survivor(come), two = s.survivor(come);
  s.victim<&do_it_in_steps>(thing);
  if (fatal > 0) s.wait_for_step(1);  // it is at it
  one.tell(go{});
  two.tell(go{});
  if (!s.settles()) return false;
  eventually([&] { return thing.waiting().get() == 0; });
  return wrong == 0 && served != 0;
}

// Meetings ----------------------------------------------------------------------------------------

behavior set_and_wait(mailbox<>, steps at, event news) {
  for (int i = 0; i < 2; ++i) {
    (void)co_await at.stride(news.clear());
    (void)co_await at.stride(news.wait());
    (void)co_await at.stride(news.set());
  }
}
bool event_run(actor_system& system, int fatal) {
  std::atomic<bool> passed{false};
  scene s(system, fatal);
  const event news = s.use(event::spawn(system));
  s.survivor([&, news](mailbox<>) -> behavior {
    do {
      co_await news.wait();
      co_await news.clear();
    } while (!s.over());
    passed = true;
  });
  s.survivor([&, news](mailbox<>) -> behavior {
    while (!passed) co_await news.set();
  });
  s.victim<&set_and_wait>(news);
  if (!s.settles()) return false;
  eventually([&] { return news.waiting().get() == 0; });
  return true;
}

constexpr int rounds = 6;
behavior pass_rounds(mailbox<go> mail, steps at, barrier gate) {
  co_await mail.receive<go>();
  for (int i = 0; i < rounds; ++i) {
    const auto passed = co_await at.stride(gate.wait());
    if (!passed) co_return;
  }
}
bool barrier_run(actor_system& system, int fatal) {
  scene s(system, fatal);
  const barrier gate = s.use(barrier::spawn(system, {.parties = 3}));
  const auto pass = [&, gate](mailbox<go> mail) -> behavior {
    co_await mail.receive<go>();
    for (int i = 0; i < rounds; ++i) {
      const auto passed = co_await gate.wait().result();
      if (!passed) co_return;
    }
  };
  const auto one = s.survivor(pass), two = s.survivor(pass);
  const auto three = s.victim<&pass_rounds>(gate);
  gate.enroll(one, two, three).get();
  for (const auto& each : {one, two, three}) each.tell(go{});
  if (!s.settles()) return false;
  eventually([&] { return gate.n_waiting().get() == 0; });
  return true;
}

behavior count_down(mailbox<go> mail, steps at, latch work) {
  co_await mail.receive<go>();
  for (int i = 0; i < rounds; ++i) (void)co_await at.stride(work.count_down());
}
bool latch_run(actor_system& system, int fatal, const latch& work, bool planted) {
  std::atomic<int> open{0};
  scene s(system, fatal, planted);
  s.use(work);
  for (int i = 0; i < 2; ++i) {
    s.survivor([&, work](mailbox<>) -> behavior {
      const auto got = co_await work.wait().result();
      open += got ? 1 : 0;
    });
  }
  const auto counts = s.victim<&count_down>(work);
  work.enroll(counts, rounds).get();
  counts.tell(go{});
  if (!s.settles()) return false;
  return s.comes_to([&] { return work.waiting().get() == 0; }) &&
         (open == 0 || work.count().get() == 0);
}

// Queues ------------------------------------------------------------------------------------------

constexpr int gets_of_victim = 3;
behavior put_and_get(mailbox<>, steps at, queue<int> items) {
  for (int i = 0; i < gets_of_victim; ++i) {
    (void)co_await at.stride(items.put(-1 - i));
    (void)co_await at.stride(items.get());
  }
}
bool queue_run(actor_system& system, int fatal) {
  std::map<int, int> got;
  std::atomic<int> put{0};
  scene s(system, fatal);
  const auto items = s.use(queue<int>::spawn(system, {.maxsize = 2}));
  s.survivor([&, items](mailbox<>) -> behavior {
    do {
      (void)co_await items.put(put);
      ++put;
    } while (!s.over() || put < 5);
    co_await items.shutdown();
  });
  s.survivor([&, items](mailbox<>) -> behavior {
    for (;;) {
      const auto item = co_await items.get();
      if (!item) co_return;
      ++got[*item];
    }
  });
  s.victim<&put_and_get>(items);
  if (!s.settles()) return false;
  int missing = 0;
  for (int i = 0; i < put; ++i) missing += got.contains(i) ? 0 : 1;
  for (const auto& [item, times] : got) {
    if (times != 1) return false;
  }
  return missing <= gets_of_victim;
}

behavior do_three_jobs(mailbox<>, steps at, joinable_queue<int> jobs) {
  for (int i = 0; i < 3; ++i) {
    (void)co_await at.stride(jobs.get());
    (void)co_await at.stride(jobs.task_done());
  }
}
bool joinable_run(actor_system& system, int fatal, const joinable_queue<int>& jobs, bool planted) {
  constexpr int count = 8;
  std::map<int, int> done;
  join_result<int> result;
  scene s(system, fatal, planted);
  s.use(jobs);
  std::vector<int> all;
  for (int i = 0; i < count; ++i) all.push_back(i);
  (void)jobs.put_many(all).get();
  s.survivor([&, jobs](mailbox<>) -> behavior {
    result = co_await jobs.join();
    co_await jobs.shutdown();
  });
  const auto worker = s.survivor([&, jobs](mailbox<go> mail) -> behavior {
    co_await mail.receive<go>();
    for (;;) {
      const auto item = co_await jobs.get();
      if (!item) co_return;
      ++done[*item];
      (void)co_await jobs.task_done();
    }
  });
  s.victim<&do_three_jobs>(jobs);
  s.wait_for_victim();  // to which the worker leaves enough to do
  worker.tell(go{});
  if (!s.settles()) return false;
  for (const auto& [item, times] : done) {
    if (times != 1) return false;
  }
  return result.failed.size() <= 1;
}

// What is shared ----------------------------------------------------------------------------------

struct pair_of_equals {
  int left = 0, right = 0;
};
inline void add_to_both(pair_of_equals& p, int n) {
  p.left += n;
  p.right += n;
}
behavior change_value(mailbox<>, steps at, value<pair_of_equals> thing) {
  for (int i = 0; i < rounds; ++i) (void)co_await at.stride(thing.update<&add_to_both>(1));
}
bool value_run(actor_system& system, int fatal) {
  std::atomic<int> said{0};
  scene s(system, fatal);
  const auto thing = s.use(value<pair_of_equals>::spawn(system));
  s.survivor([&, thing](mailbox<>) -> behavior {
    do {
      co_await thing.update<&add_to_both>(1);
      ++said;
    } while (!s.over());
  });
  s.victim<&change_value>(thing);
  if (!s.settles()) return false;
  const pair_of_equals left = thing.get().get();
  return left.left == left.right && left.left >= said && left.left <= said + rounds;
}

behavior change_list(mailbox<>, steps at, list<int> all) {
  for (int i = 0; i < rounds / 2; ++i) {
    (void)co_await at.stride(all.append(1));
    (void)co_await at.stride(all.pop());
  }
}
bool list_run(actor_system& system, int fatal) {
  std::atomic<int> said{0};
  scene s(system, fatal);
  const auto all = s.use(list<int>::spawn(system));
  s.survivor([&, all](mailbox<>) -> behavior {
    do {
      co_await all.append(2);
      ++said;
    } while (!s.over());
  });
  s.victim<&change_list>(all);
  if (!s.settles()) return false;
  const int left = static_cast<int>(all.snapshot().get().size());
  return left >= said && left <= said + 1;
}

inline void raise_by(int& x, int n) { x += n; }
behavior change_dict(mailbox<>, steps at, dict<int, int> all) {
  for (int i = 0; i < rounds; ++i) (void)co_await at.stride(all.update<&raise_by>(7, 1));
}
bool dict_run(actor_system& system, int fatal) {
  std::atomic<int> said{0};
  scene s(system, fatal);
  const auto all = s.use(dict<int, int>::spawn(system));
  s.survivor([&, all](mailbox<>) -> behavior {
    do {
      co_await all.update<&raise_by>(7, 1);
      ++said;
    } while (!s.over());
  });
  s.victim<&change_dict>(all);
  if (!s.settles()) return false;
  const int counted = all.get(7, 0).get();
  return counted >= said && counted <= said + rounds;
}

// Pool --------------------------------------------------------------------------------------------

int die_at(std::pair<int, int> which) {
  if (which.first == which.second) ::kill(getpid(), SIGKILL);
  return which.first;
}

// Mistakes ----------------------------------------------------------------------------------------

/// What the dead held is not taken back.
template <class Coordinator>
class trusting_in_the_dead : public Coordinator {
 public:
  using Coordinator::Coordinator;
  using Coordinator::on;
  promise<void> on(const messages::claim_returned& m) {
    return m.abandoned ? this->template make_promise<void>() : Coordinator::on(m);
  }
  void on(const down&) {}
};
/// That a party has ended is no news.
class deaf_latch : public detail::latch_coordinator {
 public:
  using latch_coordinator::latch_coordinator;
  using latch_coordinator::on;
  void on(const down&) {}
};
/// The dead are not asked what they had.
class trusting_queue : public detail::joinable_engine<int> {
 public:
  trusting_queue() : joinable_engine(256, 1) {}
  using joinable_engine::on;

 private:
  void party_ended(const actor_ref<>&, const down&) override {}
};
template <class Handle>
struct handle_to : Handle {
  explicit handle_to(const typename Handle::coordinator_ref& coordinator) {
    this->coordinator_ = coordinator;
  }
};

}  // namespace kill_sweep
using namespace kill_sweep;

TEST_CASE("kill sweep: lock") {
  survives_each_kill("lock", [](actor_system& system, int fatal) {
    return lock_run(system, fatal, lock::spawn(system), false);
  });
}
TEST_CASE("kill sweep: rlock") { survives_each_kill("rlock", &rlock_run); }
TEST_CASE("kill sweep: rwlock") { survives_each_kill("rwlock", &rwlock_run); }
TEST_CASE("kill sweep: semaphore") {
  survives_each_kill("semaphore", [](actor_system& system, int fatal) {
    return semaphore_run(system, fatal, semaphore::spawn(system, 2), false);
  });
}
TEST_CASE("kill sweep: condition") { survives_each_kill("condition", &condition_run); }
TEST_CASE("kill sweep: once") { survives_each_kill("once", &once_run); }
TEST_CASE("kill sweep: event") { survives_each_kill("event", &event_run); }
TEST_CASE("kill sweep: barrier") { survives_each_kill("barrier", &barrier_run); }
TEST_CASE("kill sweep: latch") {
  survives_each_kill("latch", [](actor_system& system, int fatal) {
    return latch_run(system, fatal, latch::spawn(system, rounds), false);
  });
}
TEST_CASE("kill sweep: queue") { survives_each_kill("queue", &queue_run); }
TEST_CASE("kill sweep: joinable_queue") {
  survives_each_kill("joinable_queue", [](actor_system& system, int fatal) {
    return joinable_run(system, fatal, joinable_queue<int>::spawn(system), false);
  });
}
TEST_CASE("kill sweep: value") { survives_each_kill("value", &value_run); }
TEST_CASE("kill sweep: list") { survives_each_kill("list", &list_run); }
TEST_CASE("kill sweep: dict") { survives_each_kill("dict", &dict_run); }

TEST_CASE("kill sweep: pool") {
  const deadline limit("pool", std::chrono::seconds{120});
  actor_system system({.workers = 2});
  process_options each;
  each.method = start_method::forkserver;
  const pool workers = system.run(pool::start(system, {.processes = 2}, each));
  for (int fatal = 0; fatal < steps_of_a_victim; ++fatal) {
    CAPTURE(fatal);
    std::vector<std::pair<int, int>> tasks;
    for (int i = 0; i < steps_of_a_victim; ++i) tasks.emplace_back(i, fatal);
    const auto all = workers.map<&die_at>(tasks, 3).each().get();
    REQUIRE(all.size() == tasks.size());
    for (int i = 0; i < steps_of_a_victim; ++i) {
      const auto& one = all[static_cast<std::size_t>(i)];
      if (i == fatal) {
        REQUIRE(one.has_error());
        CHECK(one.error().how == task_end::lost);
      } else {
        REQUIRE(one.has_value());
        CHECK(*one == i);
      }
    }
  }
  workers.terminate().get();
  workers.join().get();
}

TEST_CASE("kill sweep: finds a lock that is not freed") {
  kill_finds("lock", [](actor_system& system, int fatal) {
    using wrong = trusting_in_the_dead<detail::lock_coordinator>;
    const auto made = system.spawn<wrong>(detail::recursion::none);
    return lock_run(system, fatal, handle_to<lock>(made), true);
  });
}
TEST_CASE("kill sweep: finds a permit that is lost") {
  kill_finds("semaphore", [](actor_system& system, int fatal) {
    using wrong = trusting_in_the_dead<detail::semaphore_coordinator>;
    const auto made = system.spawn<wrong>(std::ptrdiff_t{2}, detail::bound::none);
    return semaphore_run(system, fatal, handle_to<semaphore>(made), true);
  });
}
TEST_CASE("kill sweep: finds a ghost that is to count") {
  kill_finds("latch", [](actor_system& system, int fatal) {
    const auto made = system.spawn<deaf_latch>(std::ptrdiff_t{rounds});
    return latch_run(system, fatal, handle_to<latch>(made), true);
  });
}
TEST_CASE("kill sweep: finds an item that is lost between get and done") {
  kill_finds("joinable_queue", [](actor_system& system, int fatal) {
    const auto made = system.spawn<trusting_queue>();
    return joinable_run(system, fatal, handle_to<joinable_queue<int>>(made), true);
  });
}
