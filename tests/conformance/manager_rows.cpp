// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of a manager as a server.
#include <captured.hpp>
#include <csignal>
#include <eventually.hpp>
#include <fstream>
#include <private_directory.hpp>
#include <stdexcept>
#include <troupe/list.hpp>
#include <troupe/manager.hpp>
#include <troupe/queue.hpp>
#include <troupe/value.hpp>
#include <variant>

#include "../transport/lives.hpp"
#include "methods.hpp"

namespace manager_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;
using lives::begun;

const exit_reason well{exit_reason::cause::process_ended, 0, 0, {}};

manager started(stage& s, start_method how, manager_options options = {}) {
  return s.system.run(manager::start(s.system, std::move(options), {.method = how}));
}

// An object with three operations, of which one is not public.
struct f {
  using reply = std::string;
};
struct g {
  using reply = std::string;
};
struct hidden {
  using reply = std::string;
};
template <class... Exposed>
class foo_bar : public actor<Exposed...> {
 public:
  std::string on(f) const { return "f()"; }
  std::string on(g) const { throw std::invalid_argument("from g"); }
  std::string on(hidden) const { return "hidden()"; }
};
using foo = foo_bar<f, g>;
using bar = foo_bar<f, hidden>;
template <class M, class A>
constexpr bool exposed = accepted_by<M, typename A::protocol_type>;

std::string call_g() { return foo().on(g{}); }
struct own_error : std::runtime_error {
  own_error() : runtime_error("mine") {}
  int code = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(code);
  }
};
task<int> fail_late(actor_system&, int code) {
  co_await sleep_for(1us);
  own_error error;
  error.code = code;
  throw error;
}

// An iterator in the server.
struct next_square {
  using reply = std::optional<int>;
};
behavior squares(mailbox<next_square> mail, int count) {
  for (int i = 0;; ++i) {
    auto asked = co_await mail.receive<question<next_square>>();
    asked.answer.set_value(i < count ? std::optional(i * i) : std::nullopt);
  }
}
task<std::vector<int>> all_squares(manager shared) {
  const auto each = co_await shared.server().spawn<&squares>(10);
  std::vector<int> all;
  while (const auto square = co_await each.ask(next_square{})) all.push_back(*square);
  co_return all;
}

/// What CPython's three tests of one manager have in common.
task<bool> use(manager shared) {
  const auto one = co_await shared.server().spawn<foo>();
  const auto other = co_await shared.server().spawn<bar>();
  bool good = co_await one.ask(f{}) == "f()" && co_await other.ask(f{}) == "f()";
  good = good && co_await other.ask(hidden{}) == "hidden()";
  const auto numbers = co_await shared.make<list<int>>(co_await all_squares(shared));
  co_return good&& co_await numbers.get(-1) == 81;
}
/// \return the server, which the scope has left
task<process> use_in_scope(manager shared) {
  closing inside(shared);
  if (!co_await use(shared)) throw std::logic_error("it cannot be used");
  co_return shared.server();
}
task<process> start_in_scope(actor_system& system, start_method how) {
  closing inside(co_await manager::start(system, {}, {.method = how}));
  if (!co_await use(*inside)) throw std::logic_error("it cannot be used");
  co_return inside->server();
}

// What a second program shares.
using item = std::variant<std::monostate, bool, double, std::string, std::vector<std::byte>>;
using items = std::vector<item>;
items values() {
  return {"hello world",
          std::monostate{},
          true,
          2.25,
          "hall\xc3\xa5 v\xc3\xa4rlden",
          "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd1\x96\xd1\x82 \xd1\x81\xd0\xb2\xd1\x96\xd1\x82",
          std::vector<std::byte>{std::byte{0xe5}, std::byte{0}, std::byte{0xff}}};
}
task<int> put_values(actor_system& system, std::string path, std::string key) {
  const neighbour server = co_await connect(system, path, {.key = key});
  const auto q = co_await find_published<queue<items>>(server, "values");
  co_return co_await q.put(values()) ? 0 : 1;
}
task<items> take_values(actor_system& system, std::string path, std::string key) {
  const neighbour server = co_await connect(system, path, {.key = key});
  const auto q = co_await find_published<queue<items>>(server, "values");
  co_return *co_await q.get();
}
const std::string key = "a key of more than sixteen bytes";

manager serving(stage& s, start_method how, const std::filesystem::path& path) {
  manager shared = started(s, how, {.path = path, .meeting = {.key = key}});
  const auto q = s.system.run(shared.make<queue<items>>());
  s.system.run(shared.publish("values", q));
  return shared;
}

struct stays {
  static constexpr bool local_only = true;
};
int take(stays) { return 1; }
struct unwritable {
  template <class Archive>
  void serialize(Archive&) {
    if (so) throw std::runtime_error("cannot be written");
  }
  bool so = false;
};

