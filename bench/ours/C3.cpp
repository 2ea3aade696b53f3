// SPDX-License-Identifier: BSD-3-Clause
// Troupe for C3: 64-byte items through a queue of at most 256, from one actor to another, which checks
// each. Forms: `one` and `many` (64 at most in one question), both with the consumer in another process;
// `here-one` and `here-many` with all in one.

#include <bench/frame.hpp>
#include <bench/program.hpp>
#include <troupe/process.hpp>
#include <troupe/queue.hpp>
#include <troupe/when.hpp>

namespace bench {

constexpr std::size_t batch = 64;
using frames = troupe::queue<frame>;

struct put_frames {
  using reply = std::uint64_t;  // how many were put
  frames to;
  std::uint64_t count = 0;
  bool many = false;
};
struct get_frames {
  using reply = std::uint64_t;  // the number of good frames, 0 if one was wrong
  frames from;
  bool many = false;
};

class producer : public troupe::actor<put_frames> {
 public:
  troupe::task<std::uint64_t> on(put_frames order) {
    std::uint64_t put = 0;
    while (put < order.count) {
      if (order.many) {
        std::vector<frame> some;
        while (some.size() < batch && put + some.size() < order.count) {
          some.push_back(make_frame(put + some.size()));
        }
        put += (co_await order.to.put_many(std::move(some))).items;
      } else {
        put += co_await order.to.put(make_frame(put)) ? 1 : 0;
      }
    }
    co_await order.to.shutdown();
    co_return put;
  }
};

class consumer : public troupe::actor<get_frames> {
 public:
  troupe::task<std::uint64_t> on(get_frames order) {
    frame_check check;
    if (order.many) {
      while (const auto some = co_await order.from.get_many(batch)) {
        for (const frame& f : *some) check.take(f);
      }
    } else {
      while (const auto one = co_await order.from.get()) check.take(*one);
    }
    co_return check.verdict();
  }
};

troupe::task<int> pass_on(troupe::actor_system& system, std::uint64_t count, bool here, bool many) {
  const auto between = frames::spawn(system, {.maxsize = 256});
  const auto from = system.spawn<producer>();
  troupe::actor_ref<get_frames> to;
  if (here) {
    to = system.spawn<consumer>();
  } else {
    troupe::process other = co_await system.start_process({.name = "consumer"});
    to = co_await other.spawn<consumer>();
  }
  const auto start = clock::now();
  const auto [put, got] = co_await troupe::when_all(from.ask(put_frames{between, count, many}),
                                                    to.ask(get_frames{between, many}));
  const double seconds = seconds_since(start);
  co_return report(count, seconds, *put == count && *got == count);
}

}  // namespace bench

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 500'000, {"one", "many", "here-one", "here-many"});
  troupe::actor_system system({.workers = options.workers});
  return system.run(bench::pass_on(system, options.count, options.form.starts_with("here"),
                                   options.form.ends_with("many")));
}
