// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <troupe/detail/extras.hpp>
#include <troupe/snapshot.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

/// How a snapshot learns what only an actor's consumer may read: it asks, and the actor's next turn
/// answers in between two messages.
namespace troupe::detail {

struct observed_wait {
  awaited what;
  address whom;
  std::uint64_t id;  ///< the same as long as it is the same wait
};

/// What an actor says of itself.
struct observation {
  static constexpr std::size_t waits_max = 16;  ///< of a gathering of thousands the first will do
  actor_state state = actor_state::ready;
  std::vector<observed_wait> waits;
  std::size_t waits_total = 0;
  std::size_t in_line = 0;
  std::int64_t eldest_since = INT64_MAX;  ///< of the one who has stood in line longest
};
observation observe(cell& c);  ///< for the consumer of `c`

/// The questions of one snapshot. Guarded by the mutex of the desk.
struct inspection {
  std::vector<std::optional<observation>> answers;
  std::size_t pending = 0;
};

struct actor_moment {
  std::uint64_t actor;  ///< slot and generation
  std::uint64_t id;
  friend bool operator==(const actor_moment&, const actor_moment&) = default;
};
struct actor_moment_hash {
  std::size_t operator()(const actor_moment& m) const noexcept {
    return m.actor * 0x9e3779b97f4a7c15u ^ m.id * 0xff51afd7ed558ccdu;
  }
};
using moments = std::unordered_map<actor_moment, std::int64_t, actor_moment_hash>;

/// Where the snapshots of one system meet the answers; outlives the system while some are missing.
struct inspection_desk {
  std::mutex one_at_a_time;  ///< held by whoever makes a snapshot; guards `first_seen`
  moments first_seen;        ///< when a snapshot first saw what the last one still saw

  std::mutex mutex;  ///< guards what follows
  std::condition_variable changed;
  /// Actors that have not answered yet: they are not asked again, so no queue grows.
  std::unordered_set<std::uint64_t> asked;
};

/// The question. It is settled when it is destroyed, answered or not.
class inspection_ticket {
 public:
  static constexpr bool local_only = true;

  inspection_ticket(std::shared_ptr<inspection_desk> desk, std::shared_ptr<inspection> whole,
                    std::size_t index, std::uint64_t actor) noexcept
      : desk_(std::move(desk)), whole_(std::move(whole)), index_(index), actor_(actor) {}
  inspection_ticket(inspection_ticket&&) noexcept = default;
  inspection_ticket& operator=(inspection_ticket&&) = delete;
  ~inspection_ticket();

  void answer(observation seen) noexcept;

 private:
  std::shared_ptr<inspection_desk> desk_;
  std::shared_ptr<inspection> whole_;
  std::size_t index_;
  std::uint64_t actor_;
};

}  // namespace troupe::detail
