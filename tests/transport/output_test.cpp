// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "lives.hpp"

namespace output_test {

using namespace troupe;
using namespace lives;

namespace {

task<int> say(actor_system&, std::string out, std::string err) {
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
  std::fputs(err.c_str(), stderr);
  co_return 0;
}
task<void> say_much(actor_system&, int lines) {
  for (int i = 0; i < lines; ++i) std::printf("%d\n", i);
  co_return;
}

/// What this process writes to a stream meanwhile.
class captured_stream {
 public:
  explicit captured_stream(int stream) : stream_(stream), before_(dup(stream)) {
    char name[] = "/tmp/troupe_output_XXXXXX";
    file_ = mkstemp(name);
    path_ = name;
    dup2(file_, stream_);
  }
  ~captured_stream() { (void)text(); }
  std::string text() {
    if (before_ < 0) return {};
    dup2(before_, stream_);
    ::close(std::exchange(before_, -1));
    ::close(file_);
    std::ifstream in(path_);
    std::string all((std::istreambuf_iterator<char>(in)), {});
    std::filesystem::remove(path_);
    return all;
  }

 private:
  int stream_, before_, file_ = -1;
  std::string path_;
};

}  // namespace

TEST_CASE("output: lines come as messages, before the end of the process is told") {
  stage s("lines");
  auto book = s.system.spawn<notebook>();
  const actor_ref<output_line> to = book;
  auto child = begun<&say>(s.system, {.name = "talker", .out = to, .err = to},
                           std::string("one\n\nthree"), std::string("no end of line"));
  CHECK(end_of(s.system, child).code == 0);
  std::vector<std::string> out, err;  // the two streams are read apart
  for (const std::string& each : book.ask(notes{0}).get())
    (each.starts_with("out") ? out : err).push_back(each);
  CHECK(joined(out) == "out talker: one\nout talker: \nout talker: three\n");
  CHECK(joined(err) == "err talker: no end of line\n");
  book.stop();
}

TEST_CASE("output: a line without an end comes in pieces") {
  stage s("long line");
  auto book = s.system.spawn<notebook>();
  auto child = begun<&say>(s.system, {.out = actor_ref<output_line>(book)},
                           std::string(150'000, 'x') + "\nnext\n", std::string());
  CHECK(end_of(s.system, child).code == 0);
  const auto all = book.ask(notes{0}).get();
  REQUIRE(all.size() == 4);
  std::size_t bytes = 0;
  for (int i = 0; i < 3; ++i)
    bytes += static_cast<std::size_t>(std::count(all[i].begin(), all[i].end(), 'x'));
  CHECK(bytes == 150'000);
  CHECK(all[3].ends_with(": next"));
  book.stop();
}

namespace {
/// Four lines wait for it at most.
template <auto Taker, class... Args>
actor_ref<output_line> spawn_narrow(actor_system& system, Args... args) {
  spawn_options few;
  few.bounds = mailbox_bounds{4};
  return system.spawn<Taker>(few, args...);
}

/// Takes no mail before somebody has made a first note.
behavior reluctant(mailbox<output_line> mail, actor_ref<notes> gate, actor_ref<output_line> to) {
  auto opening = gate.ask(notes{1});
  (void)co_await std::move(opening);
  for (;;) to.tell(co_await mail.receive<output_line>());
}
}  // namespace

TEST_CASE("output: who takes no lines makes the process wait, and loses none") {
  stage s("slow reader");
  auto book = s.system.spawn<notebook>();
  auto gate = s.system.spawn<notebook>();
  const auto slow =
      spawn_narrow<&reluctant>(s.system, actor_ref<notes>(gate), actor_ref<output_line>(book));
  constexpr int lines = 200'000;  // more than all pipes and buffers between take
  auto child = begun<&say_much>(s.system, {.name = "t", .out = slow}, lines);
  CHECK_FALSE(s.system.run(child.wait(100ms)));
  gate.tell(note{"go on"});
  CHECK(end_of(s.system, child).code == 0);
  const auto all = book.ask(notes{lines}).get();
  REQUIRE(all.size() == lines);
  CHECK(all.front() == "out t: 0");
  CHECK(all.back() == "out t: " + std::to_string(lines - 1));
  slow.kill();
  gate.stop();
  book.stop();
}

namespace {
behavior unhurried(mailbox<output_line> mail, actor_ref<output_line> to) {
  for (;;) {
    to.tell(co_await mail.receive<output_line>());
    co_await sleep_for(1ms);
  }
}
}  // namespace

TEST_CASE("output: who takes its lines long after the end of the process loses none") {
  stage s("lines of the dead");
  auto book = s.system.spawn<notebook>();
  const auto slow = spawn_narrow<&unhurried>(s.system, actor_ref<output_line>(book));
  constexpr int lines = 4'000;  // no more than a pipe takes
  auto child = begun<&say_much>(s.system, {.name = "t", .out = slow}, lines);
  CHECK(end_of(s.system, child).code == 0);
  CHECK(book.ask(notes{lines - 8}).get().size() >= lines - 8);  // the last ones are on their way
  slow.kill();
  book.stop();
}

TEST_CASE("output: nobody there to take it does not hold the process") {
  stage s("nobody reads");
  auto book = s.system.spawn<notebook>();
  book.kill();
  auto child = begun<&say_much>(s.system, {.out = actor_ref<output_line>(book)}, 50'000);
  CHECK(end_of(s.system, child).code == 0);
}

TEST_CASE("output: prefixed by the name, line by line, also at the end of the system") {
  captured_stream out(STDOUT_FILENO);
  {
    deadline limit("prefixed");
    actor_system system({.workers = 1});
    auto child = begun<&say>(system, {.name = "kid", .out = process_output::prefixed()},
                             std::string("one\ntwo"), std::string());
    system.run([](process p) -> task<void> { co_await p.wait(); }(child));
  }
  CHECK(out.text() == "[kid] one\n[kid] two\n");
}

TEST_CASE("output: discarded") {
  captured_stream out(STDOUT_FILENO);
  {
    stage s("discarded");
    auto child = begun<&say>(s.system, {.out = process_output::discarded()}, std::string("one\n"),
                             std::string());
    CHECK(end_of(s.system, child).code == 0);
  }
  CHECK(out.text().empty());
}

// Other options ------------------------------------------------------------------------------------

namespace {
task<void> report_place(actor_system&) {
  const char* value = std::getenv("TROUPE_TEST_VALUE");
  std::printf("%s\n%s\n", std::filesystem::current_path().c_str(), value ? value : "none");
  rlimit files{}, cpu{};
  getrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_CPU, &cpu);
  std::printf("%d %d\n", static_cast<int>(files.rlim_cur), static_cast<int>(cpu.rlim_cur));
  co_return;
}
}  // namespace

TEST_CASE("process: environment, working directory and limits are as the options say") {
  stage s("options");
  auto book = s.system.spawn<notebook>();
  auto child = begun<&report_place>(s.system, {.name = "p",
                                               .environment = {{"TROUPE_TEST_VALUE", "a value"}},
                                               .working_directory = "/usr",
                                               .limits = {.cpu = 100s, .open_files = 50},
                                               .out = actor_ref<output_line>(book)});
  CHECK(end_of(s.system, child).code == 0);
  CHECK(joined(book.ask(notes{3}).get()) == "out p: /usr\nout p: a value\nout p: 50 100\n");
  book.stop();
}

TEST_CASE("process: a limit that cannot be set and a directory that is not there fail the start") {
  stage s("bad options");
  const std::size_t before = census::descriptors();
  CHECK(refusal<std::system_error>(s.system, {.working_directory = "/nonexistent"})
            .find("/nonexistent") != std::string::npos);
  CHECK(refusal<std::system_error>(s.system, {.limits = {.open_files = ~0ULL - 1}})
            .find("limits.open_files") != std::string::npos);
  CHECK(census::children().empty());
  CHECK(census::descriptors() == before);
}

namespace {
task<void> spin(actor_system&) {
  for (volatile unsigned i = 0;; i = i + 1) {
  }
  co_return;
}
}  // namespace

TEST_CASE("process: who uses up its processor time is ended by the limit's signal") {
  stage s("cpu limit");
  auto child = begun<&spin>(s.system, {.limits = {.cpu = 1s, .core_bytes = 0}});
  CHECK(end_of(s.system, child).signal == SIGXCPU);
}

// Daemons ------------------------------------------------------------------------------------------

namespace {
task<int> have_none(actor_system& system) {
  try {
    auto starting = system.start_process({});
    (void)co_await std::move(starting);
  } catch (const misuse_error& e) {
    co_return std::string(e.what()).find("a daemon may not have children") != std::string::npos;
  }
  co_return 2;
}
task<void> take_time(actor_system&, std::string path) {
  co_await sleep_for(50ms);
  std::ofstream(path) << "done";
}
task<int> leave_at_once(actor_system& system, std::string path) {
  auto starting = system.start_process<&for_ever>({.name = "daemon", .daemon = true});
  auto also = system.start_process<&take_time>({.name = "worker"}, path);
  (void)co_await std::move(starting);
  (void)co_await std::move(also);
  co_return 5;
}
}  // namespace

TEST_CASE("process: a daemon has no children") {
  stage s("no children");
  CHECK(end_of(s.system, begun<&have_none>(s.system, {.daemon = true})).code == 1);
}

TEST_CASE("process: at the normal end daemons are ended and the others are waited for") {
  stage s("normal end");
  const std::string path = "/tmp/troupe_daemon_" + std::to_string(getpid());
  CHECK(end_of(s.system, begun<&leave_at_once>(s.system, {}, path)).code == 5);
  std::ifstream file(path);
  std::string text;
  file >> text;
  CHECK(text == "done");
  std::filesystem::remove(path);
}

TEST_CASE("process: a shutdown ends a daemon as it is") {
  stage s("daemon");
  auto daemon = begun<&for_ever>(s.system, {.daemon = true});
  CHECK(s.system.shutdown());
  CHECK(daemon.exit_status()->signal == SIGTERM);
}

}  // namespace output_test
