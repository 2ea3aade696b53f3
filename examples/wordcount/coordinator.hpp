// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <map>
#include <troupe/actor.hpp>
#include <vector>

#include "messages.hpp"

namespace wordcount {

struct coordinator_options {
  std::uint32_t workers = 1;
  std::uint64_t batch_bytes_max = 16 << 20;
  bool expects_a_death = false;  ///< not done before a worker has died
};

/// Hands out the files and adds up what comes back. What a worker reports of a batch is set aside
/// until it says that the batch is done; if it dies first, that is forgotten and the batch goes to
/// the next who asks. So every file counts once, whoever dies when.
class coordinator : public troupe::actor<enlist, next_batch, some_counts, batch_done, get_progress,
                                         half_way, get_tally> {
 public:
  coordinator(std::vector<text_file> files, coordinator_options options);

  void on(enlist m);
  troupe::promise<batch> on(next_batch m);
  void on(some_counts m);
  void on(batch_done m);
  void on(troupe::down d);
  progress on(get_progress) const { return progress_; }
  troupe::promise<std::uint32_t> on(half_way);
  troupe::promise<tally> on(get_tally);

 private:
  struct worker_state {
    batch given;                         ///< no files: it has none
    std::vector<some_counts> set_aside;  ///< of the batch
    troupe::promise<batch> waiting;      ///< its question, if there was no batch for it
    bool alive = false;
  };

  batch cut_batch();
  void hand_out();
  void name_victim(std::size_t worker);
  void finish_if_done();
  void fail(const char* why);
  bool all_counted() const;

  coordinator_options options_;
  std::vector<text_file> files_;  ///< the largest first
  std::size_t next_file_ = 0;
  std::uint64_t weight_left_ = 0;
  std::deque<batch> returned_;  ///< batches of the dead
  std::vector<worker_state> workers_;
  std::map<std::uint64_t, std::uint32_t> watched_;  ///< monitor id to worker
  troupe::promise<std::uint32_t> half_way_;
  troupe::promise<tally> finished_;
  bool finished_all_ = false;
  progress progress_;
  tally result_;
};

}  // namespace wordcount
