// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/supervisor.hpp>
#include <utility>
#include <vector>

/// Children to supervise, and what the tests of supervisors ask of them.
namespace supervised {

using namespace troupe;
using namespace std::chrono_literals;

/// What happened, in order.
class journal {
 public:
  void add(std::string line) {
    std::scoped_lock lock{mutex_};
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    std::scoped_lock lock{mutex_};
    return lines_;
  }
  std::size_t count(const std::string& line) const {
    const auto all = lines();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), line));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};
using journal_ptr = std::shared_ptr<journal>;

struct fail {
  std::string text;
};
struct finish {};
struct add {
  int n = 0;
};
struct at_once {
  static constexpr auto priority = urgent;
};
struct total {
  using reply = int;
};
struct slow {
  using reply = int;
};
struct hold {
  static constexpr bool local_only = true;
  std::promise<void>* entered;
  std::shared_future<void> go;
};

/// Adds up; says when it begins and ends.
class worker : public actor<fail, finish, add, total, slow, hold> {
 public:
  worker(journal_ptr j, std::string name) : journal_(std::move(j)), name_(std::move(name)) {
    journal_->add("+" + name_);
  }
  ~worker() { journal_->add("-" + name_); }
  void on(const fail& m) { throw std::runtime_error(m.text); }
  void on(finish) { stop(); }
  void on(add m) { sum_ += m.n; }
  int on(total) const { return sum_; }
  task<int> on(slow) {
    co_await sleep_for(1h);
    co_return 1;
  }
  void on(const hold& m) {
    m.entered->set_value();
    m.go.wait();
  }

 private:
  journal_ptr journal_;
  std::string name_;
  int sum_ = 0;
};
using worker_ref = actor_ref<fail, finish, add, total, slow, hold>;

inline auto worker_child(const journal_ptr& j, const std::string& name) {
  return child<worker>(name, j, name);
}

constexpr supervisor_options often{.restarts_max = 1000};

inline worker_ref child_named(actor_system& system, const supervisor_ref& top,
                              const std::string& name) {
  (void)system;
  for (const auto& each : top.ask(which_children{}).get()) {
    if (each.name == name) return worker_ref::at(each.ref.where());
  }
  return {};
}
inline std::uint32_t restarts_of(const supervisor_ref& top, const std::string& name) {
  for (const auto& each : top.ask(which_children{}).get()) {
    if (each.name == name) return each.restarts;
  }
  return 999;
}
inline std::vector<std::string> names_of(const supervisor_ref& top) {
  std::vector<std::string> names;
  for (const auto& each : top.ask(which_children{}).get()) names.push_back(each.name);
  return names;
}
inline bool all_run(const supervisor_ref& top) {
  const auto all = top.ask(which_children{}).get();
  return std::all_of(all.begin(), all.end(),
                     [](const auto& each) { return each.state == child_state::running; });
}

inline task<exit_reason> end_of(actor_ref<> whom) { co_return co_await ended(whom); }

struct news {
  using reply = std::vector<std::string>;
};
/// Hears of ends.
class listener : public actor<news> {
 public:
  explicit listener(std::vector<actor_ref<>> all) {
    for (const auto& each : all) monitor(each);
  }
  void on(const down& d) { heard_.push_back(to_string(d.reason)); }
  std::vector<std::string> on(news) const { return heard_; }

 private:
  std::vector<std::string> heard_;
};

/// Its constructor throws, but for the first time.
class brittle : public actor<fail, total> {
 public:
  explicit brittle(std::shared_ptr<std::atomic<int>> made, int good_from = 1000) {
    if (const int n = (*made)++; n != 0 && n < good_from) throw std::runtime_error("brittle");
  }
  void on(const fail& m) { throw std::runtime_error(m.text); }
  int on(total) const { return 1; }
};

}  // namespace supervised
