// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/fixed_array.hpp>
#include <troupe/detail/keeper.hpp>
#include <troupe/slice_end.hpp>

namespace troupe {

/// A fixed number of T that several actors share, in whatever processes they are. A value, as `value<T>` is,
/// with its promises: one thing after the other, each wholly or not at all.
///
/// A negative index counts from the end, as in Python: -1 is the last. An index out of range is a
/// handler_error whose text names the index and the size; a slice takes what is there.
/// \tparam T  copyable, default-made (a number is 0 then), movable without exceptions
/// \thread any   \cost of a verb: one question and one answer
template <class T>
class array : public detail::kept_handle<detail::fixed_array<T>, T> {
  using base = detail::kept_handle<detail::fixed_array<T>, T>;

 public:
  array() = default;

  /// `size` of them, all zero. It lives as long as the system, or until its coordinator is stopped.
  /// \throws std::invalid_argument naming the option
  static array spawn(actor_system& system, std::size_t size, const shared_options& options = {}) {
    return array(base::spawn_keeper(system, detail::fixed_array<T>(size), options));
  }
  static array spawn(actor_system& system, const std::vector<T>& items,
                     const shared_options& options = {}) {
    return array(base::spawn_keeper(system, detail::fixed_array<T>(items), options));
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static array spawn_owned(std::size_t size, const shared_options& options = {}) {
    return array(
        base::spawn_owned_keeper("array::spawn_owned", detail::fixed_array<T>(size), options));
  }
  static array spawn_owned(const std::vector<T>& items, const shared_options& options = {}) {
    return array(
        base::spawn_owned_keeper("array::spawn_owned", detail::fixed_array<T>(items), options));
  }

  auto size() const { return this->template call<&detail::array_verbs::size<T>>(); }
  /// \throws handler_error naming index and size, as all that take an index
  auto get(std::ptrdiff_t index) const {
    return this->template call<&detail::array_verbs::get<T>>(index);
  }
  auto set(std::ptrdiff_t index, T item) const {
    return this->template call_in_place<&detail::array_verbs::set<T>>(index, std::move(item));
  }
  /// \return what was there before
  auto exchange(std::ptrdiff_t index, T item) const {
    return this->template call_in_place<&detail::array_verbs::exchange<T>>(index, std::move(item));
  }
  /// The items from `first` to before `last`, as many as there are.
  auto slice(std::ptrdiff_t first, std::ptrdiff_t last = slice_end) const {
    return this->template call<&detail::array_verbs::slice<T>>(first, last);
  }
  /// Puts these there from `first` on. \throws handler_error naming the sizes if they do not fit
  auto set_slice(std::ptrdiff_t first, std::vector<T> items) const {
    return this->template call_in_place<&detail::array_verbs::set_slice<T>>(first,
                                                                            std::move(items));
  }
  auto fill(T item) const {
    return this->template call<&detail::array_verbs::fill<T>>(std::move(item));
  }
  /// All of it, as it was at one moment.
  auto snapshot() const { return slice(0); }

  /// Calls `Function(item, args…)` where the array is kept: as value<T>::update, with one item.
  template <auto Function, class... Args>
  auto update(std::ptrdiff_t index, Args&&... args) const {
    return this->template call_at<Function>(index, std::forward<Args>(args)...);
  }
  /// The same with all of them: `long sum(std::span<const long>)`, `void swap(std::span<long>, int, int)`.
  template <auto Function, class... Args>
  auto apply(Args&&... args) const {
    return this->template call<Function>(std::forward<Args>(args)...);
  }

  /// The lock that it carries, by which those who care take turns: `auto held = co_await (co_await
  /// a.get_lock()).acquire();`. If its holder dies, the next is told. \throws misuse_error: it has none
  auto get_lock() const { return this->ask_for_lock(); }

  /// "array: 8 items".
  auto describe() const { return this->template call<&detail::array_verbs::describe<T>>(); }

 private:
  explicit array(const actor_ref<>& keeper) noexcept : base(keeper) {}
};

}  // namespace troupe
