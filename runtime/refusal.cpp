// SPDX-License-Identifier: BSD-3-Clause
#include <mutex>
#include <new>
#include <shared_mutex>
#include <thread>
#include <troupe/dead_letter.hpp>
#include <troupe/detail/system_core.hpp>

#include "aside.hpp"
#include "turn.hpp"

/// Mail for a tenant that is gone: a tell is a dead letter, an ask fails, a monitor hears of the end.
/// Mostly the cell's next turn refuses it; what would come to a stranger's mailbox its sender refuses.
namespace troupe::detail {
namespace {

/// Held by senders that refuse their own mail: their target's system may not go away meanwhile.
std::shared_mutex refusing;

void count_refused(cell& c, const envelope& e) noexcept {
  if (is_mail(e.kind)) {
    dead_letter(c, e, drop_reason::no_actor);
  }
}

void answer_refused(cell& c, envelope& e, const exit_reason& why) noexcept {
  if (e.kind == envelope_kind::ask || e.kind == envelope_kind::probe ||
      e.kind == envelope_kind::send) {
    answer_failure(correlation_of(e), down_failure(why));
  } else if (e.kind == envelope_kind::monitor) {
    const correlation& asked = correlation_of(e);
    const down news{actor_ref<>::at({&c, c.slot, e.generation}), why, {}, 0};
    tell_watcher(c, {asked.from, asked.id, (e.flags & 1) != 0}, news);
  } else if (e.kind == envelope_kind::mark) {
    give_receipt({&c, c.slot, e.generation}, e);
  }
  destroy_payload(e);
}

}  // namespace

void refuse(cell& c, envelope& e, const exit_reason& why) noexcept {
  if (e.kind == envelope_kind::slide) {
    refuse_slide(c, why);
    return;
  }
  forget_urgent(c, e);
  count_refused(c, e);
  answer_refused(c, e, why);
}

void refuse_at_once(cell& home, envelope* e) noexcept {
  {
    std::shared_lock hold{refusing};
    count_refused(home, *e);
  }
  answer_refused(home, *e, gone());
  free_envelope(e);
}

void wait_for_refusals() noexcept { std::scoped_lock hold{refusing}; }
void lock_refusals() noexcept { refusing.lock(); }
void unlock_refusals() noexcept { refusing.unlock(); }
void renew_refusals() noexcept {
  // glibc takes the unlock of a writer that has another thread id now for that of a reader.
  new (&refusing) std::shared_mutex;
}

void post_question(const address& to, envelope* e) noexcept {
  const correlation question = correlation_of(*e);
  if (e->type && e->type->urgent) {
    post_urgent(to, e);
  } else {
    post_mail(to, e);
  }
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

void refuse_late_mail(cell& c) noexcept {
  for (;;) {
    for (envelope* e = c.take_system(); e;) {
      auto* next = static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
      refuse(c, *e, gone());
      drop_envelope(e);
      e = next;
    }
    while (envelope* e = c.pop()) refuse(c, *e, gone());
    if (!c.set_idle()) {
      std::this_thread::yield();  // a sender may be between its two stores
      continue;
    }
    if (c.system_lane.load(std::memory_order_seq_cst) == 0 || !c.claim()) return;
  }
}

}  // namespace troupe::detail
