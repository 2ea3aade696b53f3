// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/ready.hpp>

#include "turn.hpp"

namespace troupe {

using namespace std::chrono_literals;

namespace detail {

ready_round::ready_round(const std::vector<waitable>& things, bool look,
                         std::chrono::nanoseconds timeout)
    : gathering_awaiter(timeout), things_(things), look_(look), timeout_(timeout) {
  ensure_registered<messages::await_ready>();
  ensure_registered<bool>();
  ensure_registered<down>();
  // Who lives does not answer a question about its end, so a look does not wait for that.
  open = look ? static_cast<std::size_t>(std::count_if(things.begin(), things.end(),
                                                       [](auto& one) { return !one.is_end(); }))
              : things.size();
  wanted = look ? open + 1 : 1;
}

void ready_round::start(cell& c, std::coroutine_handle<> h) {
  begin(c, h);
  waits_ = std::vector<ready_wait>(things_.size());
  for (std::size_t i = 0; i < things_.size(); ++i) {
    ready_wait& one = waits_[i];
    one.all = this;
    one.whom = things_[i].where();
    one.complete = &take;
    one.what = things_[i].is_end() ? awaited::end : awaited::reply;
    add_wait(c, one);
    if (things_[i].is_end()) {
      request_end(c, one.whom, one.id);
      continue;
    }
    messages::await_ready question{things_[i].which(), {}};
    if (look_) {
      question.timeout = 0ns;
    } else if (timeout_ != 0ns) {
      question.timeout = timeout_;
    }
    send_question(one.whom, make_envelope(envelope_kind::ask, question), {one.id, c.self(), 0});
  }
}

void ready_round::take(wait_node& self, envelope* answer) {
  auto& one = static_cast<ready_wait&>(self);
  one.ended = true;
  one.ready = !(answer && answer->kind == envelope_kind::reply &&
                answer->type == &message_type_of<bool> && !answer->as<bool>());
  auto& round = static_cast<ready_round&>(*one.all);
  if (one.what == awaited::end && round.look_) {
    one.waiter = {};  // it was not counted
  } else {
    one.all->note(one, one.ready);
  }
}

std::vector<std::size_t> ready_round::await_resume() {
  std::vector<std::size_t> ready;
  if (!waits_.empty()) end();
  for (std::size_t i = 0; i < waits_.size(); ++i) {
    ready_wait& one = waits_[i];
    if (one.ready) ready.push_back(i);
    if (one.ended || !take_wait(home(), one.id)) continue;
    if (one.what == awaited::end) {
      stop_watching(home(), {one.id, one.whom});
    } else {
      withdraw_ask(home(), one);
    }
  }
  return ready;
}

}  // namespace detail

task<std::vector<std::size_t>> wait_ready(std::vector<waitable> things,
                                          std::optional<std::chrono::nanoseconds> timeout) {
  if (things.empty()) {
    if (timeout && *timeout > 0ns) co_await sleep_for(*timeout);
    co_return std::vector<std::size_t>{};
  }
  std::vector<std::size_t> ready = co_await detail::ready_round(things, true, 0ns);
  if (!ready.empty() || (timeout && *timeout <= 0ns)) co_return ready;
  const std::vector<std::size_t> first =
      co_await detail::ready_round(things, false, timeout.value_or(0ns));
  if (first.empty()) co_return first;
  const std::vector<std::size_t> more = co_await detail::ready_round(things, true, 0ns);
  std::set_union(first.begin(), first.end(), more.begin(), more.end(), std::back_inserter(ready));
  co_return ready;
}

}  // namespace troupe
