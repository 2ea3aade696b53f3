// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <troupe/actor.hpp>
#include <troupe/detail/supervised.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe {

/// Which children are started again when one has ended.
enum class restart_strategy : std::uint8_t {
  one_for_one,   ///< that one
  one_for_all,   ///< all: the others are stopped first, newest before oldest
  rest_for_one,  ///< that one and those started after it
};
using enum restart_strategy;

/// Which ends of a child call for a restart.
enum class restart_kind : std::uint8_t {
  permanent,  ///< every one
  transient,  ///< those that are not normal
  temporary,  ///< none: it is forgotten
};

/// How long a child rests before its next body is made. Doubled (or so) with each failure in a row; a
/// child that has lived for `supervisor_options::within` starts from the beginning.
struct backoff_options {
  std::chrono::nanoseconds initial{};  ///< 0: none
  double factor = 2;
  std::chrono::nanoseconds max = std::chrono::seconds{30};
};

/// More than `restarts_max` failures `within` that time: the supervisor gives up and ends with an error
/// that names the child and its last reason. (Erlang's defaults.)
struct supervisor_options {
  restart_strategy strategy = one_for_one;
  unsigned restarts_max = 1;
  std::chrono::nanoseconds within = std::chrono::seconds{5};
  backoff_options backoff = {};
};

/// How to make a child and what to do when it ends; made by child<A>(…).
struct child_spec {
  static constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

  std::string name;  ///< among its supervisor's children; empty: "child-1" and so on
  restart_kind restart = restart_kind::permanent;
  std::chrono::nanoseconds stop_within =
      std::chrono::seconds{5};  ///< then it is killed; 0: at once
  bool registered = false;      ///< in the system, under `name`
  spawn_options options = {};   ///< the mailbox is made once: it outlasts the bodies
  std::shared_ptr<const detail::body_maker> maker = nullptr;
};

/// A specification that knows what kind of ref its child has.
template <class Ref>
struct child_of : child_spec {
  using ref = Ref;
  child_of permanent() && { return with(restart_kind::permanent); }
  child_of transient() && { return with(restart_kind::transient); }
  child_of temporary() && { return with(restart_kind::temporary); }
  /// \param limit  from being asked to stop to being killed; 0: killed at once
  child_of stop_in(std::chrono::nanoseconds limit) && {
    stop_within = limit;
    return std::move(*this);
  }
  /// The child can be found by `system.find<…>(name)`. \throws name_error from the start, if it is taken
  child_of named() && {
    registered = true;
    return std::move(*this);
  }
  child_of bounded(const mailbox_bounds& bounds) && {
    options.bounds = bounds;
    return std::move(*this);
  }

 private:
  child_of with(restart_kind kind) {
    restart = kind;
    return std::move(*this);
  }
};

class supervisor;

/// `child<account>("teller", args…)`: an actor of that class. The arguments are kept, and copied for
/// each body. A supervisor may take as long as it likes to stop, others five seconds.
template <class A, class... Args>
auto child(std::string name, Args&&... args) {
  static_assert((std::copy_constructible<std::decay_t<Args>> && ...),
                "a restarted child gets its arguments again: they must be copyable");
  child_of<typename detail::ref_for<typename A::protocol_type>::type> spec;
  spec.name = std::move(name);
  if (std::is_base_of_v<supervisor, A>) spec.stop_within = child_spec::forever;
  spec.maker = std::make_shared<detail::class_maker<A, std::decay_t<Args>...>>(
      std::in_place, std::forward<Args>(args)...);
  return spec;
}
/// `child<&player>("left", args…)`: the same for a function.
template <auto Function, class... Args>
auto child(std::string name, Args&&... args) {
  child_of<typename detail::function_traits<decltype(Function)>::ref> spec;
  spec.name = std::move(name);
  spec.maker = std::make_shared<detail::function_maker<Function>>(std::in_place,
                                                                  std::forward<Args>(args)...);
  return spec;
}

enum class child_state : std::uint8_t {
  running,
  stopping,  ///< asked to, and not done yet
  resting,   ///< between two bodies; its mail waits
  starting,  ///< its next body is being made
};

struct child_info {
  std::string name;
  actor_ref<> ref;
  child_state state = child_state::running;
  std::uint32_t restarts = 0;  ///< bodies it has had, but the first
};

