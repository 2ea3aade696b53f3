// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Actors that do what a row says, wherever its place puts them. All they hear and say can travel.

#include <chrono>
#include <csignal>
#include <optional>
#include <troupe/actor_system.hpp>
#include <troupe/barrier.hpp>
#include <troupe/event.hpp>
#include <vector>

#include "doer.hpp"

namespace troupe::conformance {

/// Writes down what happened, in the order in which it heard of it.
enum class step : std::uint8_t { arrived, acted, left };
struct entry {
  step what = step::arrived;
  int round = 0;
  bool operator==(const entry&) const = default;
};
struct entries {
  using reply = std::vector<entry>;
};
class ledger : public actor<entry, entries> {
 public:
  void on(entry e) { all_.push_back(e); }
  std::vector<entry> on(entries) const { return all_; }

 private:
  std::vector<entry> all_;
};
using ledger_ref = actor_ref<entry, entries>;

using limit = std::optional<std::chrono::nanoseconds>;

/// How a wait came out: a failure is a value here, so that it does not end the party.
struct passage {
  bool passed = false;
  int value = 0;  ///< the index, or whether the event was set
  failure why;
};

struct wait_for_event {
  using reply = passage;
  event flag;
  limit timeout = {};
};
struct set_event {
  event flag;
};
struct clear_event {
  event flag;
};
struct look_at_event {
  using reply = bool;
  event flag;
};
struct wait_at_barrier {
  using reply = passage;
  barrier gate;
  limit timeout = {};
};
struct reset_barrier {
  barrier gate;
};
struct parties_of_barrier {
  using reply = int;
  barrier gate;
};
/// Round after round: arrive, pass, leave, and have each written down.
struct rounds_at_barrier {
  barrier gate;
  ledger_ref book;
  int rounds = 1;
};
/// Its process ends with the round: what it does next is to die.
struct die_after_barrier {
  barrier gate;
};
/// A party does each thing it is told, also while it waits.
class party
    : public actor<wait_for_event, set_event, clear_event, look_at_event, wait_at_barrier,
                   reset_barrier, parties_of_barrier, rounds_at_barrier, die_after_barrier, fail> {
 public:
  static constexpr bool reentrant = true;

  task<passage> on(wait_for_event m) {
    if (m.timeout) co_return passage_of(co_await m.flag.wait(*m.timeout).result());
    co_return passage_of(co_await m.flag.wait().result());
  }
  task<void> on(set_event m) { co_await m.flag.set(); }
  task<void> on(clear_event m) { co_await m.flag.clear(); }
  task<bool> on(look_at_event m) { co_return co_await m.flag.is_set(); }
  task<passage> on(wait_at_barrier m) {
    if (m.timeout) co_return passage_of(co_await m.gate.wait(*m.timeout).result());
    co_return passage_of(co_await m.gate.wait().result());
  }
  task<void> on(reset_barrier m) { co_await m.gate.reset(); }
  task<int> on(parties_of_barrier m) { co_return co_await m.gate.parties(); }
  task<void> on(rounds_at_barrier m) {
    for (int round = 0; round < m.rounds; ++round) {
      co_await m.book.ask(entry{step::arrived, round});
      co_await m.gate.wait();
      co_await m.book.ask(entry{step::left, round});
    }
  }
  task<void> on(die_after_barrier m) {
    co_await m.gate.wait();
    std::raise(SIGKILL);
  }
  void on(fail) { throw std::runtime_error("told to fail"); }

 private:
  template <class Value>
  static passage passage_of(const outcome<Value>& got) {
    if (got.has_value()) return {true, static_cast<int>(*got), {}};
    return {false, 0, got.error()};
  }
};
using party_ref =
    actor_ref<wait_for_event, set_event, clear_event, look_at_event, wait_at_barrier, reset_barrier,
              parties_of_barrier, rounds_at_barrier, die_after_barrier, fail>;

inline barrier barrier_of(actor_system& system, int parties, limit timeout) {
  return barrier::spawn(system, {.parties = parties, .timeout = timeout});
}

/// One event, one round, with handles that it is born with.
inline behavior passer(mailbox<>, event go, barrier gate, ledger_ref book) {
  co_await go.wait();
  co_await book.ask(entry{step::arrived, 0});
  co_await gate.wait();
  co_await book.ask(entry{step::left, 0});
}

}  // namespace troupe::conformance
