// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/monitor_list.hpp>

#include <new>
#include <troupe/detail/pool_allocator.hpp>
#include <unordered_map>
#include <utility>

namespace troupe::detail {
namespace {

constexpr std::size_t row_length_max = 32;

struct key {
  std::uint64_t id;
  address who;
  friend bool operator==(const key&, const key&) = default;
};
struct key_hash {
  std::size_t operator()(const key& k) const noexcept {
    return (std::size_t{k.who.slot} << 32 | k.who.generation) * 0x9e3779b97f4a7c15u ^
           k.id * 0xff51afd7ed558ccdu;
  }
};
key key_of(const watcher& w) noexcept { return {w.id, w.who}; }
key key_of(const watched& w) noexcept { return {w.id, {}}; }

}  // namespace

template <class T>
struct monitor_list<T>::content {
  std::vector<T> row;
  /// Where in the row; empty while that is short. A peer that lies may give two the same key.
  using place_map = std::unordered_multimap<key, std::size_t, key_hash, std::equal_to<>,
                                            pool_allocator<std::pair<const key, std::size_t>>>;
  place_map places;

  std::size_t place_of(const key& k) const noexcept {
    if (!places.empty()) {
      const auto found = places.find(k);
      return found == places.end() ? row.size() : found->second;
    }
    std::size_t i = 0;
    while (i < row.size() && !(key_of(row[i]) == k)) ++i;
    return i;
  }
  typename place_map::iterator entry_of(std::size_t place) noexcept {
    auto found = places.find(key_of(row[place]));
    while (found->second != place) ++found;
    return found;
  }
  void add(const T& one) {
    row.push_back(one);
    try {
      if (!places.empty()) {
        places.emplace(key_of(one), row.size() - 1);
      } else if (row.size() > row_length_max) {
        for (std::size_t i = 0; i < row.size(); ++i) places.emplace(key_of(row[i]), i);
      }
    } catch (const std::bad_alloc&) {
      places.clear();  // slower, but right
    }
  }
  void remove(std::size_t place) noexcept {
    if (!places.empty()) {
      const auto last = entry_of(row.size() - 1);
      places.erase(entry_of(place));
      if (place + 1 != row.size()) last->second = place;
    }
    row[place] = row.back();
    row.pop_back();
  }
};

template <class T>
monitor_list<T>::monitor_list() noexcept = default;
template <class T>
monitor_list<T>::~monitor_list() = default;

template <class T>
void monitor_list<T>::add(const T& one) {
  if (!content_) content_ = std::make_unique<content>();
  content_->add(one);
}

template <class T>
bool monitor_list<T>::take(std::uint64_t id, const address& who, T& taken) noexcept {
  if (!content_) return false;
  const std::size_t place = content_->place_of({id, who});
  if (place == content_->row.size()) return false;
  taken = content_->row[place];
  content_->remove(place);
  if (content_->row.empty()) content_.reset();
  return true;
}

template <class T>
std::span<const T> monitor_list<T>::all() const noexcept {
  return content_ ? std::span<const T>(content_->row) : std::span<const T>{};
}

template <class T>
std::vector<T> monitor_list<T>::take_all() noexcept {
  std::vector<T> all;
  if (content_) all.swap(content_->row);
  content_.reset();
  return all;
}

template class monitor_list<watcher>;
template class monitor_list<watched>;

}  // namespace troupe::detail
