// SPDX-License-Identifier: BSD-3-Clause
// Troupe for C2: two actors take one lock in turns, again and again, as each of them asks for it at once when it has given
// it back. Forms: `apart` (one of them in another process) and `together`; and `leased`, which is no lock of ours but a
// trial: the lock stays in the process that has used it until the other one asks for it.

#include <bench/program.hpp>
#include <optional>
#include <troupe/lock.hpp>
#include <troupe/process.hpp>
#include <troupe/promise.hpp>
#include <troupe/when.hpp>

namespace bench {

struct take_turns {
  using reply =
      std::uint64_t;  // the number of the last turn, 0 if one was no higher than that before
  troupe::lock door;
  std::uint64_t turns = 0;
};

class party : public troupe::actor<take_turns> {
 public:
  troupe::task<std::uint64_t> on(take_turns order) {
    std::uint64_t last = 0;
    bool rising = true;
    for (std::uint64_t i = 0; i < order.turns; ++i) {
      const auto held = co_await order.door.acquire();
      rising = held.fence() > last && rising;
      last = held.fence();
    }
    co_return rising ? last : 0;
  }
};

troupe::task<int> take(troupe::actor_system& system, std::uint64_t count, bool apart) {
  const auto door = troupe::lock::spawn(system);
  const troupe::actor_ref<take_turns> here = system.spawn<party>();
  troupe::actor_ref<take_turns> there;
  if (apart) {
    troupe::process other = co_await system.start_process({.name = "party"});
    there = co_await other.spawn<party>();
  } else {
    there = system.spawn<party>();
  }
  const auto warm_up =
      co_await troupe::when_all(here.ask(take_turns{door, 100}), there.ask(take_turns{door, 100}));
  const auto start = clock::now();
  const auto [one, two] = co_await troupe::when_all(here.ask(take_turns{door, count / 2}),
                                                    there.ask(take_turns{door, count / 2}));
  const double seconds = seconds_since(start);
  const std::uint64_t last = std::max(*one, *two);
  co_return report(
      count, seconds,
      std::get<0>(warm_up).has_value() && std::min(*one, *two) > 0 && last == count / 2 * 2 + 200);
}

// The trial ----------------------------------------------------------------------------------------

struct hand_over {
  using reply = std::uint64_t;  // the number of the last turn
};
struct meet {
  troupe::actor_ref<hand_over> other;
  bool has_it = false;
};
struct enter {
  using reply = std::uint64_t;
};
struct leave {};

/// Has the lock, or asks the one in the other process for it, which gives it up after the turn under way.
class lease : public troupe::actor<meet, hand_over, enter, leave> {
 public:
  static constexpr bool reentrant = true;

  void on(meet m) {
    other_ = m.other;
    has_it_ = m.has_it;
  }
  troupe::task<std::uint64_t> on(enter) {
    if (!has_it_) last_ = co_await other_.ask(hand_over{});
    has_it_ = in_use_ = true;
    co_return ++last_;
  }
  void on(leave) {
    in_use_ = false;
    if (wanted_) give_up(*std::exchange(wanted_, std::nullopt));
  }
  troupe::promise<std::uint64_t> on(hand_over) {
    auto asked = this->template make_promise<std::uint64_t>();
    if (has_it_ && !in_use_) {
      give_up(asked);
    } else {
      wanted_ = asked;
    }
    return asked;
  }

 private:
  void give_up(troupe::promise<std::uint64_t> to) {
    has_it_ = false;
    to.set_value(last_);
  }

  troupe::actor_ref<hand_over> other_;
  std::optional<troupe::promise<std::uint64_t>> wanted_;
  std::uint64_t last_ = 0;
  bool has_it_ = false;
  bool in_use_ = false;
};

struct take_leased {
  using reply = std::uint64_t;
  troupe::actor_ref<meet, hand_over, enter, leave> by;
  std::uint64_t turns = 0;
};
class tenant : public troupe::actor<take_leased> {
 public:
  troupe::task<std::uint64_t> on(take_leased order) {
    std::uint64_t last = 0;
    bool rising = true;
    for (std::uint64_t i = 0; i < order.turns; ++i) {
      const std::uint64_t turn = co_await order.by.ask(enter{});
      rising = turn > last && rising;
      last = turn;
      order.by.tell(leave{});
    }
    co_return rising ? last : 0;
  }
};

troupe::task<int> take_from_lease(troupe::actor_system& system, std::uint64_t count) {
  troupe::process other = co_await system.start_process({.name = "tenant"});
  const auto ours = system.spawn<lease>();
  const auto theirs = co_await other.spawn<lease>();
  ours.tell(meet{theirs, true});
  theirs.tell(meet{ours, false});
  const auto here = system.spawn<tenant>();
  const auto there = co_await other.spawn<tenant>();
  const auto start = clock::now();
  const auto [one, two] = co_await troupe::when_all(here.ask(take_leased{ours, count / 2}),
                                                    there.ask(take_leased{theirs, count / 2}));
  const double seconds = seconds_since(start);
  co_return report(count, seconds,
                   std::min(*one, *two) > 0 && std::max(*one, *two) == count / 2 * 2);
}

}  // namespace bench

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 100'000, {"apart", "together", "leased"});
  troupe::actor_system system({.workers = options.workers});
  return system.run(options.form == "leased"
                        ? bench::take_from_lease(system, options.count)
                        : bench::take(system, options.count, options.form == "apart"));
}
