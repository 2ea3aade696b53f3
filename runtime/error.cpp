// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <troupe/dead_letter.hpp>
#include <troupe/error.hpp>

namespace troupe {

std::string to_string(const exit_reason& reason) {
  using cause = exit_reason::cause;
  switch (reason.what) {
    case cause::normal: return "ended normally";
    case cause::error: return "ended by an exception: " + reason.text;
    case cause::killed: return "killed";
    case cause::owner_ended: return "stopped because its owner ended";
    case cause::process_ended:
      if (reason.signal != 0) {
        return "its process was ended by signal " + std::to_string(reason.signal) + " (" +
               strsignal(reason.signal) + ")";
      }
      return "its process exited with code " + std::to_string(reason.code);
    case cause::connection_lost:
      return "the connection to its process was lost" +
             (reason.text.empty() ? std::string{} : ": " + reason.text);
    case cause::never_existed: return "there is no such actor, or it has already ended";
  }
  return "unknown";
}

std::string_view to_string(drop_reason reason) noexcept {
  switch (reason) {
    case drop_reason::no_actor: return "the actor had ended";
    case drop_reason::mailbox_full: return "the mailbox was full";
    case drop_reason::overtaken: return "newer mail needed its room";
    case drop_reason::expired: return "its sender had stopped waiting";
    case drop_reason::not_accepted: return "the actor does not accept it";
    case drop_reason::not_sendable: return "it could not be encoded or decoded";
  }
  return "unknown";
}

void throw_failure(const failure& f) {
  switch (f.code) {
    case errc::timeout: throw timeout_error(f);
    case errc::actor_down: throw actor_down(f);
    case errc::handler_failed: throw handler_error(f);
    case errc::broken: throw broken_error(f);
    case errc::broken_promise: throw broken_promise(f);
    case errc::cancelled: throw cancelled_error(f);
    case errc::not_sendable:
    case errc::bad_message: throw send_error(f);
    case errc::name_unknown:
    case errc::name_taken:
    case errc::wrong_protocol: throw name_error(f);
    case errc::misuse: throw misuse_error(f);
    case errc::mailbox_full: throw mailbox_full_error(f);
    case errc::deadlock: throw deadlock_error(f);
  }
  throw error(f);
}

}  // namespace troupe
