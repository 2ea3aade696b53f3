// SPDX-License-Identifier: BSD-3-Clause
#include "caf_errors.hpp"

#include "caf_compat.hpp"

namespace troupe::detail {
namespace {

caf::sec code_for(errc code) noexcept {
  switch (code) {
    case errc::timeout: return caf::sec::request_timeout;
    case errc::actor_down: return caf::sec::request_receiver_down;
    case errc::bad_message:
    case errc::wrong_protocol: return caf::sec::unexpected_message;
    case errc::mailbox_full: return caf::sec::unavailable_or_would_block;
    default: return caf::sec::runtime_error;
  }
}

/// Of an end that is neither normal nor by an error.
caf::exit_reason code_for(exit_reason::cause what) noexcept {
  switch (what) {
    case exit_reason::cause::normal:
    case exit_reason::cause::error: break;
    case exit_reason::cause::killed: return caf::exit_reason::kill;
    case exit_reason::cause::owner_ended: return caf::exit_reason::user_shutdown;
    case exit_reason::cause::process_ended:
    case exit_reason::cause::connection_lost: return caf::exit_reason::remote_link_unreachable;
    case exit_reason::cause::never_existed: return caf::exit_reason::unknown;
  }
  return caf::exit_reason::unknown;
}

errc code_of(const caf::error& e) noexcept {
  if (e == caf::sec::request_timeout) return errc::timeout;
  if (e == caf::sec::request_receiver_down) return errc::actor_down;
  if (e == caf::sec::unexpected_message) return errc::bad_message;
  if (is_exit_reason(e)) return errc::actor_down;
  return errc::handler_failed;
}

std::string text_of(const caf::error& e, const caf::actor_system& theirs) {
  if (!e) return "CAF: an error that says nothing";
  return "CAF: " + to_text(e, theirs) + " (category " + name_of_category(e) + ", code " +
         std::to_string(e.code()) + ")";
}

}  // namespace

caf::error caf_error_of(const failure& f) { return caf::make_error(code_for(f.code), f.text); }

caf::error caf_error_of(const exit_reason& why) {
  if (why.is_normal()) return {};
  if (why.what == exit_reason::cause::error) return unhandled_exception(to_string(why));
  return with_text(code_for(why.what), to_string(why));
}

failure failure_of(const caf::error& e, const caf::actor_system& theirs) {
  failure f{code_of(e), text_of(e, theirs), {}};
  if (f.code == errc::actor_down) f.reason = exit_reason_of(e, theirs);
  return f;
}

exit_reason exit_reason_of(const caf::error& e, const caf::actor_system& theirs) {
  using cause = exit_reason::cause;
  if (!e || e == caf::exit_reason::normal) return {};
  if (e == caf::exit_reason::kill) return {cause::killed, 0, 0, {}};
  if (e == caf::exit_reason::remote_link_unreachable) return {cause::connection_lost, 0, 0, {}};
  if (e == caf::exit_reason::unknown || e == caf::sec::request_receiver_down)
    return {cause::never_existed, 0, 0, {}};
  return {cause::error, 0, 0, text_of(e, theirs)};
}

std::string types_in(const caf_content& content, const caf::actor_system& theirs) {
  std::string names;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (i > 0) names += ", ";
    names += type_name_in(content, i, theirs);
  }
  return names;
}

}  // namespace troupe::detail
