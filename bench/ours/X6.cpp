// SPDX-License-Identifier: BSD-3-Clause
// Troupe for X6: a process is started, says hello to an actor of ours, and is waited for; one after the
// other. Forms: the start methods.

#include <bench/program.hpp>
#include <troupe/behavior.hpp>
#include <troupe/process.hpp>

namespace {

struct hello {
  std::int64_t pid = 0;
};
struct next_hello {
  using reply = std::int64_t;
};

troupe::behavior doorman(troupe::mailbox<hello, next_hello> mail) {
  for (;;) {
    const hello guest = co_await mail.receive<hello>();
    auto asked = co_await mail.receive<troupe::question<next_hello>>();
    asked.answer.set_value(guest.pid);
  }
}

troupe::task<void> greet(troupe::actor_system&, troupe::actor_ref<hello> to) {
  to.tell(hello{getpid()});
  co_return;
}

troupe::start_method method_of(const std::string& form) {
  if (form == "spawn") return troupe::start_method::spawn;
  return form == "fork" ? troupe::start_method::fork : troupe::start_method::forkserver;
}

troupe::task<bool> one(troupe::actor_system& system, troupe::start_method how,
                       troupe::actor_ref<hello, next_hello> door) {
  troupe::process guest =
      co_await system.start_process<&greet>({.method = how}, troupe::actor_ref<hello>(door));
  const std::int64_t pid = co_await door.ask(next_hello{});
  const troupe::exit_reason why = co_await guest.wait();
  co_return pid == guest.pid() && why.code == 0 && why.signal == 0;
}

troupe::task<int> starts(troupe::actor_system& system, troupe::start_method how,
                         std::uint64_t count) {
  auto door = system.spawn<&doorman>();
  bool good = co_await one(system, how, door);  // the first one also starts the template
  bench::latencies single(count);
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    auto begun = bench::clock::now();
    good = co_await one(system, how, door) && good;
    single.add(bench::clock::now() - begun);
  }
  double seconds = bench::seconds_since(start);
  door.kill();
  co_return bench::report(count, seconds, good, &single);
}

}  // namespace

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 200, {"forkserver", "spawn", "fork"});
  troupe::actor_system system({.workers = options.workers});
  return system.run(starts(system, method_of(options.form), options.count));
}
