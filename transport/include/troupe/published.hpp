// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/meeting.hpp>

/// Handles under a name, for programs that were started apart: what one of them calls
/// `publish(system, "scores", scores)` is `co_await find_published<dict<std::string, long>>(other, "scores")`
/// to the other, and from then on the same to both.
namespace troupe {

namespace messages {
/// Asked of whoever holds the name: the handle that was published under it.
template <class Handle>
struct get_published {
  using reply = Handle;
};
}  // namespace messages

namespace detail {
template <class Handle>
class publication : public actor<messages::get_published<Handle>> {
 public:
  publication(const std::string& name, Handle what) : what_(std::move(what)) {
    const auto named = this->system().register_name(name, this->self());
    if (!named) throw_failure(named.error());
  }
  Handle on(messages::get_published<Handle>) const { return what_; }

 private:
  const Handle what_;
};
}  // namespace detail

/// Gives `what` a name in this process. \tparam Handle  any message: the handle of a ready-made actor, a ref
/// \return who holds the name: its end takes the name back   \throws name_error, misuse_error as
/// actor_system::register_name   \thread any   \cost an actor
template <class Handle>
actor_ref<messages::get_published<Handle>> publish(actor_system& system, std::string name,
                                                   Handle what) {
  return system.spawn<detail::publication<Handle>>(std::move(name), std::move(what));
}

/// What `other` has published as `name`.
/// \throws name_error: nothing, or not a Handle; actor_down: the link has ended
/// \thread any   \cost two questions
template <class Handle>
task<Handle> find_published(neighbour other, std::string name) {
  auto finding = other.find<messages::get_published<Handle>>(std::move(name));
  const auto holder = co_await std::move(finding);
  auto question = holder.ask(messages::get_published<Handle>{});
  Handle found = co_await std::move(question);
  co_return found;
}

}  // namespace troupe
