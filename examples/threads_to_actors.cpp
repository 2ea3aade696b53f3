// SPDX-License-Identifier: BSD-3-Clause
//
// Four small programs of Python's multiprocessing guide, each as one would write it with threads, and with
// Troupe. The answers are the same. What differs: actors share nothing but handles, which are values, so any of
// them could live in another process without a change; whoever waits blocks no thread; and if one of them dies,
// those who wait for it are told, instead of waiting for ever.
//
//   ./dev example threads_to_actors

#include <array>
#include <barrier>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>
#include <troupe/troupe.hpp>
#include <vector>

using namespace troupe;

constexpr int helpers = 3;

/// Threads that each call work(0), work(1) …; they are waited for where these go.
template <class Work>
[[nodiscard]] std::vector<std::jthread> threads(const Work& work) {
  std::vector<std::jthread> all;
  for (int i = 0; i < helpers; ++i) all.emplace_back(work, i);
  return all;
}

// --- a shared counter: Value, Lock ---

long count_with_threads() {
  long count = 0;
  std::mutex door;
  threads([&](int) {
    for (int n = 0; n < 1000; ++n) {
      const std::scoped_lock held{door};  // whoever forgets it loses counts
      ++count;
    }
  }).clear();
  return count;
}

long add(long& sum, long more) { return sum += more; }

behavior counter(mailbox<>, value<long> count, latch done) {
  for (int n = 0; n < 1000; ++n) co_await count.update<&add>(1);  // there is no lock to forget
  co_await done.count_down();
}

task<long> count_with_actors(actor_system& system) {
  const auto count = value<long>::spawn(system);
  const auto done = latch::spawn(system, helpers);
  for (int i = 0; i < helpers; ++i) co_await done.enroll(system.spawn<&counter>(count, done));
  co_await done.wait();  // or hears which of them has died
  co_return co_await count.get();
}

// --- workers behind a queue: Queue, Process ---

long square_with_threads() {
  std::deque<long> todo;
  bool over = false;
  long sum = 0;
  std::mutex door;
  std::condition_variable changed;
  auto workers = threads([&](int) {
    for (std::unique_lock held{door};;) {
      changed.wait(held, [&] { return over || !todo.empty(); });
      if (todo.empty()) return;
      const long number = todo.front();
      todo.pop_front();
      sum += number * number;
    }
  });
  for (long number = 1; number <= 100; ++number) {
    const std::scoped_lock held{door};
    todo.push_back(number);
    changed.notify_one();
  }
  {
    const std::scoped_lock held{door};
    over = true;
    changed.notify_all();
  }
  workers.clear();
  return sum;
}

behavior squarer(mailbox<>, queue<long> todo, queue<long> squares) {
  while (const auto number = co_await todo.get()) (void)co_await squares.put(*number * *number);
}

task<long> square_with_actors(actor_system& system) {
  const auto todo = queue<long>::spawn(system);
  const auto squares = queue<long>::spawn(system);
  for (int i = 0; i < helpers; ++i) system.spawn<&squarer>(todo, squares);
  for (long number = 1; number <= 100; ++number) (void)co_await todo.put(number);
  long sum = 0;
  for (int i = 0; i < 100; ++i) sum += *co_await squares.get();
  co_await todo.shutdown();  // and so the workers end
  co_return sum;
}

// --- a sign to start: Event ---

long start_with_threads() {
  bool may_start = false;
  long started = 0;
  std::mutex door;
  std::condition_variable changed;
  auto runners = threads([&](int) {
    std::unique_lock held{door};
    changed.wait(held, [&] { return may_start; });
    ++started;
  });
  {
    const std::scoped_lock held{door};
    may_start = true;
    changed.notify_all();
  }
  runners.clear();
  return started;
}

behavior runner(mailbox<>, event may_start, value<long> started, latch done) {
  co_await may_start.wait();
  co_await started.update<&add>(1);
  co_await done.count_down();
}

task<long> start_with_actors(actor_system& system) {
  const auto may_start = event::spawn(system);
  const auto started = value<long>::spawn(system);
  const auto done = latch::spawn(system, helpers);
  for (int i = 0; i < helpers; ++i) system.spawn<&runner>(may_start, started, done);
  co_await may_start.set();
  co_await done.wait();
  co_return co_await started.get();
}

// --- all write, then all read: Barrier, Array ---

long meet_with_threads() {
  std::array<long, helpers> written{};
  std::array<long, helpers> read{};
  std::barrier all_have_written(helpers);
  threads([&](int i) {
    written[i] = i + 1;
    all_have_written.arrive_and_wait();
    read[i] = 10 * written[(i + 1) % helpers];
  }).clear();
  return read[0] + read[1] + read[2];
}

behavior reader(mailbox<>, int i, troupe::array<long> written, barrier all_have_written,
                queue<long> read) {
  co_await written.set(i, i + 1);
  co_await all_have_written.wait();
  (void)co_await read.put(10 * co_await written.get((i + 1) % helpers));
}

task<long> meet_with_actors(actor_system& system) {
  const auto written = troupe::array<long>::spawn(system, helpers);
  const auto all_have_written = barrier::spawn(system, {.parties = helpers});
  const auto read = queue<long>::spawn(system);
  for (int i = 0; i < helpers; ++i) system.spawn<&reader>(i, written, all_have_written, read);
  long sum = 0;
  for (int i = 0; i < helpers; ++i) sum += *co_await read.get();
  co_return sum;
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    bool same = true;
    const auto compare = [&](const char* what, long with_threads, long with_actors) {
      std::cout << what << ": " << with_threads << " with threads, " << with_actors
                << " with actors\n";
      same = same && with_threads == with_actors;
    };
    compare("counter", count_with_threads(), co_await count_with_actors(system));
    compare("queue", square_with_threads(), co_await square_with_actors(system));
    compare("event", start_with_threads(), co_await start_with_actors(system));
    compare("barrier", meet_with_threads(), co_await meet_with_actors(system));
    co_return same ? 0 : 1;
  });
}
