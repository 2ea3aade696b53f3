// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <troupe/detail/kept_function.hpp>
#include <troupe/detail/sequence_verbs.hpp>
#include <utility>
#include <vector>

namespace troupe::detail {

template <class Care, class T, class Work>
auto update_at(Care, std::vector<T>& list, std::ptrdiff_t index, Work work) {
  static_assert(!std::is_same_v<T, bool>, "a list of bool has no elements to refer to: use char");
  return let_at<Care>(list[place_of(index, list.size(), "list::update")], work);
}

}  // namespace troupe::detail

/// The verbs of a list, as functions that are sent to it. Those that change it fail before they do.
namespace troupe::detail::list_verbs {

template <class T>
auto at(std::vector<T>& list, std::size_t place) {
  return list.begin() + static_cast<std::ptrdiff_t>(place);
}
template <class T>
auto at(const std::vector<T>& list, std::size_t place) {
  return list.begin() + static_cast<std::ptrdiff_t>(place);
}

template <class T>
std::size_t size(const std::vector<T>& list) {
  return list.size();
}
template <class T>
bool empty(const std::vector<T>& list) {
  return list.empty();
}
template <class T>
T get(const std::vector<T>& list, std::ptrdiff_t index) {
  return list[place_of(index, list.size(), "list::get")];
}
template <class T>
std::optional<T> find(const std::vector<T>& list, std::size_t place) {
  return place < list.size() ? std::optional<T>(list[place]) : std::nullopt;
}
template <class T>
std::vector<T> slice(const std::vector<T>& list, std::ptrdiff_t first, std::ptrdiff_t last) {
  const slice_bounds part = slice_of(first, last, list.size());
  return {at(list, part.first), at(list, part.last)};
}
template <class T>
std::size_t count(const std::vector<T>& list, const T& item) {
  return static_cast<std::size_t>(std::count(list.begin(), list.end(), item));
}
template <class T>
std::optional<std::size_t> index(const std::vector<T>& list, const T& item) {
  const auto found = std::find(list.begin(), list.end(), item);
  if (found == list.end()) return std::nullopt;
  return static_cast<std::size_t>(found - list.begin());
}
template <class T>
bool contains(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}
template <class T>
std::string describe(const std::vector<T>& list) {
  return described("list", list.size(), "item", "items");
}

template <class T>
void append(std::vector<T>& list, T item) {
  list.push_back(std::move(item));
}
template <class T>
void extend(std::vector<T>& list, std::vector<T> items) {
  list.insert(list.end(), std::make_move_iterator(items.begin()),
              std::make_move_iterator(items.end()));
}
template <class T>
void insert(std::vector<T>& list, std::ptrdiff_t index, T item) {
  list.insert(at(list, slice_of(index, index, list.size()).first), std::move(item));
}
template <class T>
void set(std::vector<T>& list, std::ptrdiff_t index, T item) {
  list[place_of(index, list.size(), "list::set")] = std::move(item);
}
template <class T>
T exchange(std::vector<T>& list, std::ptrdiff_t index, T item) {
  const std::size_t place = place_of(index, list.size(), "list::exchange");
  T before = std::move(list[place]);
  list[place] = std::move(item);
  return before;
}
template <class T>
T take(std::vector<T>& list, std::size_t place) {
  T taken = std::move(list[place]);
  list.erase(at(list, place));
  return taken;
}
template <class T>
std::optional<T> pop(std::vector<T>& list) {
  if (list.empty()) return std::nullopt;
  return take(list, list.size() - 1);
}
template <class T>
T pop_at(std::vector<T>& list, std::ptrdiff_t index) {
  return take(list, place_of(index, list.size(), "list::pop"));
}
template <class T>
bool remove(std::vector<T>& list, const T& item) {
  const auto found = std::find(list.begin(), list.end(), item);
  if (found == list.end()) return false;
  list.erase(found);
  return true;
}
template <class T>
void set_slice(std::vector<T>& list, std::ptrdiff_t first, std::ptrdiff_t last,
               std::vector<T> items) {
  const slice_bounds part = slice_of(first, last, list.size());
  list.reserve(list.size() - part.size() + items.size());  // the last that can fail
  const auto place = list.erase(at(list, part.first), at(list, part.last));
  list.insert(place, std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
}
template <class T>
void clear(std::vector<T>& list) noexcept {
  list.clear();
}
template <class T>
void reverse(std::vector<T>& list) noexcept {
  std::reverse(list.begin(), list.end());
}
/// First all comparisons, which may throw, then all moves.
template <class T>
void sort(std::vector<T>& list) {
  std::vector<std::size_t> order(list.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return list[a] < list[b] || (!(list[b] < list[a]) && a < b);
  });
  std::vector<T> sorted;
  sorted.reserve(list.size());
  for (const std::size_t place : order) sorted.push_back(std::move(list[place]));
  list = std::move(sorted);
}
template <class T>
void repeat(std::vector<T>& list, std::size_t times) {
  const std::vector<T> once = times == 0 ? std::exchange(list, {}) : list;
  for (std::size_t i = 1; i < times; ++i) list.insert(list.end(), once.begin(), once.end());
}

}  // namespace troupe::detail::list_verbs
