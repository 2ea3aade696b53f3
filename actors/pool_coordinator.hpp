// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>
#include <string>
#include <troupe/actor.hpp>
#include <troupe/detail/watch_list.hpp>
#include <unordered_set>

#include "pool_crew.hpp"
#include "pool_order.hpp"

namespace troupe::detail {

/// The actor behind a pool: takes orders, hands their tasks to workers, and answers for every one of
/// them, whatever becomes of the worker that had it. Between `open` and `ended` it goes
///
///   starting → open → closed ─┐
///       └────────┴→ ended ────┴→ no workers left: whoever joins is told
///
/// where closed still does what has been ordered, and ended (terminated, or no worker can be started)
/// fails it.
class pool_coordinator : public with_pool_messages<actor, pool_results, pool_worker_ready,
                                                   pool_worker_over, pool_withdrawn, pool_late> {
 public:
  pool_coordinator(pool_options options, std::unique_ptr<pool_source> source);
  virtual ~pool_coordinator();

  promise<messages::pool_report> on(messages::pool_submit m);
  promise<messages::pool_stream_opened> on(const messages::pool_open& m);
  void on(const messages::pool_feed& m);
  promise<messages::pool_report> on(messages::pool_next m);
  void on(messages::pool_drop m);
  void on(const messages::pool_announce& m);

  promise<void> on(messages::pool_ready);
  promise<void> on(messages::pool_enter);
  void on(messages::pool_close);
  void on(messages::pool_terminate);
  promise<void> on(messages::pool_join);
  int on(messages::pool_size) const { return processes_; }
  std::vector<pool_worker_info> on(messages::pool_crew) const;
  std::string on(messages::pool_describe) const;

  void on(pool_results m);
  void on(pool_worker_ready m);
  void on(pool_worker_over m);
  void on(pool_withdrawn m) { forget(m.order); }
  void on(pool_late m);
  void on(const down& news);

 protected:
  /// The worker of this seat has ended, and had not told of all of this.
  virtual void take_back(const pool_seat& seat, pool_assignment work, const exit_reason& why);

 private:
  enum class phase : std::uint8_t { starting, open, closed, ended };
  using orders = std::map<std::uint64_t, pool_order>;

  bool takes_orders() const noexcept { return phase_ == phase::starting || phase_ == phase::open; }
  bool takes_order_of(const actor_ref<>& who);
  bool has_work() const noexcept { return !orders_.empty() || !announced_.empty(); }
  failure refusal() const;
  pool_terms completed(pool_terms terms, std::uint64_t tasks) const;

  // Handing out
  void hand_out();
  std::uint64_t share_of(const pool_order& order) const;
  void give(std::uint64_t number, pool_order& order, pool_seat& seat);
  parcel_of_calls pack(std::uint64_t number, pool_order& order, pool_run& run);

  // What comes of it
  void settle(orders::iterator order, pool_piece piece);
  void lose(orders::iterator order, const pool_seat& seat, pool_run one, bool culprit,
            const exit_reason& why);
  void forget(std::uint64_t order);

  // Workers
  void hire();
  void not_started(const std::string& why);
  void end(failure why);
  void look_whether_over();

  const int processes_;
  const pool_options options_;
  phase phase_ = phase::starting;
  failure why_ended_;
  int ready_ = 0;          ///< workers that have been started, ever
  int failed_starts_ = 0;  ///< since one went well
  pool_crew crew_;
  orders orders_;                 // by number: the order in which they came
  std::set<std::uint64_t> line_;  // of those, the ones with tasks that wait
  std::uint64_t last_order_ = 0;
  std::uint64_t last_assignment_ = 0;
  watch_list watched_{home()};
  std::unordered_set<actor_ref<>> announced_;  ///< who are about to order something
  std::vector<promise<void>> starters_;
  std::vector<promise<void>> joiners_;
};

}  // namespace troupe::detail
