// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/asio.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace asio_test {

using namespace troupe;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct add {
  using reply = long;
  long cents = 0;
};
struct wait_for_ever {
  using reply = int;
};
struct note {};
struct fail {
  using reply = int;
};

class account : public actor<add, wait_for_ever, note, fail> {
 public:
  static constexpr bool reentrant = true;
  long on(add m) { return cents_ += m.cents; }
  task<int> on(wait_for_ever) {
    const auto token = cancellation();
    while (!token.stop_requested()) co_await sleep_for(100us);
    cents_ = -1;
    co_return 0;
  }
  void on(note) { ++cents_; }
  int on(fail) { throw std::runtime_error("on purpose"); }

 private:
  long cents_ = 0;
};

/// Runs a coroutine on an io_context of its own, in this thread, to its end.
template <class Body>
void run_foreign(Body body) {
  asio::io_context foreign;
  std::exception_ptr error;
  asio::co_spawn(foreign, std::move(body), [&](std::exception_ptr e) { error = e; });
  foreign.run();
  if (error) std::rethrow_exception(error);
}

}  // namespace

TEST_CASE("asio: a coroutine on a foreign io_context asks and goes on there") {
  const deadline watch("asio: a coroutine");
  actor_system system({.workers = 2});
  auto a = system.spawn<account>();
  run_foreign([&]() -> asio::awaitable<void> {
    const auto here = std::this_thread::get_id();
    for (long i = 1; i <= 200; ++i) {
      CHECK(co_await async_ask(a, add{1}, asio::use_awaitable) == i);
      CHECK(std::this_thread::get_id() == here);
    }
    co_await async_ask(a, note{}, 10s, asio::use_awaitable);
    CHECK(co_await async_ask(a, add{}, 10s, asio::use_awaitable) == 201);
  });
}

TEST_CASE("asio: what an ask throws in an actor it throws there, too") {
  const deadline watch("asio: what an ask throws");
  actor_system system({.workers = 1});
  auto a = system.spawn<account>();
  run_foreign([&]() -> asio::awaitable<void> {
    CHECK_THROWS_AS(co_await async_ask(a, wait_for_ever{}, 1ms, asio::use_awaitable),
                    timeout_error);
    CHECK_THROWS_AS(co_await async_ask(a, fail{}, asio::use_awaitable), handler_error);
    CHECK_THROWS_AS(co_await async_ask(a, add{}, asio::use_awaitable), actor_down);
    CHECK_THROWS_AS(co_await async_ask(actor_ref<add>{}, add{}, asio::use_awaitable), actor_down);
  });
}

TEST_CASE("asio: other tokens: a callback on a strand, a future") {
  const deadline watch("asio: other tokens");
  actor_system system({.workers = 1});
  auto a = system.spawn<account>();
  asio::io_context foreign;
  auto strand = asio::make_strand(foreign);
  bool on_strand = false;
  long got = 0;
  async_ask(a, add{5}, asio::bind_executor(strand, [&](std::exception_ptr error, long value) {
              on_strand = !error && strand.running_in_this_thread();
              got = value;
            }));
  auto later = async_ask(a, add{2}, asio::bind_executor(foreign, asio::use_future));
  foreign.run();  // has work until both are answered
  CHECK(on_strand);
  CHECK(got == 5);
  CHECK(within(std::move(later)) == 7);
}

TEST_CASE("asio: a cancellation signal withdraws the question") {
  const deadline watch("asio: a cancellation signal");
  actor_system system({.workers = 1});
  auto a = system.spawn<account>();
  asio::io_context foreign;
  asio::cancellation_signal stop;
  errc why{};
  async_ask(a, wait_for_ever{},
            asio::bind_cancellation_slot(
                stop.slot(), asio::bind_executor(foreign, [&](std::exception_ptr error, int) {
                  try {
                    std::rethrow_exception(error);
                  } catch (const class error& e) {
                    why = e.code();
                  }
                })));
  stop.emit(asio::cancellation_type::total);
  foreign.run();
  CHECK(why == errc::cancelled);
  // Who was asked has been told and ends its endless wait, or has not even begun.
  eventually([&] { return a.ask(add{}).get() == -1 || system.dead_letters() != 0; });
}

TEST_CASE("asio: the end of the system answers what is still open, and what comes later") {
  const deadline watch("asio: the end of the system");
  asio::io_context foreign;
  std::vector<errc> ends;
  const auto note_end = [&](std::exception_ptr error, auto) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const class error& e) {
      ends.push_back(e.code());
    }
  };
  actor_ref<add, wait_for_ever, note, fail> a;
  {
    actor_system system({.workers = 1, .shutdown_timeout = 10s});
    a = system.spawn<account>();
    async_ask(a, wait_for_ever{}, asio::bind_executor(foreign, note_end));
    a.ask(note{}).get();
    a.kill();
  }
  async_ask(a, add{}, asio::bind_executor(foreign, note_end));
  foreign.run();
  REQUIRE(ends.size() == 2);
  CHECK(ends[0] == errc::actor_down);
  CHECK(ends[1] == errc::cancelled);
}

}  // namespace asio_test
