// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/meeting.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "captured.hpp"
#include "census.hpp"
#include "crew.hpp"
#include "deadline.hpp"
#include "eventually.hpp"
#include "meeting_protocol.hpp"
#include "private_directory.hpp"

namespace meeting_test {

using namespace troupe;
using namespace std::chrono_literals;
using crew::add;
using crew::total;

namespace {

const std::string key = "sixteen bytes at least";

/// Two programs, as far as the library can tell: two systems of their own.
struct two_programs {
  explicit two_programs(const char* test) : limit(test) {}
  ~two_programs() {
    here.shutdown();
    there.shutdown();
    // The last descriptors go with the systems.
  }
  deadline limit;
  private_directory directory;
  std::filesystem::path path = directory.path() / "door";
  actor_system here{{.name = "here", .workers = 1, .shutdown_timeout = 10s}};
  actor_system there{{.name = "there", .workers = 1, .shutdown_timeout = 10s}};

  neighbour accepted(const listener& door) { return here.run(door.accept()); }
  neighbour connected(meeting_options options = {}) {
    return there.run(connect(there, path, std::move(options)));
  }
};

template <class Error, class Work>
std::string refusal(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

exit_reason end_of(actor_system& system, const neighbour& other) {
  return system.run(other.wait());
}

/// A caller that speaks bytes. \return a connected socket
int raw_call(const std::filesystem::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return fd;
  ::close(fd);
  return -1;
}
/// What comes until the other side closes.
std::string rest_of(int fd) {
  std::string all;
  char bytes[256];
  for (ssize_t n = 0; (n = ::read(fd, bytes, sizeof bytes)) > 0;) {
    all.append(bytes, static_cast<std::size_t>(n));
  }
  return all;
}

/// Another program, started in the plain way.
pid_t started(const char* program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, program, nullptr, nullptr, argv.data(), environ) == 0);
  return child;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat is{};
  REQUIRE(::lstat(path.c_str(), &is) == 0);
  return is.st_mode & 07777u;
}

}  // namespace

TEST_CASE("LI05 meeting: two programs tell, ask and watch each other") {
  two_programs p("two programs");
  const listener door = listen(p.here, p.path);
  auto teller = p.here.spawn<crew::tally>();
  REQUIRE(p.here.register_name("teller", teller).has_value());
  const neighbour to_here = p.connected();
  CHECK(to_here.name() == "here");
  CHECK(to_here.pid() == getpid());
  const neighbour to_there = p.accepted(door);
  CHECK(to_there.name() == "there");
  const auto found = p.there.run(to_here.find<add, total>("teller"));
  for (int i = 1; i <= 100; ++i) found.tell(add{i});
  CHECK(found.ask(total{}).get() == 5050);
  // The other way round, by a ref that came in a message.
  auto envoy = p.here.spawn<crew::envoy>();
  REQUIRE(p.here.register_name("envoy", envoy).has_value());
  const auto far = p.there.run(to_here.find<crew::ask_total, crew::watch_end>("envoy"));
  auto mine = p.there.spawn<crew::tally>(7L);
  CHECK(far.ask(crew::ask_total{mine}).get() == 7);
  auto watcher = p.there.spawn<crew::envoy>();
  watcher.tell(crew::begin_watch{found});
  CHECK(watcher.ask(crew::ask_total{found}).get() == 5050);  // behind the watch on the same way
  teller.stop();
  CHECK(watcher.ask(crew::watched_end{}).get().is_normal());
}

TEST_CASE("meeting: with a key, and in a directory that is made for it") {
  two_programs p("with a key");
  p.path = p.directory.path() / "made" / "door";
  {
    closing door(listen(p.here, p.path, {.key = key}));
    CHECK(mode_of(p.path.parent_path()) == 0700);
    CHECK(mode_of(p.path) == 0600);
    CHECK(p.connected({.key = key}).name() == "here");
  }
  eventually([&] { return !std::filesystem::exists(p.path.parent_path()); });
}

TEST_CASE("meeting: a wrong key ends the call with the reason, and the listener goes on") {
  two_programs p("wrong key");
  const listener door = listen(p.here, p.path, {.key = key});
  const std::string why =
      refusal<meeting_error>([&] { p.connected({.key = "another key, also long enough"}); });
  CHECK(why.find("the keys of the two differ") != std::string::npos);
  CHECK(why.find(p.path.string()) != std::string::npos);
  CHECK(refusal<meeting_error>([&] { p.connected(); }).find("wants a key") != std::string::npos);
  eventually([&] { return door.refused() == 2; });
  CHECK(p.connected({.key = key}).name() == "here");
}

