// SPDX-License-Identifier: BSD-3-Clause
//
// One publishes, many receive. The newspaper is printed once: its readers share one copy in memory,
// whether they are three or a thousand. A reader who leaves is forgotten.
//
//   ./dev example topic

#include <iostream>
#include <string>
#include <troupe/troupe.hpp>
#include <vector>

using namespace troupe;

struct newspaper {
  int day = 0;
  std::vector<std::string> pages;
};
struct pages_read {
  using reply = std::size_t;
};

class reader : public actor<shared<newspaper>, pages_read> {
 public:
  void on(const shared<newspaper>& paper) { read_ += paper->pages.size(); }
  std::size_t on(pages_read) const { return read_; }

 private:
  std::size_t read_ = 0;
};

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    auto morning = topic<newspaper>::spawn(system);
    std::vector<actor_ref<shared<newspaper>, pages_read>> readers;
    for (int i = 0; i < 1000; ++i) {
      readers.push_back(system.spawn<reader>());
      co_await morning.subscribe(readers.back());
    }

    const std::string text(4000, 'x');
    newspaper monday{1, {text, text}};
    morning.publish(monday);
    readers.front().stop();
    co_await ended(readers.front());
    newspaper tuesday{2, {text, text, text}};
    morning.publish(tuesday);

    const std::size_t subscribers = co_await morning.subscribers();  // and both are out by now
    std::size_t pages = 0;
    for (const auto& each : readers) {
      auto answer = co_await each.ask(pages_read{}).result();
      if (answer) pages += *answer;
    }
    std::cout << subscribers << " subscribers have read " << pages << " pages\n";
    co_return 0;
  });
}
