// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/ask.hpp>
#include <troupe/broadcast.hpp>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/owner.hpp>
#include <troupe/detail/subscriber_list.hpp>

namespace troupe {

namespace messages {
template <class M>
struct topic_publish {
  M message;
};
/// Answered with false if it has subscribed already.
template <class M>
struct topic_subscribe {
  using reply = bool;
  actor_ref<M> who;
};
template <class M>
struct topic_subscribe_shared {
  static constexpr bool local_only = true;
  using reply = bool;
  actor_ref<shared<M>> who;
};
struct topic_unsubscribe {
  using reply = bool;
  actor_ref<> who;
};
struct topic_subscribers {
  using reply = std::size_t;
};
struct topic_describe {
  using reply = std::string;
};
}  // namespace messages

namespace detail {

/// The subscribers of a topic, each watched.
template <class M>
class topic_coordinator
    : public actor<messages::topic_publish<M>, messages::topic_subscribe<M>,
                   messages::topic_subscribe_shared<M>, messages::topic_unsubscribe,
                   messages::topic_subscribers, messages::topic_describe> {
 public:
  void on(const messages::topic_publish<M>& m) {
    broadcast(plain_.all(), m.message);
    if (!sharing_.all().empty()) broadcast(sharing_.all(), m.message);
  }
  promise<bool> on(const messages::topic_subscribe<M>& m) { return subscribe(plain_, m.who); }
  promise<bool> on(const messages::topic_subscribe_shared<M>& m) {
    return subscribe(sharing_, m.who);
  }
  bool on(messages::topic_unsubscribe m) { return plain_.remove(m.who) || sharing_.remove(m.who); }
  std::size_t on(messages::topic_subscribers) const { return plain_.size() + sharing_.size(); }
  std::string on(messages::topic_describe) const {
    return "topic: " + std::to_string(plain_.size() + sharing_.size()) + " subscriber(s)";
  }
  void on(const down& news) {
    if (!plain_.take(news)) sharing_.take(news);
  }

 private:
  template <class Ref>
  promise<bool> subscribe(subscriber_list<Ref>& list, const Ref& who) {
    auto answer = this->template make_promise<bool>();
    if (std::string why = objection_to_subscriber(who, plain_.size() + sharing_.size());
        !why.empty()) {
      answer.set_failure({errc::misuse, std::move(why), {}});
    } else {
      answer.set_value(!plain_.has(who) && !sharing_.has(who) && list.add(who));
    }
    return answer;
  }

  subscriber_list<actor_ref<M>> plain_{this->home()};
  subscriber_list<actor_ref<shared<M>>> sharing_{this->home()};
};

template <class M>
using topic_handle = handle<messages::topic_publish<M>, messages::topic_subscribe<M>,
                            messages::topic_subscribe_shared<M>, messages::topic_unsubscribe,
                            messages::topic_subscribers, messages::topic_describe>;

}  // namespace detail

/// What is published here, all subscribers receive: each what came after its subscription, in the
/// order of each publisher. The handle is a value: copy it, keep it, send it to any process. A
/// subscriber accepts M, and gets a copy, or `shared<M>`, and looks at the one M that all of these
/// share (in the topic's process only). One that ends is forgotten.
///
/// All verbs but publish() are asks, as with every ready-made actor.
/// \thread any
template <class M>
class topic : public detail::topic_handle<M> {
 public:
  static constexpr std::size_t subscribers_max = detail::subscribers_max;

  topic() = default;

  /// A new topic, without subscribers. It lives as long as the system, or until it is stopped.
  static topic spawn(actor_system& system) {
    return topic(system.spawn<detail::topic_coordinator<M>>());
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static topic spawn_owned() {
    detail::cell& owner = detail::owner_here("topic::spawn_owned");
    return topic(detail::spawn_class<detail::topic_coordinator<M>>(*owner.system.load(), &owner));
  }

  /// Sends `message` on its way to all who have subscribed by the time the topic handles it.
  void publish(M message) const {
    this->coordinator_.tell(messages::topic_publish<M>{std::move(message)});
  }

  /// Once it is answered, what is published comes to `who`. \return false: it came before
  /// \throws misuse_error if there are subscribers_max already, or if a `who` that wants shared<M>
  /// lives in another process
  auto subscribe(const actor_ref<M>& who) const {
    return this->coordinator_.ask(messages::topic_subscribe<M>{who});
  }
  auto subscribe(const actor_ref<shared<M>>& who) const {
    return this->coordinator_.ask(messages::topic_subscribe_shared<M>{who});
  }
  /// Once it is answered, what is published from then on does not come. \return false: it had not
  /// subscribed
  auto unsubscribe(const actor_ref<>& who) const {
    return this->coordinator_.ask(messages::topic_unsubscribe{who});
  }
  auto subscribers() const { return this->coordinator_.ask(messages::topic_subscribers{}); }
  /// "topic: 3 subscriber(s)".
  auto describe() const { return this->coordinator_.ask(messages::topic_describe{}); }

 private:
  explicit topic(const typename topic::coordinator_ref& coordinator) noexcept
      : detail::topic_handle<M>(coordinator) {}
};

}  // namespace troupe
