// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/supervisor.hpp>

namespace troupe {

using detail::supervision;

namespace {

std::string seconds_text(std::chrono::nanoseconds d) {
  std::string text = std::to_string(std::chrono::duration<double>(d).count());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " s";
}

}  // namespace

supervisor_options supervisor::checked(const supervisor_options& o) {
  if (o.within <= std::chrono::nanoseconds{})
    throw std::invalid_argument("supervisor_options.within must be positive");
  if (o.backoff.initial < std::chrono::nanoseconds{})
    throw std::invalid_argument("supervisor_options.backoff.initial is negative");
  if (!(o.backoff.factor >= 1))
    throw std::invalid_argument("supervisor_options.backoff.factor is less than 1");
  if (o.backoff.max < o.backoff.initial)
    throw std::invalid_argument("supervisor_options.backoff.max is less than .initial");
  return o;
}

supervisor::~supervisor() {
  for (const auto& [id, e] : children_) {
    if (e.timer != 0) system().cancel(e.timer);
  }
  if (group_.timer != 0) system().cancel(group_.timer);
}

// Starting and stopping ---------------------------------------------------------------------------

std::string supervisor::objection_to(const child_spec& spec) const {
  if (!spec.maker) return "a child specification without a maker: use child<A>(name, …)";
  if (spec.stop_within < std::chrono::nanoseconds{}) {
    return "child '" + spec.name + "': its time to stop is negative";
  }
  if (children_.size() >= children_max) {
    return "a supervisor has at most " + std::to_string(children_max) + " children";
  }
  const bool taken = std::any_of(children_.begin(), children_.end(), [&](const auto& each) {
    return each.second.spec.name == spec.name;
  });
  return taken ? "there is a child named '" + spec.name + "' already" : std::string{};
}

detail::address supervisor::start(const child_spec& asked) {
  child_spec spec = asked;
  const std::uint64_t id = ++last_id_;
  if (spec.name.empty()) spec.name = "child-" + std::to_string(id);
  if (std::string why = objection_to(spec); !why.empty()) throw std::invalid_argument(why);
  const detail::address where =
      detail::spawn_supervised(home(), spec.maker, spec.stop_within.count(),
                               spec.registered ? spec.name : std::string_view{}, spec.options);
  by_cell_[where.home] = id;
  entry& e = children_[id];
  e.spec = std::move(spec);
  e.where = where;
  e.since = detail::now(system().core());
  return where;
}

void supervisor::start(const std::vector<child_spec>& specs) {
  for (const child_spec& spec : specs) start(spec);
}

promise<actor_ref<>> supervisor::on(const start_child& m) {
  auto answer = make_promise<actor_ref<>>();
  try {
    answer.set_value(actor_ref<>::at(start(m.spec)));
  } catch (...) {
    answer.set_failure(detail::failure_of(std::current_exception()));
  }
  return answer;
}

promise<bool> supervisor::on(const stop_child& m) {
  auto answer = make_promise<bool>();
  const auto found = std::find_if(children_.begin(), children_.end(), [&](const auto& each) {
    return each.second.spec.name == m.name;
  });
  if (found == children_.end()) {
    answer.set_value(false);
  } else {
    found->second.stoppers.push_back(answer);
    let_go(found->second);
  }
  return answer;
}

void supervisor::let_go(entry& e) {
  if (std::exchange(e.leaving, true)) return;
  if (e.timer != 0) system().cancel(std::exchange(e.timer, 0));
  e.state = child_state::stopping;
  detail::give_order(e.where, supervision::end);
}

std::vector<child_info> supervisor::on(which_children) const {
  std::vector<child_info> all;
  all.reserve(children_.size());
  for (const auto& [id, e] : children_) {
    all.push_back({e.spec.name, actor_ref<>::at(e.where), e.state, e.restarts});
  }
  return all;
}

// News of children --------------------------------------------------------------------------------

void supervisor::child_changed(const detail::child_change& news) {
  const auto known = by_cell_.find(news.child.home);
  if (known == by_cell_.end()) return;
  const std::uint64_t id = known->second;
  entry& e = children_.at(id);
  switch (news.happened) {
    case detail::child_change::what::gone: forget(id); break;
    case detail::child_change::what::begun:
      if (!e.leaving) e.state = child_state::running;
      e.since = detail::now(system().core());
      break;
    case detail::child_change::what::rested:
      if (!e.leaving) has_rested(id, e, news.why);
      break;
  }
  advance();
}

void supervisor::forget(std::uint64_t id) {
  const auto at = children_.find(id);
  for (auto& each : at->second.stoppers) each.set_value(true);
  by_cell_.erase(at->second.where.home);
  children_.erase(at);
}

void supervisor::has_rested(std::uint64_t id, entry& e, const exit_reason& why) {
  const bool stopped_with_group = group_.at == group_restart::phase::stopping && id >= group_.from;
  e.state = child_state::resting;
  if (!stopped_with_group) {
    has_failed(id, e, why);
  } else if (e.spec.restart == restart_kind::temporary) {
    let_go(e);
  }
}

void supervisor::has_failed(std::uint64_t id, entry& e, const exit_reason& why) {
  const bool wanted = e.spec.restart == restart_kind::permanent ||
                      (e.spec.restart == restart_kind::transient && !why.is_normal());
  if (!wanted) {
    let_go(e);
    return;
  }
  count_failure(e, why);
  const std::chrono::nanoseconds delay = delay_after(e);
  if (options_.strategy != one_for_one) {
    restart_group(options_.strategy == one_for_all ? 0 : id, delay);
  } else if (delay.count() == 0) {
    begin(e);
  } else {
    e.timer = system().tell_after(delay, self(), detail::restart_due{id});
  }
}

/// \throws error: there were too many
void supervisor::count_failure(entry& e, const exit_reason& why) {
  const std::int64_t present = detail::now(system().core());
  failed_at_.push_back(present);
  while (failed_at_.front() < present - options_.within.count()) failed_at_.pop_front();
  if (failed_at_.size() <= options_.restarts_max) return;
  throw error({errc::handler_failed,
               "child '" + e.spec.name + "' (" + std::string(e.spec.maker->kind().name) +
                   ") ended: " + to_string(why) + "; that is more than " +
                   std::to_string(options_.restarts_max) + " restart(s) in " +
                   seconds_text(options_.within),
               why});
}

std::chrono::nanoseconds supervisor::delay_after(entry& e) {
  const std::int64_t lived = detail::now(system().core()) - e.since;
  if (lived >= options_.within.count()) e.failures = 0;
  const double wanted = static_cast<double>(options_.backoff.initial.count()) *
                        std::pow(options_.backoff.factor, e.failures++);
  const auto most = options_.backoff.max;
  return wanted < static_cast<double>(most.count())
             ? std::chrono::nanoseconds{static_cast<std::int64_t>(wanted)}
             : most;
}

void supervisor::begin(entry& e) {
  e.state = child_state::starting;
  ++e.restarts;
  detail::give_order(e.where, supervision::begin);
}

void supervisor::on(detail::restart_due due) {
  if (due.child == 0) {
    group_.waits = false;
    group_.timer = 0;
    advance();
    return;
  }
  const auto at = children_.find(due.child);
  if (at == children_.end() || at->second.leaving) return;
  at->second.timer = 0;
  begin(at->second);
}

// Restarts of several -----------------------------------------------------------------------------

void supervisor::restart_group(std::uint64_t from, std::chrono::nanoseconds delay) {
  group_.from = group_.at == group_restart::phase::none ? from : std::min(from, group_.from);
  group_.at = group_restart::phase::stopping;
  if (group_.timer != 0) system().cancel(std::exchange(group_.timer, 0));
  group_.waits = delay.count() != 0;
  if (group_.waits) group_.timer = system().tell_after(delay, self(), detail::restart_due{0});
}

/// One step at a time: each is taken when the child of the step before has said that it is done.
void supervisor::advance() {
  if (group_.at == group_restart::phase::stopping && !stop_newest() && !group_.waits) {
    group_.at = group_restart::phase::beginning;
  }
  if (group_.at == group_restart::phase::beginning && !begin_oldest()) {
    group_.at = group_restart::phase::none;
  }
}

/// \return false: all of the group rest
bool supervisor::stop_newest() {
  for (auto at = children_.rbegin(); at != children_.rend() && at->first >= group_.from; ++at) {
    entry& e = at->second;
    if (e.state == child_state::resting) continue;
    if (e.state == child_state::running) {
      e.state = child_state::stopping;
      detail::give_order(e.where, supervision::rest);
    }
    return true;
  }
  return false;
}

/// \return false: all of the group run
bool supervisor::begin_oldest() {
  for (auto at = children_.lower_bound(group_.from); at != children_.end(); ++at) {
    entry& e = at->second;
    if (e.state == child_state::running || e.leaving) continue;
    if (e.state == child_state::resting) begin(e);
    return true;
  }
  return false;
}

}  // namespace troupe
