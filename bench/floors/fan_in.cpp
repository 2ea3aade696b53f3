// SPDX-License-Identifier: BSD-3-Clause
// Floor of I4: two threads push preallocated nodes to an intrusive multi-producer queue, one thread
// takes them out.

#include <atomic>
#include <memory>
#include <thread>

#include <bench/program.hpp>

namespace {

struct node {
  std::atomic<node*> next{nullptr};
  std::uint64_t value = 0;
};

/// Vyukov's queue: one exchange to push, none to pop.
class queue {
 public:
  void push(node* n) {
    n->next.store(nullptr, std::memory_order_relaxed);
    head_.exchange(n, std::memory_order_acq_rel)->next.store(n, std::memory_order_release);
  }
  /// \return the next node, which stays readable until the next call, or null
  node* pop() {
    node* n = tail_->next.load(std::memory_order_acquire);
    if (n != nullptr) tail_ = n;
    return n;
  }

 private:
  node stub_;
  // The newest node. Any producer exchanges it; acquire and release order the link it then writes
  // after the creation of the node that it writes to.
  alignas(64) std::atomic<node*> head_{&stub_};
  alignas(64) node* tail_ = &stub_;  // consumer only
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 5'000'000);
  std::uint64_t each = (options.count + 1) / 2;
  auto nodes = std::make_unique<node[]>(2 * each);
  queue mail;
  std::atomic<bool> go{false};
  auto produce = [&](std::uint64_t from) {
    go.wait(false);
    for (std::uint64_t i = from; i < from + each; ++i) {
      nodes[i].value = i;
      mail.push(&nodes[i]);
    }
  };
  std::thread first(produce, 0);
  std::thread second(produce, each);

  auto start = bench::clock::now();
  go.store(true);
  go.notify_all();
  std::uint64_t seen = 0;
  std::uint64_t sum = 0;
  while (seen < 2 * each) {
    if (node* n = mail.pop()) {
      sum += n->value;
      ++seen;
    } else {
      std::this_thread::yield();
    }
  }
  double seconds = bench::seconds_since(start);
  first.join();
  second.join();
  return bench::report(2 * each, seconds, sum == each * (2 * each - 1));
}
