// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <optional>
#include <troupe/actor_system.hpp>
#include <troupe/cluster_options.hpp>
#include <troupe/exit_reason.hpp>
#include <vector>

/// What the nodes of these tests say to each other, in whatever program they are.
namespace node_test {

/// Of nodes that notice soon when another has gone, and call it again.
inline troupe::cluster_options watchful() {
  using namespace std::chrono_literals;
  return {.key = "only nodes of these tests",
          .heartbeat = 100ms,
          .silence_max = 2s,
          .reconnect_pause = 50ms,
          .reconnect_pause_max = 200ms};
}

struct add {
  long n = 0;
};
struct total {
  using reply = long;
};
/// Asks how many of the numbers so far came in order, each one more than the one before.
struct in_order {
  using reply = long;
};
struct block {
  using reply = std::size_t;
  std::vector<std::byte> bytes;
};
struct pid {
  using reply = long;
};

class tally : public troupe::actor<add, total, in_order, block, pid> {
 public:
  tally() = default;
  explicit tally(long start) : sum_(start) {}
  void on(add m) {
    sum_ += m.n;
    if (m.n == next_) ++next_;
  }
  long on(total) const { return sum_; }
  long on(in_order) const { return next_; }
  std::size_t on(const block& b) const { return b.bytes.size(); }
  long on(pid) const { return ::getpid(); }

 private:
  long sum_ = 0;
  long next_ = 0;
};
using tally_ref = troupe::actor_ref<add, total, in_order, block, pid>;

/// Monitors one actor, and says how it ended.
struct watch {
  using reply = bool;
  troupe::actor_ref<> whom;
};
struct how_ended {
  using reply = troupe::exit_reason;
};
class watcher : public troupe::actor<watch, how_ended> {
 public:
  bool on(watch m) {
    monitor(m.whom);
    return true;
  }
  void on(const troupe::down& news) {
    why_ = news.reason;
    if (waiting_) waiting_->set_value(*why_);
  }
  troupe::promise<troupe::exit_reason> on(how_ended) {
    waiting_ = make_promise<troupe::exit_reason>();
    if (why_) waiting_->set_value(*why_);
    return *waiting_;
  }

 private:
  std::optional<troupe::exit_reason> why_;
  std::optional<troupe::promise<troupe::exit_reason>> waiting_;
};

}  // namespace node_test
