// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of Pipe and Connection. Both ends are used by whoever the place puts there.
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <private_directory.hpp>
#include <thread>
#include <troupe/descriptor.hpp>
#include <troupe/meeting.hpp>
#include <troupe/pipe.hpp>

#include "place.hpp"

namespace connection_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

struct order {
  int number = 0;
  std::string text;
  std::vector<double> parts;
  bool operator==(const order&) const = default;
};

template <class T>
struct two_ends {
  connection<T> first, second;
  const auto& coordinator() const { return first.coordinator(); }
};
// Each with a name of its own: the compiler leaves the arguments of a function template out of the name by
// which another process finds it.
template <class T>
two_ends<T> both_ways(actor_system& system) {
  const auto made = pipe<T>(system);
  return {made.first, made.second};
}
two_ends<order> order_pipe(actor_system& system) { return both_ways<order>(system); }
two_ends<bytes> byte_pipe(actor_system& system) { return both_ways<bytes>(system); }
two_ends<int> number_pipe(actor_system& system) { return both_ways<int>(system); }
two_ends<connection<bytes>> pipe_of_ends(actor_system& system) {
  return both_ways<connection<bytes>>(system);
}
template <class T>
two_ends<T> in_and_out(actor_system& system) {
  const auto made = one_way_pipe<T>(system);
  return {made.in, made.out};
}
two_ends<bytes> one_way_of_bytes(actor_system& system) { return in_and_out<bytes>(system); }
two_ends<int> one_way_of_numbers(actor_system& system) { return in_and_out<int>(system); }

bytes bytes_of(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

/// The one at the other end.
template <class T>
task<bool> echo(connection<T> end) {  // until the end of the stream
  while (auto message = co_await end.receive()) co_await end.send(std::move(*message));
  co_return true;
}
task<bool> echo_orders(connection<order> end) { return echo(end); }
task<bool> echo_bytes(connection<bytes> end) { return echo(end); }
task<bool> say(connection<bytes> end, bytes message) {
  co_await end.send(std::move(message));
  co_return true;
}
task<bool> say_and_close(connection<bytes> end, bytes message) {
  co_await end.send(std::move(message));
  end.close();
  co_return true;
}
task<bool> say_many(connection<int> end, int first, int count) {
  for (int i = 0; i < count; ++i) co_await end.send(first + i);
  end.close();
  co_return true;
}
/// Takes an end that comes through another, and echoes there.
task<bool> echo_at_what_comes(connection<connection<bytes>> from) {
  const auto end = co_await from.receive();
  const auto message = co_await end->receive();
  co_await end->send(*message);
  co_return true;
}
task<bool> try_both(connection<connection<bytes>> from, bool receives) {
  const auto end = co_await from.receive();
  bool refused = false;
  try {
    if (receives) {
      co_await end->send(bytes{});
    } else {
      (void)co_await end->receive();
    }
  } catch (const misuse_error&) {
    refused = true;
  }
  co_return refused && end->may_receive() == receives && end->may_send() != receives;
}
task<int> poll_only(connection<bytes> end, int times) {
  int seen = 0;
  for (int i = 0; i < times; ++i) seen += co_await end.poll() ? 1 : 0;
  co_return seen;
}

task<bool> write_to(descriptor file, std::string text) {
  const owned_fd mine = co_await file.take();
  co_return ::write(mine.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}
task<bool> write_to_what_comes(connection<descriptor> from, std::string text) {
  const auto file = co_await from.receive();
  co_return co_await write_to(*file, std::move(text));
}
/// Says that it has brought a descriptor, and has brought none.
class liar : public actor<messages::bring_descriptor, messages::close_descriptor> {
 public:
  void on(const messages::bring_descriptor&) {}
  void on(messages::close_descriptor) {}
};
two_ends<descriptor> descriptor_pipe(actor_system& system) { return both_ways<descriptor>(system); }

using party_class =
    doer<nothing_kept, &echo_orders, &echo_bytes, &say, &say_and_close, &say_many,
         &echo_at_what_comes, &try_both, &poll_only, &write_to, &write_to_what_comes>;

/// Lets a party begin with a verb; what comes of it is waited for at the end of the test.
template <auto Verb, class Who, class... Args>
pending<bool> let(place& here, const Who& who, Args... args) {
  return begin(here.system(), who.ask(told<Verb>(std::move(args)...)));
}
/// Waits for any of them, again and again, until all have closed; each stream of ten must be in order.
/// \return how many numbers came
std::size_t all_streams(actor_system& system, std::vector<connection<int>> ends) {
  std::size_t count = 0;
  std::map<int, int> next;  // by stream
  while (!ends.empty()) {
    const auto ready = system.run(wait_ready({ends.begin(), ends.end()}, std::optional(60s)));
    REQUIRE_FALSE(ready.empty());
    for (std::size_t i = ready.size(); i-- > 0;) {
      const auto at = ends.begin() + static_cast<std::ptrdiff_t>(ready[i]);
      const auto message = at->receive().get();
      if (!message) {
        ends.erase(at);
        continue;
      }
      CHECK(*message % 100 == next[*message / 100]++);
      ++count;
    }
  }
  return count;
}

TEST_CASE("CN01 CN02 connection: objects and bytes arrive equal") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto orders = here.make<&order_pipe>();
    const auto raw = here.make<&byte_pipe>();
    auto one = let<&echo_orders>(here, who, orders.second);
    auto two = let<&echo_bytes>(here, who, raw.second);
    const order sent{42, "screws", {0.5, 1.25, -3}};
    orders.first.send(sent).get();
    CHECK(orders.first.receive().get() == sent);
    raw.first.send(bytes_of("bytes")).get();
    CHECK(raw.first.receive().get() == bytes_of("bytes"));
    orders.first.close();
    raw.first.close();
    CHECK(finish(one).value());
    CHECK(finish(two).value());
  });
}

