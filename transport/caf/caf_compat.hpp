// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/default_attachable.hpp>
#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/ref_counted.hpp>
#include <caf/resumable.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <troupe/detail/caf_value.hpp>
#include <utility>

#include "parcel.hpp"

/// What CAF 0.17 and CAF 1 call differently, under one name for both: first as it is in 0.17, then as it is in 1,
/// then what follows from that. With <troupe/detail/caf_value.hpp>, the part of it that public headers need, this
/// is the only `#if` on a version of CAF's; the rest of this folder uses what both have.
#if CAF_MAJOR_VERSION == 0

#include <boost/core/demangle.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace troupe::detail {

inline std::string caf_option(const char* name) { return name; }

/// Types are made known to the configuration.
template <class Module>
bool make_types_known() {
  return true;
}
inline void add_parcel(caf::actor_system_config& to) {
  to.add_message_type<parcel>("troupe_parcel");
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, parcel& p) {
  return f(caf::meta::type_name("troupe::parcel"), p.what, p.number, p.bytes);
}

template <class... Ts>
caf::mailbox_element_ptr element(caf::strong_actor_ptr from, caf::message_id id, Ts&&... content) {
  return caf::make_mailbox_element(std::move(from), id, {}, std::forward<Ts>(content)...);
}
inline caf::mailbox_element_ptr element_of(const caf::strong_actor_ptr& from, parcel p) {
  return element(from, caf::make_message_id(), std::move(p));
}
inline std::optional<parcel> parcel_in(caf::mailbox_element& e) {
  if (!holds<parcel>(e.content())) return {};
  return std::move(e.content().get_mutable_as<parcel>(0));
}

inline void hand_to(caf::abstract_actor& to, caf::mailbox_element_ptr what) {
  to.enqueue(std::move(what), nullptr);
}

/// Asks, with no limit in time.
template <class Self, class Handle, class... Ts>
auto request(Self& self, const Handle& whom, Ts&&... question) {
  return self->request(whom, caf::infinite, std::forward<Ts>(question)...);
}

/// Where the response to a request goes: what CAF's response_promise does, which needs a local_actor.
class response {
 public:
  explicit response(caf::mailbox_element& request)
      : source_(std::move(request.sender)), stages_(std::move(request.stages)), id_(request.mid) {}

  void deliver(caf::message content) {
    if (!stages_.empty()) {
      const auto next = std::move(stages_.back());
      stages_.pop_back();
      next->enqueue(caf::make_mailbox_element(std::move(source_), id_, std::move(stages_),
                                              std::move(content)),
                    nullptr);
    } else if (source_) {
      source_->enqueue(nullptr, id_.response_id(), std::move(content), nullptr);
    }
  }

 private:
  caf::strong_actor_ptr source_;
  caf::mailbox_element::forwarding_stack stages_;
  caf::message_id id_;
};

using ending_actor = caf::monitorable_actor;  ///< has cleanup()
/// An actor of CAF's without a mailbox: the thread that sends something handles it. `Self` has
///   bool take(caf::mailbox_element&);    what it knows; false: it is not that
///   void refuse(caf::mailbox_element&);  what CAF itself does not know either
///   void on_unreachable_now();           nobody can send any more; maybe after the end
template <class Self>
class unqueued_actor : public ending_actor {
 public:
  explicit unqueued_actor(caf::actor_config& how) : ending_actor(how) {}
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) final {
    Self& self = static_cast<Self&>(*this);
    if (!self.take(*what) && !handle_system_message(*what, host, true)) self.refuse(*what);
  }
  void on_destroy() final {
    static_cast<Self&>(*this).on_unreachable_now();
    if (!getf(is_cleaned_up_flag)) cleanup(caf::exit_reason::unreachable, nullptr);
    ending_actor::on_destroy();
  }
};

