// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <ranges>

#include "pool_place.hpp"

/// What the pools of the rows are given to do.
namespace troupe::conformance::pool_tasks_of_rows {

using namespace std::chrono_literals;

struct power_of {
  int base = 0;
  int exponent = 2;
};
inline int power(power_of p) {
  int all = 1;
  for (int i = 0; i < p.exponent; ++i) all *= p.base;
  return all;
}
inline int square(int x) { return x * x; }
inline int product(int a, int b) { return a * b; }
inline int negated_or_thrown(int x) {
  if (x == 7) throw std::invalid_argument("seven");
  return -x;
}
/// Ends not before it may.
inline task<int> square_after(event go, int x) {
  co_await go.wait();
  co_return x* x;
}
inline task<int> wait_a_while(int x) {
  co_await sleep_for(50ms);
  co_return x;
}

struct stays {
  static constexpr bool local_only = true;
};
inline int take(stays) { return 1; }
struct refuses {
  bool so = false;
  template <class Archive>
  void serialize(Archive& archive) {
    if (so) throw std::runtime_error("cannot be written");
    archive(so);
  }
};
inline refuses give(bool so) { return {so}; }

struct own_error : std::exception {
  int code = 0;
  std::string text;
  const char* what() const noexcept override { return text.c_str(); }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(code, text);
  }
};
inline int throw_own(int code) {
  own_error e;
  e.code = code;
  e.text = "own " + std::to_string(code);
  throw e;
}
inline int throw_long(int) { throw std::runtime_error(std::string(1 << 20, 'x')); }

/// Counts those that live in this process.
struct counted {
  static inline std::atomic<int> alive{0};
  int x = 0;
  counted() { ++alive; }
  explicit counted(int value) : x(value) { ++alive; }
  counted(const counted& other) : x(other.x) { ++alive; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(x);
  }
};
inline counted pass(counted c) { return c; }
inline int alive(int) { return counted::alive; }

inline int process_id(int) { return getpid(); }
inline int starts = 0;
inline void count_start() { ++starts; }
inline int starts_here(int) { return starts; }
/// Goes well twice.
inline void start_but_twice(std::string directory) {
  std::error_code error;
  for (const char* name : {"/1", "/2"}) {
    if (std::filesystem::create_directory(directory + name, error)) return;
  }
  throw std::runtime_error("there are two already");
}

inline task<int> leave_open(actor_system& system) {
  auto starting = pool::start(system, {.processes = 2});
  const pool workers = co_await std::move(starting);
  co_return co_await workers.apply<&square>(7) == 49 ? 0 : 1;
}

struct use_pool {
  using reply = int;
  pool workers;
};
class user : public actor<use_pool> {
 public:
  task<int> on(use_pool m) {
    const auto all = co_await m.workers.map<&square>(up_to(4));
    co_await m.workers.terminate();
    co_await m.workers.join();
    co_return std::accumulate(all.begin(), all.end(), 0);
  }
};

/// 0 … 5, then it throws.
inline auto failing_source(int good = 6) {
  return std::views::iota(0, 100) | std::views::transform([good](int i) {
           if (i == good) throw std::domain_error("the source");
           return i;
         });
}
template <class Stream>
std::vector<int> all_of(Stream& stream) {
  std::vector<int> all;
  while (auto each = stream.next().get()) all.push_back(*each);
  return all;
}
inline std::vector<int> squares(int n) {
  std::vector<int> all = up_to(n);
  for (int& x : all) x *= x;
  return all;
}

}  // namespace troupe::conformance::pool_tasks_of_rows