TEST_CASE("CN03 CN04 connection: receiving into a buffer touches nothing else, and loses nothing") {
  in_every_place([](place& here) {
    const auto raw = here.make<&byte_pipe>();
    const auto into = [&](bytes& buffer, std::ptrdiff_t offset) {
      return here.system().run(raw.first.receive_into(buffer, offset));
    };
    for (const char* text : {"latin", "offset", "much too long", "behind", ""}) {
      raw.second.send(bytes_of(text)).get();
    }
    bytes buffer = bytes_of("..........");
    CHECK(into(buffer, 0) == 5);
    CHECK(buffer == bytes_of("latin....."));
    CHECK(into(buffer, 4) == 6);
    CHECK(buffer == bytes_of("latioffset"));
    try {
      (void)into(buffer, 0);
      FAIL("it does not fit");
    } catch (const buffer_too_short& error) {
      CHECK(error.message() == bytes_of("much too long"));
    }
    CHECK(buffer == bytes_of("latioffset"));
    CHECK(into(buffer, 0) == 6);
    CHECK(buffer == bytes_of("behindfset"));
    CHECK(into(buffer, 10) == 0);
    CHECK_THROWS_AS((void)into(buffer, 11), std::out_of_range);
    raw.second.close();
    CHECK(into(buffer, 0) == std::nullopt);
  });
}

TEST_CASE("CN05 connection: poll looks, waits no less than it was told, and sees data") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto raw = here.make<&byte_pipe>();
    CHECK_FALSE(raw.first.poll().get());
    CHECK_FALSE(raw.first.poll(-1s).get());
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(raw.first.poll(20ms).get());
    CHECK(std::chrono::steady_clock::now() - start >= 20ms);
    auto waiting = begin(here.system(), raw.first.poll(60s));
    auto said = let<&say>(here, who, raw.second, bytes_of("x"));
    CHECK(finish(waiting).value());
    CHECK(finish(said).value());
    CHECK(raw.first.poll().get());
  });
}