/// A job for the threads of CAF's pool.
class pool_job : public caf::resumable, public caf::ref_counted {
 public:
  virtual bool run() = 0;  ///< \return true: again, when others have had their turn
  resume_result resume(caf::execution_unit*, std::size_t) final {
    return run() ? resume_later : done;
  }
  void intrusive_ptr_add_ref_impl() final { ref(); }
  void intrusive_ptr_release_impl() final { deref(); }
};
using caf_pool = caf::scheduler::abstract_coordinator;
inline std::size_t threads_of_pool(caf::actor_system& system) {
  return system.scheduler().num_workers();
}
inline void enqueue(caf_pool& pool, pool_job& job) { pool.enqueue(&job); }
/// The broker that has the connections between nodes.
inline caf::atom_value name_of_basp() { return caf::atom("BASP"); }

inline caf::error unhandled_exception(std::string text) {
  const caf::error plain = caf::make_error(caf::exit_reason::unhandled_exception);
  return {plain.code(), plain.category(), caf::make_message(std::move(text))};
}
inline caf::error with_text(caf::exit_reason code, std::string text) {
  const caf::error plain = caf::make_error(code);
  return {plain.code(), plain.category(), caf::make_message(std::move(text))};
}
inline bool is_exit_reason(const caf::error& e) { return e.category() == caf::atom("exit"); }
inline std::string name_of_category(const caf::error& e) { return caf::to_string(e.category()); }
inline std::string to_text(const caf::error& e, const caf::actor_system& theirs) {
  return theirs.render(e);
}

inline std::string to_text(const caf_content& content) { return content.stringify(); }
inline std::string type_name_in(const caf_content& content, std::size_t index,
                                const caf::actor_system& theirs) {
  const auto [number, info] = content.type(index);
  return info ? boost::core::demangle(info->name()) : theirs.types().portable_name(number, info);
}

}  // namespace troupe::detail

#else

#include <caf/abstract_actor.hpp>
#include <caf/detail/default_thread_count.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scheduler.hpp>

namespace troupe::detail {

inline std::string caf_option(const char* name) { return std::string("caf.") + name; }

/// Types are made known to the program, before it makes the first actor system: what is known is in a table that
/// may move then and no more. \return true
template <class Module>
bool make_types_known() {
  caf::core::init_global_meta_objects();
  Module::init_global_meta_objects();
  return true;
}
/// A parcel crosses as its parts, whose types CAF knows: a type of our own would need a number that no program
/// has given to a type of its own.
inline void add_parcel(caf::actor_system_config&) {}

template <class... Ts>
caf::mailbox_element_ptr element(caf::strong_actor_ptr from, caf::message_id id, Ts&&... content) {
  return caf::make_mailbox_element(std::move(from), id, std::forward<Ts>(content)...);
}
inline caf::mailbox_element_ptr element_of(const caf::strong_actor_ptr& from, parcel p) {
  return element(from, caf::make_message_id(), p.what, p.number, std::move(p.bytes));
}
inline std::optional<parcel> parcel_in(caf::mailbox_element& e) {
  caf::message& content = e.content();
  if (!content.match_elements<std::uint8_t, std::uint64_t, std::string>()) return {};
  return parcel{content.get_as<std::uint8_t>(0), content.get_as<std::uint64_t>(1),
                std::move(content.get_mutable_as<std::string>(2))};
}

/// Who has ended is given nothing: CAF counts what it refuses, in a system that may have ended, too.
inline void hand_to(caf::abstract_actor& to, caf::mailbox_element_ptr what) {
  if (!to.getf(caf::abstract_actor::is_terminated_flag)) to.enqueue(std::move(what), nullptr);
}

/// Asks, with no limit in time.
template <class Self, class Handle, class... Ts>
auto request(Self& self, const Handle& whom, Ts&&... question) {
  return self->mail(std::forward<Ts>(question)...).request(whom, caf::infinite);
}

/// Where the response to a request goes.
class response {
 public:
  explicit response(caf::mailbox_element& request)
      : source_(std::move(request.sender)), id_(request.mid) {}

