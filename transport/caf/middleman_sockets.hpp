// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <caf/io/middleman.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <stop_token>

namespace troupe::detail {

/// The sockets of the connections that a middleman of CAF's has had. It ends only when all of them have been
/// closed by the other end, also those that it has given up because nothing was heard there: TCP may take
/// a quarter of an hour to see that nobody is there, and never sees that a process is stopped.
class middleman_sockets {
 public:
  /// Remembers those that are open. \pre this is the thread of its multiplexer
  void note(caf::io::middleman& theirs);
  /// Shuts down all that are still open. CAF then takes them for closed by the other end, and what it has not
  /// written is lost. \thread any
  void cut();
  /// The same after so long, unless it is told to stop first.
  void cut_after(std::chrono::nanoseconds patience, const std::stop_token& stop);

 private:
  std::mutex mutex_;
  /// The identity of what each descriptor was last seen to be; guarded by mutex_.
  std::map<int, ino_t> seen_;
};

}  // namespace troupe::detail
