// SPDX-License-Identifier: BSD-3-Clause
#include "caf_letterbox.hpp"

#include <troupe/detail/core.hpp>
#include <troupe/detail/ending.hpp>
#include <utility>

#include "caf_errors.hpp"

namespace troupe::detail {

bool caf_letterbox::take(caf::mailbox_element& what) {
  caf_content& content = what.content();
  if (what.mid.is_response()) {
    answered(what.mid.request_id().integer_value(), content);
  } else if (holds<caf::down_msg>(content)) {
    ended(content.get_as<caf::down_msg>(0).reason);
  } else {
    return false;
  }
  return true;
}

void caf_letterbox::refuse(caf::mailbox_element& what) {
  if (what.mid.is_request())
    response(what).deliver(caf::make_message(caf::make_error(caf::sec::unexpected_message)));
}

std::uint64_t caf_letterbox::expect(std::unique_ptr<caf_question> question,
                                    const std::stop_token& given_up) {
  // Only the emissary's own turns trigger the token, and this is one of them.
  if (given_up.stop_requested()) {
    question->fail(timeout_failure());
    return 0;
  }
  std::uint64_t id = 0;
  {
    const std::scoped_lock hold{mutex_};
    if (questions_.size() < asks_max_) id = ++last_id_;
  }
  if (id == 0) {
    question->fail({errc::mailbox_full,
                    "the CAF actor has " + std::to_string(asks_max_) +
                        " asks to answer: from_caf_options.asks_max allows no more",
                    {}});
    return 0;
  }
  expected one{std::move(question), std::make_unique<watch>(given_up, withdrawal{this, id})};
  const std::scoped_lock hold{mutex_};
  questions_.emplace(id, std::move(one));
  return id;
}

bool caf_letterbox::close() {
  std::unordered_map<std::uint64_t, expected> left;
  bool first = false;
  {
    const std::scoped_lock hold{mutex_};
    left.swap(questions_);
    first = !std::exchange(ended_, true);
  }
  return first;  // who asked learns why from the promises that go here
}

caf_letterbox::expected caf_letterbox::take_question(std::uint64_t id) {
  const std::scoped_lock hold{mutex_};
  const auto found = questions_.find(id);
  if (found == questions_.end()) return {};
  expected one = std::move(found->second);
  questions_.erase(found);
  return one;
}

void caf_letterbox::withdraw(std::uint64_t id) {
  const expected one = take_question(id);
  if (!one.question) return;
  const exit_reason* why = reason_of_ending();
  one.question->fail(why ? down_failure(*why) : timeout_failure());
}

void caf_letterbox::answered(std::uint64_t id, caf_content& content) {
  const expected one = take_question(id);
  if (!one.question) return;  // too late
  if (holds<caf::error>(content)) {
    one.question->fail(failure_of(content.get_as<caf::error>(0), home_system()));
  } else {
    one.question->answer(content);
  }
}

void caf_letterbox::ended(const caf::error& why) {
  const exit_reason reason = exit_reason_of(why, home_system());
  std::unordered_map<std::uint64_t, expected> left;
  {
    const std::scoped_lock hold{mutex_};
    if (std::exchange(ended_, true)) return;
    left.swap(questions_);
  }
  for (auto& [id, one] : left) one.question->fail(down_failure(reason));
  request_end_because(emissary_, reason);
}

}  // namespace troupe::detail
