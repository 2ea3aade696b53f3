// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/caf_door.hpp>

#include <caf/actor_config.hpp>
#include <caf/make_actor.hpp>
#include <mutex>
#include <stdexcept>
#include <troupe/dead_letter.hpp>
#include <troupe/detail/spawn.hpp>
#include <troupe/detail/system_core.hpp>

#include "caf_compat.hpp"
#include "caf_errors.hpp"

/// A door is a CAF actor without a mailbox: the thread of the sender puts what comes into the mailbox of our
/// actor, so that there is no second queue, and no order but the sender's. Two kinds of our actors help it:
/// its *porter* waits for the end of our actor, and an *asker* is made for each request, since an answer needs
/// somebody to come to.
namespace troupe::detail {
namespace {

/// What a door shares with its helpers. All of them may go first.
class gate {
 public:
  explicit gate(const address& whom) : whom_(whom), system_(system_of(whom)) {}

  const address& whom() const noexcept { return whom_; }
  void hang(const caf::actor& door) { door_ = caf::actor_cast<caf::weak_actor_ptr>(door); }
  void set_porter(const address& porter) noexcept { porter_ = porter; }
  const address& porter() const noexcept { return porter_; }

  /// Calls `work(system)` unless the system may be gone. \return false: it may
  template <class Work>
  bool while_open(Work work) {
    const std::scoped_lock hold{mutex_};
    if (!open_) return false;
    work(system_);
    return true;
  }
  /// The porter has gone. The door closes with the last response.
  void close(caf::error why) {
    bool now = false;
    {
      const std::scoped_lock hold{mutex_};
      if (!std::exchange(open_, false)) return;
      why_ = std::move(why);
      now = asking_ == 0;
    }
    if (now) close_door();
  }
  /// For while_open().
  void begin_ask() noexcept { ++asking_; }
  void end_ask() {
    bool now = false;
    {
      const std::scoped_lock hold{mutex_};
      now = --asking_ == 0 && !open_;
    }
    if (now) close_door();
  }

 private:
  void close_door() {
    if (const caf::strong_actor_ptr door = door_.lock()) {
      static_cast<ending_actor*>(door->get())->cleanup(std::move(why_), nullptr);
    }
  }

  const address whom_;
  system_core& system_;       ///< lives while the porter does
  caf::weak_actor_ptr door_;  ///< written before anybody else knows of this, as `porter_`
  address porter_;
  std::recursive_mutex mutex_;  ///< an asker whose making fails ends within while_open()
  bool open_ = true;            ///< the porter lives, or is being made
  unsigned asking_ = 0;         ///< askers
  caf::error why_;              ///< once not open
};

/// Waits for the end of our actor. Busy all its life, so a stop finds it when that end has come: our actor's
/// last words and its true reason pass before the system ends.
class porter : wait_node {
 public:
  porter(cell& home, std::shared_ptr<gate> shared) : home_(home), gate_(std::move(shared)) {
    whom = gate_->whom();
    what = awaited::end;
    complete = [](wait_node& self, envelope* answer) {
      if (answer && answer->type == &message_type_of<down>) {
        static_cast<porter&>(self).why_ = std::move(answer->as<down>().reason);
      }
      stop_self(static_cast<porter&>(self).home_);
    };
  }
  porter(const porter&) = delete;
  porter& operator=(const porter&) = delete;
  ~porter() { gate_->close(caf_error_of(why_)); }

  void begin() {
    add_wait(home_, *this);
    home_.busy = true;
    request_end(home_, whom, id);
  }

 private:
  cell& home_;
  const std::shared_ptr<gate> gate_;
  exit_reason why_{exit_reason::cause::owner_ended, 0, 0, {}};  ///< unless it learns more
};
constinit const actor_class porter_class{
    .name = "caf_porter", .receive = &unexpected, .destroy = &destroy_body<porter>};

/// When this returns, whatever ends our actor is going to be its reason.
address start_porter(system_core& system, const std::shared_ptr<gate>& shared) {
  opening starts(system, porter_class, nullptr);
  cell& home = starts.home();
  construct_body<porter>(home, home, shared).begin();
  return starts.publish();
}

/// An actor for one request: waits for the answer, hands it on, ends. Busy, so that a stop waits, too.
class asker : wait_node {
 public:
  asker(cell& home, const std::shared_ptr<gate>& shared, const caf_entry& entry, response to)
      : home_(home), gate_(shared), entry_(entry), response_(std::move(to)) {
    whom = gate_->whom();
    complete = [](wait_node& self, envelope* answer) {
      static_cast<asker&>(self).answered(answer);
    };
    gate_->begin_ask();
  }
  asker(const asker&) = delete;
  asker& operator=(const asker&) = delete;
  ~asker() {
    if (!over_) fail({errc::actor_down, "the actor system ended before the answer came", {}});
    gate_->end_ask();
  }

