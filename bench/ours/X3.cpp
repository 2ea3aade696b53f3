// SPDX-License-Identifier: BSD-3-Clause
// Troupe for X3: as X2, but `--size` questions are under way at once, from one actor to another.

#include <bench/frame.hpp>
#include <bench/program.hpp>
#include <troupe/gather.hpp>
#include <troupe/process.hpp>
#include <vector>

namespace {

struct question {
  using reply = bench::frame;
  bench::frame f;
};

class echo : public troupe::actor<question> {
 public:
  bench::frame on(const question& q) const { return q.f; }
};

/// What all that ask share.
struct tally {
  std::uint64_t count;
  bench::latencies single;
  std::uint64_t next = 0;
  bool good = true;
};

struct ask_away {
  using reply = void;
};

class client : public troupe::actor<ask_away> {
 public:
  static constexpr bool reentrant = true;  // as many questions under way as it is told to ask
  client(troupe::actor_ref<question> there, tally* all) : there_(std::move(there)), all_(*all) {}

  troupe::task<void> on(ask_away) {
    while (all_.next < all_.count) {
      const std::uint64_t i = all_.next++;
      const auto sent = bench::clock::now();
      const bench::frame back = co_await there_.ask(question{bench::make_frame(i)});
      all_.single.add(bench::clock::now() - sent);
      all_.good = bench::is_frame(back, i) && all_.good;
    }
  }

 private:
  const troupe::actor_ref<question> there_;
  tally& all_;
};

troupe::task<int> round_trips(troupe::actor_system& system, std::uint64_t count,
                              std::uint64_t under_way) {
  troupe::process other = co_await system.start_process({.name = "echo"});
  auto there = co_await other.spawn<echo>();
  for (std::uint64_t i = 0; i < 1000; ++i) co_await there.ask(question{bench::make_frame(i)});
  tally all{count, bench::latencies(count)};
  const std::vector askers(under_way, system.spawn<client>(there, &all));
  const auto start = bench::clock::now();
  co_await troupe::ask_all(askers, ask_away{});
  const double seconds = bench::seconds_since(start);
  co_return bench::report(count, seconds, all.good, &all.single);
}

}  // namespace

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 400'000, {}, 64);
  troupe::actor_system system({.workers = options.workers});
  return system.run(round_trips(system, options.count, options.size));
}
