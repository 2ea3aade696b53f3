// SPDX-License-Identifier: BSD-3-Clause
#include "patience.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace troupe::detail {

/// `run_out` is in the hands of Asio alone, and goes with its context: it may own whoever owns this.
struct patience::wait : std::enable_shared_from_this<wait> {
  wait(reactor& io, std::chrono::nanoseconds limit)
      : timer(io.context()), step(std::max(limit / patience_steps, std::chrono::nanoseconds{1})) {}

  void go_on(std::function<void()> run_out) {
    began = std::chrono::steady_clock::now();
    timer.expires_after(step);
    timer.async_wait([self = shared_from_this(),
                      run_out = std::move(run_out)](const boost::system::error_code&) mutable {
      if (!self->ended) self->on_step(std::move(run_out));
    });
  }
  void on_step(std::function<void()> run_out) {
    if (!stood_still(std::chrono::steady_clock::now() - began, step)) --left;
    if (left > 0) return go_on(std::move(run_out));
    ended = true;
    run_out();
  }

  boost::asio::steady_timer timer;
  const std::chrono::nanoseconds step;
  std::chrono::steady_clock::time_point began;
  unsigned left = patience_steps;
  bool ended = false;
};

void patience::begin(std::chrono::nanoseconds limit, std::function<void()> run_out) {
  end();
  wait_ = std::make_shared<wait>(io_, limit);
  wait_->go_on(std::move(run_out));
}

void patience::end() noexcept {
  const auto before = std::exchange(wait_, {});
  if (!before) return;
  before->ended = true;
  before->timer.cancel();
}

}  // namespace troupe::detail
