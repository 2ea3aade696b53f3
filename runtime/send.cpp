// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/send.hpp>
#include <tuple>

namespace troupe {

namespace detail {

namespace {
failure nobody() {
  return {errc::actor_down,
          "the actor_ref refers to nobody",
          {exit_reason::cause::never_existed, 0, 0, {}}};
}
}  // namespace

std::optional<outcome<void>> send_at_once(const address& to, envelope_ptr& e) {
  if (!to.home) return nobody();
  if (is_remote(to)) return {};  // only its process knows whether there is room
  e->kind = envelope_kind::tell;
  switch (try_post(to, e.get())) {
    case posted::accepted: std::ignore = e.release(); return outcome<void>{};
    case posted::gone: return down_failure({exit_reason::cause::never_existed, 0, 0, {}});
    case posted::full: break;
  }
  e->kind = envelope_kind::send;  // the receiver says whether it may wait
  return {};
}

}  // namespace detail

void send_operation::get() && {
  if (!to_.home) throw_failure(detail::nobody());
  detail::run_blocking(detail::system_of(to_), wait(std::move(*this)));
}

task<void> send_operation::wait(send_operation sending) {
  auto pending = std::move(sending).operator co_await();
  co_await pending;
}

}  // namespace troupe
