// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <troupe/detail/extras.hpp>
#include <troupe/detail/waiting_line.hpp>
#include <unordered_set>
#include <vector>

/// Who works on a question learns, if it wants to, that nobody waits for the answer any more.
/// All of it is the consumer's, and made only when it is asked for.
namespace troupe::detail {

class open_question;

/// A question whose handler has asked for a stop token. It waits, like an ask of its own, for the
/// deadline of the question and, if the asker lives elsewhere, for the end of the asker.
struct work_scope : wait_node {
  correlation question;
  std::stop_source source;
  std::weak_ptr<open_question> kept;  ///< the promise, if one stands for the question
  bool by_promise = false;
  std::size_t place = 0;  ///< in `scopes`
};

struct question_hash {
  std::size_t operator()(const correlation& q) const noexcept {
    return (std::size_t{q.from.slot} << 32 | q.from.generation) * 0x9e3779b97f4a7c15u ^
           q.id * 0xff51afd7ed558ccdu;
  }
};
struct same_question {
  bool operator()(const correlation& a, const correlation& b) const noexcept {
    return a.id == b.id && a.from == b.from;
  }
};

/// What few actors need: who asks for stop tokens, whose askers give up or stand in line, who wants to know
/// of idleness.
struct seldom_needed {
  static constexpr std::size_t withdrawn_max = 1024;  ///< more are not remembered: those are run

  std::vector<std::unique_ptr<work_scope>> scopes;
  /// Questions that were withdrawn before they were handled. They are in the mailbox now, or never
  /// come: when what was in the mailbox has been handled, they are forgotten.
  std::unordered_set<correlation, question_hash, same_question> withdrawn;
  std::int64_t idle_timeout = 0;  ///< 0: none
  std::int64_t last_active = 0;   ///< when a message was handled; kept with an idle timeout only
  std::uint64_t marker = 0;       ///< of the envelope that tells so; 0: none is under way
  std::size_t scopes_limit = 64;  ///< when to look for promises that have been answered
  waiting_line* lines = nullptr;  ///< in which somebody has stood
  std::uint32_t urgencies = 0;    ///< reasons for its turns to come first
  bool hears = false;             ///< it wants news of questions that it has put off
  bool hears_urgency = false;     ///< and of how urgent those are
};

seldom_needed& seldom_of(cell& c);

void end_scope(cell& c, work_scope& scope) noexcept;

}  // namespace troupe::detail
