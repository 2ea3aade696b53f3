// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <troupe/actor_system.hpp>

namespace chaos {

using namespace troupe;

struct item {
  std::uint32_t from = 0;  ///< number of a life; the parent has 0
  std::uint64_t n = 0;
};
struct echo {
  using reply = std::uint64_t;
  std::uint64_t n = 0;
};
/// How many items have come from the parent.
struct report {
  using reply = std::uint64_t;
};
/// Talk to this one from now on.
struct meet {
  actor_ref<item> neighbour;
};
/// Something came twice, out of order, or with a gap before it.
struct out_of_order {
  std::uint32_t at = 0, from = 0;
  std::uint64_t expected = 0, got = 0;
};

/// Lives in a process of its own: counts what comes, checks its order, and passes a part on.
class target : public actor<item, echo, report, meet> {
 public:
  target(std::uint32_t number, actor_ref<out_of_order> referee)
      : number_(number), referee_(referee) {}

  void on(item m) {
    // A life begins in the middle of what its neighbour has sent to the former one: the first is right.
    const auto [at, is_new] = next_.try_emplace(m.from, m.n);
    if (!is_new && at->second != m.n) referee_.tell(out_of_order{number_, m.from, at->second, m.n});
    at->second = m.n + 1;
    if (m.from != 0) return;
    ++received_;
    if (neighbour_ && m.n % 4 == 0) neighbour_.tell(item{number_, passed_++});
  }
  std::uint64_t on(echo m) const { return m.n; }
  std::uint64_t on(report) const { return received_; }
  void on(meet m) {
    if (neighbour_ == m.neighbour) return;
    neighbour_ = m.neighbour;
    passed_ = 0;
  }

 private:
  std::uint32_t number_;
  actor_ref<out_of_order> referee_;
  actor_ref<item> neighbour_;
  std::map<std::uint32_t, std::uint64_t> next_;
  std::uint64_t received_ = 0, passed_ = 0;
};
using target_ref = actor_ref<item, echo, report, meet>;

}  // namespace chaos
