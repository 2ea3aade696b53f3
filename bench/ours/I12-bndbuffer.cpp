// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-bndbuffer: forty producers and forty consumers around a buffer of fifty items.

#include <bench/countdown.hpp>
#include <bench/program.hpp>
#include <bench/random.hpp>
#include <deque>

namespace {

constexpr std::uint64_t room = 50;
constexpr std::uint64_t cost = 25;  // steps of the generator, to make an item and to use it

struct produce {};
struct item {
  std::uint64_t value;
};
struct no_more {};
using consumer_ref = troupe::actor_ref<item, no_more>;
struct made {
  std::uint64_t value;
  troupe::actor_ref<produce> by;
};
struct made_all {};
struct hungry {
  consumer_ref who;
};

class buffer : public troupe::actor<made, made_all, hungry> {
 public:
  explicit buffer(std::uint64_t producers) : producers_(producers) {}
  void on(made m) {
    if (consumers_.empty()) {
      items_.push_back(m.value);
    } else {
      consumers_.front().tell(item{m.value});
      consumers_.pop_front();
    }
    // A producer that works already has its place.
    if (items_.size() + producers_ > room) {
      blocked_.push_back(m.by);
    } else {
      m.by.tell(produce{});
    }
  }
  void on(hungry h) {
    if (items_.empty()) {
      consumers_.push_back(h.who);
      close_if_over();
      return;
    }
    h.who.tell(item{items_.front()});
    items_.pop_front();
    if (!blocked_.empty()) {
      blocked_.front().tell(produce{});
      blocked_.pop_front();
    }
  }
  void on(made_all) {
    ++ended_;
    close_if_over();
  }

 private:
  void close_if_over() {
    if (ended_ < producers_ || !items_.empty()) return;
    for (const auto& c : consumers_) c.tell(no_more{});
    consumers_.clear();
  }

  std::deque<std::uint64_t> items_;
  std::deque<consumer_ref> consumers_;
  std::deque<troupe::actor_ref<produce>> blocked_;
  std::uint64_t producers_, ended_ = 0;
};

class producer : public troupe::actor<produce> {
 public:
  producer(std::uint64_t from, std::uint64_t count, troupe::actor_ref<made, made_all> to)
      : to_(to), next_(from), end_(from + count) {
    on(produce{});
  }
  void on(produce) {
    if (next_ == end_) {
      to_.tell(made_all{});
    } else {
      to_.tell(made{bench::work(next_++, cost), self()});
    }
  }

 private:
  troupe::actor_ref<made, made_all> to_;
  std::uint64_t next_, end_;
};

class consumer : public troupe::actor<item, no_more> {
 public:
  consumer(troupe::actor_ref<hungry> from, troupe::actor_ref<bench::finished> referee)
      : from_(from), referee_(referee) {
    from_.tell(hungry{self()});
  }
  void on(item i) {
    sum_ += bench::work(i.value, cost);
    from_.tell(hungry{self()});
  }
  void on(no_more) { referee_.tell(bench::finished{sum_}); }

 private:
  troupe::actor_ref<hungry> from_;
  troupe::actor_ref<bench::finished> referee_;
  std::uint64_t sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {}, 40);
  const std::uint64_t each = std::max<std::uint64_t>(1, options.count / options.size);
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(options.size);
  auto start = bench::clock::now();
  auto between = system.spawn<buffer>(options.size);
  for (std::uint64_t i = 0; i < options.size; ++i) {
    system.spawn<producer>(i * each, each, between);
    system.spawn<consumer>(between, referee);
  }
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < options.size * each; ++i) {
    expected += bench::work(bench::work(i, cost), cost);
  }
  return bench::report(options.size * each, seconds, sum == expected);
}
