// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/caf_emissary.hpp>

#include <caf/actor_config.hpp>
#include <caf/make_actor.hpp>
#include <stdexcept>
#include <troupe/detail/ending.hpp>
#include <troupe/detail/system_core.hpp>

#include "caf_letterbox.hpp"

namespace troupe::detail {
namespace {

caf::message_id message_id_of(bool is_urgent, std::uint64_t request = 0) {
  return is_urgent ? caf::make_message_id<caf::message_priority::high>(request)
                   : caf::make_message_id<caf::message_priority::normal>(request);
}

}  // namespace

failure bad_caf_reply(const caf_content& content, std::string_view expected) {
  return {
      errc::bad_message,
      "the CAF actor answered with " + to_text(content) + ", not with a " + std::string(expected),
      {}};
}

caf::actor checked_for_emissary(system_core& ours, caf::actor theirs) {
  if (!theirs) throw std::invalid_argument("from_caf: the CAF actor handle is empty");
  if (ours.single_thread) {
    throw_failure({errc::misuse, "from_caf: CAF has threads, and a simulation must have none", {}});
  }
  return theirs;
}

caf_errand::caf_errand(cell& home, caf::actor theirs, std::uint32_t asks_max)
    : home_(home), theirs_(std::move(theirs)) {
  caf::actor_system& system = theirs_->home_system();
  caf::actor_config how;
  kept_ = caf::make_actor<caf_letterbox, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, how, home.self(), asks_max);
  letterbox_ = static_cast<caf_letterbox*>(kept_->get());
  // If it has ended already, the news comes from within this call.
  watch(theirs_, letterbox_->address());
}

caf_errand::~caf_errand() {
  if (letterbox_->close()) {
    theirs_->detach(caf::default_attachable::observe_token{letterbox_->address(),
                                                           caf::default_attachable::monitor});
    const exit_reason* why = reason_of_ending();
    const bool closing =
        home_.system.load(std::memory_order_relaxed)->closing.load(std::memory_order_relaxed);
    if (why && !closing && why->what == exit_reason::cause::killed) {
      put(nullptr, theirs_, message_id_of(true),
          caf::make_message(caf::exit_msg{theirs_->address(), caf::exit_reason::kill}));
    } else if (why && !closing && why->is_normal()) {
      put(nullptr, theirs_, message_id_of(false),
          caf::make_message(caf::exit_msg{theirs_->address(), caf::exit_reason::user_shutdown}));
    }
  }
  letterbox_->cleanup(caf::error{}, nullptr);
}

void caf_errand::tell(caf::message content, bool is_urgent) const {
  put(nullptr, theirs_, message_id_of(is_urgent), std::move(content));
}

void caf_errand::ask(caf::message content, bool is_urgent, std::unique_ptr<caf_question> question,
                     const std::stop_token& given_up) const {
  const std::uint64_t id = letterbox_->expect(std::move(question), given_up);
  if (id == 0) return;
  put(kept_, theirs_, message_id_of(is_urgent, id), std::move(content));
}

}  // namespace troupe::detail
