// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "crew.hpp"
#include "eventually.hpp"
#include "lives.hpp"
#include "private_directory.hpp"

namespace start_fault_test {

// What can go wrong around a start, and must leave nothing behind.

using namespace troupe;
using namespace lives;

namespace {

/// The disposition of SIGCHLD meanwhile.
class child_signal {
 public:
  explicit child_signal(void (*handler)(int)) {
    struct sigaction ours{};
    ours.sa_handler = handler;
    ours.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &ours, &before_);
  }
  ~child_signal() { sigaction(SIGCHLD, &before_, nullptr); }

 private:
  struct sigaction before_{};
};

void start_and_end_some(start_method how) {
  deadline limit("start and end");
  const std::size_t descriptors = census::descriptors();
  {
    actor_system system({.workers = 2});
    for (int i = 0; i < 5; ++i) {
      auto killed = begun<&for_ever>(system, {.method = how});
      auto ended = begun<&returning>(system, {.method = how}, 3);
      killed.kill();
      const exit_reason one = end_of(system, killed);
      const exit_reason two = end_of(system, ended);
      // Where the kernel (before 6.15) does not tell what became of the reaped, nobody knows.
      CHECK((one.signal == SIGKILL || one.code == -1));
      CHECK((two.code == 3 || two.code == -1));
    }
  }
  CHECK(census::descriptors() == descriptors);
  // The kernel lets go of what nobody waits for a moment after it has said so.
  eventually([] { return census::children().empty(); });
}

}  // namespace

TEST_CASE("start: a program that ignores SIGCHLD has its processes told all the same") {
  for (const start_method how : all_methods) {
    const child_signal ignored(SIG_IGN);
    start_and_end_some(how);
  }
}

TEST_CASE("start: a program that reaps all children itself takes nothing from us") {
  static std::atomic<int> reaped{0};
  for (const start_method how : all_methods) {
    const child_signal reaping([](int) {
      const int kept = errno;
      while (waitpid(-1, nullptr, WNOHANG) > 0) ++reaped;
      errno = kept;
    });
    start_and_end_some(how);
  }
}

TEST_CASE("start: dispositions and mask of signals are left as they were") {
  struct sigaction before[NSIG] = {}, after = {};
  sigset_t mask_before, mask_after;
  for (int n = 1; n < NSIG; ++n) sigaction(n, nullptr, &before[n]);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  for (const start_method how : all_methods) {
    stage s("dispositions");
    CHECK(end_of(s.system, begun<&returning>(s.system, {.method = how}, 1)).code == 1);
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int n = 1; n < NSIG; ++n) {
    CHECK(sigismember(&mask_before, n) == sigismember(&mask_after, n));
    if (sigaction(n, nullptr, &after) != 0) continue;  // glibc keeps two to itself
    CHECK((after.sa_handler == before[n].sa_handler));
  }
}

TEST_CASE("start: with no descriptors left the call fails, and what runs goes on") {
  for (const start_method how : all_methods) {
    stage s("descriptors");
    auto [child, there] = s.hire<crew::tally>({.method = how});
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    int started = 0, refused = 0;
    for (rlim_t most = 8; most <= 64; ++most) {
      const rlimit tight{most, before.rlim_max};
      setrlimit(RLIMIT_NOFILE, &tight);
      try {
        process more = s.start({.method = how});
        more.kill();
        (void)end_of(s.system, more);
        ++started;
      } catch (const std::system_error&) {  // EMFILE here
        ++refused;
      } catch (const error&) {  // the child itself had none left
        ++refused;
      }
      setrlimit(RLIMIT_NOFILE, &before);
      there.tell(crew::add{1});
      CHECK(there.ask(crew::total{}).get() == static_cast<long>(most) - 7);
    }
    CHECK(started > 0);
    CHECK(refused > 0);
    eventually([] { return census::children()['Z'] == 0; });
  }
}

TEST_CASE("start: other threads may allocate as they like") {
  stage s("busy threads");
  std::atomic<bool> over{false};
  std::vector<std::thread> busy;
  for (int t = 0; t < 8; ++t) {
    busy.emplace_back([&] {
      while (!over) {
        std::vector<std::string> all;
        for (int i = 0; i < 100; ++i) all.emplace_back(static_cast<std::size_t>(i * 10), 'x');
      }
    });
  }
  for (const start_method how : {start_method::spawn, start_method::forkserver}) {
    for (int i = 0; i < 30; ++i)
      CHECK(end_of(s.system, begun<&returning>(s.system, {.method = how}, 4)).code == 4);
  }
  over = true;
  for (auto& each : busy) each.join();
}

namespace {
/// Leads a group of its own, which Ctrl-C is sent to; says how many starts have worked.
task<int> lead_group(actor_system& system, actor_ref<note> to) {
  setpgid(0, 0);
  std::signal(SIGINT, SIG_IGN);  // the program decides, here for its children, too
  auto first = system.start_process<&for_ever>({.method = start_method::forkserver});
  process one = co_await std::move(first);
  const pid_t helper = census::child_named("troupe-template");
  to.tell(note{"group"});
  ::kill(0, SIGINT);
  auto second = system.start_process<&for_ever>({.method = start_method::forkserver});
  process two = co_await std::move(second);
  const bool all_live =
      one.is_alive() && two.is_alive() && census::child_named("troupe-template") == helper;
  one.kill();
  two.kill();
  co_await one.wait();
  co_await two.wait();
  co_return all_live ? 0 : 1;
}
}  // namespace

