// SPDX-License-Identifier: BSD-3-Clause
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <troupe/detail/dispatch.hpp>
#include <troupe/detail/ending.hpp>
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

bool goes_with_its_actor() noexcept { return settling_reason() != nullptr; }
const exit_reason* reason_of_ending() noexcept { return settling_reason(); }

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

void give_receipt(const address& whose, const envelope& mark) noexcept {
  const correlation& asked = correlation_of(mark);
  if (!asked.from.home) return;
  envelope* e = make_bare_envelope(envelope_kind::receipt);
  correlation_of(*e) = {asked.id, whose, 0};
  post_system(asked.from, e);
}

namespace {

/// The handler that was asked this still runs here: it may be about to throw.
bool is_being_handled(const correlation& question) noexcept {
  cell* c = running_cell();
  envelope* e = c ? c->current : nullptr;
  if (!e || e->kind != envelope_kind::ask || !(e->flags & ask_in_handler)) return false;
  const correlation& handled = correlation_of(*e);
  if (handled.id != question.id || handled.from != question.from) return false;
  e->flags |= ask_dropped;
  return true;
}

}  // namespace

void drop_question(const correlation& question) noexcept {
  const exit_reason* why = settling_reason();
  if (!why && is_being_handled(question)) return;  // settle_dropped(), or who catches the exception
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

void refuse_question(envelope* e) noexcept {
  const correlation question = correlation_of(*e);
  drop_envelope(e);
  answer_failure(question, {errc::actor_down,
                            "the actor_ref refers to nobody",
                            {exit_reason::cause::never_existed, 0, 0, {}}});
}

envelope* question_at_hand(cell& c) noexcept {
  envelope* e = c.current;
  return e && e->kind == envelope_kind::ask ? e : nullptr;
}

failure cancelled_failure() { return {errc::cancelled, "the question was withdrawn", {}}; }

void question_answered(const correlation& question) noexcept {
  cell* c = running_cell();
  root_frame* active = c && c->extra ? c->extra->active : nullptr;
  if (active && active->question == question.id && active->deadline == question.deadline)
    active->deadline = 0;
}

void settle_dropped(envelope& e) noexcept {
  if (e.kind != envelope_kind::ask) return;
  e.flags &= static_cast<std::uint8_t>(~ask_in_handler);
  if (e.flags & ask_dropped) drop_question(correlation_of(e));
}

std::shared_ptr<open_question> current_question(cell& c) {
  if (!c.current || c.current->kind != envelope_kind::ask) return nullptr;
  return std::make_shared<open_question>(correlation_of(*c.current));
}

}  // namespace troupe::detail
