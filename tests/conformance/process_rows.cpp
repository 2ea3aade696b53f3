// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <troupe/detail/system_core.hpp>
#include <troupe/when.hpp>

#include "../transport/lives.hpp"
#include "eventually.hpp"
#include "methods.hpp"

namespace process_rows {

// What a process is, and what its handle says of it: PR01 to PR25.

using namespace troupe;
using namespace lives;
using namespace troupe::conformance;

namespace {

struct self_portrait {
  bool daemon = false;
  bool has_parent = false;
  std::int64_t pid = 0, parent_pid = 0, main_thread = 0, real_parent = 0;
  std::string name, parent_name;
};
struct show {
  self_portrait who;
};
struct look {
  using reply = self_portrait;
};
/// Answers once there is something to see.
behavior wall(mailbox<show, look> mail) {
  const show hanging = co_await mail.receive<show>();
  auto viewer = co_await mail.receive<question<look>>();
  viewer.answer.set_value(hanging.who);
}

self_portrait portrait(actor_system& system) {
  self_portrait me;
  me.daemon = system.is_daemon();
  me.pid = me.main_thread = getpid();
  me.real_parent = getppid();
  me.name = system.name();
  if (const auto parent = system.parent()) {
    me.has_parent = true;
    me.parent_pid = parent->pid();
    me.parent_name = parent->name();
  }
  return me;
}
task<void> pose(actor_system& system, actor_ref<show> to) {
  to.tell(show{portrait(system)});
  co_return;
}
self_portrait portrait_of_child(stage& s, process_options options) {
  auto seen = s.system.spawn<&wall>();
  auto child = begun<&pose>(s.system, std::move(options), actor_ref<show>(seen));
  const self_portrait who = seen.ask(look{}).get();
  CHECK(end_of(s.system, child).code == 0);
  CHECK(who.pid == child.pid());
  return who;
}

std::optional<exit_reason> wait_for(actor_system& system, process p, std::chrono::nanoseconds t) {
  return system.run(p.wait(t));
}

}  // namespace

TEST_CASE("PR01 process: the current process is no daemon and has its pid and a name") {
  actor_system system({.workers = 1});
  CHECK_FALSE(system.is_daemon());
  CHECK_FALSE(system.name().empty());
  CHECK(portrait(system).pid == getpid());
}

TEST_CASE("PR02 process: the program to start can be given in several forms") {
  stage s("PR02");
  const auto here = std::filesystem::read_symlink("/proc/self/exe");
  for (const std::filesystem::path& program :
       {std::filesystem::path{}, here, std::filesystem::relative(here),
        std::filesystem::path{"/proc/self/exe"}}) {
    CHECK(end_of(s.system, begun<&nothing>(s.system, {.program = program})).code == 0);
  }
}

namespace {
task<int> compare(actor_system& system, int one, std::string two, std::vector<std::string> three,
                  std::map<std::string, double> four) {
  const bool same = one == 7 && two == "two words" && three == std::vector<std::string>{"a", ""} &&
                    four == std::map<std::string, double>{{"x", 0.5}} &&
                    !system.core().options.arguments.empty() &&
                    system.core().options.arguments.back() == "-last argument";
  co_return same ? 0 : 1;
}
}  // namespace

TEST_CASE("PR03 process: arguments arrive unchanged") {
  in_every_method("PR03", [](stage& s, start_method how) {
    auto child =
        begun<&compare>(s.system, {.method = how, .arguments = {"program", "-last argument"}}, 7,
                        std::string("two words"), std::vector<std::string>{"a", ""},
                        std::map<std::string, double>{{"x", 0.5}});
    CHECK(end_of(s.system, child).code == 0);
  });
}

TEST_CASE("PR04 process: the daemon flag is the parent's and can be given either way") {
  in_every_method("PR04", [](stage& s, start_method how) {
    CHECK_FALSE(portrait_of_child(s, {.method = how}).daemon);
    CHECK_FALSE(portrait_of_child(s, {.method = how, .daemon = false}).daemon);
    CHECK(portrait_of_child(s, {.method = how, .daemon = true}).daemon);
  });
}

TEST_CASE("PR05 process: a child knows its parent's pid and name, the root has none") {
  in_every_method("PR05", [](stage& s, start_method how) {
    CHECK_FALSE(s.system.parent().has_value());
    const self_portrait child = portrait_of_child(s, {.method = how});
    CHECK(child.has_parent);
    CHECK(child.parent_pid == getpid());
    CHECK(child.real_parent == getpid());
    CHECK(child.parent_name == s.system.name());
  });
}

namespace {
task<void> outlive(actor_system& system, actor_ref<note> to, start_method) {
  const parent_process parent = system.parent().value();
  to.tell(note{parent.is_alive() ? "parent alive" : "parent dead already"});
  // The link is gone when it has been told: what it still does shows in a file.
  const exit_reason why = co_await parent.wait();
  const std::string text = why.what == exit_reason::cause::connection_lost ? "saw it end" : "?";
  if (auto* file = std::fopen(std::getenv("TROUPE_TEST_FILE"), "w")) {
    std::fputs(text.c_str(), file);
    std::fclose(file);
  }
}
task<void> have_child(actor_system& system, actor_ref<note> to, start_method how) {
  auto starting = system.start_process<&outlive>({.method = how}, to, how);
  process child = co_await std::move(starting);
  co_await child.wait();
}
std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  return text;
}
}  // namespace

