// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <troupe/detail/kept_function.hpp>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe {

/// Keys with a value each, in the order in which the keys came, as a dict of Python has them. What a
/// function sees that is sent to a dict<K, V>. Needs std::hash<K> and `==`.
template <class K, class V>
class ordered_map {
 public:
  using value_type = std::pair<const K, V>;
  using iterator = typename std::list<value_type>::iterator;
  using const_iterator = typename std::list<value_type>::const_iterator;

  ordered_map() = default;
  ordered_map(const ordered_map& other) {
    for (const auto& [key, value] : other) insert(key, value);
  }
  ordered_map(ordered_map&&) noexcept = default;
  ordered_map& operator=(ordered_map&&) noexcept = default;
  ~ordered_map() = default;

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  iterator begin() noexcept { return entries_.begin(); }
  iterator end() noexcept { return entries_.end(); }
  const_iterator begin() const noexcept { return entries_.begin(); }
  const_iterator end() const noexcept { return entries_.end(); }

  V* find(const K& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &(*found)->second;
  }
  const V* find(const K& key) const { return const_cast<ordered_map*>(this)->find(key); }
  bool contains(const K& key) const { return find(key) != nullptr; }
  /// The value of that key; a new one if there is none.
  V& operator[](const K& key) {
    V* found = find(key);
    return found ? *found : insert(key, V{});
  }
  /// Of a key that is there already the place stays. If it throws, nothing has changed.
  void set(K key, V value) {
    if (V* found = find(key)) {
      *found = std::move(value);
    } else {
      insert(std::move(key), std::move(value));
    }
  }
  std::optional<V> take(const K& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    const iterator entry = *found;
    std::optional<V> taken(std::move(entry->second));
    index_.erase(found);
    entries_.erase(entry);
    return taken;
  }
  void clear() noexcept {
    index_.clear();
    entries_.clear();
  }
  /// What follows that key. \param after  nothing: the first of all   \return end() also if it is gone
  const_iterator next(const std::optional<K>& after) const {
    if (!after) return begin();
    const auto found = index_.find(*after);
    return found == index_.end() ? end() : std::next(const_iterator(*found));
  }

 private:
  // By the key in the entry, so that there is one of each only.
  struct hash_of_key {
    using is_transparent = void;
    std::size_t operator()(const K& key) const { return std::hash<K>{}(key); }
    std::size_t operator()(iterator entry) const { return std::hash<K>{}(entry->first); }
  };
  struct same_key {
    using is_transparent = void;
    bool operator()(iterator a, iterator b) const { return a->first == b->first; }
    bool operator()(iterator a, const K& b) const { return a->first == b; }
    bool operator()(const K& a, iterator b) const { return a == b->first; }
  };

  V& insert(K key, V value) {
    entries_.emplace_back(std::move(key), std::move(value));
    try {
      index_.insert(std::prev(entries_.end()));
    } catch (...) {
      entries_.pop_back();
      throw;
    }
    return entries_.back().second;
  }

  std::list<value_type> entries_;
  std::unordered_set<iterator, hash_of_key, same_key> index_;
};

}  // namespace troupe
