// SPDX-License-Identifier: BSD-3-Clause
//
// Why does nothing happen? A clerk asks the archive, which waits for a key that nobody has. The program
// shows its own state in a table: who lives, what each waits for and for how long. The listener names
// a handler that keeps a worker for itself.
//
//   ./dev example snapshot

#include <future>
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;
using namespace std::chrono_literals;

struct find_file {
  using reply = int;
  int number = 0;
};
struct key {};
struct dig {};

behavior archive(mailbox<find_file, key> mail) {
  auto asked = co_await mail.receive<question<find_file>>();
  co_await mail.receive<key>();  // never comes
}

behavior clerk(mailbox<>, actor_ref<find_file> files) { co_await files.ask(find_file{17}); }

class miner : public actor<dig> {
 public:
  explicit miner(std::shared_future<void> enough) : enough_(std::move(enough)) {}
  void on(dig) { enough_.wait(); }  // never do that: it blocks a worker

 private:
  std::shared_future<void> enough_;
};

int main() {
  std::promise<void> enough;
  std::promise<std::string> slow;
  actor_system system({.name = "office", .workers = 2, .handler_limit = 20ms});
  system.on_slow_handler([&](const slow_handler& one) {
    slow.set_value(std::string(one.name) + " is slow with " + std::string(one.message));
  });

  auto files = system.spawn<archive>();
  (void)system.register_name("files", files);
  system.spawn<clerk>(files);
  auto deep = system.spawn<miner>(enough.get_future().share());
  for (int i = 0; i < 3; ++i) deep.tell(dig{});

  std::cout << slow.get_future().get() << "\n\n";
  std::cout << system.snapshot(50ms);
  enough.set_value();
  files.kill();  // and with it the clerk, whose ask fails
}