/// Counts those that live in this process.
struct counted {
  static inline std::atomic<int> alive{0};
  counted() { ++alive; }
  counted(const counted&) noexcept { ++alive; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }
  template <class Archive>
  void serialize(Archive&) {}
};
struct counted_error : std::exception {
  counted held;
  const char* what() const noexcept override { return "counted"; }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(held);
  }
};
int fail_with(counted) { throw counted_error{}; }
int alive_here() { return counted::alive; }
std::uint64_t actors_here(actor_system& system) { return system.live_actors(); }

long add(long& to, long more) noexcept { return to += more; }
int initialised = 0;
task<void> initialise(value<long> calls) {
  ++initialised;
  co_await calls.update<&add>(1L);
}
int times_initialised() { return initialised; }
void cannot_begin() { throw std::out_of_range("no begin"); }

/// Of a program that knows the server by its address alone: a copy of this one knows it already.
start_method apart(start_method how) {
  return how == start_method::fork ? start_method::spawn : how;
}

TEST_CASE(
    "MG01 manager: an object exposes what it says, and of a list of operations exactly those") {
  in_every_method("MG01", [](stage& s, start_method how) {
    static_assert(exposed<f, foo> && exposed<g, foo> && !exposed<hidden, foo>);
    static_assert(exposed<f, bar> && exposed<hidden, bar> && !exposed<g, bar>);
    const manager shared = started(s, how);
    const actor_ref<f, g> one = s.system.run(shared.server().spawn<foo>());
    const actor_ref<f, hidden> other = s.system.run(shared.server().spawn<bar>());
    CHECK(one.ask(f{}).get() == "f()");
    CHECK(other.ask(f{}).get() == "f()");
    CHECK(other.ask(hidden{}).get() == "hidden()");
    CHECK(s.system.run(shared.shutdown()) == well);
  });
}

TEST_CASE("MG02 manager: an operation that is not exposed is refused by the server") {
  in_every_method("MG02", [](stage& s, start_method how) {
    const manager shared = started(s, how);
    const auto one = s.system.run(shared.server().spawn<foo>());
    const auto forged = actor_ref<hidden>::at(one.where());
    try {
      (void)forged.ask(hidden{}).get();
      FAIL("it is refused");
    } catch (const error& refused) {
      CHECK(refused.code() == errc::bad_message);
      CHECK(std::string(refused.what()) == "the actor does not accept this message");
    }
    CHECK(one.ask(f{}).get() == "f()");  // it goes on
    CHECK(s.system.run(shared.shutdown()) == well);
  });
}

TEST_CASE("MG03 manager: an error in the server is raised at the caller as its own type") {
  in_every_method("MG03", [](stage& s, start_method how) {
    const manager shared = started(s, how);
    try {
      (void)s.system.run(shared.call<&call_g>());
      FAIL("it throws");
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()) == "from g");
      CHECK(dynamic_cast<const remote_trace*>(&error));
    }
    try {
      (void)s.system.run(shared.call<&fail_late, own_error>(7));
      FAIL("it throws");
    } catch (const own_error& error) {
      CHECK(error.code == 7);
    }
    CHECK(s.system.run(shared.call<&alive_here>()) == 0);
    CHECK(s.system.run(shared.shutdown()) == well);
  });
}

TEST_CASE("MG04 manager: a remote iterator is iterated to the end") {
  in_every_method("MG04", [](stage& s, start_method how) {
    const manager shared = started(s, how);
    CHECK(s.system.run(all_squares(shared)) ==
          std::vector<int>{0, 1, 4, 9, 16, 25, 36, 49, 64, 81});
    CHECK(s.system.run(shared.shutdown()) == well);
  });
}

TEST_CASE("MG05 manager: its shutdown ends the server with 0") {
  in_every_method("MG05", [](stage& s, start_method how) {
    const manager shared = started(s, how);
    CHECK(s.system.run(use(shared)));
    CHECK(s.system.run(shared.shutdown()) == well);
    CHECK(s.system.children().empty());
    CHECK_THROWS_AS(s.system.run(shared.call<&alive_here>()), actor_down);
    CHECK(s.system.run(shared.shutdown()) == well);  // once more does nothing
  });
}

TEST_CASE("MG06 MG07 manager: leaving a scope ends the server, also one that was started before") {
  in_every_method("MG06", [](stage& s, start_method how) {
    CHECK(end_of(s.system, s.system.run(start_in_scope(s.system, how))) == well);
    const manager before = started(s, how);
    CHECK(end_of(s.system, s.system.run(use_in_scope(before))) == well);
  });
}

TEST_CASE("MG08 manager: a second program connects by address and key and shares the object") {
  in_every_method("MG08", [](stage& s, start_method how) {
    const private_directory directory;
    const auto path = directory.path() / "manager";
    const manager shared = serving(s, how, path);
    auto putter = begun<&put_values>(s.system, {.method = apart(how)}, path.string(), key);
    {
      actor_system stranger({.workers = 1});  // knows nothing but these two
      CHECK(stranger.run(take_values(stranger, path, key)) == values());
      CHECK_THROWS_AS(stranger.run(take_values(stranger, path, "another key of as many bytes")),
                      meeting_error);
    }
    CHECK(end_of(s.system, putter) == well);
    CHECK(s.system.run(shared.shutdown()) == well);
  });
}