  void deliver(caf::message content) {
    if (source_) hand_to(*source_->get(), element(nullptr, id_.response_id(), std::move(content)));
  }

 private:
  caf::strong_actor_ptr source_;
  caf::message_id id_;
};

using ending_actor = caf::abstract_actor;  ///< has cleanup()
/// An actor of CAF's without a mailbox: the thread that sends something handles it. `Self` has
///   bool take(caf::mailbox_element&);    what it knows; false: it is not that
///   void refuse(caf::mailbox_element&);  what CAF itself does not know either
///   void on_unreachable_now();           nobody can send any more
template <class Self>
class unqueued_actor : public ending_actor {
 public:
  explicit unqueued_actor(caf::actor_config& how) : ending_actor(how) {}
  bool enqueue(caf::mailbox_element_ptr what, caf::scheduler*) final {
    Self& self = static_cast<Self&>(*this);
    if (!self.take(*what)) self.refuse(*what);
    return true;
  }
  void on_unreachable() final {
    static_cast<Self&>(*this).on_unreachable_now();
    ending_actor::on_unreachable();
  }
  void setup_metrics() {}  // make_actor() calls it

 private:
  void force_close_mailbox() final {}
};

/// A job for the threads of CAF's pool.
class pool_job : public caf::resumable, public caf::ref_counted {
 public:
  virtual bool run() = 0;  ///< \return true: again, when others have had their turn
  resume_result resume(caf::scheduler*, std::size_t) final { return run() ? resume_later : done; }
  void ref_resumable() const noexcept final { ref(); }
  void deref_resumable() const noexcept final { deref(); }
};
using caf_pool = caf::scheduler;
inline std::size_t threads_of_pool(caf::actor_system& system) {
  return caf::get_or(system.config(), "caf.scheduler.max-threads",
                     caf::detail::default_thread_count());
}
inline void enqueue(caf_pool& pool, pool_job& job) { pool.schedule(&job); }
/// The broker that has the connections between nodes.
inline std::string name_of_basp() { return "BASP"; }

/// CAF itself says so of a handler that throws.
inline caf::error unhandled_exception(std::string text) {
  return caf::make_error(caf::sec::runtime_error, std::move(text));
}
inline caf::error with_text(caf::exit_reason code, std::string text) {
  return caf::make_error(code, std::move(text));
}
inline bool is_exit_reason(const caf::error& e) {
  return e && e.category() == caf::type_id_v<caf::exit_reason>;
}
inline std::string name_of_category(const caf::error& e) {
  return std::string(caf::query_type_name(e.category()));
}
inline std::string to_text(const caf::error& e, const caf::actor_system&) {
  return caf::to_string(e);
}

inline std::string to_text(const caf_content& content) { return caf::to_string(content); }
inline std::string type_name_in(const caf_content& content, std::size_t index,
                                const caf::actor_system&) {
  return std::string(caf::query_type_name(content.type_at(index)));
}

}  // namespace troupe::detail

#endif

namespace troupe::detail {

/// Puts it into the mailbox of `to`, from whatever thread.
inline void put(const caf::strong_actor_ptr& from, const caf::strong_actor_ptr& to, parcel p) {
  hand_to(*to->get(), element_of(from, std::move(p)));
}
inline void put(const caf::strong_actor_ptr& from, const caf::actor& to, caf::message_id id,
                caf::message content) {
  hand_to(*caf::actor_cast<caf::abstract_actor*>(to), element(from, id, std::move(content)));
}

/// From now on `watcher` gets a down_msg when `whom` ends, at once if it has.
template <class Handle>
void watch(const Handle& whom, const caf::actor_addr& watcher) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(whom);
  actor->attach(caf::default_attachable::make_monitor(actor->address(), watcher));
}

}  // namespace troupe::detail
