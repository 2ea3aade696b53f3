// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I4: two producing actors, one consumer. A producer sends a thousand, then a message to
// itself, so that others get a turn.

#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

namespace {

constexpr std::uint64_t chunk = 1000;

struct number {
  std::uint64_t value;
};
struct total {
  using reply = std::uint64_t;  // the sum, once `expected` numbers are there
  std::uint64_t expected;
};

class consumer : public troupe::actor<number, total> {
 public:
  static constexpr auto bounds = troupe::unbounded;  // as the peers' mailboxes are
  void on(number n) {
    sum_ += n.value;
    if (++seen_ == expected_) over_.set_value(sum_);
  }
  troupe::promise<std::uint64_t> on(total question) {
    expected_ = question.expected;
    over_ = make_promise<std::uint64_t>();
    if (seen_ == expected_) over_.set_value(sum_);
    return over_;
  }

 private:
  std::uint64_t seen_ = 0, sum_ = 0, expected_ = 0;
  troupe::promise<std::uint64_t> over_;
};

struct produce {
  std::uint64_t from;
};

class producer : public troupe::actor<produce> {
 public:
  producer(troupe::actor_ref<number> to, std::uint64_t until) : to_(to), until_(until) {}
  void on(produce p) {
    const std::uint64_t end = std::min(until_, p.from + chunk);
    for (std::uint64_t i = p.from; i < end; ++i) to_.tell(number{i});
    if (end < until_) self().tell(produce{end});
  }

 private:
  troupe::actor_ref<number> to_;
  std::uint64_t until_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 5'000'000);
  const std::uint64_t each = (options.count + 1) / 2;
  troupe::actor_system system({.workers = options.workers});
  auto sink = system.spawn<consumer>();
  auto first = system.spawn<producer>(sink, each);
  auto second = system.spawn<producer>(sink, 2 * each);

  auto start = bench::clock::now();
  first.tell(produce{0});
  second.tell(produce{each});
  const std::uint64_t sum = sink.ask(total{2 * each}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(2 * each, seconds, sum == each * (2 * each - 1));
}