TEST_CASE("start: Ctrl-C to the group leaves the template, and the children to the program") {
  stage s("Ctrl-C");
  auto book = s.system.spawn<notebook>();
  CHECK(end_of(s.system, begun<&lead_group>(s.system, {}, actor_ref<note>(book))).code == 0);
  book.stop();
}

namespace {
/// Starts this program behind a shell that waits for a line in `gate`.
task<int> start_behind(actor_system& system, std::string gate) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  try {
    auto starting = system.start_process(
        {.program = "/bin/sh",
         .arguments = {"sh", "-c", "read line <\"$1\" && exec \"$0\"", program, gate},
         .start_timeout = 2s});
    process started = co_await std::move(starting);
    started.kill();
    co_await started.wait();
    co_return 0;
  } catch (const error&) {
    co_return 1;
  }
}
}  // namespace

TEST_CASE("start: what is slow because we stood still is not given up") {
  stage s("stood still");
  const private_directory directory;
  const std::string gate = directory.path() / "gate";
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  process parent = begun<&start_behind>(s.system, {}, gate);
  eventually([&] { return census::child_named("sh", parent.pid()) != 0; });
  freeze(parent);
  std::this_thread::sleep_for(2500ms);  // more than the start may take
  thaw(parent);
  std::ofstream(gate) << "go on\n";
  CHECK(end_of(s.system, parent).code == 0);
}

// The template -------------------------------------------------------------------------------------

namespace {
int loaded = 0;
void load() { loaded = 42; }
void start_thread() {
  std::thread([] { ::pause(); }).detach();
}
task<int> tell_loaded(actor_system&) { co_return loaded; }
}  // namespace

TEST_CASE("template: what it has loaded is there in each process that it starts") {
  stage s("preload");
  preload<&load>(s.system);
  for (int i = 0; i < 3; ++i) {
    CHECK(end_of(s.system, begun<&tell_loaded>(s.system, {.method = start_method::forkserver}))
              .code == 42);
  }
  CHECK(loaded == 0);
  CHECK(end_of(s.system, begun<&tell_loaded>(s.system, {})).code == 0);
  CHECK_THROWS_AS(preload<&load>(s.system), misuse_error);
}

TEST_CASE("template: one that has threads is refused, and the start says so") {
  stage s("threads");
  preload<&start_thread>(s.system);
  const std::string why = refusal<actor_down>(s.system, {.method = start_method::forkserver});
  CHECK(why.find("template process") != std::string::npos);
  CHECK(why.find("code 1") != std::string::npos);
}

TEST_CASE("template: one that is stopped makes the start late, and nothing else") {
  stage s("stopped");
  auto [child, there] = s.hire<crew::tally>({.method = start_method::forkserver});
  const pid_t helper = census::child_named("troupe-template");
  REQUIRE(helper > 0);
  ::kill(helper, SIGSTOP);
  CHECK(refusal<timeout_error>(s.system,
                               {.method = start_method::forkserver, .start_timeout = 100ms}) != "");
  CHECK(there.ask(crew::total{}).get() == 0);
  ::kill(helper, SIGCONT);
  CHECK(
      end_of(s.system, begun<&returning>(s.system, {.method = start_method::forkserver}, 3)).code ==
      3);
}

TEST_CASE("template: only the program that runs can be handed out") {
  stage s("program");
  CHECK(refusal<std::invalid_argument>(s.system,
                                       {.method = start_method::forkserver, .program = "/bin/true"})
            .find("program") != std::string::npos);
}

namespace {
task<void> have_brood(actor_system& system, actor_ref<note> to) {
  for (const start_method how : all_methods) {
    auto starting = system.start_process<&for_ever>({.method = how});
    process child = co_await std::move(starting);
    to.tell(note{std::to_string(child.pid())});
  }
  to.tell(note{std::to_string(census::child_named("troupe-template"))});
  co_await sleep_for(1h);
}
}  // namespace

TEST_CASE("K24 start: the parent killed, its children and its template end by themselves") {
  stage s("K24");
  auto book = s.system.spawn<notebook>();
  auto parent = begun<&have_brood>(s.system, {}, actor_ref<note>(book));
  const auto brood = book.ask(notes{std::size(all_methods) + 1}).get();
  ::kill(parent.pid(), SIGSTOP);  // and nobody of them can have been told before
  ::kill(static_cast<pid_t>(std::stol(brood[1])), SIGSTOP);
  parent.kill();
  const auto killed = std::chrono::steady_clock::now();
  CHECK(end_of(s.system, parent).signal == SIGKILL);
  for (const std::string& each : brood)
    eventually([&] { return census::state_of(std::stol(each)) == 0; });
  CHECK(std::chrono::steady_clock::now() - killed < 10s);
  book.stop();
}

}  // namespace start_fault_test
