// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <troupe/actor_system.hpp>
#include <utility>

#include "eventually.hpp"

namespace troupe::testing {

/// A question that is under way while the test goes on.
template <class R>
using pending = std::future<outcome<R>>;

template <class M>
pending<reply_of<M>> begin(actor_system& system, ask_operation<M> ask) {
  using promised = std::promise<outcome<reply_of<M>>>;
  auto done = std::make_shared<promised>();
  auto result = done->get_future();
  system.spawn(
      [](mailbox<>, ask_operation<M> question, std::shared_ptr<promised> to) -> behavior {
        auto answer = std::move(question).result();
        auto got = co_await answer;
        to->set_value(std::move(got));
      },
      std::move(ask), std::move(done));
  return result;
}

template <class R>
bool is_over(const pending<R>& p) {
  return p.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
}
template <class R>
outcome<R> finish(pending<R>& p) {
  REQUIRE(p.wait_for(far_too_long) == std::future_status::ready);
  return p.get();
}
/// The same for one that must come out well.
template <class R>
R finish_well(pending<R>& p) {
  auto got = finish(p);
  if (got.has_error()) FAIL(got.error().text);
  return std::move(got).value();
}

}  // namespace troupe::testing
