// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <troupe/actor_ref.hpp>
#include <vector>

#include "word_table.hpp"

/// What the coordinator, the workers and the progress display say to each other. Plain aggregates:
/// nothing more is needed for a message to reach another process.
namespace wordcount {

struct text_file {
  std::string path;
  std::uint64_t bytes = 0;
};

/// Files that one worker counts together. No file: all are counted, and the worker may end.
struct batch {
  std::vector<text_file> files;
};

struct next_batch {  ///< a worker asks the coordinator; answered when there is one
  std::uint32_t worker = 0;
  using reply = batch;
};

struct word_times {
  std::string word;
  std::uint64_t times = 0;
};

struct some_counts {  ///< a part of what the words of a batch add up to
  std::uint32_t worker = 0;
  std::vector<word_times> words;
};

struct skipped_file {
  std::string path;
  std::string why;  ///< a kind, for all who are skipped for the same reason
};

struct batch_done {  ///< after its counts, which are valid from now on
  std::uint32_t worker = 0;
  std::uint64_t files = 0;  ///< that were counted
  std::uint64_t bytes = 0;  ///< of those
  std::vector<skipped_file> skipped;
};

struct enlist {  ///< tells the coordinator whom to watch
  std::uint32_t worker = 0;
  troupe::actor_ref<> who;
};

struct progress {  ///< skipped files are dealt with too
  std::uint64_t files = 0;
  std::uint64_t files_total = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;
  std::vector<std::uint64_t> bytes_by_worker;
};
struct get_progress {
  using reply = progress;
};

struct
    half_way {  ///< answered with a worker that has just got files, once half of the bytes are counted
  using reply = std::uint32_t;
};

/// The end of it all; the table stays in this process.
struct tally {
  static constexpr bool local_only = true;
  std::uint64_t files = 0;  ///< that were counted
  std::uint64_t bytes = 0;  ///< of those
  word_table words;
  std::vector<std::uint64_t> bytes_by_worker;
  std::vector<skipped_file> skipped;
  std::vector<std::string> lost;  ///< a sentence about each worker that died
};
struct get_tally {  ///< answered when all is counted
  static constexpr bool local_only = true;
  using reply = tally;
};

using coordinator_ref = troupe::actor_ref<next_batch, some_counts, batch_done>;

}  // namespace wordcount
