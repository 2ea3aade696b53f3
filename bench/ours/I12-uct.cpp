// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-uct: a tree of actors grows, as its root allows; then all of it is visited.

#include <bench/growth.hpp>
#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

namespace {

struct visit {};
struct children {
  std::uint64_t first;  // their numbers
};
using node_ref = troupe::actor_ref<visit, children>;
struct may_grow {
  node_ref who;
};
struct visited {
  std::uint64_t sum;
};
using root_ref = troupe::actor_ref<may_grow, visited>;

class node : public troupe::actor<visit, children> {
 public:
  node(std::uint64_t number, root_ref root) : root_(root), number_(number) {
    root_.tell(may_grow{self()});
  }
  void on(children c) {
    for (std::uint64_t i = 0; i < bench::growth::children; ++i) {
      children_.push_back(spawn<node>(c.first + i, root_));
    }
  }
  void on(visit) {
    for (const auto& c : children_) c.tell(visit{});
    root_.tell(visited{bench::work(number_, bench::growth::cost)});
  }

 private:
  root_ref root_;
  std::uint64_t number_;
  std::vector<node_ref> children_;
};

struct grow {
  using reply = std::uint64_t;  // what the visit gave
};

class root : public troupe::actor<grow, may_grow, visited> {
 public:
  explicit root(std::uint64_t nodes_max) : growth_(nodes_max) {}
  troupe::promise<std::uint64_t> on(grow) {
    over_ = make_promise<std::uint64_t>();
    for (std::uint64_t i = 1; i <= bench::growth::children; ++i) {
      children_.push_back(spawn<node>(i, self()));
    }
    return over_;
  }
  void on(may_grow m) {
    if (const std::uint64_t first = growth_.ask()) m.who.tell(children{first});
    if (!growth_.is_over()) return;
    for (const auto& c : children_) c.tell(visit{});
  }
  void on(visited v) {
    sum_ += v.sum;
    if (++visits_ == growth_.nodes()) over_.set_value(sum_);
  }

 private:
  bench::growth growth_;
  std::vector<node_ref> children_;
  std::uint64_t visits_ = 0, sum_ = 0;
  troupe::promise<std::uint64_t> over_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 50'000);
  troupe::actor_system system({.workers = options.workers});
  auto top = system.spawn<root>(options.count);
  auto start = bench::clock::now();
  const std::uint64_t sum = top.ask(grow{}).get();
  double seconds = bench::seconds_since(start);
  std::uint64_t expected = 0;
  const std::uint64_t nodes = bench::grown(options.count, expected);
  return bench::report(nodes, seconds, sum == expected);
}
