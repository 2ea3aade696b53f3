// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <stdexcept>
#include <troupe/detail/pool_operation.hpp>
#include <troupe/wait_report.hpp>

namespace troupe::detail {

system_core& system_of_pool(const pool_ref& pool) {
  if (!pool) throw_failure(down_failure({exit_reason::cause::never_existed, 0, 0, {}}));
  return system_of(pool.where());
}

std::uint32_t checked_chunk(std::size_t tasks) {
  if (tasks == 0) throw std::invalid_argument("pool: a chunk is 0 tasks; at least 1");
  return static_cast<std::uint32_t>(std::min<std::size_t>(tasks, UINT32_MAX));
}

std::chrono::nanoseconds checked_limit(std::chrono::nanoseconds limit) {
  if (limit <= std::chrono::nanoseconds{})
    throw std::invalid_argument("pool: a timeout must be more than 0");
  return limit;
}

stoppable_ask<messages::pool_submit> ask_submit(const pool_ref& to, const pool_terms& terms,
                                                parcel_of_calls calls, std::stop_token enough) {
  return to.ask(messages::pool_submit{terms, std::move(calls)}, std::move(enough));
}

ask_operation<messages::pool_open> ask_open(const pool_ref& to, const pool_terms& terms,
                                            bool ordered, bool by_thread) {
  return to.ask(messages::pool_open{terms, ordered, by_thread});
}

stoppable_ask<messages::pool_open> ask_open(const pool_ref& to, const pool_terms& terms,
                                            std::stop_token enough) {
  return to.ask(messages::pool_open{terms, true, false}, std::move(enough));
}

ask_operation<messages::pool_next> ask_next(const pool_ref& to, std::uint64_t stream) {
  return to.ask(messages::pool_next{stream});
}

stoppable_ask<messages::pool_next> ask_next(const pool_ref& to, std::uint64_t stream,
                                            std::stop_token enough) {
  return to.ask(messages::pool_next{stream}, std::move(enough));
}

void tell_feed(const pool_ref& to, std::uint64_t stream, parcel_of_calls calls, bool last) {
  to.tell(messages::pool_feed{stream, std::move(calls), last});
}

void tell_drop(const pool_ref& to, std::uint64_t stream) { to.tell(messages::pool_drop{stream}); }

namespace {
/// Returns once it has done all that it does before it waits for the first time: by a question that the runtime
/// answers for every actor, after its turn.
void wait_until_begun(system_core& system, const address& carrier) {
  run_blocking(system, [](address whom) -> task<void> {
    auto asking = actor_ref<messages::wait_of>::at(whom).ask(messages::wait_of{}).result();
    (void)co_await asking;
  }(carrier));
}
}  // namespace

void let_begin(const pool_ref& to, const actor_ref<>& carrier) {
  if (running_cell()) {
    to.tell(messages::pool_announce{carrier});
  } else {
    wait_until_begun(system_of_pool(to), carrier.where());
  }
}

}  // namespace troupe::detail
