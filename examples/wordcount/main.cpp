// SPDX-License-Identifier: BSD-3-Clause
//
// The words of all the text on this machine, counted by processes that share nothing: they ask a
// coordinator for files and send it what they counted. A barrier starts them together, an event ends
// them, and whoever is killed in between takes nothing along.
//
//   ./dev run [DIR...]    also: --processes 4 --kill-one; --help names the rest

#include <chrono>
#include <cstdio>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator.hpp"
#include "files.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "worker.hpp"

namespace wordcount {

using namespace troupe;
using boss_ref =
    actor_ref<enlist, next_batch, some_counts, batch_done, get_progress, half_way, get_tally>;

/// A worker in a process of its own.
struct counting_process {
  process home;
  actor_ref<> who;
};

/// Starts one; it waits at the gate.
task<counting_process> start_worker(actor_system& system, std::uint32_t number, boss_ref boss,
                                    barrier gate, event over, std::uint64_t piece_bytes) {
  process home = co_await system.start_process({.name = "counter-" + std::to_string(number + 1)});
  auto who = co_await home.spawn<worker>(number, coordinator_ref(boss), gate, over, piece_bytes);
  co_await gate.enroll(who);
  co_await boss.ask(enlist{number, who});
  co_return counting_process{home, who};
}

/// Everything between the list of files and the tally. \throws error if no worker is left
task<tally> count(actor_system& system, const options& chosen, std::vector<text_file> files,
                  double& seconds) {
  auto boss = system.spawn<coordinator>(
      std::move(files), coordinator_options{chosen.processes, chosen.batch_bytes, chosen.kill_one});
  barrier gate = barrier::spawn(
      system, {.parties = static_cast<int>(chosen.processes) + 1});  // and this actor
  event over = event::spawn(system);

  std::vector<counting_process> workers;
  for (std::uint32_t i = 0; i < chosen.processes; ++i) {
    counting_process started =
        co_await start_worker(system, i, boss, gate, over, chosen.piece_bytes);
    workers.push_back(std::move(started));
  }
  co_await gate.wait();
  const auto begin = std::chrono::steady_clock::now();
  auto display = system.spawn<progress_display>(actor_ref<get_progress>(boss), over);

  if (chosen.kill_one) {
    const std::uint32_t victim = co_await boss.ask(half_way{});
    workers[victim].home.kill();
  }
  tally result = co_await boss.ask(get_tally{});
  seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  co_await over.set();
  co_await ended(display);
  for (counting_process& one : workers) {
    co_await ended(one.who);
    one.home.stop();
    co_await one.home.wait();
  }
  co_return result;
}

task<int> count_all(actor_system& system, int argc, char** argv) {
  const auto parsed = parse(argc, argv);
  if (const int* code = std::get_if<int>(&parsed)) co_return *code;
  const auto& chosen = std::get<options>(parsed);

  found_files found = find_files(chosen.roots);
  double seconds = 0;
  tally result;
  if (!found.files.empty()) {
    result = co_await count(system, chosen, std::move(found.files), seconds);
  }
  result.skipped.insert(result.skipped.end(), found.skipped.begin(), found.skipped.end());

  warn_of_skipped(result.skipped, chosen.verbose);
  for (const std::string& loss : result.lost) std::fprintf(stderr, "wordcount: %s\n", loss.c_str());
  if (result.files == 0) {
    std::fprintf(stderr, "wordcount: no text to count\n");
    co_return 2;
  }
  print_summary(result, seconds);
  if (!chosen.counts_file.empty()) write_counts(chosen.counts_file, result.words);
  if (!chosen.json_file.empty()) write_json(chosen.json_file, result, seconds);
  co_return 0;
}

}  // namespace wordcount

int main(int argc, char** argv) {
  return troupe::run(argc, argv, [argc, argv](troupe::actor_system& system) {
    return wordcount::count_all(system, argc, argv);
  });
}
