// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "census.hpp"
#include "crew.hpp"
#include "deadline.hpp"
#include "stage.hpp"

namespace process_test {

using namespace troupe;
using namespace std::chrono_literals;
using crew::add;
using crew::die;
using crew::envoy_ref;
using crew::tally_ref;
using crew::total;

namespace {

// A child that dies before main() is reached, or stops there.
const bool dies_early = [] {
  const char* how = std::getenv("TROUPE_TEST_BEFORE_MAIN");
  if (!how || !std::getenv("TROUPE_CHILD")) return false;
  crew::die_by(static_cast<die::way>(std::atoi(how)));
  return true;
}();

}  // namespace

TEST_CASE("process: tell and ask reach an actor in a child, in order") {
  stage s("tell and ask");
  auto [child, there] = s.hire<crew::tally>({.name = "teller"});
  CHECK(child.name() == "teller");
  CHECK(child.is_alive());
  for (int i = 1; i <= 100; ++i) there.tell(add{i});
  CHECK(there.ask(total{}).get() == 5050);
  CHECK(there.ask(crew::whoami{}).get() == child.pid());
  CHECK(child.pid() != getpid());
}

TEST_CASE("process: class and function actors are spawned with arguments of every kind") {
  stage s("arguments");
  auto here = s.system.spawn<crew::tally>();
  auto child = s.start({});
  s.system.run([](process child, tally_ref here) -> task<void> {
    auto one = child.spawn<crew::describer>("text", std::vector<std::string>{"a", "bc"},
                                            std::map<std::string, int>{{"k", 7}},
                                            std::optional<double>{2.5}, actor_ref<add>(here));
    const auto described = co_await std::move(one);
    auto asking = described.ask(crew::describe{});
    const std::string text = co_await std::move(asking);
    CHECK(text == "text/a,bc,k=7,real");
    auto two = child.spawn<&crew::multiplier>(10L, actor_ref<add>(here));
    const auto times_ten = co_await std::move(two);
    times_ten.tell(add{5});
    described.stop();
    times_ten.stop();
    co_await ended(described);
    // Its end comes after everything it has sent here.
    auto summing = here.ask(total{});
    const long sum = co_await std::move(summing);
    CHECK(sum >= 1);
  }(child, here));
}

TEST_CASE("process: refs in messages work in both directions") {
  stage s("refs");
  auto here = s.system.spawn<crew::tally>();
  auto [child, envoy] = s.hire<crew::envoy>({});
  envoy.tell(crew::pass{here, 3});
  CHECK(envoy.ask(crew::ask_total{here}).get() == 3);
  CHECK(here.ask(total{}).get() == 3);
}

TEST_CASE("process: siblings tell, ask and watch each other through their parent") {
  stage s("siblings");
  auto [first, envoy] = s.hire<crew::envoy>({.name = "first"});
  auto [second, tally] = s.hire<crew::tally>({.name = "second"}, 5L);
  for (int i = 0; i < 1000; ++i) envoy.tell(crew::pass{tally, 1});
  CHECK(envoy.ask(crew::ask_total{tally}).get() == 1005);
  CHECK(tally.ask(total{}).get() == 1005);
  envoy.tell(crew::begin_watch{tally});
  CHECK(envoy.ask(crew::ask_total{tally}).get() == 1005);  // behind the watch on the same way
  tally.stop();
  CHECK(envoy.ask(crew::watched_end{}).get().is_normal());
  CHECK(envoy.ask(crew::count_ends{}).get() == 1);
  // Once more: it has ended already.
  CHECK(envoy.ask(crew::watch_end{tally}).get().what == exit_reason::cause::never_existed);
  CHECK_THROWS_AS(envoy.ask(crew::ask_total{tally}).get(), handler_error);
}

TEST_CASE("process: a sibling's death is told through the parent") {
  stage s("sibling's death");
  auto [first, envoy] = s.hire<crew::envoy>({.name = "first"});
  auto [second, tally] = s.hire<crew::tally>({.name = "second"});
  CHECK(envoy.ask(crew::ask_total{tally}).get() == 0);
  envoy.tell(crew::begin_watch{tally});
  CHECK(envoy.ask(crew::whoami{}).get() == first.pid());
  second.kill();
  const exit_reason why = envoy.ask(crew::watched_end{}).get();
  CHECK(why.what == exit_reason::cause::process_ended);
  CHECK(why.signal == SIGKILL);
  CHECK(envoy.ask(crew::watch_end{tally}).get().signal == SIGKILL);
}

TEST_CASE("process: a ref from a grandchild works for the grandparent, and back") {
  stage s("grandchild");
  auto [child, envoy] = s.hire<crew::envoy>({});
  auto here = s.system.spawn<crew::tally>(100L);
  const tally_ref grandchild = envoy.ask(crew::nest{"grandchild"}).get();
  grandchild.tell(add{4});
  CHECK(grandchild.ask(total{}).get() == 4);
  CHECK(envoy.ask(crew::ask_total{grandchild}).get() == 4);
  const std::int64_t pid = grandchild.ask(crew::whoami{}).get();
  CHECK(pid != child.pid());
  CHECK(pid != getpid());
  grandchild.tell(die{die::way::killed});
  const exit_reason why = s.system.run([](actor_ref<> whom) -> task<exit_reason> {
    exit_reason why = co_await ended(whom);
    co_return why;
  }(grandchild));
  CHECK(why.signal == SIGKILL);
  CHECK(envoy.ask(crew::ask_total{here}).get() == 100);
}

// Order ------------------------------------------------------------------------------------------

namespace {

struct chunk {
  std::uint64_t number = 0;
  std::vector<std::uint8_t> bytes;
};
struct verdict {
  using reply = std::vector<std::uint64_t>;  // how many came, how many out of order
};
class chunk_check : public actor<chunk, verdict> {
 public:
  void on(const chunk& c) {
    const bool good = c.number == seen_ && (c.bytes.empty() || c.bytes.back() == c.number % 251);
    wrong_ += !good;
    ++seen_;
  }
  std::vector<std::uint64_t> on(verdict) const { return {seen_, wrong_}; }

