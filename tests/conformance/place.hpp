// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Where a row is tried. A row's body is written once, against `place`; a new place is one more
// class and one more line in places(). Any ready-made actor and any party can be made in it:
//
//   const auto door = here.make<lock>();                       // lock::spawn(system), served where such are
//   const auto gate = here.make<&barrier_of>(3);               // what a function (actor_system&, int) gives
//   const auto child = here.spawn_apart<doer<pocket, &take>>();  // any class: a process of its own, if there are
//   pending<bool> got = begin(here.system(), child.ask(told<&take>(door)));
//
// What crosses to another process is found again by its name: a function or a class that is used like this
// must have a name of its own in the whole program, so do not put it into a nameless namespace.

#include <doctest/doctest.h>

#include <deadline.hpp>
#include <eventually.hpp>
#include <functional>
#include <future>
#include <memory>
#include <pending.hpp>
#include <results.hpp>
#include <string_view>
#include <troupe/actor_system.hpp>
#include <troupe/barrier.hpp>
#include <troupe/event.hpp>
#include <vector>

#include "doer.hpp"
#include "home.hpp"
#include "party.hpp"

namespace troupe::conformance {

/// How an actor comes to its end. The last one takes its whole process along, by signal 9.
enum class death { kill, stop, exception, process };

class place {
 public:
  virtual ~place() = default;
  virtual std::string_view name() const = 0;
  /// Where the body of the row runs.
  virtual actor_system& system() = 0;
  /// Whether these live in processes other than the body's, which can be killed.
  virtual bool parties_apart() const { return false; }
  virtual bool coordinators_apart() const { return false; }
  /// Whether who watches a process learns the signal by which it has ended; else no more than that nothing
  /// comes from there.
  virtual bool tells_signals() const { return true; }

  /// What `Make(actor_system&, args…)` gives, called in the process that serves such objects, which
  /// need not be that of the body.
  template <auto Make, class... Args>
  auto make(Args... args) {
    if (!coordinators_apart()) return Make(system(), std::move(args)...);
    const std::shared_ptr<home> there = home_of_coordinators();
    const auto by = remember(there, system().run(there->spawn<maker<Make, Args...>>(args...)));
    auto handle = by.ask(made<Make, Args...>{}).get();
    by.stop();
    remember(there, handle.coordinator());
    return handle;
  }
  /// `make<event>()`: what `event::spawn(system, args…)` gives.
  template <class Handle, class... Args>
  Handle make(Args... args) {
    return make<&spawn_handle<Handle, Args...>>(std::move(args)...);
  }

  /// An actor of that class; in a process of its own, where there are several.
  template <class A, class... Args>
  auto spawn_apart(Args... args) {
    if (!parties_apart()) return system().template spawn<A>(std::move(args)...);
    const std::shared_ptr<home> there = start_home();
    return remember(there, system().run(there->spawn<A>(std::move(args)...)));
  }
  /// The same for an actor that is a function.
  template <auto Function, class... Args>
  auto spawn_apart(Args... args) {
    if (!parties_apart()) return system().template spawn<Function>(std::move(args)...);
    const std::shared_ptr<home> there = start_home();
    return remember(there, system().run(there->spawn<Function>(std::move(args)...)));
  }

  event spawn_event();
  barrier spawn_barrier(int parties, limit timeout = {});
  party_ref spawn_party();
  void spawn_passer(event go, barrier gate, ledger_ref book);

  void kill_process_of(const actor_ref<>& whom);
  /// Ends a coordinator or a party. \return why it ended, as whoever watches it learns, once it has
  template <class... Ms>
  exit_reason end(const actor_ref<Ms...>& whom, death how) {
    if (how != death::exception) return end_other(whom, how);
    if constexpr ((std::same_as<Ms, fail> || ...)) {
      return watch(whom, [&] { whom.tell(fail{}); });
    } else {
      FAIL("this one cannot be told to throw: its protocol lacks `fail`");
      return {};
    }
  }

 protected:
  /// A new one. Only where parties live apart.
  virtual std::shared_ptr<home> start_home();
  /// The one that serves; a new one, if it has been killed. Only where coordinators live apart.
  virtual std::shared_ptr<home> home_of_coordinators();
  void forget_homes() { homes_.clear(); }

 private:
  template <class Ref>
  Ref remember(const std::shared_ptr<home>& there, Ref whom) {
    homes_.emplace_back(whom, there);
    return whom;
  }
  exit_reason end_other(const actor_ref<>& whom, death how);
  exit_reason watch(const actor_ref<>& whom, const std::function<void()>& strike);

  std::vector<std::pair<actor_ref<>, std::shared_ptr<home>>> homes_;
};

/// Those of $TROUPE_PLACE: one process and several, if it says nothing else; `nodes` of a cluster.
std::vector<std::function<std::unique_ptr<place>()>> places();

/// Runs `body(place&)` in each place, freshly made.
template <class Body>
void in_every_place(Body body) {
  for (const auto& make : places()) {
    const deadline limit(doctest::getContextOptions()->currentTest->m_name,
                         std::chrono::seconds{120});
    const auto here = make();
    testing::count_place();
    INFO("in place: ", std::string(here->name()));
    body(*here);
  }
}

/// Runs `body(place&, death)` in each place, for each way in which a party can die there.
template <class Body>
void at_every_death(Body body) {
  in_every_place([&](place& here) {
    for (const death how : {death::kill, death::stop, death::exception, death::process}) {
      if (how == death::process && !here.parties_apart()) continue;
      INFO("by 0 kill, 1 stop, 2 exception, 3 the end of its process: ", static_cast<int>(how));
      body(here, how);
    }
  });
}

/// The ways in which a coordinator can end there.
std::vector<death> ends_of_coordinators(const place& here);
/// What those who wait are told of the end of a coordinator, and those who come later.
exit_reason reason_of(const place& here, death how);
exit_reason late_reason_of(const place& here, death how);
/// Whether both tell of the same end. What is known of a lost connection differs with who has lost it.
bool alike(const exit_reason& a, const exit_reason& b);
void says_gone(const failure& f, const exit_reason& why);
/// The same for who asks when the end is already known. An actor tells its watchers first, and gives up its
/// address after that: in between it still answers with the reason itself.
void says_gone_late(const failure& f, const place& here, death how);

using testing::begin;
using testing::finish;
using testing::finish_well;
using testing::is_over;
using testing::pending;

/// What a party answered. The party itself must live.
inline passage passage_of(pending<passage>& p) { return finish_well(p); }

}  // namespace troupe::conformance
