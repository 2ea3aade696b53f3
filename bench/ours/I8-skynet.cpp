// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I8-skynet: a tree of actors, ten children each; the leaves' numbers are added up on
// the way back to the root.

#include <bench/countdown.hpp>
#include <bench/program.hpp>

namespace {

struct sum {
  std::uint64_t value;
};

class tree : public troupe::actor<sum> {
 public:
  tree(std::uint64_t number, std::uint64_t leaves, troupe::actor_ref<sum> parent)
      : parent_(parent) {
    if (leaves == 1) {
      parent_.tell(sum{number});
      stop();
      return;
    }
    for (std::uint64_t i = 0; i < 10; ++i) {
      spawn<tree>(number + i * (leaves / 10), leaves / 10, self());
    }
  }
  void on(sum s) {
    sum_ += s.value;
    if (--missing_ > 0) return;
    parent_.tell(sum{sum_});
    stop();
  }

 private:
  troupe::actor_ref<sum> parent_;
  std::uint64_t missing_ = 10, sum_ = 0;
};

struct grow {
  using reply = std::uint64_t;  // the sum of the numbers of so many leaves
  std::uint64_t leaves;
};

class root : public troupe::actor<grow, sum> {
 public:
  troupe::promise<std::uint64_t> on(grow order) {
    over_ = make_promise<std::uint64_t>();
    spawn<tree>(std::uint64_t{0}, order.leaves, self());
    return over_;
  }
  void on(sum s) { over_.set_value(s.value); }

 private:
  troupe::promise<std::uint64_t> over_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1'000'000);
  std::uint64_t leaves = 1;
  while (leaves * 10 <= options.count) leaves *= 10;
  troupe::actor_system system({.workers = options.workers});
  auto top = system.spawn<root>();
  auto start = bench::clock::now();
  const std::uint64_t total = top.ask(grow{leaves}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(leaves, seconds, total == leaves * (leaves - 1) / 2);
}
