// SPDX-License-Identifier: BSD-3-Clause
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <troupe/detail/dispatch.hpp>
#include <typeinfo>

#include "turn.hpp"

/// What an ask ends with. Every question has one owner at a time who must answer it: the envelope, a
/// handler's frame (owed_answer), or a promise (open_question).
namespace troupe::detail {

failure down_failure(const exit_reason& why) {
  return {errc::actor_down, "the actor is gone: " + to_string(why), why};
}

const exit_reason*& settling_reason() noexcept {
  thread_local const exit_reason* reason = nullptr;
  return reason;
}

void answer(const correlation& question, envelope* reply) noexcept {
  id_of(*reply) = question.id;
  if (!question.from.home) {
    drop_envelope(reply);
    return;
  }
  post_system(question.from, reply);
}

void answer_failure(const correlation& question, failure f) noexcept {
  if (question.from.home) answer(question, make_envelope(envelope_kind::failure, std::move(f)));
}

void drop_question(const correlation& question) noexcept {
  const exit_reason* why = settling_reason();
  answer_failure(
      question,
      why ? down_failure(*why)
          : failure{errc::broken_promise, "the question was dropped without an answer", {}});
}

failure failure_of(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const class error& e) {
    return {errc::handler_failed, e.what(), {}};
  } catch (const std::exception& e) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(
        abi::__cxa_demangle(typeid(e).name(), nullptr, nullptr, &status), std::free);
    return {errc::handler_failed,
            std::string(name ? name.get() : typeid(e).name()) + ": " + e.what(),
            {}};
  } catch (...) {
    return {errc::handler_failed, "an exception that is not a std::exception", {}};
  }
}

owed_answer::owed_answer(cell& callee, const envelope& e) noexcept
    : callee_(callee), owed_(e.kind == envelope_kind::ask) {
  if (owed_) question_ = correlation_of(const_cast<envelope&>(e));
}
owed_answer::~owed_answer() {
  if (!owed_) return;
  const exit_reason why =
      callee_.extra && callee_.extra->ending ? *callee_.extra->ending : exit_reason{};
  answer_failure(question_, down_failure(why));
}
void owed_answer::give(envelope* reply) noexcept {
  owed_ = false;
  answer(question_, reply);
}
void owed_answer::fail(std::exception_ptr error) noexcept {
  if (owed_) answer_failure(question_, failure_of(error));
  owed_ = false;
}

std::shared_ptr<open_question> current_question(cell& c) {
  if (!c.current || c.current->kind != envelope_kind::ask) return nullptr;
  return std::make_shared<open_question>(correlation_of(*c.current));
}

}  // namespace troupe::detail