TEST_CASE("PR06 process: a grandchild can wait for the death of its own parent") {
  in_every_method("PR06", [](stage& s, start_method how) {
    const std::string path = "/tmp/troupe_pr06_" + std::to_string(getpid());
    auto book = s.system.spawn<notebook>();
    auto child =
        begun<&have_child>(s.system, {.method = how, .environment = {{"TROUPE_TEST_FILE", path}}},
                           actor_ref<note>(book), how);
    CHECK(joined(book.ask(notes{1}).get()) == "parent alive\n");
    child.kill();
    CHECK(end_of(s.system, child).signal == SIGKILL);
    eventually([&] { return content_of(path) == "saw it end"; });
    std::filesystem::remove(path);
    book.stop();
  });
}

TEST_CASE("PR07 process: before its start it is not there") {
  stage s("PR07");
  auto starting = s.system.start_process({.daemon = true});  // a task, not awaited yet
  CHECK(s.system.children().empty());
  CHECK(census::children().empty());
  const process child = s.system.run(std::move(starting));
  CHECK(child.is_daemon());
}

TEST_CASE("PR08 PR09 PR10 process: alive, itself, and ended") {
  in_every_method("PR08", [](stage& s, start_method how) {
    auto child = s.start({.name = "itself", .method = how});
    CHECK(child.is_alive());
    CHECK(s.system.children() == std::vector<process>{child});
    CHECK_FALSE(child.exit_status());
    child.stop();
    CHECK(end_of(s.system, child).code == 0);
    CHECK_FALSE(child.is_alive());
    CHECK(s.system.children().empty());
    CHECK(child.exit_status() == exit_reason{exit_reason::cause::process_ended, 0, 0, {}});
    CHECK(portrait_of_child(s, {.name = "itself", .method = how}).name == "itself");
  });
}

TEST_CASE("PR11 process: the main thread of a child is not ours") {
  in_every_method("PR11", [](stage& s, start_method how) {
    CHECK(portrait_of_child(s, {.method = how}).main_thread != getpid());
  });
}

TEST_CASE("PR12 process: a wait of no time returns at once and changes nothing") {
  in_every_method("PR12", [](stage& s, start_method how) {
    auto child = begun<&for_ever>(s.system, {.method = how});
    CHECK_FALSE(wait_for(s.system, child, 0s));
    CHECK_FALSE(wait_for(s.system, child, -1s));
    CHECK_FALSE(wait_for(s.system, child, 1ms));
    CHECK(child.is_alive());
    child.kill();
  });
}

TEST_CASE("PR13 PR14 PR15 process: terminate and kill show as their signal, to every wait") {
  in_every_method("PR13", [](stage& s, start_method how) {
    for (const int signal : {SIGTERM, SIGKILL}) {
      auto child = begun<&for_ever>(s.system, {.method = how});
      signal == SIGTERM ? child.terminate() : child.kill();
      for (int i = 0; i < 3; ++i) {
        CHECK(wait_for(s.system, child, 30s)->signal == signal);
        CHECK(end_of(s.system, child).signal == signal);
      }
      CHECK(child.exit_status()->signal == signal);
    }
  });
}

TEST_CASE("PR16 process: there is at least one processor") {
  actor_system system;
  CHECK(system.workers() >= 1);
}

TEST_CASE("PR17 process: the children are those that were started and have not ended") {
  in_every_method("PR17", [](stage& s, start_method how) {
    CHECK(s.system.children().empty());
    auto one = begun<&for_ever>(s.system, {.name = "one", .method = how});
    auto two = begun<&for_ever>(s.system, {.name = "two", .method = how});
    CHECK(s.system.children() == std::vector<process>{one, two});
    one.kill();
    (void)end_of(s.system, one);
    CHECK(s.system.children() == std::vector<process>{two});
    two.kill();
    (void)end_of(s.system, two);
    CHECK(s.system.children().empty());
  });
}

namespace {
task<void> grow(actor_system& system, actor_ref<note> to, std::string path, start_method how) {
  to.tell(note{path});
  if (path.size() == 2) co_return;
  for (const char* branch : {"0", "1"}) {
    auto starting = system.start_process<&grow>({.method = how}, to, path + branch, how);
    process child = co_await std::move(starting);
    co_await child.wait();
  }
}
}  // namespace

