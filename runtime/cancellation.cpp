// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/cancellation.hpp>

#include <algorithm>
#include <troupe/dead_letter.hpp>
#include <troupe/detail/dispatch.hpp>
#include <troupe/detail/system_core.hpp>
#include <troupe/detail/withdrawal.hpp>
#include <troupe/stoppable_ask.hpp>
#include <utility>

#include "turn.hpp"

/// The callee's side of giving up. The asker sends one `cancel`; it overtakes mail. If the question is
/// being worked on, its stop token is triggered; if it still waits, it will not be run; if it has been put
/// off, whoever put it off is told, if it wants to know.
namespace troupe::detail {

void seldom_needed_end::operator()(seldom_needed* all) const noexcept { delete all; }

seldom_needed& seldom_of(cell& c) {
  auto& all = extras_of(c).seldom;
  if (!all) all.reset(new seldom_needed);
  return *all;
}

namespace {

bool has_passed(cell& c, std::int64_t deadline) noexcept {
  return deadline != 0 && deadline <= now(*c.system.load(std::memory_order_relaxed));
}

bool is_over(const work_scope& s) noexcept {
  if (!s.by_promise) return false;
  const auto kept = s.kept.lock();
  return !kept || kept->is_answered();
}

void stop_work(wait_node& w, envelope*) {
  auto& scope = static_cast<work_scope&>(w);
  if (!is_over(scope)) scope.source.request_stop();
}

/// Promises are answered anywhere, so that their scopes are found to be over only here.
void drop_finished(cell& c, seldom_needed& all) noexcept {
  if (all.scopes.size() < all.scopes_limit) return;
  for (std::size_t i = all.scopes.size(); i-- > 0;) {
    if (is_over(*all.scopes[i])) end_scope(c, *all.scopes[i]);
  }
  all.scopes_limit = std::max<std::size_t>(64, 2 * all.scopes.size());
}

work_scope& open_scope(cell& c, const correlation& question) {
  seldom_needed& all = seldom_of(c);
  drop_finished(c, all);
  auto made = std::make_unique<work_scope>();
  made->what = awaited::other;  // nothing of the actor stands still for it
  work_scope& scope = *made;
  scope.question = question;
  scope.complete = &stop_work;
  scope.deadline = question.deadline;
  scope.place = all.scopes.size();
  all.scopes.push_back(std::move(made));
  add_wait(c, scope);
  // The end of an asker in another process is not told by the asker itself.
  if (is_remote(question.from)) request_end(c, question.from, scope.id);
  if (has_passed(c, question.deadline)) scope.source.request_stop();
  return scope;
}

bool stop_scope(seldom_needed* all, const correlation& question) {
  if (!all) return false;
  for (const auto& scope : all->scopes) {
    if (!same_question{}(scope->question, question)) continue;
    scope->source.request_stop();
    return true;
  }
  return false;
}

bool mark_stashed(extras& x, const correlation& question) noexcept {
  for (auto* e = x.stash_first; e;
       e = static_cast<envelope*>(e->next.load(std::memory_order_relaxed))) {
    if (e->kind != envelope_kind::ask || !same_question{}(correlation_of(*e), question)) continue;
    e->flags |= ask_withdrawn;
    return true;
  }
  return false;
}

void remember_withdrawn(cell& c, const correlation& question) {
  seldom_needed& all = seldom_of(c);
  if (all.withdrawn.size() >= seldom_needed::withdrawn_max) return;
  all.withdrawn.insert(question);
  if (all.marker != 0) return;
  envelope* e = make_bare_envelope(envelope_kind::wake);
  all.marker = id_of(*e) = ++c.extra->last_id;
  post(c.self(), e);
}

/// At once, so that nothing is handed to one who is known to have given up; but no handler runs while
/// another waits.
void tell_news(cell& c, const correlation& question) {
  if (!c.extra->seldom || !c.extra->seldom->hears) return;
  static_assert(std::is_trivially_destructible_v<question_withdrawn_news>, "it is ended twice");
  envelope_ptr e(
      make_envelope(envelope_kind::tell, question_withdrawn_news{question.from, question.id}));
  if (c.busy) {
    post(c.self(), e.release());
  } else {
    c.kind->receive(c, *e);
  }
}

}  // namespace

root_frame* frame_working_on(extras& x, const correlation& question) noexcept {
  for (root_frame* f = x.frames; f; f = f->next) {
    if (f->owed && f->owed->is(question)) return f;
  }
  return nullptr;
}

void end_scope(cell& c, work_scope& scope) noexcept {
  auto& scopes = c.extra->seldom->scopes;
  c.extra->waits.take(scope.id);
  if (is_remote(scope.question.from)) stop_watching(c, {scope.id, scope.question.from});
  const std::size_t place = scope.place;
  std::swap(scopes[place], scopes.back());
  scopes[place]->place = place;
  scopes.pop_back();
}

void question_withdrawn(cell& c, const correlation& question) {
  extras& x = extras_of(c);
  c.current = nullptr;  // what a stop callback does, it does without a message at hand
  if (root_frame* f = frame_working_on(x, question)) {
    f->owed->withdraw();
  } else if (!stop_scope(x.seldom.get(), question) && !mark_stashed(x, question)) {
    remember_withdrawn(c, question);
    tell_news(c, question);
  }
}

void hear_of_withdrawals(cell& c) { seldom_of(c).hears = true; }

correlation question_here(cell& c) noexcept { return correlation_of(*question_at_hand(c)); }

bool is_withdrawn(cell& c, envelope& e) noexcept {
  const correlation& question = correlation_of(e);
  if (has_passed(c, question.deadline) || e.flags & ask_withdrawn) return true;
  return c.extra && c.extra->seldom && c.extra->seldom->withdrawn.contains(question);
}

void drop_withdrawn(cell& c, envelope& e) noexcept {
  const correlation& question = correlation_of(e);
  const bool late = has_passed(c, question.deadline);
  dead_letter(c, e, drop_reason::expired);
  answer_failure(question, late ? timeout_failure() : cancelled_failure());
  destroy_payload(e);
}

bool forget_withdrawn(cell& c, std::uint64_t marker) noexcept {
  seldom_needed* all = c.extra ? c.extra->seldom.get() : nullptr;
  if (!all || all->marker != marker) return false;
  all->marker = 0;
  all->withdrawn.clear();
  return true;
}

void stop_all_work(cell& c) noexcept {
  if (!c.extra->seldom) return;
  auto& scopes = c.extra->seldom->scopes;
  for (std::size_t i = 0; i < scopes.size(); ++i) scopes[i]->source.request_stop();
}

void forget_work(cell& c) noexcept {
  seldom_needed* s = c.extra ? c.extra->seldom.get() : nullptr;
  if (!s) return;
  while (!s->scopes.empty()) end_scope(c, *s->scopes.back());
  s->idle_timeout = 0;
}

std::stop_token stop_token_here(cell& c) {
  const root_frame* active = c.extra ? c.extra->active : nullptr;
  return active && active->owed ? active->owed->stop_token() : std::stop_token{};
}

std::stop_token stop_token_for(const std::shared_ptr<open_question>& question) {
  cell* c = running_cell();
  if (!question || !c) return {};
  if (c->extra && c->extra->seldom) {
    for (const auto& scope : c->extra->seldom->scopes) {
      if (scope->by_promise && scope->kept.lock() == question) return scope->source.get_token();
    }
  }
  work_scope& scope = open_scope(*c, question->question());
  scope.by_promise = true;
  scope.kept = question;
  return scope.source.get_token();
}

void give_up::operator()() const noexcept {
  answer_failure({id, asker, 0}, {errc::cancelled, "the asker's stop token was triggered", {}});
}

// What a handler owes -----------------------------------------------------------------------------

owed_answer::owed_answer(cell& callee, const envelope& e) noexcept
    : callee_(callee), owed_(e.kind == envelope_kind::ask) {
  if (!owed_) return;
  question_ = correlation_of(const_cast<envelope&>(e));
  root_frame& handler = *callee.extra->active;
  handler.owed = this;
  handler.deadline = question_.deadline;
}
owed_answer::~owed_answer() {
  if (!owed_) return;
  const exit_reason why =
      callee_.extra && callee_.extra->ending ? *callee_.extra->ending : exit_reason{};
  settle();
  answer_failure(question_, down_failure(why));
}
void owed_answer::settle() noexcept {
  owed_ = false;
  if (scope_) end_scope(callee_, *std::exchange(scope_, nullptr));
}
void owed_answer::give(envelope* reply) noexcept {
  settle();
  answer(question_, reply);
}
bool owed_answer::fail(std::exception_ptr error) noexcept {
  if (!owed_) return true;
  const bool over = is_because_it_is_over(error);
  settle();
  if (!over) {
    answer_failure(question_, failure_of(error));
  } else {
    answer_failure(question_, withdrawn_ ? cancelled_failure() : timeout_failure());
  }
  return !over;
}
bool owed_answer::is_because_it_is_over(const std::exception_ptr& error) const noexcept {
  if (!withdrawn_ && !has_passed(callee_, question_.deadline)) return false;
  try {
    std::rethrow_exception(error);
  } catch (const timeout_error&) {
    return true;
  } catch (const cancelled_error&) {
    return true;
  } catch (...) {
    return false;
  }
}
bool owed_answer::is(const correlation& question) const noexcept {
  return owed_ && same_question{}(question_, question);
}
void owed_answer::withdraw() {
  withdrawn_ = true;
  if (scope_) scope_->source.request_stop();
}
std::stop_token owed_answer::stop_token() {
  if (!owed_) return {};
  if (!scope_) {
    scope_ = &open_scope(callee_, question_);
    if (withdrawn_) scope_->source.request_stop();
  }
  return scope_->source.get_token();
}

}  // namespace troupe::detail
