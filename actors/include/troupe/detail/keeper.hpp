// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cassert>
#include <troupe/actor_system.hpp>
#include <troupe/ask.hpp>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/kept_function.hpp>
#include <troupe/detail/owner.hpp>
#include <troupe/shared_options.hpp>

/// What value, array, list and dict have in common: an actor that keeps something and lets functions at it,
/// one after the other. Each of their verbs is such a function, as is what the user brings. A function
/// travels as the type of a message, so it needs a name of its own in the whole program; one that has none
/// does not leave the process.
namespace troupe::messages {

/// Asks a keeper of `Contents` to call `Function(contents, arguments…)`.
template <auto Function, class Contents, class Care>
struct kept_call {
  static constexpr bool local_only = !detail::has_name_of_its_own<Function>();
  using reply = typename detail::kept_function<decltype(Function)>::reply;
  typename detail::kept_function<decltype(Function)>::arguments arguments;
};
/// The same with one element of them: `Function(contents[key], arguments…)`.
template <auto Function, class Contents, class Key>
struct kept_update {
  static constexpr bool local_only = !detail::has_name_of_its_own<Function>();
  using reply = typename detail::kept_function<decltype(Function)>::reply;
  Key key;
  typename detail::kept_function<decltype(Function)>::arguments arguments;
};

}  // namespace troupe::messages

namespace troupe::detail {

/// Stands where other actors have the list of what they accept: a keeper accepts the calls that the program
/// makes anywhere, and its ref none, since they come by its handle.
template <class Contents>
struct kept_protocol {
  template <class M>
  static constexpr bool accepts = false;
};
template <class Contents>
struct ref_for<kept_protocol<Contents>> {
  using type = actor_ref<>;
};

/// How functions see the contents; by an overload beside theirs, otherwise.
template <class Contents>
Contents& shown_as(Contents& contents) noexcept {
  return contents;
}

template <class Contents>
class keeper : public actor<> {
 public:
  using protocol_type = kept_protocol<Contents>;

  explicit keeper(Contents initial, const shared_options& options = {})
      : contents_(std::move(initial)), options_(checked_options(options)) {}

  template <auto Function, class Care>
  auto on(messages::kept_call<Function, Contents, Care> m) {
    return answered([&] {
      return let_at<Care>(contents_, [&](Contents& contents) {
        return std::apply(
            [&](auto&... each) { return Function(shown_as(contents), std::move(each)...); },
            m.arguments);
      });
    });
  }
  template <auto Function, class Key>
  auto on(messages::kept_update<Function, Contents, Key> m) {
    using care = typename kept_function<decltype(Function)>::care;
    return answered([&] {
      return update_at(care{}, contents_, m.key, [&](auto& element) {
        return std::apply([&](auto&... each) { return Function(element, std::move(each)...); },
                          m.arguments);
      });
    });
  }
  promise<rlock> on(messages::keeper_lock) {
    auto answer = this->template make_promise<rlock>();
    if (!options_.locked) {
      answer.set_failure(no_lock_carried());
    } else {
      if (!options_.lock) options_.lock = rlock::spawn_owned();
      answer.set_value(*options_.lock);
    }
    return answer;
  }

 private:
  /// What a function throws is the asker's, and not the end of the keeper.
  template <class Work>
  auto answered(Work work) {
    using reply = std::remove_cvref_t<decltype(work())>;
    auto answer = this->template make_promise<reply>();
    try {
      if constexpr (std::is_void_v<reply>) {
        work();
        answer.set_value();
      } else {
        answer.set_value(work());
      }
    } catch (...) {
      answer.set_failure(failure_of(std::current_exception()));
    }
    return answer;
  }

  Contents contents_;
  shared_options options_;
};

/// The calls that some part of the program makes. The list grows before main() only.
template <class Contents>
struct kept_node {
  const message_type* type;
  void (*handle)(keeper<Contents>&, cell&, envelope&);
  kept_node* next;
};
template <class Contents>
inline constinit kept_node<Contents>* first_kept = nullptr;

template <class Contents, class M>
struct kept_registration {
  static inline constinit kept_node<Contents> node{&message_type_of<M>,
                                                   &hand_to<keeper<Contents>, M>, nullptr};
  static inline const bool done = [] {
    for (auto* other = first_kept<Contents>; other; other = other->next) {
      assert((node.type->id == 0 || node.type->id != other->type->id) &&
             "two functions that are sent have one name, and differ only in a value");
    }
    node.next = first_kept<Contents>;
    first_kept<Contents> = &node;
    return true;
  }();
};

/// Found for keepers in the place of the one for lists of messages. There are about as many calls as verbs.
template <class Contents>
bool dispatch(keeper<Contents>& self, cell& c, envelope& e, kept_protocol<Contents>) {
  if (dispatch(self, c, e, protocol<messages::keeper_lock>{})) return true;
  for (auto* node = first_kept<Contents>; node; node = node->next) {
    if (node->type != e.type) continue;
    node->handle(self, c, e);
    return true;
  }
  return false;
}

/// What the handles of keepers are made of. \tparam Element  of which there is never half
template <class Contents, class Element>
class kept_handle : public handle<> {
 protected:
  kept_handle() = default;
  explicit kept_handle(const actor_ref<>& keeper) noexcept : handle<>(keeper) {}

  static actor_ref<> spawn_keeper(actor_system& system, Contents initial,
                                  const shared_options& options = {}) {
    require_whole_moves<Element>();
    return system.spawn<keeper<Contents>>(std::move(initial), options);
  }
  static actor_ref<> spawn_owned_keeper(const char* verb, Contents initial,
                                        const shared_options& options = {}) {
    require_whole_moves<Element>();
    cell& owner = owner_here(verb);
    return spawn_class<keeper<Contents>>(*owner.system.load(), &owner, std::move(initial), options);
  }

  template <auto Function, class Care = typename kept_function<decltype(Function)>::care,
            class... Args>
  auto call(Args&&... args) const {
    using message = messages::kept_call<Function, Contents, Care>;
    return ask_keeper(message{arguments_of<Function>(std::forward<Args>(args)...)});
  }
  /// For verbs of ours: if they fail, they have changed nothing.
  template <auto Function, class... Args>
  auto call_in_place(Args&&... args) const {
    return call<Function, in_place>(std::forward<Args>(args)...);
  }
  template <auto Function, class Key, class... Args>
  auto call_at(Key key, Args&&... args) const {
    using message = messages::kept_update<Function, Contents, Key>;
    return ask_keeper(message{std::move(key), arguments_of<Function>(std::forward<Args>(args)...)});
  }

  auto ask_for_lock() const {
    return ask_operation<messages::keeper_lock>(this->coordinator_.where(), messages::keeper_lock{},
                                                std::chrono::nanoseconds{});
  }

 private:
  template <auto Function, class... Args>
  static auto arguments_of(Args&&... args) {
    return typename kept_function<decltype(Function)>::arguments(std::forward<Args>(args)...);
  }
  template <class M>
  ask_operation<M> ask_keeper(M message) const {
    (void)kept_registration<Contents, M>::done;
    return {this->coordinator_.where(), std::move(message), std::chrono::nanoseconds{}};
  }
};

}  // namespace troupe::detail
