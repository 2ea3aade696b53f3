// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>

#include "eventually.hpp"

/// A throw at every place where the runtime calls the program. The same with threads and in simulation.
namespace throwing {

struct go {};
struct ring {};
struct ping {
  using reply = bool;
};
struct provoke {
  using reply = troupe::exit_reason;
  troupe::actor_ref<go> whom;
};

struct in_handler : troupe::actor<go> {
  void on(go) { throw std::runtime_error("planned"); }
};
struct no_std_exception : troupe::actor<go> {
  void on(go) { throw 42; }
};
struct after_a_wait : troupe::actor<go> {
  troupe::task<void> on(go) {
    co_await troupe::sleep_for(std::chrono::microseconds{1});
    throw std::runtime_error("planned");
  }
};
struct in_down : troupe::actor<go> {
  void on(go) { monitor(troupe::actor_ref<>{}); }
  void on(const troupe::down&) { throw std::runtime_error("planned"); }
};
struct in_idle : troupe::actor<go> {
  void on(go) { set_idle_timeout(std::chrono::microseconds{1}); }
  void on(troupe::idle) { throw std::runtime_error("planned"); }
};
struct in_timer : troupe::actor<go, ring> {
  void on(go) { system().tell_after(std::chrono::microseconds{1}, self(), ring{}); }
  void on(ring) { throw std::runtime_error("planned"); }
};
struct in_constructor : troupe::actor<go> {
  in_constructor() { throw std::runtime_error("planned"); }
  void on(go) {}
};
struct in_child : troupe::actor<go> {
  void on(go) { spawn<in_constructor>(); }
};
inline troupe::behavior in_body(troupe::mailbox<go> mail) {
  co_await mail.receive<go>();
  throw std::runtime_error("planned");
}
inline troupe::behavior in_body_after_a_wait(troupe::mailbox<go> mail) {
  co_await mail.receive<go>();
  co_await troupe::sleep_for(std::chrono::microseconds{1});
  throw std::runtime_error("planned");
}
inline troupe::task<void> nothing() { co_return; }

struct calm : troupe::actor<ping> {
  bool on(ping) const { return true; }
};

/// A message's destructor that may throw is refused when it is compiled.
struct loud {
  ~loud() noexcept(false) {}
};
static_assert(!troupe::message<loud>);

/// Starts the throw of another and tells with what it has ended.
class provoker : public troupe::actor<provoke> {
 public:
  troupe::promise<troupe::exit_reason> on(const provoke& m) {
    monitor(m.whom);
    m.whom.tell(go{});
    return answer_ = make_promise<troupe::exit_reason>();
  }
  void on(const troupe::down& news) { answer_.set_value(news.reason); }

 private:
  troupe::promise<troupe::exit_reason> answer_;
};

}  // namespace throwing

inline void throw_at_each_hook(troupe::actor_system& system) {
  using namespace throwing;
  auto witness = system.spawn<calm>();
  auto by = system.spawn<provoker>();
  const auto ends_alone = [&](const char* hook, troupe::actor_ref<go> whom, const char* text) {
    CAPTURE(hook);
    const troupe::exit_reason why = by.ask(provoke{whom}).get();
    CHECK(why.what == troupe::exit_reason::cause::error);
    CHECK(why.text == text);
    CHECK(witness.ask(ping{}).get());
  };
  constexpr const char* planned = "std::runtime_error: planned";
  ends_alone("handler", system.spawn<in_handler>(), planned);
  ends_alone("handler, an int", system.spawn<no_std_exception>(),
             "an exception that is not a std::exception");
  ends_alone("handler after a wait", system.spawn<after_a_wait>(), planned);
  ends_alone("on(down)", system.spawn<in_down>(), planned);
  ends_alone("on(idle)", system.spawn<in_idle>(), planned);
  ends_alone("timer", system.spawn<in_timer>(), planned);
  ends_alone("constructor of a child", system.spawn<in_child>(), planned);
  ends_alone("body", system.spawn<&in_body>(), planned);
  ends_alone("body after a wait", system.spawn<&in_body_after_a_wait>(), planned);
  CHECK_THROWS_WITH_AS(system.spawn<in_constructor>(), "planned", std::runtime_error);
  // A `down` comes a moment before its actor is taken back.
  eventually([&] { return witness.ask(ping{}).get() && system.live_actors() == 2; });
  witness.stop();
  by.stop();
  eventually([&] { return system.run(nothing()), system.live_actors() == 0; });
}
