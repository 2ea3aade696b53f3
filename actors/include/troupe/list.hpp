// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <troupe/detail/keeper.hpp>
#include <troupe/detail/list_verbs.hpp>
#include <troupe/slice_end.hpp>

namespace troupe {

template <class T>
class list_cursor;

/// A list of T that several actors share, in whatever processes they are. A value, as `value<T>` is, with its
/// promises: one thing after the other, each wholly or not at all. A handle in it stays a handle: a list
/// of lists is one of shared lists.
///
/// The verbs are Python's. A negative index counts from the end: -1 is the last. An index out of range is
/// a handler_error whose text names the index and the size; a slice takes what is there.
/// \tparam T  copyable, movable without exceptions   \thread any   \cost of a verb: one question and one
/// answer, and what std::vector says
template <class T>
class list : public detail::kept_handle<std::vector<T>, T> {
  using base = detail::kept_handle<std::vector<T>, T>;

 public:
  /// What apply() is for: `int longest(const list<std::string>::contents&)`.
  using contents = std::vector<T>;

  list() = default;

  /// It lives as long as the system, or until its coordinator is stopped.
  static list spawn(actor_system& system, std::vector<T> items = {}) {
    return list(base::spawn_keeper(system, std::move(items)));
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static list spawn_owned(std::vector<T> items = {}) {
    return list(base::spawn_owned_keeper("list::spawn_owned", std::move(items)));
  }

  // Looking -------------------------------------------------------------------------------------

  auto size() const { return this->template call<&detail::list_verbs::size<T>>(); }
  auto empty() const { return this->template call<&detail::list_verbs::empty<T>>(); }
  /// \throws handler_error naming index and size, as all that take an index
  auto get(std::ptrdiff_t index) const {
    return this->template call<&detail::list_verbs::get<T>>(index);
  }
  /// The items from `first` to before `last`, as many as there are.
  auto slice(std::ptrdiff_t first, std::ptrdiff_t last = slice_end) const {
    return this->template call<&detail::list_verbs::slice<T>>(first, last);
  }
  /// All of it, as it was at one moment. This is how to iterate, unless changes shall be seen.
  auto snapshot() const { return slice(0); }
  /// One item after the other, as they are when each is asked for.
  list_cursor<T> iterate() const { return list_cursor<T>(*this); }
  auto count(T item) const
    requires std::equality_comparable<T>
  {
    return this->template call<&detail::list_verbs::count<T>>(std::move(item));
  }
  /// Where it is first. \return nothing: it is not there
  auto index(T item) const
    requires std::equality_comparable<T>
  {
    return this->template call<&detail::list_verbs::index<T>>(std::move(item));
  }
  auto contains(T item) const
    requires std::equality_comparable<T>
  {
    return this->template call<&detail::list_verbs::contains<T>>(std::move(item));
  }
  /// "list: 3 items".
  auto describe() const { return this->template call<&detail::list_verbs::describe<T>>(); }

  // Changing ------------------------------------------------------------------------------------

  auto append(T item) const { return change<&detail::list_verbs::append<T>>(std::move(item)); }
  auto extend(std::vector<T> items) const {
    return change<&detail::list_verbs::extend<T>>(std::move(items));
  }
  /// Before that place; one out of range is the end or the beginning.
  auto insert(std::ptrdiff_t index, T item) const {
    return change<&detail::list_verbs::insert<T>>(index, std::move(item));
  }
  auto set(std::ptrdiff_t index, T item) const {
    return change<&detail::list_verbs::set<T>>(index, std::move(item));
  }
  /// \return what was there before
  auto exchange(std::ptrdiff_t index, T item) const {
    return change<&detail::list_verbs::exchange<T>>(index, std::move(item));
  }
  /// Puts these in the place of a slice, as many as they are. None of them: erases the slice.
  auto set_slice(std::ptrdiff_t first, std::ptrdiff_t last, std::vector<T> items) const {
    return change<&detail::list_verbs::set_slice<T>>(first, last, std::move(items));
  }
  /// Takes the last. \return nothing: it is empty. What is popped by one who dies over it is gone; a
  /// queue<T> would hand it on
  auto pop() const { return change<&detail::list_verbs::pop<T>>(); }
  auto pop(std::ptrdiff_t index) const { return change<&detail::list_verbs::pop_at<T>>(index); }
  /// Takes out the first that is equal. \return false: there is none
  auto remove(T item) const
    requires std::equality_comparable<T>
  {
    return change<&detail::list_verbs::remove<T>>(std::move(item));
  }
  auto clear() const { return change<&detail::list_verbs::clear<T>>(); }
  auto reverse() const { return change<&detail::list_verbs::reverse<T>>(); }
  /// By `<`; equal ones keep their order.
  auto sort() const
    requires std::totally_ordered<T>
  {
    return change<&detail::list_verbs::sort<T>>();
  }
  /// Makes it so many times as long, by repeating it.
  auto repeat(std::size_t times) const {
    return this->template call<&detail::list_verbs::repeat<T>>(times);
  }

  /// Calls `Function(item, args…)` where the list is kept: as value<T>::update, with one item.
  template <auto Function, class... Args>
  auto update(std::ptrdiff_t index, Args&&... args) const {
    return this->template call_at<Function>(index, std::forward<Args>(args)...);
  }
  /// The same with all of it: `void keep_newest(list<job>::contents& all, std::size_t count)`.
  template <auto Function, class... Args>
  auto apply(Args&&... args) const {
    return this->template call<Function>(std::forward<Args>(args)...);
  }

 private:
  friend class list_cursor<T>;
  explicit list(const actor_ref<>& keeper) noexcept : base(keeper) {}

  template <auto Verb, class... Args>
  auto change(Args&&... args) const {
    return this->template call_in_place<Verb>(std::forward<Args>(args)...);
  }
  auto find(std::size_t place) const {
    return this->template call<&detail::list_verbs::find<T>>(place);
  }
};

/// `for (auto each = l.iterate(); auto item = co_await each.next();) use(*item);`. What is appended meanwhile
/// comes too; once it has come to the end, it stays there. \thread one at a time
template <class T>
class list_cursor {
 public:
  explicit list_cursor(list<T> over) noexcept : over_(over) {}

  /// \return nothing: the end
  task<std::optional<T>> next() {
    if (at_end_) co_return std::nullopt;
    std::optional<T> item = co_await over_.find(place_++);
    at_end_ = !item;
    co_return item;
  }

 private:
  list<T> over_;
  std::size_t place_ = 0;
  bool at_end_ = false;
};

}  // namespace troupe
