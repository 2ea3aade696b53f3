// SPDX-License-Identifier: BSD-3-Clause
//
// Processes that are the call of a function: started afresh, handed out by a template that has loaded what
// they need, or made as a copy of this one; their output read line by line, and their ends: an exit code, a
// signal, an exception.
//
//   ./dev example processes

#include <csignal>
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;
using namespace std::chrono_literals;

std::vector<int> table;  // of squares
void load() {
  for (int i = 0; i < 100; ++i) table.push_back(i * i);
}

task<int> square(actor_system& system, int n) {
  if (table.empty()) load();  // one that is started afresh has to
  std::cout << "the square of " << n << " is " << table[n] << std::endl;
  co_return system.parent()->method() == start_method::forkserver ? 10 : 20;
}
task<void> sleep_in(actor_system&) { co_await sleep_for(1h); }
task<void> fail(actor_system&) {
  throw std::runtime_error("no luck today");
  co_return;
}

class eavesdropper : public actor<output_line> {
 public:
  void on(const output_line& line) { std::cout << line.process << ": " << line.text << '\n'; }
};

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    auto ear = system.spawn<eavesdropper>();
    const actor_ref<output_line> to = ear;
    preload<&load>(system);

    for (auto how : {start_method::spawn, start_method::forkserver}) {
      process child =
          co_await system.start_process<&square>({.name = "child", .method = how, .out = to}, 12);
      const exit_reason why = co_await child.wait();
      std::cout << to_string(why) << '\n';
    }

    auto copy = [n = std::make_unique<int>(30)](actor_system&) -> task<int> { co_return *n; };
    process copied = co_await system.start_process({.name = "copy"}, std::move(copy));
    std::cout << to_string(co_await copied.wait()) << '\n';

    process lazy = co_await system.start_process<&sleep_in>({.name = "lazy"});
    process unlucky = co_await system.start_process<&fail>({.name = "unlucky", .err = to});
    if (!co_await lazy.wait(10ms)) lazy.terminate();
    const auto both = co_await when_all(lazy.sentinel(), unlucky.sentinel());
    std::cout << to_string(*std::get<0>(both)) << '\n' << to_string(*std::get<1>(both)) << '\n';
    std::cout << system.children().size() << " children left\n";
    co_return 0;
  });
}
