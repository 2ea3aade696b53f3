// SPDX-License-Identifier: BSD-3-Clause
// Floor of I1 and I9: two coroutines in one thread; a hop is one atomic exchange and one resume.
// Forms: `tell`, and `ask`, which counts two hops as one.

#include <atomic>
#include <coroutine>
#include <exception>
#include <utility>

#include <bench/program.hpp>

namespace {

struct player {
  struct promise_type {
    player get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

struct alignas(64) seat {
  std::atomic<std::uint64_t> mail{0};  // 0: empty, else hops left plus one; each side exchanges
  std::coroutine_handle<> owner;
  std::uint64_t received = 0;
};

struct run_queue {
  std::coroutine_handle<> next;
};

player play(seat& mine, seat& other, run_queue& queue) {
  for (;;) {
    std::uint64_t ball = mine.mail.load(std::memory_order_acquire);
    if (ball == 0) {
      co_await std::suspend_always{};
      continue;
    }
    mine.mail.store(0, std::memory_order_relaxed);
    ++mine.received;
    if (ball == 1) co_return;
    if (other.mail.exchange(ball - 1, std::memory_order_acq_rel) == 0) queue.next = other.owner;
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {"tell", "ask"});
  std::uint64_t hops = options.form == "ask" ? options.count * 2 : options.count;
  seat left;
  seat right;
  run_queue queue;
  left.owner = play(left, right, queue).handle;
  right.owner = play(right, left, queue).handle;

  auto start = bench::clock::now();
  left.mail.store(hops);
  queue.next = left.owner;
  while (queue.next) std::exchange(queue.next, nullptr).resume();
  double seconds = bench::seconds_since(start);

  bool good = left.received + right.received == hops && left.received == (hops + 1) / 2;
  left.owner.destroy();
  right.owner.destroy();
  return bench::report(options.count, seconds, good);
}
