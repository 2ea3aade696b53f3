// SPDX-License-Identifier: BSD-3-Clause
//
// Dijkstra's five philosophers, each in a process of its own. First with a lock for each fork: all take the left
// one, and would wait for the right one for ever. A watch in each process finds the circle; one philosopher is told,
// puts its fork down, and tries again once another has eaten. Then the way of messages: a table that gives out both
// forks or none. There is nothing to find.
//
//   ./dev example dining_philosophers

#include <array>
#include <deque>
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;

constexpr std::size_t seats = 5;

// --- with locks ---

behavior grasping(mailbox<> me, lock left, lock right, barrier all_have_one,
                  queue<std::string> diary) {
  deadlock_watch::spawn(me.system(), {.listener = [](const std::string&) {}});
  for (bool first = true;; first = false) {
    const auto one = co_await left.acquire();
    if (first) co_await all_have_one.wait();
    const auto other = co_await right.acquire().result();
    (void)co_await diary.put(other ? "eaten" : other.error().text);
    if (other) co_return;
  }
}

// --- with messages ---

struct take_forks {
  using reply = void;
  std::size_t seat = 0;
};
struct put_forks {
  std::size_t seat = 0;
};

class table : public actor<take_forks, put_forks> {
 public:
  promise<void> on(take_forks m) {
    const auto answer = make_promise<void>();
    hungry_.push_back({m.seat, answer});
    serve();
    return answer;
  }
  void on(put_forks m) {
    taken_[m.seat] = taken_[(m.seat + 1) % seats] = false;
    serve();
  }

 private:
  struct guest {
    std::size_t seat;
    promise<void> answer;
  };
  /// Whoever has waited longest and can have both.
  void serve() {
    std::erase_if(hungry_, [&](guest& g) {
      bool& left = taken_[g.seat];
      bool& right = taken_[(g.seat + 1) % seats];
      if (left || right) return false;
      left = right = true;
      g.answer.set_value();
      return true;
    });
  }

  std::array<bool, seats> taken_{};
  std::deque<guest> hungry_;
};

behavior asking(mailbox<>, actor_ref<take_forks, put_forks> forks, std::size_t seat,
                queue<std::string> diary) {
  co_await forks.ask(take_forks{seat});
  (void)co_await diary.put("eaten");
  forks.tell(put_forks{seat});
}

/// What is in the diary once all have eaten: the circles, and how many meals.
task<int> read(queue<std::string> diary) {
  int meals = 0;
  while (meals < static_cast<int>(seats)) {
    const auto line = co_await diary.get();
    if (*line == "eaten") {
      ++meals;
    } else {
      std::cout << *line << '\n';
    }
  }
  co_return meals;
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    const auto diary = queue<std::string>::spawn(system);
    std::vector<process> homes;
    std::vector<lock> forks;
    for (std::size_t seat = 0; seat < seats; ++seat) {
      homes.push_back(
          co_await system.start_process({.name = "philosopher " + std::to_string(seat)}));
      forks.push_back(lock::spawn(system));
    }

    const auto all_have_one = barrier::spawn(system, {.parties = seats});
    for (std::size_t seat = 0; seat < seats; ++seat) {
      co_await homes[seat].spawn<grasping>(forks[seat], forks[(seat + 1) % seats], all_have_one,
                                           diary);
    }
    std::cout << co_await read(diary) << " have eaten with locks\n";

    const auto forks_of_all = system.spawn<table>();
    for (std::size_t seat = 0; seat < seats; ++seat) {
      co_await homes[seat].spawn<asking>(forks_of_all, seat, diary);
    }
    std::cout << co_await read(diary) << " have eaten with messages\n";
    co_return 0;
  });
}