TEST_CASE("PR18 process: a tree of processes reports in order") {
  in_every_method("PR18", [](stage& s, start_method how) {
    auto book = s.system.spawn<notebook>();
    auto root = begun<&grow>(s.system, {.method = how}, actor_ref<note>(book), std::string{}, how);
    CHECK(end_of(s.system, root).code == 0);
    CHECK(book.ask(notes{7}).get() ==
          std::vector<std::string>{"", "0", "00", "01", "1", "10", "11"});
    book.stop();
  });
}

TEST_CASE("PR19 process: the sentinel is ready when the process has ended, beside others") {
  in_every_method("PR19", [](stage& s, start_method how) {
    auto quick = begun<&for_ever>(s.system, {.method = how});
    auto slow = begun<&for_ever>(s.system, {.method = how});
    const auto first = s.system.run([](process quick, process slow) -> task<std::size_t> {
      auto none = co_await quick.wait(1ms);
      CHECK_FALSE(none);
      quick.kill();
      auto got = co_await when_any(slow.sentinel(), quick.sentinel());
      CHECK(std::get<1>(got).value().signal == SIGKILL);
      co_return got.index();
    }(quick, slow));
    CHECK(first == 1);
    CHECK(slow.is_alive());
    slow.kill();
  });
}

TEST_CASE("PR20 PR21 process: a handle can be closed once its process has ended") {
  stage s("PR20");
  auto child = begun<&for_ever>(s.system, {.name = "alive"});
  std::string why;
  try {
    child.close();
  } catch (const misuse_error& e) {
    why = e.what();
  }
  CHECK(why.find("'alive' is alive") != std::string::npos);
  child.kill();
  (void)end_of(s.system, child);
  child.close();
  child.close();
  CHECK_THROWS_AS((void)child.pid(), misuse_error);
  CHECK_THROWS_AS((void)child.is_alive(), misuse_error);
  CHECK_THROWS_AS(child.kill(), misuse_error);
  CHECK_THROWS_AS((void)end_of(s.system, child), misuse_error);
}

TEST_CASE("PR22 process: many short ones all end with 0") {
  in_every_method("PR22", [](stage& s, start_method how) {
    std::vector<process> all;
    const int many = how == start_method::spawn ? 5 : 100;
    for (int i = 0; i < many; ++i) all.push_back(begun<&nothing>(s.system, {.method = how}));
    for (const process& each : all) CHECK(end_of(s.system, each).code == 0);
  });
}

TEST_CASE("PR23 process: many that are ended at once all say by which signal") {
  in_every_method("PR23", [](stage& s, start_method how) {
    std::vector<process> all;
    const int many = how == start_method::spawn ? 5 : 100;
    for (int i = 0; i < many; ++i) all.push_back(begun<&for_ever>(s.system, {.method = how}));
    for (process& each : all) each.terminate();
    for (const process& each : all) CHECK(end_of(s.system, each).signal == SIGTERM);
  });
}

namespace {
/// Counts those that are alive here.
struct counted {
  counted() { ++alive; }
  counted(const counted&) { ++alive; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(value);
  }
  int value = 0;
  static inline std::atomic<int> alive{0};
};
task<int> keep(actor_system&, counted c) { co_return c.value; }
}  // namespace

TEST_CASE("PR24 process: the parent lets go of what it has handed to the child") {
  stage s("PR24");
  auto child = begun<&keep>(s.system, {}, counted{});
  CHECK(counted::alive == 0);
  CHECK(end_of(s.system, child).code == 0);
}

namespace {
task<int> count_descriptors(actor_system&) { co_return static_cast<int>(census::descriptors()); }
}  // namespace

TEST_CASE("PR25 process: a child's descriptors do not grow with the number of its siblings") {
  in_every_method("PR25", [](stage& s, start_method how) {
    const int alone = end_of(s.system, begun<&count_descriptors>(s.system, {.method = how})).code;
    std::vector<process> siblings;
    for (int i = 0; i < 4; ++i) siblings.push_back(begun<&for_ever>(s.system, {.method = how}));
    CHECK(end_of(s.system, begun<&count_descriptors>(s.system, {.method = how})).code == alone);
    for (process& each : siblings) each.kill();
  });
}

namespace {
task<int> tell_method(actor_system& system) {
  co_return static_cast<int>(system.parent().value().method());
}
task<int> start_another(actor_system& system, start_method how) {
  auto starting = system.start_process<&tell_method>({.method = how});
  process child = co_await std::move(starting);
  const exit_reason why = co_await child.wait();
  co_return why.code;
}
}  // namespace

TEST_CASE("SM02 process: a child knows by which method it was started") {
  in_every_method("SM02", [](stage& s, start_method how) {
    CHECK(end_of(s.system, begun<&tell_method>(s.system, {.method = how})).code ==
          static_cast<int>(how));
  });
}

TEST_CASE("SM05 process: one that was started one way may start others in any way") {
  in_every_method("SM05", [](stage& s, start_method how) {
    for (const start_method next : {start_method::spawn, start_method::forkserver}) {
      CHECK(end_of(s.system, begun<&start_another>(s.system, {.method = how}, next)).code ==
            static_cast<int>(next));
    }
  });
}

}  // namespace process_rows
