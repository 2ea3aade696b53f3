// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/actor_ref.hpp>
#include <troupe/detail/ending.hpp>

#include "turn.hpp"

/// Who watches whom: both sides keep a list, so that every `down` is wanted and comes once.
namespace troupe::detail {

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

void request_stop(const address& whom) noexcept {
  post(whom, make_bare_envelope(envelope_kind::stop));
}
void request_kill(const address& whom) noexcept {
  post_system(whom, make_bare_envelope(envelope_kind::kill));
}
void request_end_because(const address& whom, exit_reason why) {
  post_system(whom, make_envelope(envelope_kind::kill, std::move(why)));
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
  x.watching.add({id, whom});
  send_monitor(c, whom, id, false);
  return id;
}

void stop_monitor(cell& c, std::uint64_t id) noexcept {
  if (!c.extra) return;
  watched gone;
  if (c.extra->watching.take(id, {}, gone)) stop_watching(c, gone);
}

void request_end(cell& c, const address& whom, std::uint64_t id) {
  send_monitor(c, whom, id, true);
}

void handle_down(cell& c, envelope& e) {
  const std::uint64_t id = correlation_of(e).id;
  watched gone;
  if (!c.extra || e.type != &message_type_of<down> || !c.extra->watching.take(id, {}, gone)) {
    destroy_payload(e);
    return;
  }
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

}  // namespace troupe::detail
