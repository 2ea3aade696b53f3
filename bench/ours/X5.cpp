// SPDX-License-Identifier: BSD-3-Clause
// Troupe for X5: an actor in each of `--size` processes sends 64-byte messages to one actor here.

#include <bench/frame.hpp>
#include <bench/program.hpp>
#include <troupe/gather.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "sender.hpp"

namespace {

using credit_ref = troupe::actor_ref<bench::credit>;

struct senders_of {
  std::vector<credit_ref> senders;
  std::uint64_t count;
};
struct verdict {
  using reply = std::uint64_t;  // when all have come: the number of good frames, 0 if one was wrong
};

class receiver : public troupe::actor<senders_of, bench::frame, verdict> {
 public:
  void on(senders_of all) {
    senders_ = std::move(all.senders);
    count_ = all.count;
    check_ = bench::fan_in_check(senders_.size());
  }
  void on(const bench::frame& f) {
    const std::uint64_t from = check_.take(f);
    const std::uint64_t seen = check_.seen_of(from);
    if (seen % bench::window == 0) senders_[from].tell(bench::credit{seen});
    if (check_.seen() == count_ && over_) over_.set_value(check_.verdict());
  }
  troupe::promise<std::uint64_t> on(verdict) {
    over_ = make_promise<std::uint64_t>();
    if (check_.seen() == count_) over_.set_value(check_.verdict());
    return over_;
  }

 private:
  std::vector<credit_ref> senders_;
  std::uint64_t count_ = 0;
  bench::fan_in_check check_{0};
  troupe::promise<std::uint64_t> over_;
};

troupe::task<int> fan_in(troupe::actor_system& system, std::uint64_t count, std::uint64_t senders) {
  const std::uint64_t each = count / senders;
  auto to = system.spawn<receiver>();
  std::vector<troupe::process> processes;
  std::vector<troupe::actor_ref<bench::start_sending, bench::credit>> from;
  for (std::uint64_t i = 0; i < senders; ++i) {
    processes.push_back(co_await system.start_process({.workers = 1}));
    from.push_back(co_await processes.back().spawn<bench::sender>(i));
  }
  to.tell(senders_of{{from.begin(), from.end()}, each * senders});
  auto start = bench::clock::now();
  co_await troupe::ask_all(from, bench::start_sending{to, each});
  const std::uint64_t good = co_await to.ask(verdict{});
  const double seconds = bench::seconds_since(start);
  co_return bench::report(each * senders, seconds, good == each * senders);
}

}  // namespace

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 4'000'000, {}, 4);
  troupe::actor_system system({.workers = options.workers});
  return system.run(fan_in(system, options.count, options.size));
}