  /// \return what the question is to be sent with
  correlation begin() {
    add_wait(home_, *this);
    home_.busy = true;
    return {id, home_.self(), 0};
  }

 private:
  void answered(envelope* answer) {
    over_ = true;
    outcome<caf::message> got = entry_.answer(answer);
    if (got) {
      response_.deliver(std::move(*got));
    } else {
      fail(got.error());
    }
    stop_self(home_);
  }
  void fail(const failure& why) { response_.deliver(caf::make_message(caf_error_of(why))); }

  cell& home_;
  const std::shared_ptr<gate> gate_;
  const caf_entry& entry_;
  response response_;
  bool over_ = false;
};
constinit const actor_class asker_class{
    .name = "caf_asker", .receive = &unexpected, .destroy = &destroy_body<asker>};

class actor_door final : public unqueued_actor<actor_door> {
 public:
  actor_door(caf::actor_config& how, std::shared_ptr<gate> shared,
             std::span<const caf_entry> entries)
      : unqueued_actor(how), gate_(std::move(shared)), entries_(entries) {}

  bool take(caf::mailbox_element& what) {
    caf_content& content = what.content();
    for (const caf_entry& entry : entries_) {
      if (!entry.holds(content)) continue;
      if (what.mid.is_request()) {
        ask(entry, what);
      } else {
        tell(entry, content);
      }
      return true;
    }
    if (!holds<caf::exit_msg>(content)) return false;
    end_ours(content.get_as<caf::exit_msg>(0).reason);
    return true;
  }

  void refuse(caf::mailbox_element& what) {
    const std::string types = types_in(what.content(), home_system());
    if (what.mid.is_request()) {
      fail(what, {errc::bad_message, "the actor does not accept a message of " + types, {}});
    } else if (!what.mid.is_response() && !holds<caf::down_msg>(what.content())) {
      gate_->while_open([&](system_core& system) {
        dead_letter(&system, {.message = types,
                              .target = actor_ref<>::at(gate_->whom()),
                              .reason = drop_reason::not_accepted});
      });
    }
  }

  void on_unreachable_now() {
    if (gate_->porter().home) request_kill(gate_->porter());
  }

  const char* name() const override { return "troupe.door"; }

 private:
  void tell(const caf_entry& entry, caf_content& content) {
    envelope* e = entry.take(content, envelope_kind::tell);
    if (entry.urgent) {
      post_urgent(gate_->whom(), e);
    } else {
      post_mail(gate_->whom(), e);
    }
  }

  void ask(const caf_entry& entry, caf::mailbox_element& what) {
    try {
      const bool open = gate_->while_open([&](system_core& system) {
        envelope_ptr question(entry.take(what.content(), envelope_kind::ask));
        opening starts(system, asker_class, nullptr);
        asker& its =
            construct_body<asker>(starts.home(), starts.home(), gate_, entry, response(what));
        const correlation as = its.begin();
        starts.publish();
        send_question(gate_->whom(), question.release(), as);
      });
      if (!open) fail(what, down_failure({exit_reason::cause::never_existed, 0, 0, {}}));
    } catch (const cancelled_error& closing) {
      fail(what, {errc::actor_down, closing.what(), {}});
    }
  }

  void end_ours(const caf::error& why) noexcept {
    if (why == caf::exit_reason::kill) {
      request_kill(gate_->whom());
    } else if (why && why != caf::exit_reason::normal) {
      request_stop(gate_->whom());
    }
  }

  static void fail(caf::mailbox_element& request, const failure& why) {
    response(request).deliver(caf::make_message(caf_error_of(why)));
  }

  const std::shared_ptr<gate> gate_;
  const std::span<const caf_entry> entries_;
};

}  // namespace

caf::actor open_door(caf::actor_system& theirs, const address& whom,
                     std::span<const caf_entry> entries) {
  if (!whom.home) throw std::invalid_argument("as_caf: the actor_ref refers to nobody");
  system_core& system = system_of(whom);
  if (system.single_thread) {
    throw_failure({errc::misuse, "as_caf: CAF has threads, and a simulation must have none", {}});
  }
  auto shared = std::make_shared<gate>(whom);
  caf::actor_config how;
  auto made = caf::make_actor<actor_door, caf::actor>(theirs.next_actor_id(), theirs.node(),
                                                      &theirs, how, shared, entries);
  shared->hang(made);
  shared->set_porter(start_porter(system, shared));
  return made;
}

}  // namespace troupe::detail
