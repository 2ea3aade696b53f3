// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <string_view>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "deadline.hpp"
#include "raw_peer.hpp"

/// A system and, at the other end of its pipes, a test that writes what it likes.
namespace raw_scene {

using namespace troupe;
using namespace troupe::detail;
using namespace std::chrono_literals;

struct raw_note {
  std::uint64_t number = 0;
};
struct raw_text {
  std::string text;
};
struct raw_list {
  using reply = std::vector<std::uint64_t>;
};
struct raw_numbers {
  std::vector<std::uint64_t> numbers;
};

/// Writes down what comes.
class note_keeper : public actor<raw_note, raw_text, raw_numbers, raw_list> {
 public:
  void on(raw_note n) { all_.push_back(n.number); }
  void on(const raw_text& t) { all_.push_back(t.text.size()); }
  void on(const raw_numbers& n) { all_.push_back(n.numbers.size()); }
  std::vector<std::uint64_t> on(raw_list) const { return all_; }

 private:
  std::vector<std::uint64_t> all_;
};

/// Asks actor 77 of the raw peer, and keeps what it hears.
struct go_and_ask {
  using reply = std::string;
  actor_ref<raw_list> whom;
};
struct go_and_watch {
  using reply = std::string;
  actor_ref<> whom;
};
struct watch_and_forget {
  actor_ref<> whom;
  std::uint64_t times = 0;
};
class curious : public actor<go_and_ask, go_and_watch, watch_and_forget> {
 public:
  void on(watch_and_forget m) {
    for (std::uint64_t n = 0; n < m.times; ++n) demonitor(monitor(m.whom));
  }
  static constexpr bool reentrant = true;
  task<std::string> on(go_and_ask m) {
    auto question = m.whom.ask(raw_list{});
    auto pending = std::move(question).result();
    const auto answer = co_await pending;
    if (!answer) co_return "failed: " + answer.error().text;
    co_return "numbers: " + std::to_string(answer->size());
  }
  task<std::string> on(go_and_watch m) {
    const exit_reason why = co_await ended(m.whom);
    co_return to_string(why);
  }
};

/// The test's own thread writes to pipes that the system may have closed.
struct no_pipe_signal {
  no_pipe_signal() { before = std::signal(SIGPIPE, SIG_IGN); }
  ~no_pipe_signal() { std::signal(SIGPIPE, before); }
  void (*before)(int);
};

struct scene {
  explicit scene(const char* test) : limit(test) {}
  deadline limit;
  no_pipe_signal quiet;
  actor_system system{{.workers = 2, .shutdown_timeout = 2s}};
  actor_ref<raw_note, raw_text, raw_numbers, raw_list> keeper = system.spawn<note_keeper>();

  frame note_for_keeper() const { return raw_peer::to(keeper, frame_kind::tell); }
  std::vector<std::byte> note(std::uint64_t number) const {
    return raw_peer::frame_bytes(note_for_keeper(), raw_note{number});
  }
  std::vector<std::uint64_t> list() { return keeper.ask(raw_list{}).get(); }
  /// Waits until everything sent so far over this link has been handled.
  void settle(raw_peer& peer, std::uint64_t id = 999) {
    REQUIRE(peer.send(raw_peer::frame_bytes(peer.ask_to(keeper, id), raw_list{})));
    const auto answer = peer.receive(frame_kind::reply);
    REQUIRE(answer);
    CHECK(answer->id == id);
  }
};

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}
using numbers = std::vector<std::uint64_t>;

}  // namespace raw_scene
