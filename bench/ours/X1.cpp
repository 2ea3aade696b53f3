// SPDX-License-Identifier: BSD-3-Clause
// Troupe for X1 and N1: an actor here sends 64-byte messages to an actor in another process, which checks
// each and lets the sender know every 1,024 messages; four such windows are under way at most.

#include <bench/frame.hpp>
#include "apart.hpp"
#include "sender.hpp"

namespace {

struct verdict {
  using reply = std::uint64_t;  // the number of good frames, 0 if one was wrong
};

class receiver : public troupe::actor<bench::frame, verdict> {
 public:
  explicit receiver(troupe::actor_ref<bench::credit> sender) : sender_(sender) {}
  void on(const bench::frame& f) {
    check_.take(f);
    if (check_.seen() % bench::window == 0) sender_.tell(bench::credit{check_.seen()});
  }
  std::uint64_t on(verdict) const { return check_.verdict(); }

 private:
  troupe::actor_ref<bench::credit> sender_;
  bench::frame_check check_;
};

troupe::task<int> stream(troupe::actor_system& system, bench::other other, bench::options options) {
  const std::uint64_t count = options.count;
  auto from = system.spawn<bench::sender>(0u);
  auto to = co_await other.spawn<receiver>(troupe::actor_ref<bench::credit>(from));
  auto start = bench::clock::now();
  co_await from.ask(bench::start_sending{to, count});
  const std::uint64_t good = co_await to.ask(verdict{});
  double seconds = bench::seconds_since(start);
  co_return bench::report(count, seconds, good == count);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_apart(
      argc, argv, [](int n, char** all) { return bench::parse(n, all, 5'000'000); }, stream);
}
