// SPDX-License-Identifier: BSD-3-Clause
// CAF for I9: requests one after the other. Forms: `then` and `await` (an event-based actor's two
// ways to take the reply) and `blocking` (a scoped actor outside the workers).

#include "system.hpp"

namespace {

caf::behavior server() {
  return {
      [](peer::number_atom, std::uint64_t number) { return number + 1; },
  };
}

struct client_state {
  std::uint64_t sum = 0;
};

class client : public caf::stateful_actor<client_state> {
 public:
  client(caf::actor_config& config, caf::actor to, caf::actor referee, bool await)
      : stateful_actor(config), to_(std::move(to)), referee_(std::move(referee)), await_(await) {}

  caf::behavior make_behavior() override {
    return {
        [this](peer::start_atom, std::uint64_t count) { ask(count); },
    };
  }

 private:
  void ask(std::uint64_t left) {
    if (left == 0) {
      send(referee_, peer::done_atom::value, state.sum);
      quit();
      return;
    }
    auto reply = [this, left](std::uint64_t number) {
      state.sum += number;
      ask(left - 1);
    };
    if (await_) {
      request(to_, caf::infinite, peer::number_atom::value, left).await(reply);
    } else {
      request(to_, caf::infinite, peer::number_atom::value, left).then(reply);
    }
  }

  caf::actor to_;
  caf::actor referee_;
  bool await_;
};

std::uint64_t ask_blocking(caf::scoped_actor& self, const caf::actor& to, std::uint64_t count) {
  std::uint64_t sum = 0;
  bool good = true;
  for (std::uint64_t i = count; i > 0; --i) {
    self->request(to, caf::infinite, peer::number_atom::value, i)
        .receive([&](std::uint64_t number) { sum += number; },
                 [&](const caf::error&) { good = false; });
  }
  return good ? sum : 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1'000'000, {"then", "await", "blocking"});
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto to = system.spawn(server);
  auto from = system.spawn<client>(to, caf::actor_cast<caf::actor>(self), options.form == "await");

  auto start = bench::clock::now();
  std::uint64_t sum = 0;
  if (options.form == "blocking") {
    sum = ask_blocking(self, to, options.count);
  } else {
    self->send(from, peer::start_atom::value, options.count);
    self->receive([&](peer::done_atom, std::uint64_t total) { sum = total; });
  }
  double seconds = bench::seconds_since(start);

  for (const auto& each : {to, from}) {
    self->send_exit(each, caf::exit_reason::user_shutdown);
  }
  return bench::report(options.count, seconds, sum == options.count * (options.count + 3) / 2);
}
