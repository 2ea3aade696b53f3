// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <mutex>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "census.hpp"
#include "stage.hpp"

/// Functions that are the lives of processes, and what tests see of them.
namespace lives {

using namespace troupe;
using namespace std::chrono_literals;

/// Hands lines to the test's own thread; also what processes report to it as messages.
struct note {
  std::string text;
};
struct notes {
  using reply = std::vector<std::string>;
  std::uint64_t wanted = 0;  ///< answered when there are so many
};
class notebook : public actor<output_line, note, notes> {
 public:
  void on(output_line line) {
    add((line.is_error ? "err " : "out ") + line.process + ": " + line.text);
  }
  void on(note n) { add(n.text); }
  promise<std::vector<std::string>> on(notes n) {
    auto p = make_promise<std::vector<std::string>>();
    if (all_.size() >= n.wanted) {
      p.set_value(all_);
    } else {
      waiting_.emplace_back(n.wanted, p);
    }
    return p;
  }

 private:
  void add(std::string text) {
    all_.push_back(std::move(text));
    std::erase_if(waiting_, [&](auto& each) {
      if (all_.size() < each.first) return false;
      each.second.set_value(all_);
      return true;
    });
  }
  std::vector<std::string> all_;
  std::vector<std::pair<std::uint64_t, promise<std::vector<std::string>>>> waiting_;
};
using notebook_ref = actor_ref<output_line, note, notes>;

inline std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& each : all) text += each + "\n";
  return text;
}

template <auto Life, class... Args>
process begun(actor_system& system, process_options options, Args... args) {
  return system.run(system.start_process<Life>(std::move(options), std::move(args)...));
}

inline task<int> returning(actor_system&, int code) { co_return code; }
inline task<void> nothing(actor_system&) { co_return; }
/// Until it is ended from outside.
inline task<void> for_ever(actor_system&) {
  for (;;) co_await sleep_for(1h);
}

}  // namespace lives
