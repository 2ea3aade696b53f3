// SPDX-License-Identifier: BSD-3-Clause
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

namespace wordcount {

std::variant<options, int> parse(int argc, char** argv) {
  options chosen;
  chosen.processes = std::max(1u, std::thread::hardware_concurrency());
  CLI::App app(
      "Counts the words of all plain-text files under some directories, in several processes.");
  app.add_option("DIR", chosen.roots, "directories or files; links below them are not followed")
      ->capture_default_str();
  app.add_option("--processes", chosen.processes, "how many count; default: one per processor")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--counts", chosen.counts_file,
                 "write a line `word<TAB>count` for each word here");
  app.add_option("--json", chosen.json_file, "write the totals here, as JSON");
  auto* kill = app.add_flag("--kill-one", chosen.kill_one,
                            "kill one process half-way: the result stays the same");
  app.add_flag("--verbose", chosen.verbose, "name each file that is skipped");
  // For tests: small values make a small tree meet every edge. Group "": not in --help.
  app.add_option("--piece-bytes", chosen.piece_bytes)->check(CLI::Range(1, 1 << 30))->group("");
  app.add_option("--batch-bytes", chosen.batch_bytes)->check(CLI::Range(1, 1 << 30))->group("");
  try {
    app.parse(argc, argv);
    if (chosen.kill_one && chosen.processes < 2) {
      throw CLI::ValidationError(kill->get_name(), "needs --processes of at least 2");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return chosen;
}

}  // namespace wordcount
