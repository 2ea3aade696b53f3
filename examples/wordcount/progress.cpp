// SPDX-License-Identifier: BSD-3-Clause
#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "text.hpp"

namespace wordcount {

namespace {

using std::chrono::steady_clock;
using namespace std::literals;

std::string bar(std::uint64_t part, std::uint64_t whole, std::size_t width) {
  const std::size_t filled =
      whole == 0 ? width : std::min<std::uint64_t>(width, part * width / whole);
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

/// "[####......]  41%  12,345/29,913 files  203/451 MB  512 MB/s  by worker 51% 49%"
std::string line(const progress& now, double seconds, std::size_t bar_width) {
  std::string text = bar(now.bytes, now.bytes_total, bar_width) + "  " +
                     percent(now.bytes, now.bytes_total) + "  " + grouped(now.files) + "/" +
                     grouped(now.files_total) + " files  " + megabytes(now.bytes) + "/" +
                     megabytes(now.bytes_total) + " MB  " + megabytes(now.bytes / seconds) +
                     " MB/s";
  return text + "  " + shares(now.bytes_by_worker);
}

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void paint(const progress& now, double seconds) {
  const std::size_t columns = terminal_columns() - 1;  // the last one would wrap
  const std::size_t others = line(now, seconds, 0).size();
  const std::size_t width = columns > others ? std::min<std::size_t>(40, columns - others) : 0;
  std::fprintf(stderr, "\r%s\x1b[K", line(now, seconds, width).substr(0, columns).c_str());
}

}  // namespace

troupe::behavior progress_display(troupe::mailbox<no_orders> /*mail*/,
                                  troupe::actor_ref<get_progress> boss, troupe::event over) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto interval = terminal ? 100ms : 5s;
  const auto begin = steady_clock::now();
  bool ended = false;
  while (!ended) {
    ended = co_await over.wait(interval);
    if (ended && !terminal) break;
    const progress now = co_await boss.ask(get_progress{});
    const double seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
    if (terminal) {
      paint(now, seconds);
    } else {
      std::fprintf(stderr, "wordcount: %s\n", line(now, seconds, 20).c_str());
    }
  }
  if (terminal) std::fputc('\n', stderr);
}

}  // namespace wordcount
