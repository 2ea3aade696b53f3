// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/inspection.hpp>

#include <algorithm>
#include <troupe/detail/cancellation.hpp>

#include "near.hpp"
#include "turn.hpp"

namespace troupe::detail {
namespace {

// Above the ids of waits: what is waited for without one.
constexpr std::uint64_t message_id = std::uint64_t{1} << 63;
constexpr std::uint64_t other_id = std::uint64_t{1} << 62;

void observe_waits(const cell& c, observation& seen) {
  if (const extras* x = c.extra) {
    for (const wait_node* w : x->waits.some(observation::waits_max)) {
      if (w->what != awaited::other) seen.waits.push_back({w->what, w->whom, w->id});
    }
    const std::size_t all = x->waits.count();
    seen.waits_total = all > observation::waits_max ? all : seen.waits.size();
    if (x->receiver) {
      ++seen.waits_total;
      seen.waits.push_back({awaited::message, {}, message_id | handled_by(c)});
    }
  }
  if (seen.waits.empty() && c.busy) {
    ++seen.waits_total;
    seen.waits.push_back({awaited::other, {}, other_id | handled_by(c)});
  }
}

void observe_lines(const cell& c, observation& seen) {
  const seldom_needed* s = c.extra ? c.extra->seldom.get() : nullptr;
  for (const waiting_line* line = s ? s->lines : nullptr; line; line = line->next()) {
    const std::size_t waiting = line->waiting();
    if (waiting == 0) continue;
    seen.in_line += waiting;
    seen.eldest_since = std::min(seen.eldest_since, line->eldest_since());
  }
}

}  // namespace

void list_line(cell& c, waiting_line& line) {
  if (!line.is_listed()) line.list_at(seldom_of(c).lines);
}

observation observe(cell& c) {
  observation seen;
  const extras* x = c.extra;
  if (c.state == cell_state::stopping) {
    cell* youngest = x ? x->youngest_child : nullptr;
    seen = {actor_state::stopping, {{awaited::children, {}, other_id}}, 1};
    if (youngest) seen.waits.front().whom = youngest->self();
  } else if (c.state == cell_state::resting) {
    seen = {actor_state::resting, {{awaited::supervisor, {}, other_id}}, 1};
  } else if (x && x->is_coroutine && x->resume_next) {
    seen.state = actor_state::starting;
  } else {
    observe_waits(c, seen);
    if (!seen.waits.empty()) seen.state = actor_state::waiting;
  }
  observe_lines(c, seen);
  return seen;
}

void answer_inspection(cell& c, envelope& e) noexcept {
  try {
    e.as<inspection_ticket>().answer(observe(c));
  } catch (const std::bad_alloc&) {
    return;  // it has not answered
  }
}

inspection_ticket::~inspection_ticket() {
  if (!desk_) return;
  std::scoped_lock hold{desk_->mutex};
  desk_->asked.erase(actor_);
  if (--whole_->pending == 0) desk_->changed.notify_all();
}

void inspection_ticket::answer(observation seen) noexcept {
  std::scoped_lock hold{desk_->mutex};
  whole_->answers[index_] = std::move(seen);
}

}  // namespace troupe::detail
