// SPDX-License-Identifier: BSD-3-Clause
#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <troupe/actor_ref.hpp>
#include <troupe/detail/dispatch.hpp>
#include <troupe/detail/system_core.hpp>
#include <typeinfo>

#include "cell_arena.hpp"
#include "turn.hpp"

/// The life of a tenant, transition by transition:
///
///   vacant --open()--> ready --end_actor()--> stopping --last child ended--> settle() --> vacant
///                        \__________________ no children ____________________/
///
/// settle(), in this order: 1. waiting coroutines end, newest first; 2. the body ends; 3. the
/// generation moves on, so no later mail is ours; 4. mail that is left is refused with the reason;
/// 5. each watcher gets its one `down`, after everything this actor ever sent; 6. once the cell is
/// idle, the owner (or the system) takes it back.
namespace troupe::detail {

namespace {
failure down_failure(const exit_reason& why) {
  return {errc::actor_down, "the actor is gone: " + to_string(why), why};
}
}  // namespace

exit_reason gone() { return {exit_reason::cause::never_existed, 0, 0, {}}; }

// Open ------------------------------------------------------------------------------------------

namespace {

thread_local cell* opening_here = nullptr;

/// Of a cell whose actor's constructor has thrown: there is no body.
constinit const actor_class unborn{{}, &unexpected, [](cell&) noexcept {}, nullptr, nullptr};

void link_child(cell& owner, cell& child) {
  extras& x = extras_of(owner);
  child.older_sibling = x.youngest_child;
  child.younger_sibling = nullptr;
  if (x.youngest_child) x.youngest_child->younger_sibling = &child;
  x.youngest_child = &child;
}
void unlink_child(cell& owner, cell& child) noexcept {
  if (child.younger_sibling) {
    child.younger_sibling->older_sibling = child.older_sibling;
  } else {
    owner.extra->youngest_child = child.older_sibling;
  }
  if (child.older_sibling) child.older_sibling->younger_sibling = child.younger_sibling;
}

cell& open_cell(system_core& system, const actor_class& kind, cell* owner) {
  cell& c = kind.raw ? cell_arena::take_fresh() : cell_arena::take();
  c.route = &c;
  c.kind = &kind;
  c.body = nullptr;
  c.current = nullptr;
  c.state = cell_state::ready;
  c.busy = c.ending = false;
  c.node_id = system.node_id;
  c.serial.store(system.opened.fetch_add(1, std::memory_order_relaxed), std::memory_order_relaxed);
  c.owner.store(owner, std::memory_order_relaxed);
  c.system.store(&system, std::memory_order_release);
  c.generation.fetch_add(1, std::memory_order_seq_cst);  // against `closing`: see publish()
  return c;
}

void vacate(cell& c) noexcept {
  c.generation.fetch_add(1, std::memory_order_release);
  c.state = cell_state::vacant;
  c.busy = false;
  c.ending = true;
}

}  // namespace

cell& cell_being_opened() noexcept {
  if (opening_here) return *opening_here;
  assert(running_cell() && "actors are made by spawn, not by hand");
  return *running_cell();
}

opening::opening(system_core& system, const actor_class& kind, cell* owner) : outer_(opening_here) {
  // Count first, then look, both seq_cst: shutdown() either waits for this actor or is seen here.
  system.live.fetch_add(1, std::memory_order_seq_cst);
  try {
    if (system.closing.load(std::memory_order_seq_cst)) {
      throw cancelled_error(
          {errc::cancelled, "the actor system is shutting down: nothing can be spawned", {}});
    }
    cell_ = &open_cell(system, kind, owner);
  } catch (...) {
    count_end(system);
    throw;
  }
  if (owner) link_child(*owner, *cell_);
  opening_here = cell_;
}

address opening::publish() noexcept {
  cell& c = *std::exchange(cell_, nullptr);
  opening_here = outer_;
  const address where = c.self();
  // shutdown() may have looked for actors before this one had opened: then it stops itself.
  if (!c.owner.load(std::memory_order_relaxed) &&
      c.system.load(std::memory_order_relaxed)->closing.load(std::memory_order_seq_cst)) {
    stop_self(c);
  }
  // A turn finds out whether there is anything to do yet: a body to start, mail for `this` sent by
  // the constructor.
  if ((c.extra && c.extra->resume_next) || !c.set_idle() ||
      (c.system_lane.load(std::memory_order_seq_cst) != 0 && c.claim())) {
    schedule(c);
  }
  return where;
}

opening::~opening() {
  if (!cell_) return;
  opening_here = outer_;  // the constructor of the actor threw
  cell& c = *cell_;
  // It may have children already, and be known to others: it ends like any other actor.
  if (!c.body) c.kind = &unborn;
  end_actor(c, {exit_reason::cause::error, 0, 0, "its constructor threw"});
  schedule(c);
}

cell& open_raw_cell(system_core& system, const actor_class& kind, void* body, std::uint64_t node_id,
                    bool blocked) {
  cell& c = open_cell(system, kind, nullptr);
  c.body = body;
  c.node_id = node_id;
  c.busy = blocked;
  if (!c.set_idle()) schedule(c);
  return c;
}

// End -------------------------------------------------------------------------------------------

namespace {

void tell_watcher(cell& c, const watcher& w, const down& news) {
  envelope* e = make_envelope(w.as_answer ? envelope_kind::reply : envelope_kind::down, news);
  if (w.as_answer) {
    id_of(*e) = w.id;
    post_system(w.who, e);
  } else {
    correlation_of(*e) = {w.id, c.self(), 0};
    post(w.who, e);
  }
}

void stop_watching(cell& c, const watched& w) noexcept {
  envelope* e = make_bare_envelope(envelope_kind::demonitor);
  correlation_of(*e) = {w.id, c.self(), 0};
  post_system(w.whom, e);
}

/// Why the actor that is being settled on this thread ends: the questions it has kept go with it.
thread_local const exit_reason* settling = nullptr;

/// A monitor that was sent before the message that ended the actor hears the true reason, although
/// it came by the other lane.
void hear_last_watchers(cell& c) noexcept {
  for (envelope* e = c.take_system(); e;) {
    auto* next = static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
    const bool is_ours = e->generation == c.generation.load(std::memory_order_relaxed);
    if (is_ours && (e->kind == envelope_kind::monitor || e->kind == envelope_kind::demonitor)) {
      handle_lifecycle(c, *e);
    } else {
      refuse(c, *e, gone());
    }
    drop_envelope(e);
    e = next;
  }
}

void settle(cell& c) noexcept {
  if (c.has_system()) hear_last_watchers(c);
  extras* x = c.extra;
  const address self = c.self();
  const exit_reason why = x && x->ending ? *x->ending : exit_reason{};
  const exit_reason* outer = std::exchange(settling, &why);
  if (x) {
    for (const watched& w : x->watching) stop_watching(c, w);
    destroy_frames(c);
    disarm(c);
  }
  c.kind->destroy(c);
  settling = outer;
  const std::string_view name = c.kind->name;
  vacate(c);
  while (envelope* e = c.pop()) refuse(c, *e, why);
  if (!x) return;
  drop_stash(c, why);
  const down news{actor_ref<>::at(self), why, std::string(name), 0};
  for (const watcher& w : x->watchers) tell_watcher(c, w, news);
  c.extra = nullptr;
  x->~extras();
  free_bytes(x, sizeof(extras));
}

void stop_youngest(cell& c) noexcept {
  cell& child = *c.extra->youngest_child;
  const bool kill = c.extra->killing;
  envelope* e = make_bare_envelope(kill ? envelope_kind::kill : envelope_kind::stop);
  e->flags = 1;  // because its owner ends
  const address to = child.self();
  if (kill) {
    post_system(to, e);
  } else {
    post(to, e);
  }
}

void child_ended(cell& c, cell& child) noexcept {
  unlink_child(c, child);
  child.owner.store(nullptr, std::memory_order_relaxed);
  cell_arena::give_back(child);
  if (c.state != cell_state::stopping) return;
  if (c.extra->youngest_child) {
    stop_youngest(c);
  } else {
    settle(c);
  }
}

}  // namespace

void end_actor(cell& c, exit_reason why, bool kill) noexcept {
  if (c.state == cell_state::vacant) return;
  const bool first = c.state == cell_state::ready;
  if (c.extra || !why.is_normal()) {
    extras& x = extras_of(c);
    const bool harder = kill && !x.killing;
    if (first || harder) x.ending = std::move(why);
    x.killing |= kill;
    x.waits = nullptr;  // nothing resumes any more
    x.receiver = nullptr;
    x.resume_next = {};
    if (x.youngest_child) {
      c.state = cell_state::stopping;
      c.busy = true;
      if (first || harder) stop_youngest(c);
      return;
    }
  }
  settle(c);
}

void give_up_cell(cell& c, bool to_owner) noexcept {
  system_core& system = *c.system.load(std::memory_order_relaxed);
  if (to_owner) {
    cell& owner = *c.owner.load(std::memory_order_relaxed);
    envelope* e = make_bare_envelope(envelope_kind::child_ended);
    correlation_of(*e).from = {&c, c.slot, 0};
    post_system(owner.self(), e);
  } else {
    cell_arena::give_back(c);
  }
  count_end(system);
}

// Requests --------------------------------------------------------------------------------------

void request_stop(const address& whom) noexcept {
  post(whom, make_bare_envelope(envelope_kind::stop));
}
void request_kill(const address& whom) noexcept {
  post_system(whom, make_bare_envelope(envelope_kind::kill));
}
void stop_self(cell& c) noexcept { request_stop(c.self()); }

namespace {
void send_monitor(cell& c, const address& whom, std::uint64_t id, bool as_answer) {
  if (!whom.home) {
    tell_watcher(c, {c.self(), id, as_answer}, {actor_ref<>{}, gone(), {}, 0});
    return;
  }
  envelope* e = make_bare_envelope(envelope_kind::monitor);
  e->flags = as_answer;
  correlation_of(*e) = {id, c.self(), 0};
  post_system(whom, e);
}
}  // namespace

std::uint64_t start_monitor(cell& c, const address& whom) {
  extras& x = extras_of(c);
  const std::uint64_t id = ++x.last_id;
  x.watching.push_back({id, whom});
  send_monitor(c, whom, id, false);
  return id;
}

void stop_monitor(cell& c, std::uint64_t id) noexcept {
  if (!c.extra) return;
  auto& watching = c.extra->watching;
  const auto found =
      std::find_if(watching.begin(), watching.end(), [&](auto& w) { return w.id == id; });
  if (found == watching.end()) return;
  stop_watching(c, *found);
  watching.erase(found);
}

void request_end(cell& c, const address& whom, std::uint64_t id) {
  send_monitor(c, whom, id, true);
}

namespace {

/// Mail of kind `down`: only what was asked for counts, and once.
void handle_down(cell& c, envelope& e) {
  const std::uint64_t id = correlation_of(e).id;
  auto* watching = c.extra ? &c.extra->watching : nullptr;
  const auto found = watching ? std::find_if(watching->begin(), watching->end(),
                                             [&](const watched& w) { return w.id == id; })
                              : std::vector<watched>::iterator{};
  if (!watching || found == watching->end() || e.type != &message_type_of<down>) {
    destroy_payload(e);
    return;
  }
  watching->erase(found);
  e.as<down>().monitor = id;
  if (c.kind->down) {
    struct end_of_payload {
      envelope& e;
      ~end_of_payload() { destroy_payload(e); }
    } end{e};
    c.kind->down(c, e);
  } else if (c.extra->is_coroutine) {
    offer_mail(c, e);
  } else {
    destroy_payload(e);
  }
}

}  // namespace

void handle_lifecycle(cell& c, envelope& e) {
  using cause = exit_reason::cause;
  switch (e.kind) {
    case envelope_kind::stop:
      end_actor(c, {e.flags & 1 ? cause::owner_ended : cause::normal, 0, 0, {}});
      break;
    case envelope_kind::kill:
      end_actor(c, {e.flags & 1 ? cause::owner_ended : cause::killed, 0, 0, {}}, true);
      break;
    case envelope_kind::down: handle_down(c, e); break;
    case envelope_kind::monitor: {
      const correlation& asked = correlation_of(e);
      extras_of(c).watchers.push_back({asked.from, asked.id, (e.flags & 1) != 0});
      break;
    }
    case envelope_kind::demonitor: {
      if (!c.extra) break;
      const correlation& asked = correlation_of(e);
      std::erase_if(c.extra->watchers,
                    [&](const watcher& w) { return w.id == asked.id && w.who == asked.from; });
      break;
    }
    case envelope_kind::child_ended: child_ended(c, *correlation_of(e).from.home); break;
    case envelope_kind::wake: mail_offered(c, id_of(e)); break;
    default: break;
  }
}

namespace {

/// Held by senders that refuse their own mail: their target's system may not go away meanwhile.
std::shared_mutex refusing;

void count_refused(cell& c, const envelope& e) noexcept {
  if (e.kind != envelope_kind::tell && e.kind != envelope_kind::ask) return;
  dead_letter(c.system.load(std::memory_order_acquire), e);
}

void answer_refused(cell& c, envelope& e, const exit_reason& why) noexcept {
  if (e.kind == envelope_kind::ask || e.kind == envelope_kind::probe) {
    answer_failure(correlation_of(e), down_failure(why));
  } else if (e.kind == envelope_kind::monitor) {
    const correlation& asked = correlation_of(e);
    const down news{actor_ref<>::at({&c, e.slot, e.generation}), why, {}, 0};
    tell_watcher(c, {asked.from, asked.id, (e.flags & 1) != 0}, news);
  }
  destroy_payload(e);
}

}  // namespace

void refuse(cell& c, envelope& e, const exit_reason& why) noexcept {
  count_refused(c, e);
  answer_refused(c, e, why);
}

bool refuse_at_once(cell& home, envelope* e) noexcept {
  if (home.kind->raw) return false;
  {
    std::shared_lock hold{refusing};
    count_refused(home, *e);
  }
  answer_refused(home, *e, gone());
  free_envelope(e);
  return true;
}

void wait_for_refusals() noexcept { std::scoped_lock hold{refusing}; }

void post_question(const address& to, envelope* e) noexcept {
  const correlation question = correlation_of(*e);
  post(to, e);
  // If the question has come to the next tenant's mailbox, that tenant was there before it, and the
  // exchange on the mailbox has made this visible.
  cell& home = *to.home;
  if (home.generation.load(std::memory_order_relaxed) == to.generation || home.route != &home)
    return;
  if (home.kind->raw) return;
  envelope* probe = make_bare_envelope(envelope_kind::probe);
  correlation_of(*probe) = question;
  post_system(to, probe);
}

// Answers ---------------------------------------------------------------------------------------

void answer(const correlation& question, envelope* reply) noexcept {
  id_of(*reply) = question.id;
  if (!question.from.home) {
    drop_envelope(reply);
    return;
  }
  post_system(question.from, reply);
}

void answer_failure(const correlation& question, failure f) noexcept {
  if (question.from.home) answer(question, make_envelope(envelope_kind::failure, std::move(f)));
}

void drop_question(const correlation& question) noexcept {
  answer_failure(
      question,
      settling ? down_failure(*settling)
               : failure{errc::broken_promise, "the question was dropped without an answer", {}});
}

failure failure_of(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const class error& e) {
    return {errc::handler_failed, e.what(), {}};
  } catch (const std::exception& e) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(
        abi::__cxa_demangle(typeid(e).name(), nullptr, nullptr, &status), std::free);
    return {errc::handler_failed,
            std::string(name ? name.get() : typeid(e).name()) + ": " + e.what(),
            {}};
  } catch (...) {
    return {errc::handler_failed, "an exception that is not a std::exception", {}};
  }
}

owed_answer::owed_answer(cell& callee, const envelope& e) noexcept
    : callee_(callee), owed_(e.kind == envelope_kind::ask) {
  if (owed_) question_ = correlation_of(const_cast<envelope&>(e));
}
owed_answer::~owed_answer() {
  if (!owed_) return;
  const exit_reason why =
      callee_.extra && callee_.extra->ending ? *callee_.extra->ending : exit_reason{};
  answer_failure(question_, down_failure(why));
}
void owed_answer::give(envelope* reply) noexcept {
  owed_ = false;
  answer(question_, reply);
}
void owed_answer::fail(std::exception_ptr error) noexcept {
  if (owed_) answer_failure(question_, failure_of(error));
  owed_ = false;
}

std::shared_ptr<open_question> current_question(cell& c) {
  if (!c.current || c.current->kind != envelope_kind::ask) return nullptr;
  return std::make_shared<open_question>(correlation_of(*c.current));
}

}  // namespace troupe::detail
