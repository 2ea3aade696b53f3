// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I9: a coroutine asks an actor, awaits the reply, asks again.

#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

namespace {

struct twice {
  using reply = std::uint64_t;
  std::uint64_t of;
};

class server : public troupe::actor<twice> {
 public:
  std::uint64_t on(twice question) const { return 2 * question.of; }
};

troupe::task<std::uint64_t> ask_all(troupe::actor_ref<twice> callee, std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) sum += co_await callee.ask(twice{i});
  co_return sum;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1'000'000);
  troupe::actor_system system({.workers = options.workers});
  auto callee = system.spawn<server>();
  system.run(ask_all(callee, 1000));  // both sides have started
  auto start = bench::clock::now();
  const std::uint64_t sum = system.run(ask_all(callee, options.count));
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, sum == options.count * (options.count - 1));
}