TEST_CASE("CN06 connection: 16 MiB arrive intact") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto raw = here.make<&byte_pipe>();
    auto echoing = let<&echo_bytes>(here, who, raw.second);
    bytes large(std::size_t{16} << 20);
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::byte>(i * 7 >> 3);
    raw.first.send(large).get();
    CHECK((raw.first.receive().get() == large));
    raw.first.close();
    CHECK(finish(echoing).value());
  });
}

TEST_CASE("CN07 connection: behind the last message of a closed end comes the end of the stream") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto raw = here.make<&byte_pipe>();
    auto said = let<&say_and_close>(here, who, raw.second, bytes_of("last words"));
    CHECK(finish(said).value());
    CHECK(raw.first.receive().get() == bytes_of("last words"));
    CHECK(raw.first.receive().get() == std::nullopt);
    CHECK(raw.first.receive(0s).get() == std::nullopt);
    bytes buffer(4);
    CHECK(here.system().run(raw.first.receive_into(buffer)) == std::nullopt);
    CHECK(raw.first.poll().get());
    CHECK_THROWS_AS(raw.first.send(bytes_of("?")).get(), broken_error);
  });
}

TEST_CASE("CN08 connection: a one-way pair keeps its direction") {
  in_every_place([](place& here) {
    const auto one_way = here.make<&one_way_of_bytes>();
    one_way.second.send(bytes_of("there")).get();
    CHECK(one_way.first.receive().get() == bytes_of("there"));
    CHECK_THROWS_AS((void)one_way.first.send(bytes{}), misuse_error);
    CHECK_THROWS_AS((void)one_way.second.receive(), misuse_error);
    CHECK_THROWS_AS((void)one_way.second.poll(), misuse_error);
  });
}

TEST_CASE("CN09 connection: whoever started the other may forget its end at once") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    connection<bytes> mine;
    pending<bool> echoing;
    {
      const auto raw = here.make<&byte_pipe>();
      mine = raw.first;
      echoing = let<&echo_bytes>(here, who, raw.second);
    }
    mine.send(bytes_of("hello")).get();
    CHECK(mine.receive().get() == bytes_of("hello"));
    mine.close();
    CHECK(finish(echoing).value());
  });
}

TEST_CASE("CN10 CN11 connection: a part of a buffer is sent, or the offset or size is refused") {
  in_every_place([](place& here) {
    const auto raw = here.make<&byte_pipe>();
    const bytes whole = bytes_of("abcdefghijklmnopqrstuvwxyz");
    const auto part = [&](std::ptrdiff_t offset, std::ptrdiff_t size = -1) {
      raw.first.send_part(whole, offset, size).get();
      return raw.second.receive().get();
    };
    CHECK(part(0) == whole);
    CHECK(part(5) == bytes_of("fghijklmnopqrstuvwxyz"));
    CHECK(part(7, 8) == bytes_of("hijklmno"));
    CHECK(part(26) == bytes{});
    CHECK(part(26, 0) == bytes{});
    CHECK(part(0, 0) == bytes{});
    for (const auto& [offset, size] : {std::pair{27, -1}, {22, 5}, {26, 1}, {-1, -1}, {4, -2}}) {
      CHECK_THROWS_AS((void)raw.first.send_part(whole, offset, size), std::out_of_range);
    }
  });
}

TEST_CASE("CN12 CN13 connection: an open file is handed over, whatever its number is here") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    std::FILE* file = std::tmpfile();
    const owned_fd high(::fcntl(::fileno(file), F_DUPFD_CLOEXEC, 300));
    REQUIRE(high.get() >= 300);
    const auto low_one = descriptor::share(here.system(), ::fileno(file));
    const auto high_one = descriptor::share(here.system(), high.get());
    CHECK(who.ask(told<&write_to>(low_one, std::string("low "))).get());
    CHECK(who.ask(told<&write_to>(high_one, std::string("high "))).get());
    CHECK(who.ask(told<&write_to>(low_one, std::string("again"))).get());
    std::rewind(file);
    char text[32] = {};
    CHECK(std::fread(text, 1, sizeof text, file) == 14);
    CHECK(std::string(text) == "low high again");
    std::fclose(file);
    low_one.close();
    high_one.close();
  });
}

