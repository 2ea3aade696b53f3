// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// How Troupe's programs wait for many actors: each tells `finished`, a countdown adds them up.

#include <cstdint>
#include <troupe/actor_system.hpp>

namespace bench {

struct finished {
  std::uint64_t sum;
};
struct all_finished {
  using reply = std::uint64_t;  // the sum, once as many as expected have finished
};

class countdown : public troupe::actor<finished, all_finished> {
 public:
  static constexpr auto bounds = troupe::unbounded;  // as the peers' mailboxes are

  explicit countdown(std::uint64_t expected) : left_(expected) {}

  void on(finished f) {
    sum_ += f.sum;
    if (--left_ == 0) over_.set_value(sum_);
  }
  troupe::promise<std::uint64_t> on(all_finished) {
    over_ = make_promise<std::uint64_t>();
    if (left_ == 0) over_.set_value(sum_);
    return over_;
  }

 private:
  std::uint64_t left_, sum_ = 0;
  troupe::promise<std::uint64_t> over_;
};

}  // namespace bench