TEST_CASE("MG09 manager: a value that cannot be serialised raises at the sender") {
  in_every_method("MG09", [](stage& s, start_method how) {
    const manager shared = started(s, how);
    const auto q = s.system.run(shared.make<queue<unwritable>>());
    CHECK_THROWS_AS((void)q.put(unwritable{true}).get(), send_error);
    CHECK(q.put(unwritable{false}).get());
    CHECK(q.qsize().get() == 1);
    CHECK_THROWS_AS(s.system.run(shared.call<&take>(stays{})), send_error);
    CHECK(s.system.run(shared.shutdown()) == well);
  });
}

TEST_CASE("MG10 manager: a server is started again on the address that one has just left") {
  in_every_method("MG10", [](stage& s, start_method how) {
    const private_directory directory;
    const auto path = directory.path() / "manager";
    for (int i = 0; i < 3; ++i) {
      const manager shared = serving(s, how, path);
      auto putter = begun<&put_values>(s.system, {.method = apart(how)}, path.string(), key);
      CHECK(end_of(s.system, putter) == well);
      CHECK(s.system.run(shared.shutdown()) == well);
    }
  });
}

TEST_CASE("MG11 manager: a failed call leaves nothing behind that keeps objects alive") {
  in_every_method("MG11", [](stage& s, start_method how) {
    const manager shared = started(s, how);
    const auto q = s.system.run(shared.make<queue<counted>>());
    const auto before = s.system.run(shared.call<&actors_here>());
    for (int i = 0; i < 3; ++i) {
      CHECK(q.get_nowait().get().is_empty());
      CHECK_THROWS_AS(s.system.run(shared.call<&fail_with, counted_error>(counted())),
                      counted_error);
    }
    CHECK(s.system.run(shared.call<&alive_here>()) == 0);
    CHECK(counted::alive == 0);
    CHECK(s.system.run(shared.call<&actors_here>()) == before);
    CHECK(s.system.run(shared.shutdown()) == well);
  });
}

TEST_CASE("MG12 manager: the initialiser runs once in the server; what is no function is refused") {
  in_every_method("MG12", [](stage& s, start_method how) {
    const auto calls = value<long>::spawn(s.system);
    const manager shared = started(s, how, {.initializer = call_of<&initialise>(calls)});
    CHECK(calls.get().get() == 1);
    CHECK(s.system.run(shared.call<&times_initialised>()) == 1);
    CHECK(initialised == 0);  // not here
    CHECK(s.system.run(shared.shutdown()) == well);
    static_assert(task_function<&initialise>);
    static_assert(!task_function<1>);
    CHECK_THROWS_AS(started(s, how, {.initializer = call_of<&cannot_begin>()}), std::out_of_range);
    CHECK(s.system.children().empty());
  });
}

namespace {
std::atomic<int> interrupts{0};
}  // namespace

TEST_CASE("MG13 manager: the server ignores SIGINT; what it means to its starter is unchanged") {
  in_every_method("MG13", [](stage& s, start_method how) {
    struct sigaction ours{};
    struct sigaction before{};
    ours.sa_handler = [](int) { ++interrupts; };
    ::sigaction(SIGINT, &ours, &before);
    interrupts = 0;
    const manager shared = started(s, how);
    const auto one = s.system.run(shared.make<list<int>>(std::vector<int>{1, 2}));
    ::kill(shared.server().pid(), SIGINT);
    const auto other = s.system.run(shared.make<list<int>>(std::vector<int>{3}));
    CHECK(one.size().get() == 2);
    CHECK(other.size().get() == 1);
    std::raise(SIGINT);
    CHECK(interrupts == 1);
    CHECK(s.system.run(shared.shutdown()) == well);
    ::sigaction(SIGINT, &before, nullptr);
  });
}

TEST_CASE("RT01 manager: the name of a server that was terminated is removed and reported") {
  in_every_method("RT01", [](stage& s, start_method how) {
    const private_directory directory;
    const auto gone = directory.path() / "gone", left = directory.path() / "left";
    captured_stderr said;
    {
      const manager one = serving(s, how, gone), two = serving(s, how, left);
      std::filesystem::remove(gone);
      std::ofstream(gone) << "somebody else's";
      for (const manager& each : {one, two}) {
        each.server().terminate();
        CHECK(end_of(s.system, each.server()).signal == SIGTERM);
      }
    }
    eventually([&] { return !std::filesystem::exists(left); });
    CHECK(std::filesystem::is_regular_file(gone));
    const manager again = serving(s, how, left);
    CHECK(s.system.run(again.shutdown()) == well);
    const std::string text = said.text();
    CHECK(text.find("the process 'manager'") != std::string::npos);
    CHECK(text.find("has left '" + left.string() + "'") != std::string::npos);
    CHECK(text.find(gone.string()) == std::string::npos);
  });
}

}  // namespace manager_rows