TEST_CASE("CN14 connection: what should carry a descriptor and does not is an error") {
  in_every_place([](place& here) {
    const auto take = [&](const descriptor& from) { return here.system().run(from.take()); };
    CHECK_THROWS_AS((void)take(descriptor{}), actor_down);
    // As it would come from another process.
    struct own_homes final : detail::decode_context {
      actor_ref<> whom;
      detail::cell* home_of(std::uint64_t, std::uint32_t) override { return whom.where().home; }
    } context;
    context.whom = here.system().spawn<liar>();
    byte_buffer bytes;
    encode(bytes, context.whom);
    const auto lie = decode<descriptor>(bytes.bytes(), &context);
    REQUIRE(lie.has_value());
    CHECK_THROWS_AS((void)take(*lie), std::system_error);
    CHECK_THROWS_AS((void)descriptor::share(here.system(), -1), std::system_error);
    CHECK_THROWS_AS((void)descriptor::share(here.system(), 9999), std::system_error);
    const auto closed = descriptor::share(here.system(), 0);
    closed.close();
    CHECK_THROWS_AS((void)take(closed), actor_down);
  });
}

TEST_CASE("CN21 connection: an ordinary socket is sent through a connection") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto ends = here.make<&descriptor_pipe>();
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    const owned_fd mine(pair[0]);
    owned_fd its(pair[1]);
    const auto shared = descriptor::share(here.system(), its.get());
    its = {};
    auto writing = begin(here.system(),
                         who.ask(told<&write_to_what_comes>(ends.second, std::string("hello"))));
    ends.first.send(shared).get();
    CHECK(finish(writing).value());
    char text[8] = {};
    CHECK(::read(mine.get(), text, sizeof text) == 5);
    CHECK(std::string(text) == "hello");
    shared.close();
  });
}

TEST_CASE("CN15 connection: leaving the scope closes both ends; use afterwards is an error") {
  in_every_place([](place& here) {
    const auto raw = here.make<&byte_pipe>();
    {
      closing first(raw.first);
      closing second(raw.second);
      first->send(bytes_of("x")).get();
      CHECK(second->receive().get() == bytes_of("x"));
    }
    for (const auto& end : {raw.first, raw.second}) {
      CHECK_THROWS_AS(end.send(bytes{}).get(), misuse_error);
      CHECK_THROWS_AS((void)end.receive().get(), misuse_error);
      CHECK_THROWS_AS((void)end.poll().get(), misuse_error);
    }
  });
}

TEST_CASE("CN16 CN17 CN19 connection: boundaries hold, empty messages count, nothing is merged") {
  in_every_place([](place& here) {
    const auto raw = here.make<&byte_pipe>();
    const std::vector<std::string> texts{"hello", "", "a", "b", "", "", "bye", "lop"};
    for (const std::string& text : texts) raw.first.send(bytes_of(text)).get();
    for (const std::string& text : texts) {
      CHECK(raw.second.poll().get());
      CHECK(raw.second.poll().get());
      CHECK(raw.second.receive().get() == bytes_of(text));
    }
    CHECK_FALSE(raw.second.poll().get());
  });
}

TEST_CASE("CN18 connection: who only polls takes nothing away from another reader") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto raw = here.make<&byte_pipe>();
    auto polling = begin(here.system(), who.ask(told<&poll_only>(raw.second, 200)));
    for (int i = 0; i < 50; ++i) {
      const bytes sent(static_cast<std::size_t>(i * 100), std::byte{7});
      raw.first.send(sent).get();
      CHECK(raw.second.receive().get() == sent);
    }
    CHECK(finish(polling).has_value());
  });
}

TEST_CASE("CN20 connection: an end is sent through a connection, and used there") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto of_ends = here.make<&pipe_of_ends>();
    const auto raw = here.make<&byte_pipe>();
    auto echoing = let<&echo_at_what_comes>(here, who, of_ends.second);
    of_ends.first.send(raw.second).get();
    raw.first.send(bytes_of("far away")).get();
    CHECK(raw.first.receive().get() == bytes_of("far away"));
    CHECK(finish(echoing).value());
  });
}

