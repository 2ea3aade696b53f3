// SPDX-License-Identifier: BSD-3-Clause
// Counts words on two nodes; one is killed meanwhile, and replaced. Here all of them are this program.
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <map>
#include <sstream>
#include <troupe/cluster.hpp>

using namespace troupe;
using namespace std::chrono_literals;

using words = std::map<std::string, long>;
struct count_words {
  using reply = words;
  std::string line;
};
struct crash {};

class counter : public actor<count_words, crash> {
 public:
  words on(const count_words& m) const {
    words counted;
    std::istringstream text(m.line);
    for (std::string word; text >> word;) ++counted[word];
    return counted;
  }
  void on(crash) { ::kill(::getpid(), SIGKILL); }
};

void start_worker(const char* program, std::string port) {
  char* const arguments[] = {const_cast<char*>(program), port.data(), nullptr};
  if (pid_t pid = 0; ::posix_spawn(&pid, program, nullptr, nullptr, arguments, environ) != 0)
    std::abort();
}

task<int> work(cluster here, std::uint16_t port) {
  const cluster_node coordinator = co_await here.connect("127.0.0.1", port);
  co_await coordinator.wait();
  co_return 0;
}

/// A counter on the node of that number among those that are there, once there is one.
task<actor_ref<count_words, crash>> counter_on(cluster here, std::size_t number) {
  while (here.nodes().size() < 2) co_await sleep_for(5ms);
  co_return co_await here.nodes().at(number).spawn<counter>();
}

task<int> coordinate(cluster here, const char* program) {
  const std::string port = std::to_string(here.listen(0));
  for (int i = 0; i < 2; ++i) start_worker(program, port);
  std::vector<actor_ref<count_words, crash>> counters;
  for (std::size_t i = 0; i < 2; ++i) counters.push_back(co_await counter_on(here, i));
  words all;
  for (int line = 0; line < 100; ++line) {
    if (line == 30) counters[0].tell(crash{});
    auto& mine = counters[static_cast<std::size_t>(line % 2)];
    for (;;) {
      const auto counted = co_await mine.ask(count_words{"let it be let it be"}).result();
      if (counted) {
        for (const auto& [word, n] : *counted) all[word] += n;
        break;
      }
      std::cout << "a node has gone; another one takes its place" << std::endl;
      start_worker(program, port);
      mine = co_await counter_on(here, 1);  // the one that has come last
    }
  }
  for (const auto& [word, n] : all) std::cout << n << ' ' << word << '\n';
  co_return 0;
}

int main(int argc, char** argv) {
  actor_system system({.name = argc > 1 ? "worker" : "coordinator"});
  const cluster here(system, {.key = "only who knows this may join"});
  if (argc > 1) return system.run(work(here, static_cast<std::uint16_t>(std::stoi(argv[1]))));
  return system.run(coordinate(here, argv[0]));
}
