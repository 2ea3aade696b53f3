// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <troupe/actor_ref.hpp>
#include <troupe/shared.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::detail {

inline constexpr std::size_t subscribers_max = 65536;

/// Who is told, in no particular order, each once and each watched. Going through all is going through
/// an array. \thread its coordinator only   \cost O(1) to add, remove, and forget
template <class Ref>
class subscriber_list {
 public:
  explicit subscriber_list(cell& coordinator) noexcept : coordinator_(coordinator) {}

  const std::vector<Ref>& all() const noexcept { return refs_; }
  std::size_t size() const noexcept { return refs_.size(); }
  bool has(const actor_ref<>& who) const { return entries_.contains(who); }

  /// \return false: it is here already
  bool add(const Ref& who) {
    if (has(who)) return false;
    refs_.push_back(who);
    const std::uint64_t monitor = start_monitor(coordinator_, who.where());
    entries_.emplace(who, entry{refs_.size() - 1, monitor});
    return true;
  }
  /// \return false: it is not here
  bool remove(const actor_ref<>& who) {
    const auto found = entries_.find(who);
    if (found == entries_.end()) return false;
    stop_monitor(coordinator_, found->second.monitor);
    erase(found);
    return true;
  }
  /// \return true: it was the end of one that was here
  bool take(const down& news) {
    const auto found = entries_.find(news.ref);
    if (found == entries_.end() || found->second.monitor != news.monitor) return false;
    erase(found);
    return true;
  }

 private:
  struct entry {
    std::size_t at;  ///< in refs_
    std::uint64_t monitor;
  };
  using map = std::unordered_map<actor_ref<>, entry>;

  void erase(typename map::iterator found) {
    const std::size_t at = found->second.at;
    entries_.erase(found);
    if (at + 1 != refs_.size()) {
      refs_[at] = refs_.back();
      entries_.find(refs_[at])->second.at = at;
    }
    refs_.pop_back();
  }

  cell& coordinator_;
  std::vector<Ref> refs_;
  map entries_;
};

/// Why this one cannot subscribe, or an empty text.
std::string objection_to_subscriber(const address& who, bool sharing, std::size_t present);
template <class M>
std::string objection_to_subscriber(const actor_ref<M>& who, std::size_t present) {
  return objection_to_subscriber(who.where(), is_shared<M>, present);
}

}  // namespace troupe::detail