TEST_CASE("CN22 connection: a one-way end keeps its direction after it was sent") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto of_ends = here.make<&pipe_of_ends>();
    const auto one_way = here.make<&one_way_of_bytes>();
    for (const bool receives : {true, false}) {
      auto trying = let<&try_both>(here, who, of_ends.second, receives);
      of_ends.first.send(receives ? one_way.first : one_way.second).get();
      CHECK(finish(trying).value());
    }
  });
}

TEST_CASE("CN23 connection: an end of nothing, and bytes that are none, are refused") {
  in_every_place([](place& here) {
    const connection<bytes> none;
    CHECK_FALSE(none);
    CHECK_THROWS_AS((void)none.poll().get(), actor_down);
    CHECK_THROWS_AS((void)none.receive().get(), actor_down);
    byte_buffer out;
    encode(out, none);
    CHECK(decode<connection<bytes>>(out.bytes()).has_value());
    out.data()[out.size() - 2] = std::byte{2};  // there is no third side
    CHECK_FALSE(decode<connection<bytes>>(out.bytes()).has_value());
    (void)here;
  });
}

TEST_CASE(
    "CN24 connection: waiting on several gives each when it is ready, until all have closed") {
  in_every_place([](place& here) {
    std::vector<connection<int>> ends;
    std::vector<pending<bool>> speaking;
    for (int i = 0; i < 4; ++i) {
      const auto made = here.make<&one_way_of_numbers>();
      const auto who = here.spawn_apart<party_class>();
      ends.push_back(made.first);
      speaking.push_back(let<&say_many>(here, who, made.second, 100 * i, 10));
    }
    CHECK(all_streams(here.system(), std::move(ends)) == 40);
    for (auto& each : speaking) CHECK(finish(each).value());
  });
}

TEST_CASE(
    "CN25 connection: the same over sockets: four programs that came by one, four whole streams") {
  const deadline limit("CN25");
  private_directory directory;
  const auto path = directory.path() / "door";
  actor_system system({.workers = 1});
  closing door(listen(system, path));
  std::vector<connection<int>> ends;
  std::vector<std::unique_ptr<actor_system>> programs;
  std::vector<pending<bool>> speaking;
  for (int i = 0; i < 4; ++i) {
    const auto made = one_way_pipe<int>(system);
    const std::string name = "speaker " + std::to_string(i);
    auto& program = *programs.emplace_back(
        std::make_unique<actor_system>(system_options{.name = name, .workers = 1}));
    REQUIRE(program.register_name("speaker", program.spawn<party_class>()).has_value());
    (void)program.run(connect(program, path));
    const neighbour other = system.run(door->accept());
    const auto speaker = system.run(other.find<call<&say_many>>("speaker"));
    speaking.push_back(begin(system, speaker.ask(told<&say_many>(made.out, 100 * i, 10))));
    ends.push_back(made.in);
  }
  CHECK(all_streams(system, std::move(ends)) == 40);
  for (auto& each : speaking) CHECK(finish(each).value());
}

TEST_CASE(
    "CN26 CN28 connection: waiting with a timeout is never early, and negative ones do not wait") {
  in_every_place([](place& here) {
    const auto one = here.make<&number_pipe>();
    const auto two = here.make<&number_pipe>();
    const auto wait = [&](std::chrono::nanoseconds limit) {
      return here.system().run(wait_ready({one.first, two.first}, limit));
    };
    const auto start = std::chrono::steady_clock::now();
    CHECK(wait(30ms).empty());
    CHECK(std::chrono::steady_clock::now() - start >= 30ms);
    CHECK(wait(-1s).empty());
    CHECK(wait(0s).empty());
    auto waiting = std::async(std::launch::async, [&] { return wait(60s); });
    two.second.send(1).get();
    CHECK(waiting.get() == std::vector<std::size_t>{1});
    one.second.send(1).get();
    CHECK(wait(60s) == std::vector<std::size_t>{0, 1});
  });
}

