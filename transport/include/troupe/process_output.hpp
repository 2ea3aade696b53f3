// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <troupe/actor_ref.hpp>

namespace troupe {

/// A line that a process has written to its stdout or stderr, as a message.
struct output_line {
  std::string process;    ///< the name of who wrote it
  bool is_error = false;  ///< to stderr
  std::string text;       ///< without its end of line; one of more than 64 KiB comes in pieces
};

/// Where a stream of a process goes: `.out = process_output::prefixed()`, `.err = lines_to_that_actor`.
/// The process waits when nobody takes what it writes: a pipe's worth is on its way at most.
class process_output {
 public:
  enum class kind : std::uint8_t { inherited, discarded, prefixed, lines };

  /// The same file as ours.
  process_output() = default;
  static process_output inherited() { return {}; }
  static process_output discarded() { return process_output(kind::discarded); }
  /// Ours, line by line, each behind "[name] "; a line is never torn by another.
  static process_output prefixed() { return process_output(kind::prefixed); }
  /// Each line as an output_line to this actor, in order, with `co_await send`: its bound holds.
  template <class... Ms>
    requires accepted_by<output_line, protocol<Ms...>>
  // NOLINTNEXTLINE(google-explicit-constructor): options read best without it
  process_output(const actor_ref<Ms...>& to) : kind_(kind::lines), to_(to) {}

  kind what() const noexcept { return kind_; }
  const actor_ref<output_line>& to() const noexcept { return to_; }

 private:
  explicit process_output(kind what) noexcept : kind_(what) {}

  kind kind_ = kind::inherited;
  actor_ref<output_line> to_;
};

}  // namespace troupe
