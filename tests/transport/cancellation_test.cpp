// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <stop_token>
#include <troupe/actor_system.hpp>
#include <troupe/gather.hpp>
#include <troupe/process.hpp>
#include <utility>
#include <vector>

#include "crew.hpp"
#include "deadline.hpp"
#include "eventually.hpp"
#include "golden_frames.hpp"
#include "raw_peer.hpp"

namespace far_away {

/// Deadlines, cancellation and delegation between processes.
using namespace troupe;
using namespace troupe::detail;
using namespace std::chrono_literals;

struct dig {
  using reply = int;
};
struct never {
  using reply = int;
};
struct begun {
  using reply = int;
};
struct given_up {
  using reply = int;
};
using digger_ref = actor_ref<dig, never, begun, given_up>;

class digger : public actor<dig, never, begun, given_up> {
 public:
  static constexpr bool reentrant = true;
  task<int> on(dig) {
    ++begun_;
    const std::stop_token token = cancellation();
    while (!token.stop_requested()) co_await sleep_for(200us);
    ++given_up_;
    co_return 0;
  }
  promise<int> on(never) {
    kept_.push_back(make_promise<int>());
    return kept_.back();
  }
  int on(begun) const { return begun_; }
  int on(given_up) const { return given_up_; }

 private:
  int begun_ = 0;
  int given_up_ = 0;
  std::vector<promise<int>> kept_;
};

/// Asks on behalf of others, in whatever process it lives.
struct ask_never {  ///< without a time limit of its own
  using reply = int;
  digger_ref whom;
};
struct go_dig {
  digger_ref whom;
};
struct hand_on {
  using reply = int;
  digger_ref whom;
};
struct limits_felt {
  using reply = int;
};
using agent_ref = actor_ref<ask_never, go_dig, hand_on, limits_felt>;

class agent : public actor<ask_never, go_dig, hand_on, limits_felt> {
 public:
  static constexpr bool reentrant = true;
  task<int> on(ask_never m) {
    auto asked = m.whom.ask(never{}).result();
    const auto r = co_await asked;
    limits_felt_ += !r && r.error().code == errc::timeout;
    co_return 0;
  }
  task<void> on(go_dig m) {
    auto asked = m.whom.ask(dig{}).result();
    co_await asked;
  }
  delegated<int> on(hand_on m) { return delegate(m.whom, begun{}); }
  int on(limits_felt) const { return limits_felt_; }

 private:
  int limits_felt_ = 0;
};

namespace {

struct scene {
  explicit scene(const char* test) : limit(test), system({.workers = 2, .shutdown_timeout = 10s}) {}
  deadline limit;
  actor_system system;

  template <class A>
  auto hire(const char* name) {
    return system.run(hire_in<A>(system, name));
  }

