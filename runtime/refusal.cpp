// SPDX-License-Identifier: BSD-3-Clause
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <troupe/actor_ref.hpp>
#include <troupe/detail/system_core.hpp>

#include "turn.hpp"

/// Mail for a tenant that is gone: a tell is a dead letter, an ask fails, a monitor hears of the end.
/// Mostly the cell's next turn refuses it; what would come to a stranger's mailbox its sender refuses.
namespace troupe::detail {
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