/// Answered with the children, in the order of their start.
struct which_children {
  using reply = std::vector<child_info>;
};
/// Answered with the new child's ref, or failed with why it could not start. See start_child_of().
struct start_child {
  static constexpr bool local_only = true;
  using reply = actor_ref<>;
  child_spec spec;
};
/// Stops the child for good. Answered once it is gone; false: there is none of that name.
struct stop_child {
  using reply = bool;
  std::string name;
};

namespace detail {
struct restart_due {
  static constexpr bool local_only = true;
  std::uint64_t child = 0;  ///< 0: the group
};
}  // namespace detail

using supervisor_ref = actor_ref<which_children, start_child, stop_child>;

/// Starts actors and starts them again when they end, in place: ref, names, monitors and the mail that
/// waits stay; a `down` comes only when the supervisor gives an actor up. What the old body was doing
/// is lost: the question it was handling fails, its waits, timers, links and children end.
///
///   auto top = system.spawn<supervisor>(supervisor_options{.strategy = one_for_all},
///                                       child<account>("teller").named(),
///                                       child<&player>("left", gate).transient().stop_in(1s));
///
/// Children start in order, one after the other, and stop in reverse, each within its time. If one
/// cannot start, the ones before it are stopped and the start fails. More can be started and stopped at
/// run time. A supervisor may be a child; restarted, it makes its own children anew, with new refs.
class supervisor : public actor<which_children, start_child, stop_child, detail::restart_due> {
 public:
  static constexpr std::size_t children_max = 65536;

  /// \throws std::invalid_argument naming the option; what a child's constructor throws
  template <class... Specs>
  explicit supervisor(const supervisor_options& options, const Specs&... children)
      : options_(checked(options)) {
    (start(children), ...);
  }
  ~supervisor();

  std::vector<child_info> on(which_children) const;
  promise<actor_ref<>> on(const start_child& m);
  promise<bool> on(const stop_child& m);
  void on(detail::restart_due due);
  void child_changed(const detail::child_change& news);

 private:
  struct entry {
    child_spec spec;
    detail::address where;
    child_state state = child_state::running;
    bool leaving = false;  ///< stopped for good
    std::uint32_t restarts = 0;
    unsigned failures = 0;    ///< in a row
    std::int64_t since = 0;   ///< when its body was made
    std::uint64_t timer = 0;  ///< of its next beginning
    std::vector<promise<bool>> stoppers;
  };
  /// All children from `from` on are stopped, newest first, and then begun, oldest first.
  struct group_restart {
    enum class phase : std::uint8_t { none, stopping, beginning };
    phase at = phase::none;
    std::uint64_t from = 0;
    bool waits = false;  ///< for its timer
    std::uint64_t timer = 0;
  };

  static supervisor_options checked(const supervisor_options& options);
  detail::address start(const child_spec& spec);
  void start(const std::vector<child_spec>& specs);
  std::string objection_to(const child_spec& spec) const;
  void has_rested(std::uint64_t id, entry& e, const exit_reason& why);
  void has_failed(std::uint64_t id, entry& e, const exit_reason& why);
  void count_failure(entry& e, const exit_reason& why);
  std::chrono::nanoseconds delay_after(entry& e);
  void begin(entry& e);
  void let_go(entry& e);
  void restart_group(std::uint64_t from, std::chrono::nanoseconds delay);
  void advance();
  bool stop_newest();
  bool begin_oldest();
  void forget(std::uint64_t id);

  const supervisor_options options_;
  std::map<std::uint64_t, entry> children_;  ///< in the order of their start
  std::unordered_map<const detail::cell*, std::uint64_t> by_cell_;
  std::uint64_t last_id_ = 0;
  std::deque<std::int64_t> failed_at_;  ///< the latest failures, at most restarts_max + 1
  group_restart group_;
};

/// Starts a child of a supervisor that runs already. \throws as the ask of start_child
template <class Ref, class... Ms>
task<Ref> start_child_of(actor_ref<Ms...> top, child_of<Ref> spec) {
  start_child request{std::move(spec)};
  const actor_ref<> made = co_await top.ask(std::move(request));
  co_return Ref::at(made.where());
}

}  // namespace troupe
