// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/deadlock_watch.hpp>

#include <algorithm>
#include <cstdio>
#include <set>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/detail/blocked_scan.hpp>
#include <troupe/detail/core.hpp>
#include <troupe/detail/system_core.hpp>

#include "wait_circle.hpp"

namespace troupe {
namespace detail {
namespace {

struct look_again {
  static constexpr bool local_only = true;
};

constexpr std::size_t searches_per_look = 256;
constexpr int pause_per_look_time = 50;  // so that looking takes 2 % of a processor at most

/// Not reentrant: who was told of a deadlock, and then asks how many there were, is answered after
/// it was counted.
class deadlock_searcher : public actor<look_again, messages::deadlocks_found> {
 public:
  explicit deadlock_searcher(deadlock_options options) : options_(std::move(options)) {
    rest(options_.after / 2);
  }

  task<void> on(look_again) {
    system_core& system = handle_of(home()).core();
    const std::int64_t begun = now(system);
    const auto standing = scan_.look(system, options_.after.count(), searches_per_look);
    const std::chrono::nanoseconds taken{now(system) - begun};
    for (const actor_ref<>& who : standing) co_await search(who);
    rest(std::max(options_.after / 2, taken * pause_per_look_time));
  }
  std::uint64_t on(messages::deadlocks_found) const { return found_; }

 private:
  void rest(std::chrono::nanoseconds pause) {
    handle_of(home()).tell_after(pause, actor_ref<look_again>::at(self().where()), look_again{});
  }

  task<void> search(actor_ref<> who) {
    const std::vector<wait_edge> circle = co_await circle_from(who);
    const wait_edge* victim = youngest(circle);
    if (!victim) co_return;
    const std::string text = in_words(circle);
    if (options_.mode == deadlock_mode::abort) {
      auto ending = actor_ref<messages::end_wait>::at(victim->who.where())
                        .ask(messages::end_wait{victim->id, text}, std::chrono::seconds{1})
                        .result();
      const auto ended = co_await ending;
      if (!ended || !*ended) co_return;  // somebody else has found it, too
    } else if (!reported_.emplace(victim->name, victim->id).second) {
      co_return;
    }
    ++found_;
    tell(text);
  }

  void tell(const std::string& text) const {
    if (options_.listener) {
      options_.listener(text);
    } else if (handle_of(home()).core().says(log_level::warning)) {
      std::fprintf(stderr, "troupe: %s\n", text.c_str());
    }
  }

  const deadlock_options options_;
  blocked_scan scan_;
  std::set<std::pair<std::string, std::uint64_t>> reported_;  // the name has the address in it
  std::uint64_t found_ = 0;
};

}  // namespace
}  // namespace detail

deadlock_watch deadlock_watch::spawn(actor_system& system, deadlock_options options) {
  if (options.after <= std::chrono::nanoseconds{}) {
    throw std::invalid_argument("deadlock_options.after must be more than 0");
  }
  return deadlock_watch(system.spawn<detail::deadlock_searcher>(std::move(options)));
}

ask_operation<messages::deadlocks_found> deadlock_watch::found() const {
  return coordinator_.ask(messages::deadlocks_found{});
}

}  // namespace troupe
