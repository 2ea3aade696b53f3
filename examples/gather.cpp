// SPDX-License-Identifier: BSD-3-Clause
//
// Many asks at once: three shops are asked for a price. All questions leave before the first answer
// comes; the first two offers are enough, and the shop that takes too long is told to stop looking.
//
//   ./dev example gather

#include <chrono>
#include <iostream>
#include <string>
#include <troupe/troupe.hpp>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

struct price_of {
  using reply = int;
  std::string thing;
};
struct searches_given_up {
  using reply = int;
};

class shop : public actor<price_of, searches_given_up> {
 public:
  static constexpr bool reentrant = true;  // the other questions are answered while it looks
  explicit shop(int price, int shelves) : price_(price), shelves_(shelves) {}

  task<int> on(price_of) {
    const std::stop_token nobody_waits = cancellation();
    for (int shelf = 0; shelf < shelves_; ++shelf) {
      if (nobody_waits.stop_requested()) {
        ++given_up_;
        break;
      }
      co_await sleep_for(1ms);
    }
    co_return price_;
  }
  int on(searches_given_up) const { return given_up_; }

 private:
  int price_;
  int shelves_;
  int given_up_ = 0;
};

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    std::vector<actor_ref<price_of, searches_given_up>> shops{
        system.spawn<shop>(30, 2), system.spawn<shop>(20, 1'000'000), system.spawn<shop>(25, 3)};

    auto offers = co_await ask_first(2, shops, price_of{"lamp"}, 60s);
    for (const auto& offer : offers) {
      std::cout << "shop " << offer.index << ": " << *offer.result << '\n';
    }

    for (int given_up = 0; given_up == 0;) {
      given_up = co_await shops[1].ask(searches_given_up{});
    }
    std::cout << "shop 1 has stopped looking\n";
    co_return 0;
  });
}
