// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I11 and I11-wake: one actor works ten milliseconds in its handler, again and again.
// Forms: `beside` (two others play ping-pong meanwhile; each round trip is timed) and `wake`
// (before it works it tells a second actor, who tells a third; timed is how long that takes).

#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

namespace {

struct ping {
  bench::clock::time_point sent;
};
struct pong {
  bench::clock::time_point sent;
};
struct begin {
  using reply = void;  // once it is told to end
  troupe::actor_ref<ping> echo;
};
struct end {};

class client : public troupe::actor<begin, pong, end> {
 public:
  client(bool beside, bench::latencies& single) : single_(single), beside_(beside) {}
  troupe::promise<void> on(begin b) {
    echo_ = b.echo;
    over_ = make_promise<void>();
    if (beside_) echo_.tell(ping{bench::clock::now()});
    return over_;
  }
  void on(pong p) {
    const auto now = bench::clock::now();
    single_.add(now - p.sent);
    if (beside_ && !ended_) echo_.tell(ping{now});
  }
  void on(end) {
    ended_ = true;
    over_.set_value();
  }

 private:
  troupe::actor_ref<ping> echo_;
  bench::latencies& single_;
  bool beside_, ended_ = false;
  troupe::promise<void> over_;
};

class echo : public troupe::actor<ping> {
 public:
  explicit echo(troupe::actor_ref<pong> to) : to_(to) {}
  void on(ping p) { to_.tell(pong{p.sent}); }

 private:
  troupe::actor_ref<pong> to_;
};

struct work {
  std::uint64_t left;
};

class worker : public troupe::actor<work> {
 public:
  worker(bool beside, troupe::actor_ref<ping> first, troupe::actor_ref<end> referee)
      : beside_(beside), first_(first), referee_(referee) {}
  void on(work w) {
    const auto start = bench::clock::now();
    if (!beside_) first_.tell(ping{start});
    while (bench::clock::now() - start < std::chrono::milliseconds(10)) {
    }
    if (w.left > 1) {
      self().tell(work{w.left - 1});
    } else {
      referee_.tell(end{});
    }
  }

 private:
  bool beside_;
  troupe::actor_ref<ping> first_;
  troupe::actor_ref<end> referee_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100, {"beside", "wake"});
  const bool beside = options.form == "beside";
  bench::latencies single(std::uint64_t{1} << 24);
  troupe::actor_system system({.workers = options.workers});
  auto timer = system.spawn<client>(beside, std::ref(single));
  auto answers = system.spawn<echo>(timer);
  auto busy = system.spawn<worker>(beside, answers, timer);
  auto start = bench::clock::now();
  busy.tell(work{options.count});
  timer.ask(begin{answers}).get();
  double seconds = bench::seconds_since(start);
  const bool good = beside ? single.count() > 0 : single.count() == options.count;
  return bench::report(options.count, seconds, good, &single);
}
