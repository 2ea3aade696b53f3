// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <troupe/detail/kept_function.hpp>
#include <troupe/detail/sequence_verbs.hpp>
#include <utility>
#include <vector>

namespace troupe::detail {

/// So many T, never more or fewer. Functions see it as a std::span.
template <class T>
class fixed_array {
 public:
  explicit fixed_array(std::size_t size) : size_(size), items_(new T[size]()) {}
  explicit fixed_array(const std::vector<T>& items) : fixed_array(items.size()) {
    std::copy(items.begin(), items.end(), items_.get());
  }
  fixed_array(const fixed_array& other) : fixed_array(other.size_) {
    std::copy_n(other.items_.get(), size_, items_.get());
  }
  fixed_array(fixed_array&&) noexcept = default;
  fixed_array& operator=(fixed_array&&) noexcept = default;

  std::span<T> all() noexcept { return {items_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<T[]> items_;
};

template <class T>
std::span<T> shown_as(fixed_array<T>& contents) noexcept {
  return contents.all();
}

template <class Care, class T, class Work>
auto update_at(Care, fixed_array<T>& contents, std::ptrdiff_t index, Work work) {
  const std::span<T> all = contents.all();
  return let_at<Care>(all[place_of(index, all.size(), "array::update")], work);
}

namespace array_verbs {
template <class T>
std::size_t size(std::span<const T> all) {
  return all.size();
}
template <class T>
T get(std::span<const T> all, std::ptrdiff_t index) {
  return all[place_of(index, all.size(), "array::get")];
}
template <class T>
void set(std::span<T> all, std::ptrdiff_t index, T item) {
  all[place_of(index, all.size(), "array::set")] = std::move(item);
}
template <class T>
T exchange(std::span<T> all, std::ptrdiff_t index, T item) {
  return std::exchange(all[place_of(index, all.size(), "array::exchange")], std::move(item));
}
template <class T>
std::vector<T> slice(std::span<const T> all, std::ptrdiff_t first, std::ptrdiff_t last) {
  const slice_bounds part = slice_of(first, last, all.size());
  return {all.begin() + static_cast<std::ptrdiff_t>(part.first),
          all.begin() + static_cast<std::ptrdiff_t>(part.last)};
}
/// \throws std::out_of_range if they do not all fit there
std::size_t fitting(std::ptrdiff_t first, std::size_t items, std::size_t size);
template <class T>
void set_slice(std::span<T> all, std::ptrdiff_t first, std::vector<T> items) {
  const std::size_t place = fitting(first, items.size(), all.size());
  for (std::size_t i = 0; i < items.size(); ++i) all[place + i] = std::move(items[i]);
}
template <class T>
void fill(std::span<T> all, const T& item) {
  std::fill(all.begin(), all.end(), item);
}
template <class T>
std::string describe(std::span<const T> all) {
  return described("array", all.size(), "item", "items");
}
}  // namespace array_verbs

}  // namespace troupe::detail