TEST_CASE("LI03 meeting: options that cannot work are refused by name") {
  two_programs p("options");
  const auto why = [&](meeting_options options) {
    return refusal<std::invalid_argument>([&] { listen(p.here, p.path, options); });
  };
  CHECK(why({.key = ""}).find("meeting_options.key: the key is empty") != std::string::npos);
  CHECK(why({.key = "short"}).find("at least 16") != std::string::npos);
  CHECK(why({.timeout = 0s}).find("meeting_options.timeout") != std::string::npos);
  CHECK(why({.pending_max = 0}).find("meeting_options.pending_max") != std::string::npos);
  CHECK_THROWS_AS(p.connected({.key = ""}), std::invalid_argument);
}

TEST_CASE("LI04 LI08 meeting: abstract names and what is no absolute path are refused") {
  two_programs p("names");
  using namespace std::string_literals;
  for (const std::string& name : {"\0door"s, "@door"s}) {
    CHECK(refusal<std::invalid_argument>([&] { listen(p.here, name); }).find("abstract") !=
          std::string::npos);
  }
  for (const char* name :
       {"", "door", "\\\\.\\pipe\\door", "tcp://localhost:1", "/tmp/x/", "/.."}) {
    CHECK(refusal<std::invalid_argument>([&] { listen(p.here, name); }).find("absolute path") !=
          std::string::npos);
    p.path = name;
    CHECK_THROWS_AS(p.connected(), std::invalid_argument);
  }
}

TEST_CASE("meeting: a directory that others can enter is refused, and left as it is") {
  two_programs p("directory");
  ::chmod(p.directory.path().c_str(), 0755);
  const std::string why = refusal<std::system_error>([&] { listen(p.here, p.path); });
  CHECK(why.find("mode 755") != std::string::npos);
  CHECK(why.find("chmod 700") != std::string::npos);
  CHECK_THROWS_AS(p.connected(), std::system_error);
  CHECK(mode_of(p.directory.path()) == 0755);
  ::chmod(p.directory.path().c_str(), 0700);
  const auto link = p.directory.path() / "link";
  std::filesystem::create_directory_symlink(p.directory.path(), link);
  CHECK_THROWS_AS(listen(p.here, link / "door"), std::system_error);
}

TEST_CASE("LI01 meeting: a name in use is an error that says by whom") {
  two_programs p("in use");
  const listener door = listen(p.here, p.path);
  const std::string why = refusal<std::system_error>([&] { listen(p.there, p.path); });
  CHECK(why.find("another program listens") != std::string::npos);
  CHECK(p.connected().name() == "here");  // the first one noticed nothing
}

