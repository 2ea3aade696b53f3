// SPDX-License-Identifier: BSD-3-Clause
// Troupe for X2 and N2: a coroutine asks an actor in another process with 64 bytes and gets 64 bytes back.

#include <bench/frame.hpp>

#include "apart.hpp"

namespace {

struct question {
  using reply = bench::frame;
  bench::frame f;
};

class echo : public troupe::actor<question> {
 public:
  bench::frame on(const question& q) const { return q.f; }
};

troupe::task<int> round_trips(troupe::actor_system&, bench::other other, bench::options options) {
  const std::uint64_t count = options.count;
  auto there = co_await other.spawn<echo>();
  bench::latencies single(count);
  bool good = true;
  for (std::uint64_t i = 0; i < 1000; ++i) co_await there.ask(question{bench::make_frame(i)});
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    auto sent = bench::clock::now();
    const bench::frame back = co_await there.ask(question{bench::make_frame(i)});
    single.add(bench::clock::now() - sent);
    good = bench::is_frame(back, i) && good;
  }
  double seconds = bench::seconds_since(start);
  co_return bench::report(count, seconds, good, &single);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_apart(
      argc, argv, [](int n, char** all) { return bench::parse(n, all, 200'000); }, round_trips);
}
