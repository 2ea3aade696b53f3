// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/assert/source_location.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <troupe/exit_reason.hpp>

/// What an ask can end with besides its reply: as a value (`failure`, from `.result()`) or as an
/// exception under `troupe::error`. Both carry the same text.
namespace troupe {

enum class errc : std::uint8_t {
  timeout = 1,     ///< no answer in the time given
  actor_down,      ///< the callee is gone; `reason` says how
  handler_failed,  ///< the callee's handler threw; `text` is its exception
  broken,          ///< what was waited for cannot come any more: a broken barrier; `text` names why
  broken_promise,  ///< the callee dropped the question without an answer
  cancelled,       ///< who asked ended, or the system shuts down
  not_sendable,    ///< the message may not leave its process, or is too large
  bad_message,     ///< what came back could not be understood
  misuse,          ///< a call in a place where it cannot work; `text` says what to do
  mailbox_full,    ///< the callee's mailbox has no room, and its bound says refuse
  name_unknown,    ///< no actor has that name
  name_taken,      ///< another actor has it, or there are too many names
  wrong_protocol,  ///< the actor of that name does not accept what was asked for
  deadlock,  ///< who would answer waits, in a circle, for who asked; `text` is the whole circle
};

struct failure {
  errc code = errc::actor_down;
  std::string text;
  exit_reason reason;  ///< for errc::actor_down
};

class error : public std::runtime_error {
 public:
  explicit error(failure f) : std::runtime_error(f.text), failure_(std::move(f)) {}
  errc code() const noexcept { return failure_.code; }
  const exit_reason& reason() const noexcept { return failure_.reason; }
  const failure& details() const noexcept { return failure_; }

 private:
  failure failure_;
};

struct timeout_error : error {
  using error::error;
};
struct actor_down : error {
  using error::error;
};
struct handler_error : error {
  using error::error;
};
struct broken_error : error {
  using error::error;
};
struct broken_promise : error {
  using error::error;
};
struct cancelled_error : error {
  using error::error;
};
struct send_error : error {
  using error::error;
};
struct name_error : error {
  using error::error;
};
struct misuse_error : error {
  using error::error;
};
struct mailbox_full_error : error {
  using error::error;
};
struct deadlock_error : error {
  using error::error;
};

/// Throws the exception that belongs to `f.code`.
[[noreturn]] void throw_failure(const failure& f);

/// What boost::system::result<T, failure>::value() calls.
[[noreturn]] inline void throw_exception_from_error(const failure& f,
                                                    const boost::source_location&) {
  throw_failure(f);
}

}  // namespace troupe