 private:
  std::uint64_t seen_ = 0, wrong_ = 0;
};
std::size_t size_of_chunk(std::uint64_t n) {
  if (n % 5000 == 4999) return std::size_t{1} << 20;
  if (n % 500 == 250) return 100'000;
  return 1 + n % 97;
}
struct go_on {
  std::uint64_t next = 0;
  std::uint64_t count = 0;
  actor_ref<chunk> to;
};
chunk make_chunk(std::uint64_t n) {
  return {n, std::vector<std::uint8_t>(size_of_chunk(n), static_cast<std::uint8_t>(n % 251))};
}
/// Tells a hundred at a time, the last of which waits for room: both directions run at once.
class chunk_source : public actor<go_on> {
 public:
  task<void> on(go_on m) {
    for (; m.next < m.count; ++m.next) {
      if (m.next % 100 != 99) {
        m.to.tell(make_chunk(m.next));
        continue;
      }
      auto sending = m.to.send(make_chunk(m.next));
      co_await std::move(sending);
    }
  }
};

}  // namespace

TEST_CASE("process: a hundred thousand messages each way arrive in order and without a gap") {
  stage s("order");
  constexpr std::uint64_t count = 100'000;
  auto here = s.system.spawn<chunk_check>();
  auto source_here = s.system.spawn<chunk_source>();
  auto [child, there] = s.hire<chunk_check>({});
  auto source_there = s.system.run([](process child) -> task<actor_ref<go_on>> {
    auto spawning = child.spawn<chunk_source>();
    auto made = co_await std::move(spawning);
    co_return made;
  }(child));
  source_there.tell(go_on{0, count, here});
  source_here.tell(go_on{0, count, there});
  for (const actor_ref<verdict>& end : {actor_ref<verdict>(here), actor_ref<verdict>(there)}) {
    std::vector<std::uint64_t> v;
    do {
      v = end.ask(verdict{}).get();
    } while (v[0] < count && v[1] == 0);
    CHECK(v[0] == count);
    CHECK(v[1] == 0);
  }
}

// What cannot be sent ----------------------------------------------------------------------------

namespace {

struct secret {
  static constexpr bool local_only = true;
  using reply = long;
  long n = 1;
};
struct secret_answer {
  static constexpr bool local_only = true;
  long n = 1;
};
struct give_secret {
  using reply = secret_answer;
};
struct blob {
  using reply = std::uint64_t;
  std::vector<std::uint8_t> bytes;
};
struct give_blob {
  using reply = std::vector<std::uint8_t>;
  std::uint64_t bytes = 0;
};
struct texts {
  using reply = std::uint64_t;
  std::vector<std::string> all;
};
class store : public actor<secret, give_secret, blob, give_blob, texts> {
 public:
  long on(secret s) { return s.n; }
  secret_answer on(give_secret) { return {}; }
  std::uint64_t on(const blob& b) { return b.bytes.size(); }
  std::vector<std::uint8_t> on(give_blob g) { return std::vector<std::uint8_t>(g.bytes, 7); }
  std::uint64_t on(const texts& t) { return t.all.size(); }
};

template <class Ask>
errc code_of(Ask ask) {
  try {
    (void)std::move(ask).get();
  } catch (const error& e) {
    return e.code();
  }
  return errc{};
}

}  // namespace

TEST_CASE("process: what must not or cannot be sent is an error of that ask alone") {
  stage s("not sendable");
  auto [child, there] = s.hire<store>({});
  const std::uint64_t before = s.system.dead_letters();
  there.tell(secret{});
  CHECK(code_of(there.ask(secret{})) == errc::not_sendable);
  CHECK(s.system.dead_letters() - before == 2);
  CHECK(code_of(there.ask(give_secret{})) == errc::not_sendable);
  constexpr std::size_t too_many = (std::size_t{64} << 20) + 1;
  CHECK(code_of(there.ask(blob{std::vector<std::uint8_t>(too_many)})) == errc::not_sendable);
  CHECK(code_of(there.ask(give_blob{too_many})) == errc::not_sendable);
  // In memory more than a message may take, though not on the wire.
  CHECK(code_of(there.ask(texts{std::vector<std::string>(3'000'000)})) == errc::bad_message);
  CHECK(there.ask(blob{std::vector<std::uint8_t>(100)}).get() == 100);
  CHECK(child.is_alive());
}

TEST_CASE("process: a message just below the limit passes, both ways") {
  stage s("below the limit");
  auto [child, there] = s.hire<store>({});
  constexpr std::size_t many = (std::size_t{64} << 20) - 1000;
  CHECK(there.ask(blob{std::vector<std::uint8_t>(many)}).get() == many);
  CHECK(there.ask(give_blob{many}).get().size() == many);
}

TEST_CASE("process: a constructor or handler that throws there is heard here") {
  stage s("throws there");
  auto child = s.start({});
  s.system.run([](process child) -> task<void> {
    std::string text;
    try {
      auto spawning = child.spawn<crew::tally>(-1L);
      (void)co_await std::move(spawning);
    } catch (const handler_error& error) {
      text = error.what();
    }
    CHECK(text.find("a tally does not start below zero") != std::string::npos);
    auto spawning = child.spawn<crew::tally>(1L);
    const tally_ref good = co_await std::move(spawning);
    auto asking = good.ask(crew::throw_up{});
    auto pending = std::move(asking).result();
    const auto answer = co_await pending;
    CHECK(!answer.has_value());
    CHECK(answer.error().code == errc::handler_failed);
    CHECK(answer.error().text.find("told to") != std::string::npos);
  }(child));
}

// Starts that fail -------------------------------------------------------------------------------

TEST_CASE("K25 process: a program that cannot be started is an errno of the call itself") {
  stage s("cannot be started");
  const std::size_t before = census::descriptors();
  const std::string garbage = "/tmp/troupe_test_" + std::to_string(getpid());
  std::ofstream(garbage) << "\x01\x02garbage";
  chmod(garbage.c_str(), 0700);
  const auto error_of = [&](process_options options) {
    try {
      (void)s.start(std::move(options));
    } catch (const std::system_error& error) {
      return error.code().value();
    }
    return 0;
  };
  CHECK(error_of({.program = "/nonexistent/program"}) == ENOENT);
  CHECK(error_of({.program = "/etc/passwd"}) == EACCES);
  CHECK(error_of({.program = garbage}) == ENOEXEC);
  CHECK(error_of({.arguments = {"a", std::string(300'000, 'x')}}) == E2BIG);
  std::remove(garbage.c_str());
  CHECK(refusal<std::system_error>(s.system, {.program = "/nonexistent/program"})
            .find("/nonexistent/program") != std::string::npos);
  CHECK(census::children().empty());
  CHECK(census::descriptors() == before);
}

TEST_CASE("process: options that make no sense are named") {
  stage s("options");
  CHECK(refusal<std::invalid_argument>(s.system, {.workers = 0}).find("workers") !=
        std::string::npos);
  CHECK(refusal<std::invalid_argument>(s.system, {.start_timeout = 0s}).find("start_timeout") !=
        std::string::npos);
}

TEST_CASE("process: a program that is none of ours ends before it can be used") {
  stage s("none of ours");
  const std::string text =
      refusal<actor_down>(s.system, {.program = "/bin/true", .arguments = {"true"}});
  CHECK(text.find("code 0") != std::string::npos);
  CHECK(text.find("troupe::run") != std::string::npos);
}

TEST_CASE("process: no sign of life within start_timeout") {
  stage s("no sign of life");
  CHECK(refusal<timeout_error>(s.system, {.name = "sleeper",
                                          .program = "/bin/sleep",
                                          .arguments = {"sleep", "1000"},
                                          .start_timeout = 100ms})
            .find("sleeper") != std::string::npos);
  CHECK(refusal<timeout_error>(
            s.system, {.environment = {{"TROUPE_TEST_BEFORE_MAIN",
                                        std::to_string(static_cast<int>(die::way::stopped))}},
                       .start_timeout = 100ms}) != "");
  // They are ended now, not when the system is: the deadline watches over this.
  while (!census::children().empty()) std::this_thread::yield();
}

TEST_CASE("process: a child that dies before its greeting fails the start, with how") {
  stage s("dies before its greeting");
  const auto text_for = [&](die::way how) {
    return refusal<actor_down>(
        s.system,
        {.environment = {{"TROUPE_TEST_BEFORE_MAIN", std::to_string(static_cast<int>(how))}}});
  };
  CHECK(text_for(die::way::exit_3).find("code 3") != std::string::npos);
  CHECK(text_for(die::way::abort).find("signal 6") != std::string::npos);
  CHECK(text_for(die::way::segfault).find("signal 11") != std::string::npos);
  CHECK(text_for(die::way::killed).find("signal 9") != std::string::npos);
}

TEST_CASE("process: a start does not wait for the workers to be idle") {
  stage s("busy workers", 1);
  struct again {};
  struct spinner : actor<again> {
    void on(again m) { self().tell(m); }
  };
  auto one = s.system.spawn<spinner>();
  auto two = s.system.spawn<spinner>();
  one.tell(again{});
  two.tell(again{});
  auto [child, there] = s.hire<crew::tally>({});
  CHECK(there.ask(total{}).get() == 0);
  one.kill();
  two.kill();
}

// Ends -------------------------------------------------------------------------------------------

TEST_CASE("process: exit codes and signals are told in wait() and in the ends of its actors") {
  stage s("exit codes");
  const auto both_ends = [&](auto end_it, int code, int signal) {
    auto [child, there] = s.hire<crew::tally>({});
    const exit_reason actor = s.system.run([](actor_ref<> whom, process child, tally_ref there,
                                              decltype(end_it) end_it) -> task<exit_reason> {
      end_it(child, there);
      exit_reason why = co_await ended(whom);
      co_return why;
    }(there, child, there, end_it));
    const exit_reason whole = end_of(s.system, child);
    CHECK(whole.what == exit_reason::cause::process_ended);
    CHECK(whole.code == code);
    CHECK(whole.signal == signal);
    CHECK(actor.signal == signal);
    if (signal != 0 || code != 0) CHECK(actor == whole);
    CHECK_FALSE(child.is_alive());
    CHECK(end_of(s.system, child) == whole);  // for whoever asks later
    CHECK(code_of(there.ask(total{})) == errc::actor_down);
    child.kill();  // does nothing, to nobody
  };
  const auto by = [](die::way how) {
    return [how](process, tally_ref there) { there.tell(die{how}); };
  };
  both_ends(by(die::way::exit_3), 3, 0);
  both_ends(by(die::way::abort), 0, SIGABRT);
  both_ends(by(die::way::segfault), 0, SIGSEGV);
  both_ends([](process p, tally_ref) { p.kill(); }, 0, SIGKILL);
  both_ends([](process p, tally_ref) { p.terminate(); }, 0, SIGTERM);
  both_ends([](process p, tally_ref) { p.stop(); }, 0, 0);
}

TEST_CASE("process: shutdown ends children and grandchildren") {
  deadline limit("shutdown ends children");
  no_leftovers clean;
  std::vector<std::int64_t> pids;
  {
    actor_system system({.workers = 2});
    system.run([](actor_system& system, std::vector<std::int64_t>& pids) -> task<void> {
      for (int i = 0; i < 3; ++i) {
        auto starting = system.start_process({});
        process child = co_await std::move(starting);
        pids.push_back(child.pid());
        auto spawning = child.spawn<crew::envoy>();
        const envoy_ref envoy = co_await std::move(spawning);
        auto nesting = envoy.ask(crew::nest{"inner"});
        const tally_ref inner = co_await std::move(nesting);
        auto asking = inner.ask(crew::whoami{});
        const std::int64_t pid = co_await std::move(asking);
        pids.push_back(pid);
      }
    }(system, pids));
    CHECK(pids.size() == 6);
  }
  for (std::int64_t pid : pids) CHECK(::kill(static_cast<pid_t>(pid), 0) != 0);
}

TEST_CASE("process: shutdown ends a child that is stopped") {
  deadline limit("shutdown ends a stopped child");
  no_leftovers clean;
  actor_system system({.workers = 2, .shutdown_timeout = 200ms});
  const process child = system.run(system.start_process({}));
  ::kill(child.pid(), SIGSTOP);
}

TEST_CASE("process: a handle may outlive its system") {
  deadline limit("a handle outlives");
  no_leftovers clean;
  std::optional<process> child;
  {
    actor_system system({.workers = 2});
    child = system.run(system.start_process({}));
    auto more = *child;
  }
  CHECK_FALSE(child->is_alive());
  child->kill();
  child.reset();
}

TEST_CASE("process: a child has three descriptors of ours, no more with each sibling") {
  stage s("descriptors of a child");
  std::vector<std::uint64_t> counts;
  for (int i = 0; i < 3; ++i) {
    auto [child, envoy] = s.hire<crew::envoy>({});
    counts.push_back(envoy.ask(crew::list_descriptors{}).get());
  }
  CHECK(counts[1] == counts[0]);
  CHECK(counts[2] == counts[0]);
}

TEST_CASE("process: two hundred starts and ends leave nothing behind") {
  stage s("two hundred starts");
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
  constexpr int rounds = 40;
#else
  constexpr int rounds = 200;
#endif
  std::size_t descriptors = 0;
  std::uint64_t actors = 0;
  for (int i = 0; i < rounds; ++i) {
    {
      auto [child, there] = s.hire<crew::tally>({}, 1L);
      CHECK(there.ask(total{}).get() == 1);
      if (i % 2) {
        child.stop();
      } else {
        child.kill();
      }
      end_of(s.system, child);
    }
    if (i == 1) {
      descriptors = census::descriptors();
      actors = s.system.live_actors();
    }
  }
  // The last one may still be about to be closed, but no more.
  CHECK(census::descriptors() <= descriptors + 4);
  CHECK(s.system.live_actors() <= actors + 2);
  CHECK(census::children().empty());
}

}  // namespace process_test
