// SPDX-License-Identifier: BSD-3-Clause
// CAF for X2, X3 and N2: requests with 64 bytes each way to an actor in another process, `--size` under way at once.

#include "remote.hpp"

namespace {

struct echo_state {
  bench::frame_check check;
};

caf::behavior echo(caf::stateful_actor<echo_state>* self) {
  return {
      [=](const bench::frame& frame) {
        self->state.check.take(frame);
        return frame;
      },
      [=](peer::done_atom) {
        self->quit();
        return self->state.check.verdict();
      },
  };
}

int serve_echo(const bench::pipe_ends& pipe, unsigned workers) {
  peer::remote_config config{workers};
  return peer::serve_until_quit(config, pipe, echo);
}

/// Asks from an actor, so that no thread is woken for a reply but by the middleman.
class client : public caf::event_based_actor {
 public:
  client(caf::actor_config& config, caf::actor to, caf::actor referee, std::uint64_t count,
         std::uint64_t under_way, bench::frame_check* check, bench::latencies* single)
      : event_based_actor(config),
        to_(std::move(to)),
        referee_(std::move(referee)),
        count_(count),
        under_way_(under_way),
        check_(check),
        single_(single) {}

  caf::behavior make_behavior() override {
    return {
        [this](peer::start_atom) {
          last_ = bench::clock::now();
          for (std::uint64_t i = 0; i < under_way_; ++i) ask();
        },
    };
  }

 private:
  void ask() {
    if (check_->seen() == count_) {
      send(referee_, peer::done_atom::value);
      quit();
    }
    if (sent_ == count_) return;
    request(to_, caf::infinite, bench::make_frame(sent_++)).then([this](const bench::frame& f) {
      check_->take(f);
      auto now = bench::clock::now();
      single_->add(now - last_);
      last_ = now;
      ask();
    });
  }

  caf::actor to_;
  caf::actor referee_;
  std::uint64_t count_;
  std::uint64_t under_way_;
  std::uint64_t sent_ = 0;
  bench::frame_check* check_;
  bench::latencies* single_;
  bench::clock::time_point last_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 20'000);
  bench::child other(
      [&](const bench::pipe_ends& pipe) { return serve_echo(pipe, options.workers); });
  peer::remote_config config{options.workers};
  caf::actor_system system{config};
  auto to = peer::reach(system, other.ends());
  caf::scoped_actor self{system};
  bench::frame_check check;
  bench::latencies single(options.count);
  auto from = system.spawn<client>(to, caf::actor_cast<caf::actor>(self), options.count,
                                   options.size, &check, &single);

  auto start = bench::clock::now();
  self->send(from, peer::start_atom::value);
  self->receive([](peer::done_atom) {});
  double seconds = bench::seconds_since(start);

  bool good = check.verdict() == options.count;
  self->request(to, caf::infinite, peer::done_atom::value)
      .receive([&](std::uint64_t seen) { good = good && seen == options.count; },
               [&](const caf::error&) { good = false; });
  return bench::report(options.count, seconds, good && other.join(), &single);
}
