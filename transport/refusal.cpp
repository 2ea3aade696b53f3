// SPDX-License-Identifier: BSD-3-Clause
#include "refusal.hpp"

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

void refuse_mail(cell& home, envelope& e, const exit_reason& why) {
  if (e.kind == envelope_kind::tell || e.kind == envelope_kind::ask)
    dead_letter(home.system.load(std::memory_order_relaxed), e);
  if (e.kind == envelope_kind::ask) {
    answer_failure(correlation_of(e), down_failure(why));
  } else if (e.kind == envelope_kind::monitor) {
    const correlation& asked = correlation_of(e);
    tell_end(asked.from, asked.id, {&home, e.slot, e.generation}, why, (e.flags & 1) != 0);
  }
}

}  // namespace troupe::detail
