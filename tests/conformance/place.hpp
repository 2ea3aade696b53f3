// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Where a row is tried. A row's body is written once, against `place`; a new place is one more
// class and one more line in places().

#include <doctest/doctest.h>

#include <deadline.hpp>
#include <eventually.hpp>
#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <troupe/actor_system.hpp>
#include <troupe/barrier.hpp>
#include <troupe/event.hpp>
#include <vector>

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
  /// The object, in the process that serves such objects, which need not be that of the body.
  virtual event spawn_event() = 0;
  virtual barrier spawn_barrier(int parties, limit timeout = {}) = 0;
  /// A party; each in a process of its own, where there are several.
  virtual party_ref spawn_party() = 0;
  /// The same, for one that is given its handles as arguments.
  virtual void spawn_passer(event go, barrier gate, ledger_ref book) = 0;

  /// Whether these live in processes other than the body's, which can be killed.
  virtual bool parties_apart() const { return false; }
  virtual bool coordinators_apart() const { return false; }
  virtual void kill_process_of(const actor_ref<>& whom);

  /// Ends a coordinator or a party. \return why it ended, as whoever watches it learns, once it has
  exit_reason end(const actor_ref<>& whom, death how);
  exit_reason end(const party_ref& whom, death how);

 private:
  exit_reason watch(const actor_ref<>& whom, const std::function<void()>& strike);
};

std::vector<std::function<std::unique_ptr<place>()>> places();

/// Runs `body(place&)` in each place, freshly made.
template <class Body>
void in_every_place(Body body) {
  for (const auto& make : places()) {
    const deadline limit(doctest::getContextOptions()->currentTest->m_name,
                         std::chrono::seconds{120});
    const auto here = make();
    INFO("in place: ", std::string(here->name()));
    body(*here);
  }
}

/// A verb that is under way while the body goes on.
template <class R>
using pending = std::future<outcome<R>>;

template <class M>
pending<reply_of<M>> begin(actor_system& system, ask_operation<M> ask) {
  using promised = std::promise<outcome<reply_of<M>>>;
  auto done = std::make_shared<promised>();
  auto result = done->get_future();
  system.spawn(
      [](mailbox<>, ask_operation<M> question, std::shared_ptr<promised> to) -> behavior {
        auto answer = std::move(question).result();
        auto got = co_await answer;
        to->set_value(std::move(got));
      },
      std::move(ask), std::move(done));
  return result;
}

template <class R>
bool is_over(const pending<R>& p) {
  return p.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
}
template <class R>
outcome<R> finish(pending<R>& p) {
  REQUIRE(p.wait_for(far_too_long) == std::future_status::ready);
  return p.get();
}
/// What a party answered. The party itself must live.
inline passage passage_of(pending<passage>& p) {
  auto got = finish(p);
  REQUIRE(got.has_value());
  return std::move(*got);
}

}  // namespace troupe::conformance
