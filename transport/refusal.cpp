// SPDX-License-Identifier: BSD-3-Clause
#include "refusal.hpp"

#include <troupe/dead_letter.hpp>

#include "encoded.hpp"

namespace troupe::detail {

void tell_end(const address& watcher, std::uint64_t id, const address& whom, const exit_reason& why,
              bool as_answer) {
  const down news{actor_ref<>::at(whom), why, {}, 0};
  envelope* end = make_envelope(as_answer ? envelope_kind::reply : envelope_kind::down, news);
  id_of(*end) = id;
  if (as_answer) {
    post_system(watcher, end);
  } else {
    correlation_of(*end).from = whom;
    post(watcher, end);
  }
}

void report_dead_letter(cell& home, envelope& e, drop_reason why, std::string_view text) {
  dead_letter_report report = report_of(target_of(home, e), e, why);
  report.text = text;
  const encoded* content = encoded_in(e);
  if (content && content->origin) report.message = content->origin->name;
  dead_letter(home.system.load(std::memory_order_relaxed), report);
}

void refuse_mail(cell& home, envelope& e, const exit_reason& why) {
  if (is_mail(e.kind)) report_dead_letter(home, e, drop_reason::no_actor);
  if (e.kind == envelope_kind::ask || e.kind == envelope_kind::send) {
    answer_failure(correlation_of(e), down_failure(why));
  } else if (e.kind == envelope_kind::monitor) {
    const correlation& asked = correlation_of(e);
    tell_end(asked.from, asked.id, target_of(home, e), why, (e.flags & 1) != 0);
  } else if (e.kind == envelope_kind::mark) {
    give_receipt(target_of(home, e), e);
  }
}

exit_reason no_way_reason() {
  return {exit_reason::cause::connection_lost, 0, 0, "nobody knows a way to its node any more"};
}

failure no_spawn_for_strangers() {
  return {errc::handler_failed, "only a process of the same program may spawn here", {}};
}

}  // namespace troupe::detail
