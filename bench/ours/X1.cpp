// SPDX-License-Identifier: BSD-3-Clause
// Troupe for X1: an actor here sends 64-byte messages to an actor in another process, which checks
// each and lets the sender know every 16,384 messages; four such windows are under way at most.

#include <bench/frame.hpp>
#include <bench/program.hpp>
#include <troupe/process.hpp>

namespace {

constexpr std::uint64_t chunk = 1000;
constexpr std::uint64_t window = 16384;

struct credit {
  std::uint64_t seen;
};
struct verdict {
  using reply = std::uint64_t;  // the number of good frames, 0 if one was wrong
};

class receiver : public troupe::actor<bench::frame, verdict> {
 public:
  explicit receiver(troupe::actor_ref<credit> sender) : sender_(sender) {}
  void on(const bench::frame& f) {
    check_.take(f);
    if (check_.seen() % window == 0) sender_.tell(credit{check_.seen()});
  }
  std::uint64_t on(verdict) const { return check_.verdict(); }

 private:
  troupe::actor_ref<credit> sender_;
  bench::frame_check check_;
};

struct start_sending {
  using reply = void;
  troupe::actor_ref<bench::frame> to;
  std::uint64_t count;
};
struct send_more {};

class sender : public troupe::actor<start_sending, send_more, credit> {
 public:
  troupe::promise<void> on(start_sending order) {
    to_ = order.to;
    count_ = order.count;
    all_sent_ = make_promise<void>();
    on(send_more{});
    return all_sent_;
  }
  void on(credit c) {
    seen_ = c.seen;
    if (waiting_) on(send_more{});
  }
  void on(send_more) {
    const std::uint64_t end = std::min({count_, sent_ + chunk, seen_ + 4 * window});
    while (sent_ < end) to_.tell(bench::make_frame(sent_++));
    waiting_ = false;
    if (sent_ == count_) {
      all_sent_.set_value();
    } else if (sent_ == seen_ + 4 * window) {
      waiting_ = true;
    } else {
      self().tell(send_more{});
    }
  }

 private:
  troupe::actor_ref<bench::frame> to_;
  std::uint64_t count_ = 0, sent_ = 0, seen_ = 0;
  bool waiting_ = false;
  troupe::promise<void> all_sent_;
};

troupe::task<int> stream(troupe::actor_system& system, std::uint64_t count) {
  troupe::process other = co_await system.start_process({.name = "receiver"});
  auto from = system.spawn<sender>();
  auto to = co_await other.spawn<receiver>(troupe::actor_ref<credit>(from));
  auto start = bench::clock::now();
  co_await from.ask(start_sending{to, count});
  const std::uint64_t good = co_await to.ask(verdict{});
  double seconds = bench::seconds_since(start);
  co_return bench::report(count, seconds, good == count);
}

}  // namespace

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 5'000'000);
  troupe::actor_system system({.workers = options.workers});
  return system.run(stream(system, options.count));
}
