// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <troupe/detail/envelope.hpp>
#include <troupe/detail/pool_allocator.hpp>
#include <unordered_map>

namespace troupe::detail {

/// What a link's peer still owes: the answers to asks and the ends of monitored actors. Whatever
/// arrives without being owed is ignored; whatever is still owed when the link ends is settled.
/// \thread any; written by the sending side, crossed out by the receiving side
class answer_book {
 public:
  struct debt {
    address to;  ///< who waits
    std::uint64_t id;
    address whom;            ///< who was asked or is watched
    envelope_kind kind;      ///< ask or monitor
    bool as_answer;          ///< of a monitor
    bool withdrawn = false;  ///< nobody waits for it any more
  };
  static constexpr std::size_t withdrawn_max = 4096;

  void note(const debt& d) {
    std::scoped_lock hold{mutex_};
    debts_.emplace(key{d.to, d.id}, d);
  }
  /// \return false: nothing like that was owed
  bool cross_out(const address& to, std::uint64_t id, bool end_of_actor) {
    return take(to, id, end_of_actor).has_value();
  }
  /// The debt, crossed out. \param of  only what an actor behind this cell owes; null: any
  std::optional<debt> take(const address& to, std::uint64_t id, bool end_of_actor,
                           const cell* of = nullptr) {
    std::scoped_lock hold{mutex_};
    const auto found = debts_.find(key{to, id});
    if (found == debts_.end()) return std::nullopt;
    const debt d = found->second;
    if ((d.kind == envelope_kind::monitor && !d.as_answer) != end_of_actor) return std::nullopt;
    if (of && d.whom.home != of) return std::nullopt;
    if (d.withdrawn) --withdrawn_;
    debts_.erase(found);
    return d;
  }
  bool owes(const address& to, std::uint64_t id) {
    std::scoped_lock hold{mutex_};
    return debts_.contains(key{to, id});
  }
  /// Nobody waits for this answer any more. If it comes it is let through all the same, as long as there
  /// are not too many like that: what is in it may have to go back, and only who can open it knows.
  void withdraw(const address& to, std::uint64_t id) {
    std::scoped_lock hold{mutex_};
    const auto found = debts_.find(key{to, id});
    if (found == debts_.end() || found->second.withdrawn) return;
    if (withdrawn_ == withdrawn_max) {
      debts_.erase(found);
    } else {
      found->second.withdrawn = true;
      ++withdrawn_;
    }
  }
  /// Calls `settle(debt)` for each, and forgets them.
  template <class Settle>
  void settle_all(Settle settle) {
    map left;
    {
      std::scoped_lock hold{mutex_};
      left.swap(debts_);
      withdrawn_ = 0;
    }
    for (const auto& entry : left) {
      if (!entry.second.withdrawn) settle(entry.second);
    }
  }

 private:
  struct key {
    address to;
    std::uint64_t id;
    friend bool operator==(const key&, const key&) = default;
  };
  struct hash {
    std::size_t operator()(const key& k) const noexcept {
      return (std::size_t{k.to.slot} << 32 | k.to.generation) * 0x9e3779b97f4a7c15u ^
             k.id * 0xff51afd7ed558ccdu;
    }
  };
  using map = std::unordered_map<key, debt, hash, std::equal_to<>,
                                 pool_allocator<std::pair<const key, debt>>>;
  std::mutex mutex_;
  map debts_;
  std::size_t withdrawn_ = 0;
};

}  // namespace troupe::detail