 private:
  template <class A>
  static auto hire_in(actor_system& system, std::string name)
      -> task<std::pair<process, typename ref_for<typename A::protocol_type>::type>> {
    process child = co_await system.start_process({.name = name});
    auto spawning = child.spawn<A>();
    auto made = co_await std::move(spawning);
    co_return std::pair{child, made};
  }
};

}  // namespace

TEST_CASE("cancellation: a handler in another process learns that its asker was killed") {
  scene s("an asker that was killed, from afar");
  auto [child, worker] = s.hire<digger>("digger");
  auto asker = s.system.spawn<agent>();
  asker.tell(go_dig{worker});
  eventually([&] { return worker.ask(begun{}).get() == 1; });
  asker.kill();
  eventually([&] { return worker.ask(given_up{}).get() == 1; });
}

TEST_CASE("cancellation: a handler learns that the process of its asker has died") {
  scene s("the death of an asker's process");
  auto [child, asker] = s.hire<agent>("asker");
  auto worker = s.system.spawn<digger>();
  asker.tell(go_dig{worker});
  eventually([&] { return worker.ask(begun{}).get() == 1; });
  CHECK(worker.ask(given_up{}).get() == 0);
  child.kill();
  eventually([&] { return worker.ask(given_up{}).get() == 1; });
}

TEST_CASE("cancellation: goes through the parent, from one child to another") {
  scene s("cancellation between siblings");
  auto [first, asker] = s.hire<agent>("asker");
  auto [second, worker] = s.hire<digger>("digger");
  asker.tell(go_dig{worker});
  eventually([&] { return worker.ask(begun{}).get() == 1; });
  asker.kill();
  eventually([&] { return worker.ask(given_up{}).get() == 1; });
}

TEST_CASE("deadline: what is asked in another process inherits it, and there and back again") {
  scene s("a deadline that travels");
  auto [child, middle] = s.hire<agent>("middle");
  auto here = s.system.spawn<digger>();
  eventually([&] {  // unless it expires on its way to the middle
    try {           // both times are up in the same moment: whichever is noticed first
      const int answer = middle.ask(ask_never{here}, 300ms).get();
      CHECK(answer == 0);
    } catch (const timeout_error&) {
    }
    return middle.ask(limits_felt{}).get() != 0;
  });
}

TEST_CASE("ask_any: of actors in two processes, the slower one is told") {
  scene s("ask_any of two processes");
  auto [child, there] = s.hire<digger>("digger");
  auto here = s.system.spawn<digger>();
  auto asks = [](std::vector<digger_ref> whom) -> task<std::size_t> {
    auto got = co_await ask_all(whom, dig{}, 20ms);
    std::size_t ended =
        0;  // the time is up for both sides in the same moment: whichever is noticed first
    for (auto& each : got) ended += each ? *each == 0 : each.error().code == errc::timeout;
    co_return ended;
  };
  CHECK(s.system.run(asks({here, there})) == 2);
  eventually([&] { return there.ask(given_up{}).get() == there.ask(begun{}).get(); });
}

TEST_CASE("delegate: the answer comes from wherever the question was handed to") {
  scene s("delegation between processes");
  auto [first, front] = s.hire<agent>("front");
  auto [second, there] = s.hire<digger>("digger");
  auto here = s.system.spawn<digger>();
  auto local_front = s.system.spawn<agent>();
  CHECK(front.ask(hand_on{here}, 60s).get() == 0);         // there, and back here
  CHECK(front.ask(hand_on{there}, 60s).get() == 0);        // there, and on to a sibling
  CHECK(local_front.ask(hand_on{there}, 60s).get() == 0);  // here, and then there
  // Whoever has handed it on is not asked any more: its death does not end the question.
  second.kill();
  const auto end = [&](auto to) -> errc {
    try {
      (void)to.ask(hand_on{there}, 60s).get();
    } catch (const error& e) {
      return e.code();
    }
    return {};
  };
  CHECK(end(front) == errc::actor_down);
  CHECK(end(local_front) == errc::actor_down);
}

TEST_CASE("cancel: is sent when an ask is given up, and a late answer harms nobody") {
  scene s("a cancel frame");
  raw_peer peer(s.system);
  peer.greet();
  REQUIRE(peer.receive(frame_kind::hello));
  auto nobody = peer.ref<digger_ref>();
  auto asks = [](digger_ref whom) -> task<errc> {
    auto asked = whom.ask(never{}, 1s).result();  // enough for it to leave
    const auto r = co_await asked;
    co_return r ? errc{} : r.error().code;
  };
  CHECK(s.system.run(asks(nobody)) == errc::timeout);
  const auto asked = peer.receive(frame_kind::ask);
  REQUIRE(asked);
  const auto id = asked->id;
  const auto from = asked->from;
  CHECK(asked->remaining > 0);
  const auto withdrawn = peer.receive(frame_kind::cancel);
  REQUIRE(withdrawn);
  CHECK(withdrawn->id == id);
  CHECK(withdrawn->from.slot == from.slot);
  CHECK(withdrawn->slot == 77);
  frame late;
  late.kind = frame_kind::reply;
  late.slot = from.slot;
  late.generation = from.generation;
  late.id = id;
  CHECK(peer.send(raw_peer::frame_bytes(late, 4)));
  auto here = s.system.spawn<digger>();  // and the link is as good as before
  CHECK(peer.send(raw_peer::frame_bytes(peer.ask_to(here, 5), begun{})));
  REQUIRE(peer.receive(frame_kind::reply));
}

TEST_CASE("cancel: of a question that is being handled stops it, of any other nothing") {
  scene s("a cancel frame that comes in");
  raw_peer peer(s.system);
  peer.greet();
  auto worker = s.system.spawn<digger>();
  CHECK(peer.send(raw_peer::frame_bytes(peer.ask_to(worker, 5), dig{})));
  eventually([&] { return worker.ask(begun{}).get() == 1; });
  for (const std::uint64_t id : {4u, 6u}) {
    frame other = peer.ask_to(worker, id);
    other.kind = frame_kind::cancel;
    CHECK(peer.send(raw_peer::frame_bytes(other)));
  }
  frame nowhere = peer.ask_to(worker, 5);
  nowhere.kind = frame_kind::cancel;
  nowhere.slot = 0xffffff;
  CHECK(peer.send(raw_peer::frame_bytes(nowhere)));
  CHECK(peer.send(raw_peer::frame_bytes(peer.ask_to(worker, 9), begun{})));
  REQUIRE(peer.receive(frame_kind::reply));  // all of that has been read
  CHECK(worker.ask(given_up{}).get() == 0);
  frame withdrawn = peer.ask_to(worker, 5);
  withdrawn.kind = frame_kind::cancel;
  CHECK(peer.send(raw_peer::frame_bytes(withdrawn)));
  eventually([&] { return worker.ask(given_up{}).get() == 1; });
}

}  // namespace far_away
