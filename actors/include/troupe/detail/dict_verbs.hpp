// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdexcept>
#include <troupe/detail/kept_function.hpp>
#include <troupe/detail/sequence_verbs.hpp>
#include <troupe/ordered_map.hpp>

namespace troupe::detail {

/// A missing one is made first, and stays only if `work` returns.
template <class Care, class K, class V, class Work>
auto update_at(Care, ordered_map<K, V>& entries, const K& key, Work work) {
  if (V* found = entries.find(key)) return let_at<Care>(*found, work);
  V made{};
  if constexpr (std::is_void_v<decltype(work(made))>) {
    work(made);
    entries.set(key, std::move(made));
  } else {
    auto result = work(made);
    entries.set(key, std::move(made));
    return result;
  }
}

}  // namespace troupe::detail

/// The verbs of a dict, as functions that are sent to it. Those that change it fail before they do.
namespace troupe::detail::dict_verbs {

template <class K, class V>
using entries = std::vector<std::pair<K, V>>;

[[noreturn]] void changed_size();

template <class K, class V>
std::size_t size(const ordered_map<K, V>& dict) {
  return dict.size();
}
template <class K, class V>
bool empty(const ordered_map<K, V>& dict) {
  return dict.empty();
}
template <class K, class V>
bool contains(const ordered_map<K, V>& dict, const K& key) {
  return dict.contains(key);
}
template <class K, class V>
std::optional<V> get(const ordered_map<K, V>& dict, const K& key) {
  const V* found = dict.find(key);
  return found ? std::optional<V>(*found) : std::nullopt;
}
template <class K, class V>
V get_or(const ordered_map<K, V>& dict, const K& key, V otherwise) {
  const V* found = dict.find(key);
  return found ? *found : std::move(otherwise);
}
template <class K, class V>
std::vector<K> keys(const ordered_map<K, V>& dict) {
  std::vector<K> all;
  all.reserve(dict.size());
  for (const auto& entry : dict) all.push_back(entry.first);
  return all;
}
template <class K, class V>
std::vector<V> values(const ordered_map<K, V>& dict) {
  std::vector<V> all;
  all.reserve(dict.size());
  for (const auto& entry : dict) all.push_back(entry.second);
  return all;
}
template <class K, class V>
entries<K, V> items(const ordered_map<K, V>& dict) {
  return {dict.begin(), dict.end()};
}
/// \throws std::runtime_error if there are not as many as the cursor has seen
template <class K, class V>
std::optional<std::pair<K, V>> next(const ordered_map<K, V>& dict, const std::optional<K>& after,
                                    std::size_t size_expected) {
  if (after && dict.size() != size_expected) changed_size();
  const auto entry = dict.next(after);
  if (entry == dict.end()) return std::nullopt;
  return *entry;
}
template <class K, class V>
std::string describe(const ordered_map<K, V>& dict) {
  return described("dict", dict.size(), "entry", "entries");
}

template <class K, class V>
void set(ordered_map<K, V>& dict, K key, V value) {
  dict.set(std::move(key), std::move(value));
}
template <class K, class V>
std::optional<V> exchange(ordered_map<K, V>& dict, K key, V value) {
  if (V* found = dict.find(key)) return std::exchange(*found, std::move(value));
  dict.set(std::move(key), std::move(value));
  return std::nullopt;
}
template <class K, class V>
bool compare_exchange(ordered_map<K, V>& dict, const K& key, const V& expected, V next) {
  V* found = dict.find(key);
  if (!found || !(*found == expected)) return false;
  *found = std::move(next);
  return true;
}
template <class K, class V>
V setdefault(ordered_map<K, V>& dict, K key, V value) {
  if (const V* found = dict.find(key)) return *found;
  dict.set(std::move(key), value);
  return value;
}
template <class K, class V>
std::optional<V> pop(ordered_map<K, V>& dict, const K& key) {
  return dict.take(key);
}
template <class K, class V>
std::optional<std::pair<K, V>> popitem(ordered_map<K, V>& dict) {
  if (dict.empty()) return std::nullopt;
  K key = std::prev(dict.end())->first;
  V value = *dict.take(key);
  return std::pair(std::move(key), std::move(value));
}
template <class K, class V>
bool erase(ordered_map<K, V>& dict, const K& key) {
  return dict.take(key).has_value();
}
template <class K, class V>
void clear(ordered_map<K, V>& dict) noexcept {
  dict.clear();
}
template <class K, class V>
void merge(ordered_map<K, V>& dict, entries<K, V> more) {
  for (auto& [key, value] : more) dict.set(std::move(key), std::move(value));
}

}  // namespace troupe::detail::dict_verbs
