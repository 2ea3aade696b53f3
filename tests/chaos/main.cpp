// SPDX-License-Identifier: BSD-3-Clause
//
// Real processes under load, which are killed, stopped, continued, asked to end and started again, at random.
// Then calm: each must make progress within a stated time, and every message is accounted for. (After
// TigerBeetle's Vortex; see the phases of its VOPR: first safety, then liveness.)
//
//   ./dev chaos [--seconds 120] [--seed N] [--processes 3]

#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>

#include "ledger.hpp"
#include "target.hpp"

namespace chaos {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto progress_limit = 20s;  // from the beginning of calm to the last end
constexpr const char* strike_names[] = {"killed", "stopped and continued", "terminated",
                                        "asked to end"};

struct options {
  int seconds = 120;
  std::uint64_t seed = std::random_device{}();
  int processes = 3;
};

class referee : public actor<out_of_order> {
 public:
  explicit referee(ledger* book) : book_(book) {}
  void on(out_of_order m) {
    book_->complain("life " + std::to_string(m.at) + " got " + std::to_string(m.got) + " from " +
                    std::to_string(m.from) + " and not " + std::to_string(m.expected));
  }

 private:
  ledger* book_;
};

struct enough {};

/// Counts the ends of one life's actor: there must be one, and no more.
behavior watcher(mailbox<enough> mail, target_ref whom, std::atomic<std::uint64_t>* downs) {
  mail.monitor(whom);
  for (;;) {
    const auto news = co_await mail.receive<down, enough>();
    if (std::holds_alternative<enough>(news)) co_return;
    ++*downs;
  }
}

/// Items without end, a question now and then; all the life long, or until calm.
task<void> load(ledger& book, std::size_t place, target_ref to, life& l) {
  while (!book.calm) {
    const auto sent = co_await to.send(item{0, l.sent}).result();
    if (!sent) co_return;  // it is over: wait() says how
    ++l.sent;
    ++book.items;
    if (l.sent % 64 != 0) continue;
    const auto neighbour = book.neighbour(place);
    if (neighbour) to.tell(meet{actor_ref<item>::at(neighbour.where())});
    ++l.asked;
    const auto answer = co_await to.ask(echo{l.asked}).result();
    if (answer && *answer != l.asked) book.complain("an answer to another question");
    ++(answer ? l.answered : l.failed);
    if (!answer) co_return;
  }
}

/// One process from its start to its end. \return false: calm, and it has ended well
task<bool> live_once(actor_system& system, ledger& book, std::size_t place, std::uint32_t number,
                     actor_ref<out_of_order> judge) {
  life l{.number = number};
  process home = co_await system.start_process({.name = "chaos-" + std::to_string(number)});
  book.set_home(place, home);
  std::atomic<std::uint64_t> downs{0};
  actor_ref<enough> watch;
  try {
    const target_ref to = co_await home.spawn<target>(number, judge);
    watch = system.spawn<&watcher>(to, &downs);
    book.set_target(place, to);
    co_await load(book, place, to, l);
    if (book.calm) {
      const auto received = co_await to.ask(report{}, progress_limit).result();
      if (received) l = {l.number, l.sent, l.asked, l.answered, l.failed, 0, true, *received};
    }
  } catch (const error&) {
    // Struck before it had its actor: wait() says so.
  }
  book.set_home(place, std::nullopt);
  if (l.calm_end) home.stop();
  const exit_reason why = co_await home.wait();
  if (l.calm_end && (why.code != 0 || why.signal != 0)) {
    book.complain("life " + std::to_string(number) + " in calm: " + to_string(why));
  }
  if (watch) {
    while (downs == 0) co_await sleep_for(1ms);
    watch.tell(enough{});
    co_await ended(watch);
    l.downs = downs;
  } else {
    l.downs = 1;  // there was no actor to watch
  }
  book.close(l);
  co_return !l.calm_end;
}

behavior keeper(mailbox<>, actor_system* system, ledger* book, std::size_t place,
                std::atomic<std::uint32_t>* numbers, actor_ref<out_of_order> judge) {
  for (;;) {
    const std::uint32_t number = ++*numbers;
    const bool again = co_await live_once(*system, *book, place, number, judge);
    if (!again) break;
  }
  ++book->settled;
}

/// Strikes once. The process that is stopped goes on in any case.
task<void> strike(ledger& book, process victim, unsigned dice, std::chrono::milliseconds pause) {
  const unsigned kind = dice < 35 ? 0 : dice < 70 ? 1 : dice < 85 ? 2 : 3;
  ++book.strikes[kind];
  switch (kind) {
    case 0: victim.kill(); break;
    case 1:
      if (victim.is_alive()) ::kill(victim.pid(), SIGSTOP);
      co_await sleep_for(pause);
      if (victim.is_alive()) ::kill(victim.pid(), SIGCONT);
      break;
    case 2: victim.terminate(); break;
    default: victim.stop(); break;
  }
}

task<void> storm(ledger& book, const options& chosen) {
  std::mt19937_64 luck(chosen.seed);
  const auto roll = [&](unsigned sides) { return static_cast<unsigned>(luck() % sides); };
  const auto end = steady_clock::now() + std::chrono::seconds{chosen.seconds};
  auto next_line = steady_clock::now() + 5s;
  while (steady_clock::now() < end) {
    co_await sleep_for(std::chrono::milliseconds{5 + roll(60)});
    auto victim = book.home(roll(static_cast<unsigned>(chosen.processes)));
    const unsigned dice = roll(100);
    const std::chrono::milliseconds pause{5 + roll(150)};
    if (victim) co_await strike(book, *victim, dice, pause);
    if (steady_clock::now() < next_line) continue;
    next_line += 5s;
    std::fprintf(stderr, "chaos: %zu lives, %llu items\n", book.lives().size(),
                 static_cast<unsigned long long>(book.items.load()));
  }
}

bool judge(ledger& book, bool in_time) {
  life sum;
  std::size_t calm = 0;
  if (!in_time) book.complain("no progress within 20 seconds of calm");
  for (const life& l : book.lives()) {
    const std::string who = "life " + std::to_string(l.number) + ": ";
    if (l.downs != 1) book.complain(who + std::to_string(l.downs) + " ends were told");
    if (l.asked != l.answered + l.failed) book.complain(who + "a question did not end");
    if (l.calm_end && l.received != l.sent) {
      book.complain(who + std::to_string(l.sent) + " items sent, " + std::to_string(l.received) +
                    " received");
    }
    calm += l.calm_end;
    sum.sent += l.sent;
    sum.asked += l.asked;
    sum.failed += l.failed;
  }
  std::printf("%zu lives, %zu of them until calm\n", book.lives().size(), calm);
  for (std::size_t i = 0; i < 4; ++i) {
    std::printf("%10llu %s\n", static_cast<unsigned long long>(book.strikes[i].load()),
                strike_names[i]);
  }
  std::printf("%10llu items accepted, %llu questions, %llu of them failed with their process\n",
              static_cast<unsigned long long>(sum.sent), static_cast<unsigned long long>(sum.asked),
              static_cast<unsigned long long>(sum.failed));
  for (const std::string& what : book.complaints()) std::printf("WRONG: %s\n", what.c_str());
  return book.complaints().empty();
}

task<int> run_chaos(actor_system& system, const options& chosen) {
  std::printf("chaos: seed %llu, %d processes, %d seconds\n",
              static_cast<unsigned long long>(chosen.seed), chosen.processes, chosen.seconds);
  const auto places = static_cast<std::size_t>(chosen.processes);
  auto book = std::make_unique<ledger>(places);
  std::atomic<std::uint32_t> numbers{0};
  const auto whistle = system.spawn<referee>(book.get());
  for (std::size_t place = 0; place < places; ++place) {
    system.spawn<&keeper>(&system, book.get(), place, &numbers, whistle);
  }
  co_await storm(*book, chosen);
  book->calm = true;
  const auto limit = steady_clock::now() + progress_limit;
  while (book->settled < places && steady_clock::now() < limit) co_await sleep_for(5ms);
  co_return judge(*book, book->settled == places) ? 0 : 1;
}

}  // namespace
}  // namespace chaos

int main(int argc, char** argv) {
  chaos::options chosen;
  CLI::App app("Strikes real processes under load at random, then counts what came of it.");
  app.add_option("--seconds", chosen.seconds, "how long")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  app.add_option("--seed", chosen.seed, "what decides who is struck when, and how; else random");
  app.add_option("--processes", chosen.processes, "how many at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  return troupe::run(argc, argv, [&](troupe::actor_system& system) -> troupe::task<int> {
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      co_return app.exit(error);
    }
    co_return co_await chaos::run_chaos(system, chosen);
  });
}
