// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <troupe/detail/dict_verbs.hpp>
#include <troupe/detail/keeper.hpp>

namespace troupe {

template <class K, class V>
class dict_cursor;

/// Values by key that several actors share, in whatever processes they are. A value, as `value<T>` is, with
/// its promises: one thing after the other, each wholly or not at all. A handle in it stays a handle: a
/// dict of lists is one of shared lists.
///
/// The verbs are Python's, and so is the order: that in which the keys came. A key that is missing is a
/// std::nullopt, not an error.
/// \tparam K  with std::hash and `==`   \tparam V  copyable, movable without exceptions
/// \thread any   \cost of a verb: one question and one answer
template <class K, class V>
class dict : public detail::kept_handle<ordered_map<K, V>, V> {
  using base = detail::kept_handle<ordered_map<K, V>, V>;

 public:
  using entries = std::vector<std::pair<K, V>>;
  /// What apply() is for: `void transfer(dict<std::string, long>::contents&, std::string, std::string)`.
  using contents = ordered_map<K, V>;

  dict() = default;

  /// It lives as long as the system, or until its coordinator is stopped.
  static dict spawn(actor_system& system, entries first = {}) {
    return dict(base::spawn_keeper(system, contents_of(std::move(first))));
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static dict spawn_owned(entries first = {}) {
    return dict(base::spawn_owned_keeper("dict::spawn_owned", contents_of(std::move(first))));
  }

  // Looking -------------------------------------------------------------------------------------

  auto size() const { return look<&detail::dict_verbs::size<K, V>>(); }
  auto empty() const { return look<&detail::dict_verbs::empty<K, V>>(); }
  auto contains(K key) const { return look<&detail::dict_verbs::contains<K, V>>(std::move(key)); }
  auto get(K key) const { return look<&detail::dict_verbs::get<K, V>>(std::move(key)); }
  auto get(K key, V otherwise) const {
    return look<&detail::dict_verbs::get_or<K, V>>(std::move(key), std::move(otherwise));
  }
  auto keys() const { return look<&detail::dict_verbs::keys<K, V>>(); }
  auto values() const { return look<&detail::dict_verbs::values<K, V>>(); }
  auto items() const { return look<&detail::dict_verbs::items<K, V>>(); }
  /// All of it, as it was at one moment. This is how to iterate, unless the values shall be new.
  auto snapshot() const { return items(); }
  /// One entry after the other, as they are when each is asked for.
  dict_cursor<K, V> iterate() const { return dict_cursor<K, V>(*this); }
  /// "dict: 2 entries".
  auto describe() const { return look<&detail::dict_verbs::describe<K, V>>(); }

  // Changing ------------------------------------------------------------------------------------

  auto set(K key, V value) const {
    return change<&detail::dict_verbs::set<K, V>>(std::move(key), std::move(value));
  }
  /// \return what was there before
  auto exchange(K key, V value) const {
    return change<&detail::dict_verbs::exchange<K, V>>(std::move(key), std::move(value));
  }
  /// \return false: there was something else, or nothing
  auto compare_exchange(K key, V expected, V next) const
    requires std::equality_comparable<V>
  {
    return change<&detail::dict_verbs::compare_exchange<K, V>>(std::move(key), std::move(expected),
                                                               std::move(next));
  }
  /// The value of that key, which is `value` if there was none.
  auto setdefault(K key, V value) const {
    return change<&detail::dict_verbs::setdefault<K, V>>(std::move(key), std::move(value));
  }
  /// Takes it out. What is popped by one who dies over it is gone.
  auto pop(K key) const { return change<&detail::dict_verbs::pop<K, V>>(std::move(key)); }
  /// The one that came last. \return nothing: it is empty
  auto popitem() const { return change<&detail::dict_verbs::popitem<K, V>>(); }
  /// \return false: it was not there
  auto erase(K key) const { return change<&detail::dict_verbs::erase<K, V>>(std::move(key)); }
  auto clear() const { return change<&detail::dict_verbs::clear<K, V>>(); }
  /// Sets all of these.
  auto update(entries more) const {
    return this->template call<&detail::dict_verbs::merge<K, V>>(std::move(more));
  }

  /// Calls `Function(value, args…)` where the dict is kept: as value<T>::update, with the value of one key.
  /// A missing one is made first, as `V{}`.
  template <auto Function, class... Args>
  auto update(K key, Args&&... args) const {
    return this->template call_at<Function>(std::move(key), std::forward<Args>(args)...);
  }
  /// The same with all of it. A function that changes it gets a copy of all, unless it is noexcept.
  template <auto Function, class... Args>
  auto apply(Args&&... args) const {
    return this->template call<Function>(std::forward<Args>(args)...);
  }

 private:
  friend class dict_cursor<K, V>;
  explicit dict(const actor_ref<>& keeper) noexcept : base(keeper) {}

  static contents contents_of(entries first) {
    contents all;
    detail::dict_verbs::merge(all, std::move(first));
    return all;
  }
  template <auto Verb, class... Args>
  auto look(Args&&... args) const {
    return this->template call<Verb>(std::forward<Args>(args)...);
  }
  template <auto Verb, class... Args>
  auto change(Args&&... args) const {
    return this->template call_in_place<Verb>(std::forward<Args>(args)...);
  }
  auto next(std::optional<K> after, std::size_t size_expected) const {
    return look<&detail::dict_verbs::next<K, V>>(std::move(after), size_expected);
  }
};

/// `for (auto each = d.iterate(); auto entry = co_await each.next();) use(entry->first);`, in the order of the
/// keys. Once it has come to the end, it stays there. \thread one at a time
template <class K, class V>
class dict_cursor {
 public:
  explicit dict_cursor(dict<K, V> over) noexcept : over_(over) {}

  /// \return nothing: the end   \throws handler_error if keys have come or gone meanwhile
  task<std::optional<std::pair<K, V>>> next() {
    if (at_end_) co_return std::nullopt;
    if (!last_) size_ = co_await over_.size();
    std::optional<std::pair<K, V>> entry = co_await over_.next(last_, size_);
    at_end_ = !entry;
    if (entry) last_ = entry->first;
    co_return entry;
  }

 private:
  dict<K, V> over_;
  std::optional<K> last_;
  std::size_t size_ = 0;
  bool at_end_ = false;
};

}  // namespace troupe
