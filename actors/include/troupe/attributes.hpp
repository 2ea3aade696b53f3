// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/attribute_verbs.hpp>
#include <troupe/detail/keeper.hpp>

namespace troupe {

namespace detail {
template <auto Verb>
using attribute_operation = ask_operation<messages::kept_call<Verb, attribute_map, in_place>>;
}  // namespace detail

/// Named values, each of a type of its own, that several actors share: what Python calls a Namespace, when
/// the names are not known beforehand; if they are, a struct in a value<T> says more. A value, as `value<T>`
/// is, with its promises.
/// \thread any   \cost of a verb: one question and one answer
class attributes : public detail::kept_handle<detail::attribute_map, detail::attribute> {
 public:
  attributes() = default;

  /// It lives as long as the system, or until its coordinator is stopped.
  static attributes spawn(actor_system& system);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static attributes spawn_owned();

  /// Gives that name a value; it may be of another type than before.
  template <class T>
  auto set(std::string name, T value) const {
    return call_in_place<&detail::attribute_verbs::set<T>>(std::move(name), std::move(value));
  }
  /// \return nothing: there is no such name
  /// \throws handler_error naming both types, if the value is not a T
  template <class T>
  auto get(std::string name) const {
    return call<&detail::attribute_verbs::get<T>>(std::move(name));
  }
  detail::attribute_operation<&detail::attribute_verbs::contains> contains(std::string name) const;
  /// \return false: there was no such name
  detail::attribute_operation<&detail::attribute_verbs::erase> erase(std::string name) const;
  /// In the order in which they were given.
  detail::attribute_operation<&detail::attribute_verbs::names> names() const;
  /// "attributes: job, name"; without those that begin with an underscore.
  detail::attribute_operation<&detail::attribute_verbs::describe> describe() const;

 private:
  explicit attributes(const actor_ref<>& keeper) noexcept : kept_handle(keeper) {}
};

}  // namespace troupe
