// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <future>
#include <memory>
#include <string>
#include <troupe/actor_system.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "caf_dialect.hpp"
#include "within.hpp"

/// Both systems, and messages that go between them.
namespace neighbours {

/// A CAF system with few threads, and no arguments from anywhere.
struct caf_side {
  explicit caf_side(unsigned threads = 2) : system(settings(threads)) {}

  caf::actor_system& operator*() { return system; }

  struct config : caf::actor_system_config {
    explicit config(unsigned threads) { caf_dialect::be_quiet(*this, threads); }
  };
  config& settings(unsigned threads) {
    how = std::make_unique<config>(threads);
    return *how;
  }

  std::unique_ptr<config> how;
  caf::actor_system system;
};

/// An actor of CAF's that lives as `body(self)` says: a behaviour, or nothing, then it ends at once. CAF 0.17
/// reads through a null pointer when it spawns a function without arguments, and the sanitizers see it.
template <class F>
caf::actor start(caf::actor_system& system, F body) {
  return system.spawn(
      [](caf::event_based_actor* self, const F& life) -> caf::behavior {
        if constexpr (std::is_void_v<decltype(life(self))>) {
          life(self);
          return {};
        } else {
          return life(self);
        }
      },
      std::move(body));
}

/// What an actor tells the test, once. Copies mean the same, so nobody's end can come too early for the other.
template <class T>
class news {
 public:
  template <class... Value>
  void tell(Value&&... value) const {
    told_->set_value(std::forward<Value>(value)...);
  }
  T wait() const { return within(told_->get_future()); }

 private:
  std::shared_ptr<std::promise<T>> told_ = std::make_shared<std::promise<T>>();
};

struct add {
  int number;
};
/// Its answer holds what neither side has told CAF of.
struct list {
  using reply = std::vector<int>;
};
struct sum {
  using reply = long;
};
struct fail {
  std::string text;
};
struct plain {  // CAF knows nothing of it
  int number;
  std::string text;
};
struct copy_of {
  using reply = plain;
  int number;
};
/// Answered by nobody until the actor is told so.
struct wait_for {
  using reply = int;
};

inline std::atomic<int> copies{0};
struct counted {
  static constexpr bool local_only = true;
  counted() = default;
  counted(const counted&) { ++copies; }
  counted(counted&&) noexcept = default;
  counted& operator=(const counted&) = default;
  counted& operator=(counted&&) = default;
  ~counted() = default;
};

struct watch_this {
  troupe::actor_ref<> whom;
};
class witness : public troupe::actor<watch_this> {
 public:
  explicit witness(news<troupe::exit_reason> heard) : heard_(std::move(heard)) {}
  void on(watch_this m) { monitor(m.whom); }
  void on(const troupe::down& end) {
    heard_.tell(end.reason);
    stop();
  }

 private:
  news<troupe::exit_reason> heard_;
};
/// Why `whom` will have ended; from now on.
inline news<troupe::exit_reason> end_of(troupe::actor_system& system,
                                        const troupe::actor_ref<>& whom) {
  news<troupe::exit_reason> heard;
  system.spawn<witness>(heard).ask(watch_this{whom}).get();
  return heard;
}

}  // namespace neighbours

CAF_1_TYPES(neighbours, (neighbours::add)(neighbours::list)(neighbours::sum)(neighbours::fail)(
                            neighbours::plain)(neighbours::copy_of)(neighbours::wait_for)(
                            neighbours::counted)(std::vector<int>))
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(neighbours::add)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(neighbours::fail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(neighbours::copy_of)