TEST_CASE(
    "CN27 connection: connections and the ends of actors and processes are waited for together") {
  in_every_place([](place& here) {
    const auto one = here.make<&number_pipe>();
    const auto who = here.spawn_apart<party_class>();
    const auto wait = [&](std::chrono::nanoseconds limit) {
      return here.system().run(wait_ready({one.first, who}, limit));
    };
    CHECK(wait(1ms).empty());
    one.second.send(1).get();
    CHECK(wait(60s) == std::vector<std::size_t>{0});
    CHECK(here.end(who, here.parties_apart() ? death::process : death::kill) != exit_reason{});
    std::vector<std::size_t> ready;
    eventually([&] { return (ready = wait(60s)).size() == 2; });
    CHECK(one.first.receive().get() == 1);
    CHECK(wait(60s) == std::vector<std::size_t>{1});
  });
}

TEST_CASE("CN29 connection: signals during send and receive do no harm, also in a large message") {
  in_every_place([](place& here) {
    struct sigaction before{};
    struct sigaction quiet{};
    quiet.sa_handler = [](int) {};  // and no SA_RESTART: calls are interrupted
    ::sigaction(SIGUSR1, &quiet, &before);
    const auto who = here.spawn_apart<party_class>();
    const auto raw = here.make<&byte_pipe>();
    auto echoing = let<&echo_bytes>(here, who, raw.second);
    std::atomic<bool> over{false};
    std::thread nuisance([&, self = ::pthread_self()] {
      while (!over) {
        ::pthread_kill(self, SIGUSR1);
        ::kill(::getpid(), SIGUSR1);
        std::this_thread::yield();
      }
    });
    const bytes large(std::size_t{1} << 20, std::byte{9});
    for (int i = 0; i < 5; ++i) {
      raw.first.send(large).get();
      CHECK((raw.first.receive().get() == large));
    }
    over = true;
    nuisance.join();
    raw.first.close();
    CHECK(finish(echoing).value());
    ::sigaction(SIGUSR1, &before, nullptr);
  });
}

TEST_CASE("K21 connection: a writer that dies is read to its last message, then comes the end") {
  at_every_death([](place& here, death how) {
    if (how == death::stop)
      return;  // it may have handed its end on: see "pipe: an actor that ends"
    const auto who = here.spawn_apart<party_class>();
    const auto raw = here.make<&byte_pipe>();
    CHECK(who.ask(told<&say>(raw.second, bytes_of("one"))).get());
    CHECK(who.ask(told<&say>(raw.second, bytes_of("two"))).get());
    auto blocked = begin(here.system(), raw.second.held_by(who));
    CHECK(finish(blocked).has_value());
    (void)here.end(who, how);
    CHECK(raw.first.receive().get() == bytes_of("one"));
    CHECK(raw.first.receive().get() == bytes_of("two"));
    CHECK(raw.first.receive().get() == std::nullopt);
    CHECK_THROWS_AS(raw.first.send(bytes{}).get(), broken_error);
  });
}

TEST_CASE(
    "K26 connection: without a reader, sending waits at the bound, and a dead reader is told") {
  in_every_place([](place& here) {
    const auto who = here.spawn_apart<party_class>();
    const auto raw = here.make<&byte_pipe>();
    raw.second.held_by(who).get();
    for (std::size_t i = 0; i < pipe_options{}.messages_max; ++i) raw.first.send(bytes(64)).get();
    CHECK_THROWS_AS(raw.first.send(bytes(64), 5ms).get(), timeout_error);
    CHECK_THROWS_AS(raw.first.send(bytes(64), 0s).get(), timeout_error);
    auto waiting = begin(here.system(), raw.first.send(bytes(64)));
    (void)here.end(who, here.parties_apart() ? death::process : death::kill);
    CHECK(finish(waiting).error().code == errc::broken);
  });
}

}  // namespace connection_rows