TEST_CASE("meeting: planted and stale files are refused, and never removed") {
  two_programs p("planted");
  const auto stays = [&](const char* says) {
    const std::string why = refusal<std::system_error>([&] { listen(p.here, p.path); });
    CHECK(why.find(says) != std::string::npos);
    struct stat is{};
    CHECK(::lstat(p.path.c_str(), &is) == 0);
    std::filesystem::remove(p.path);
  };
  std::ofstream(p.path) << "a file";
  stays("is no socket");
  std::filesystem::create_symlink("/nowhere/at/all", p.path);
  stays("is no socket");
  std::filesystem::create_symlink(p.directory.path() / "target", p.path);
  stays("is no socket");
  CHECK_FALSE(std::filesystem::exists(p.directory.path() / "target"));
  // The socket of a program that has died.
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::strncpy(at.sun_path, p.path.c_str(), sizeof at.sun_path - 1);
  REQUIRE(::bind(dead, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  ::close(dead);
  CHECK(refusal<std::system_error>([&] { p.connected(); }) != "");
  stays("has died");
}

TEST_CASE("meeting: a name that has become somebody else's is not removed at the end") {
  two_programs p("replaced");
  {
    closing door(listen(p.here, p.path));
    std::filesystem::remove(p.path);
    std::ofstream(p.path) << "somebody else's";
  }
  p.here.shutdown();
  CHECK(std::filesystem::is_regular_file(p.path));
}

TEST_CASE("meeting: a caller does not follow a symbolic link to a socket") {
  two_programs p("symlink");
  const listener door = listen(p.here, p.path);
  const auto link = p.directory.path() / "link";
  std::filesystem::create_symlink(p.path, link);
  p.path = link;
  CHECK(refusal<std::system_error>([&] { p.connected(); }) != "");
}

TEST_CASE("meeting: another user is turned away before a byte is read, also from an open socket") {
  if (::geteuid() != 0) {
    MESSAGE("needs to be root to become somebody else");
    return;
  }
  two_programs p("another user");
  const listener door = listen(p.here, p.path, {.key = key});
  // Made open on purpose.
  ::chmod(p.directory.path().c_str(), 0711);
  ::chmod(p.path.c_str(), 0666);
  int news[2];
  REQUIRE(::pipe2(news, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {  // only async-signal-safe calls from here on
    char result = 'x';
    if (::setresuid(65534, 65534, 65534) == 0) {
      const int fd = raw_call(p.path);
      if (fd < 0) {
        result = 'n';
      } else {
        // It is closed without a word, though nothing was said yet.
        char byte = 0;
        const ssize_t got = ::read(fd, &byte, 1);
        result = got <= 0 ? 'c' : 't';
      }
    }
    (void)!::write(news[1], &result, 1);
    ::_exit(0);
  }
  char result = 0;
  CHECK(::read(news[0], &result, 1) == 1);
  CHECK(result == 'c');
  ::close(news[0]);
  ::close(news[1]);
  ::waitpid(child, nullptr, 0);
  eventually([&] { return door.refused() == 1; });
  ::chmod(p.directory.path().c_str(), 0700);
  CHECK(p.connected({.key = key}).name() == "here");
}

TEST_CASE(
    "meeting: a crowd of half-open calls costs the oldest their place, not the honest caller") {
  two_programs p("half-open");
  const listener door = listen(p.here, p.path, {.timeout = 60s, .pending_max = 8});
  std::vector<int> idle;
  for (int i = 0; i < 200; ++i) {
    const int fd = raw_call(p.path);
    REQUIRE(fd >= 0);
    idle.push_back(fd);
  }
  CHECK(p.connected().name() == "here");
  CHECK(door.refused() >= 192);
  char byte = 0;
  CHECK(::recv(idle.front(), &byte, 1, 0) == 0);           // the oldest has been closed
  CHECK(::recv(idle.back(), &byte, 1, MSG_DONTWAIT) < 0);  // the newest has not
  for (int fd : idle) ::close(fd);
}

TEST_CASE("meeting: a caller who says nothing is given up after the time limit") {
  two_programs p("silent");
  const listener door = listen(p.here, p.path, {.timeout = 20ms});
  const int fd = raw_call(p.path);
  CHECK(rest_of(fd) == "");
  ::close(fd);
  eventually([&] { return door.refused() == 1; });
}

TEST_CASE("meeting: so is a listener that says nothing, by the caller") {
  two_programs p("silent listener");
  const int mute = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::strncpy(at.sun_path, p.path.c_str(), sizeof at.sun_path - 1);
  REQUIRE(::bind(mute, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(mute, 4) == 0);
  const std::string why = refusal<meeting_error>([&] { p.connected({.timeout = 20ms}); });
  CHECK(why.find("in time") != std::string::npos);
  ::close(mute);
}

TEST_CASE("meeting: garbage, oversized lengths and unwanted descriptors close that call only") {
  two_programs p("garbage");
  const listener door = listen(p.here, p.path);
  std::uint64_t expected = 0;
  const auto refused = [&](std::string_view words) {
    const int fd = raw_call(p.path);
    REQUIRE(::send(fd, words.data(), words.size(), MSG_NOSIGNAL) >= 0);
    CHECK(rest_of(fd) == "");
    ::close(fd);
    ++expected;
    eventually([&] { return door.refused() == expected; });
  };
  refused("GET / HTTP/1.1\r\n\r\n");
  refused(std::string(64, '\0'));
  refused(std::string("\xff\xff\xff\xff\x01", 5));
  refused(std::string("\x28\x00\x00\x00\x01", 5) + std::string(40, 'x'));
  {
    const int fd = raw_call(p.path);
    const int gift = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    char byte = 45;
    iovec part{&byte, 1};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &gift, sizeof gift);
    const std::size_t before = census::descriptors();
    REQUIRE(::sendmsg(fd, &message, MSG_NOSIGNAL) == 1);
    CHECK(rest_of(fd) == "");
    eventually([&] { return door.refused() == expected + 1; });
    eventually([&] { return census::descriptors() <= before; });  // what came was closed
    ::close(gift);
    ::close(fd);
  }
  CHECK(p.connected().name() == "here");
}

TEST_CASE("LI06 meeting: whoever called, spoke and left before the accept is heard, and known") {
  two_programs p("left before");
  const listener door = listen(p.here, p.path);
  auto teller = p.here.spawn<crew::tally>();
  REQUIRE(p.here.register_name("teller", teller).has_value());
  neighbour to_here = p.connected();
  p.there.run(to_here.find<add>("teller")).tell(add{5});
  to_here.close();
  CHECK(end_of(p.there, to_here).what == exit_reason::cause::connection_lost);
  const neighbour gone = p.accepted(door);
  CHECK(gone.name() == "there");
  eventually([&] { return !gone.is_connected(); });
  CHECK(teller.ask(total{}).get() == 5);
}

TEST_CASE("LI07 meeting: what is sent right after the accept arrives") {
  two_programs p("right after");
  const listener door = listen(p.here, p.path);
  auto mine = p.there.spawn<crew::tally>();
  REQUIRE(p.there.register_name("mine", mine).has_value());
  const neighbour to_here = p.connected();
  const neighbour to_there = p.accepted(door);
  p.here.run(to_there.find<add>("mine")).tell(add{3});
  eventually([&] { return mine.ask(total{}).get() == 3; });
}

TEST_CASE("LI02 meeting: a closed listener accepts nobody, and says so") {
  two_programs p("closed listener");
  listener door = listen(p.here, p.path);
  door.close();
  CHECK_THROWS_AS(p.accepted(door), cancelled_error);
  CHECK_FALSE(std::filesystem::exists(p.path));
  CHECK(refusal<std::system_error>([&] { p.connected(); }) != "");
  const listener again = listen(p.here, p.path);
  CHECK(p.connected().name() == "here");
}

TEST_CASE("CN30 meeting: signals while a listener waits do no harm") {
  two_programs p("signals");
  struct sigaction before{};
  struct sigaction quiet{};
  quiet.sa_handler = [](int) {};  // and no SA_RESTART: calls are interrupted
  ::sigaction(SIGUSR1, &quiet, &before);
  const listener door = listen(p.here, p.path);
  std::atomic<bool> over{false};
  std::thread nuisance([&] {
    while (!over) ::kill(::getpid(), SIGUSR1);
  });
  std::thread caller([&] { CHECK(p.connected({.timeout = 30s}).name() == "here"); });
  CHECK(p.accepted(door).name() == "there");
  caller.join();
  over = true;
  nuisance.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("meeting: a caller may come first, and wait for the listener") {
  two_programs p("caller first");
  std::thread later([&] {
    const neighbour other = p.connected({.timeout = 30s, .wait_for_listener = true});
    CHECK(other.name() == "here");
  });
  const listener door = listen(p.here, p.path);
  CHECK(p.accepted(door).name() == "there");
  later.join();
}

TEST_CASE("meeting: the end of a link is told to monitors and askers, and they can meet again") {
  two_programs p("end of a link");
  const listener door = listen(p.here, p.path);
  auto envoy = p.here.spawn<crew::envoy>();
  REQUIRE(p.here.register_name("envoy", envoy).has_value());
  neighbour to_here = p.connected();
  neighbour to_there = p.accepted(door);
  const auto far = p.there.run(to_here.find<crew::begin_watch, crew::watched_end>("envoy"));
  auto mine = p.there.spawn<crew::tally>();
  far.tell(crew::begin_watch{mine});
  CHECK(refusal<meeting_error>([&] { p.connected(); }).find("already") != std::string::npos);
  to_there.close();
  CHECK(end_of(p.there, to_here).text.find("'here'") != std::string::npos);
  const exit_reason why = envoy.ask(crew::watched_end{}).get();
  CHECK(why.what == exit_reason::cause::connection_lost);
  CHECK(why.text.find("'there'") != std::string::npos);
  CHECK_THROWS_AS(far.ask(crew::watched_end{}).get(), actor_down);
  const neighbour again = p.connected();
  CHECK(p.there.run(again.find<crew::count_ends>("envoy")).ask(crew::count_ends{}).get() == 1);
  CHECK_THROWS_AS(far.ask(crew::watched_end{}).get(), actor_down);  // an old ref stays where it was
}

TEST_CASE("meeting: what is not found is an error that says why") {
  two_programs p("not found");
  const listener door = listen(p.here, p.path);
  auto teller = p.here.spawn<crew::tally>();
  REQUIRE(p.here.register_name("teller", teller).has_value());
  const neighbour to_here = p.connected();
  CHECK(refusal<name_error>([&] { p.there.run(to_here.find<add>("nobody")); }).find("'nobody'") !=
        std::string::npos);
  CHECK(refusal<name_error>([&] {
          p.there.run(to_here.find<crew::watch_end>("teller"));
        }).find("does not accept") != std::string::npos);
}

TEST_CASE("meeting: a stranger may talk to actors here, but spawn none") {
  two_programs p("no spawn");
  const listener door = listen(p.here, p.path);
  const neighbour to_here = p.connected();
  const std::uint64_t before = p.here.live_actors();
  using factory = detail::class_factory<crew::tally, long>;
  auto question = detail::ask_to_spawn(to_here.node().where(), factory::request(1L));
  CHECK_THROWS_AS(std::move(question).get(), handler_error);
  CHECK(p.here.live_actors() == before);
  // Nor in a process behind this one, though its actors can be talked to.
  REQUIRE(p.here.register_name("envoy", p.here.spawn<crew::envoy>()).has_value());
  const auto far = p.there.run(to_here.find<crew::nest>("envoy"));
  const auto behind = far.ask(crew::nest{"behind"}).get();
  CHECK(behind.ask(total{}).get() == 0);
  auto again = detail::ask_to_spawn(detail::process_of(behind.where()), factory::request(1L));
  CHECK_THROWS_WITH_AS(std::move(again).get(), "only a process of the same program may spawn here",
                       handler_error);
}

TEST_CASE("meeting: a program of another make meets this one; killed, it is known to be gone") {
  two_programs p("another make");
  const listener door = listen(p.here, p.path);
  auto notes = p.here.spawn<crew::tally>();
  auto envoy = p.here.spawn<crew::envoy>();
  REQUIRE(p.here.register_name("notes", notes).has_value());
  REQUIRE(p.here.register_name("envoy", envoy).has_value());
  const pid_t child = started(TROUPE_STRANGER, {p.path.string()});
  const neighbour other = p.accepted(door);
  CHECK(other.pid() == child);
  CHECK(other.name() == "stranger");
  eventually([&] { return notes.ask(total{}).get() == 5051; });  // the last comes behind the watch
  ::kill(child, SIGKILL);
  CHECK(end_of(p.here, other).what == exit_reason::cause::connection_lost);
  ::waitpid(child, nullptr, 0);
  // It had asked the envoy to watch an actor of its own.
  CHECK(envoy.ask(crew::watched_end{}).get().what == exit_reason::cause::connection_lost);
}

TEST_CASE("meeting: a program whose message has another layout is told its name, and turned away") {
  two_programs p("another layout");
  const listener door = listen(p.here, p.path);
  captured_stderr caught;
  const pid_t child = started(TROUPE_STRANGER_LAYOUT, {p.path.string()});
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 1);
  eventually([&] { return door.refused() == 1; });
  const std::string said = caught.text();
  CHECK(said.find("the message type 'crew::add' has another layout in 'stranger'") !=
        std::string::npos);
}

TEST_CASE("meeting: two children of one program meet by path, with a link of their own") {
  deadline limit("two children");
  private_directory directory;
  actor_system system({.workers = 1, .shutdown_timeout = 10s});
  const auto path = (directory.path() / "door").string();
  const auto hired = [&](const char* name) {
    return system.run(
        [](actor_system& s, std::string n) -> task<actor_ref<crew::open_door, crew::call_on>> {
          auto starting = s.start_process({.name = n});
          process child = co_await std::move(starting);
          auto spawning = child.spawn<crew::visitor>();
          const auto made = co_await std::move(spawning);
          co_return made;
        }(system, name));
  };
  const auto host = hired("host");
  const auto guest = hired("guest");
  CHECK(host.ask(crew::open_door{path}).get());
  CHECK(guest.ask(crew::call_on{path}).get() == "host: 42");
}

// Descriptors ----------------------------------------------------------------------------------------

TEST_CASE("meeting: without descriptors the accept loop rests, and goes on when there are some") {
  two_programs p("no descriptors");
  const listener door = listen(p.here, p.path);
  const int caller = raw_call(p.path);  // one that is accepted at once
  std::vector<int> taken;
  const int waiting = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) {
    taken.push_back(fd);
    if (taken.size() > 200'000) break;
  }
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, p.path.c_str(), sizeof to.sun_path - 1);
  REQUIRE(::connect(waiting, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  CHECK(::send(waiting, "garbage...", 10, MSG_NOSIGNAL) == 10);
  for (int fd : taken) ::close(fd);
  CHECK(rest_of(waiting) == "");  // it was accepted in the end, and turned away
  ::close(waiting);
  ::close(caller);
  CHECK(p.connected().name() == "here");
}

TEST_CASE("meeting: afterwards descriptors are as before") {
  const std::size_t before = census::descriptors();
  {
    two_programs p("as before");
    const listener door = listen(p.here, p.path);
    const neighbour other = p.connected();
    (void)p.accepted(door);
    const int idle = raw_call(p.path);
    ::close(idle);
  }
  CHECK(census::descriptors() == before);
}

}  // namespace meeting_test
