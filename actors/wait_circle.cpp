// SPDX-License-Identifier: BSD-3-Clause
#include "wait_circle.hpp"

#include <algorithm>
#include <cstdio>
#include <troupe/holdings.hpp>
#include <tuple>

namespace troupe::detail {

using namespace std::chrono_literals;

namespace {

constexpr auto patience_per_question =
    1s;  // an actor that does not answer in time runs, so it does not wait
constexpr std::size_t steps_max = 10'000;

std::string in_full(const std::string& kind, const actor_ref<>& who, const std::string& process) {
  return kind + " " + to_string(who) + (process.empty() ? "" : " of '" + process + "'");
}

/// `troupe::detail::lock_coordinator` is a lock.
std::string thing_of(std::string kind) {
  constexpr std::string_view before = "troupe::detail::", after = "_coordinator";
  if (kind.starts_with(before)) kind.erase(0, before.size());
  if (kind.ends_with(after)) kind.erase(kind.size() - after.size());
  return kind;
}

template <class M>
auto question(const actor_ref<>& whom, M m) {
  return actor_ref<M>::at(whom.where()).ask(std::move(m), patience_per_question).result();
}

/// The one actor that holds all of it; nobody, if there are more.
actor_ref<> sole_holder(const holdings_report& all) {
  actor_ref<> holder;
  for (const holding& h : all.held) {
    if (h.by_thread || (holder && h.who != holder)) return {};
    holder = h.who;
  }
  return holder;
}

/// Fills in who holds what `edge.who` waits for at that coordinator.
task<bool> follow_holder(wait_edge& edge, actor_ref<> coordinator, std::string kind) {
  auto asking = question(coordinator, messages::holdings_of{});
  const auto all = co_await asking;
  if (!all || !all->exclusive) co_return false;
  const auto waiting = std::find_if(all->wanted.begin(), all->wanted.end(), [&](const holding& h) {
    return h.question == edge.id && h.who == edge.who;
  });
  if (waiting == all->wanted.end() || waiting->limited) co_return false;
  edge.age = waiting->age;
  edge.since = waiting->since;
  edge.thing = coordinator;
  edge.thing_name = thing_of(std::move(kind)) + " " + to_string(coordinator);
  edge.next = sole_holder(*all);
  co_return static_cast<bool>(edge.next);
}

}  // namespace

task<std::optional<wait_edge>> wait_of(actor_ref<> who) {
  auto asking = question(who, messages::wait_of{});
  const auto said = co_await asking;
  if (!said || !said->stands_still || !said->whom) co_return std::nullopt;
  wait_edge edge{.who = who,
                 .name = in_full(said->name, who, said->process),
                 .id = said->id,
                 .what = said->what,
                 .next = said->whom};
  if (edge.what == awaited::end) co_return edge;
  auto asking_other = question(said->whom, messages::wait_of{who, said->id});
  const auto other = co_await asking_other;
  if (!other) co_return std::nullopt;
  if (other->gives_out) {
    if (!co_await follow_holder(edge, said->whom, other->name)) co_return std::nullopt;
  } else if (!other->owes) {
    co_return std::nullopt;
  }
  co_return edge;
}

task<std::vector<wait_edge>> circle_from(actor_ref<> first) {
  std::vector<wait_edge> way;
  std::vector<wait_edge> circle;
  for (actor_ref<> at = first; circle.empty(); at = way.back().next) {
    auto edge = co_await wait_of(at);
    if (!edge || way.size() == steps_max) co_return circle;
    way.push_back(*std::move(edge));
    const auto met = std::find_if(way.begin(), way.end(),
                                  [&](const wait_edge& e) { return e.who == way.back().next; });
    circle.assign(met, way.end());
  }
  for (const wait_edge& seen : circle) {
    const auto again = co_await wait_of(seen.who);
    if (!again || !again->is_same(seen)) co_return std::vector<wait_edge>{};
  }
  co_return circle;
}

const wait_edge* youngest(const std::vector<wait_edge>& circle) noexcept {
  const auto is_younger = [](const wait_edge& a, const wait_edge& b) {
    return std::tie(a.since, a.name, a.id) > std::tie(b.since, b.name, b.id);
  };
  const wait_edge* found = nullptr;
  for (const wait_edge& e : circle) {
    if (e.what == awaited::reply && (!found || is_younger(e, *found))) found = &e;
  }
  return found;
}

std::string in_words(const std::vector<wait_edge>& circle) {
  std::string text = "deadlock: " + circle.front().name + " waits ";
  for (std::size_t i = 0; i < circle.size(); ++i) {
    const wait_edge& e = circle[i];
    if (i != 0) text += ", which waits ";
    if (e.age) {
      char seconds[32];
      const double age = std::chrono::duration<double>(*e.age).count();
      std::snprintf(seconds, sizeof seconds, "%.1f s ", age);
      text += seconds;
    }
    if (e.thing) {
      text += "for " + e.thing_name + ", held by ";
    } else {
      text += e.what == awaited::end ? "for the end of " : "for an answer of ";
    }
    text += circle[(i + 1) % circle.size()].name;
  }
  return text;
}

}  // namespace troupe::detail
