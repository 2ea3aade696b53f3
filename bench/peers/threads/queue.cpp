// SPDX-License-Identifier: BSD-3-Clause
// For C3 in one process: a queue of at most 256 between two threads, of the standard library's parts: a
// mutex, two condition variables and a deque. With TBB: its concurrent_bounded_queue.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <bench/frame.hpp>
#include <bench/program.hpp>
#ifdef BENCH_TBB
#include <tbb/concurrent_queue.h>
#endif

namespace {

constexpr std::size_t items_max = 256;

#ifdef BENCH_TBB
class bounded_queue {
 public:
  bounded_queue() { items_.set_capacity(items_max); }
  void put(const bench::frame& item) { items_.push(item); }
  bench::frame get() {
    bench::frame item;
    items_.pop(item);
    return item;
  }

 private:
  tbb::concurrent_bounded_queue<bench::frame> items_;
};
#else
class bounded_queue {
 public:
  void put(const bench::frame& item) {
    {
      std::unique_lock hold{mutex_};
      room_.wait(hold, [&] { return items_.size() < items_max; });
      items_.push_back(item);
    }
    filled_.notify_one();
  }
  bench::frame get() {
    std::unique_lock hold{mutex_};
    filled_.wait(hold, [&] { return !items_.empty(); });
    const bench::frame item = items_.front();
    items_.pop_front();
    hold.unlock();
    room_.notify_one();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<bench::frame> items_;
};
#endif

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 500'000);
  bounded_queue between;
  bench::frame_check check;
  const auto start = bench::clock::now();
  std::thread consumer([&] {
    for (std::uint64_t i = 0; i < options.count; ++i) check.take(between.get());
  });
  for (std::uint64_t i = 0; i < options.count; ++i) between.put(bench::make_frame(i));
  consumer.join();
  const double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, check.verdict() == options.count);
}
