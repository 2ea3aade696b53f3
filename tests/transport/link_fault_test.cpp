// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <mutex>
#include <random>
#include <thread>
#include <troupe/error.hpp>

#include "raw_peer.hpp"
#include "stage.hpp"

namespace link_fault_test {

using namespace troupe;
using namespace std::chrono_literals;
using detail::frame;
using detail::frame_kind;

namespace {

struct note {
  std::uint64_t number = 0;
};
struct text {
  std::string content;
};
struct noted {
  using reply = std::vector<std::uint64_t>;  // how many, how many of them out of order
};
class notebook : public actor<note, text, noted> {
 public:
  void on(note n) {
    wrong_ += n.number != seen_;
    ++seen_;
  }
  void on(const text&) {}
  std::vector<std::uint64_t> on(noted) const { return {seen_, wrong_}; }

 private:
  std::uint64_t seen_ = 0, wrong_ = 0;
};

std::vector<std::byte> operator+(std::vector<std::byte> a, const std::vector<std::byte>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<std::byte> greeting_of(const raw_peer& peer) {
  byte_buffer out;
  detail::write_hello(out, peer.greeting());
  return {out.data(), out.data() + out.size()};
}

/// A process that writes and is killed, all by itself. Only calls that are allowed after a fork.
void write_and_be_killed(int fd, std::span<const std::byte> bytes) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    ::kill(::getpid(), put == static_cast<ssize_t>(bytes.size()) ? SIGKILL : SIGABRT);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WTERMSIG(status) == SIGKILL);
}

/// Takes as few bytes at a time as luck has it, and reads what it is fed in the same way.
class stingy_link final : public detail::link {
 public:
  stingy_link(detail::reactor& io, std::uint64_t seed, std::size_t bytes_max)
      : io_(io), luck_(seed), bytes_max_(bytes_max) {}

  void open(detail::link_user& user) override {
    user_ = &user;
    io_.use();
  }
  written write(std::span<const iovec> parts, std::size_t& sent) noexcept override {
    std::size_t wanted = 0;
    for (const iovec& part : parts) wanted += part.iov_len;
    // The greeting comes before anybody listens for more room.
    sent = user_ ? std::min(wanted, luck_() % (bytes_max_ + 1)) : wanted;
    std::size_t left = sent;
    const std::scoped_lock hold{mutex_};
    for (const iovec& part : parts) {
      const auto* bytes = static_cast<const std::byte*>(part.iov_base);
      const std::size_t n = std::min(left, part.iov_len);
      taken_.insert(taken_.end(), bytes, bytes + n);
      left -= n;
    }
    if (sent == wanted) return written::all;
    io_.run_soon([this] { user_->on_writable(); });
    return written::some;
  }
  void close_output() noexcept override {}
  void close() noexcept override {}

  /// \thread the holder of the reactor
  void feed(std::vector<std::byte> bytes) {
    std::vector<std::byte> kept;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t n = std::min(bytes.size() - at, 1 + luck_() % bytes_max_);
      kept.insert(kept.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                  bytes.begin() + static_cast<std::ptrdiff_t>(at + n));
      at += n;
      const std::ptrdiff_t used = user_->on_bytes(kept);
      REQUIRE(used >= 0);
      kept.erase(kept.begin(), kept.begin() + used);
    }
  }
  void end() {
    io_.unuse();
    user_->on_end();
  }
  std::vector<std::byte> taken() {
    const std::scoped_lock hold{mutex_};
    return taken_;
  }

 private:
  detail::reactor& io_;
  std::minstd_rand luck_;
  const std::size_t bytes_max_;
  detail::link_user* user_ = nullptr;
  std::mutex mutex_;
  std::vector<std::byte> taken_;
};

template <class Work>
void run_inside(actor_system& system, Work work) {
  std::promise<void> done;
  system.core().io->run_soon([&] {
    work();
    done.set_value();
  });
  done.get_future().get();
}

}  // namespace

TEST_CASE("K21: a writer killed at each byte of three frames: what is whole comes, then the end") {
  stage s("killed at each byte");
  const auto book = s.system.spawn<notebook>();
  std::vector<std::byte> frames;
  std::vector<std::size_t> ends;
  for (std::uint64_t n = 0; n < 3; ++n) {
    frames = frames + raw_peer::frame_bytes(raw_peer::to(book, frame_kind::tell), note{n});
    ends.push_back(frames.size());
  }
  for (std::size_t k = 0; k <= frames.size(); ++k) {
    CAPTURE(k);
    const auto fresh = s.system.spawn<notebook>();
    std::vector<std::byte> three;
    for (std::uint64_t n = 0; n < 3; ++n)
      three = three + raw_peer::frame_bytes(raw_peer::to(fresh, frame_kind::tell), note{n});
    raw_peer peer(s.system, 0x1000 + k);
    three.resize(k);
    write_and_be_killed(peer.out_descriptor(), greeting_of(peer) + three);
    peer.close();
    REQUIRE(peer.ended().wait_for(10s) == std::future_status::ready);
    CHECK(peer.ended().get().empty());
    const auto whole = static_cast<std::uint64_t>(
        std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= k; }));
    CHECK(fresh.ask(noted{}).get() == std::vector<std::uint64_t>{whole, 0});
    fresh.stop();
  }
}

TEST_CASE("K22, K23: announced lengths beyond the limit close the link, and only that") {
  stage s("announced lengths");
  const auto book = s.system.spawn<notebook>();
  raw_peer good(s.system, 0x2000);
  good.greet();
  std::uint64_t sent = 0;
  for (const std::uint32_t length :
       {(64u << 20) + 1, 0x7fffffffu, 0x80000000u, 0xfffffffeu, 0xffffffffu}) {
    raw_peer bad(s.system, 0x2001 + sent);
    bad.greet();
    auto bytes = raw_peer::frame_bytes(raw_peer::to(book, frame_kind::tell), note{sent});
    std::memcpy(bytes.data(), &length, sizeof length);
    bad.send(bytes);
    REQUIRE(bad.ended().wait_for(10s) == std::future_status::ready);
    CHECK(bad.ended().get().find("limit") != std::string::npos);
    good.send(raw_peer::frame_bytes(raw_peer::to(book, frame_kind::tell), note{sent++}));
  }
  std::vector<std::uint64_t> seen;
  do {
    seen = book.ask(noted{}).get();
  } while (seen[0] < sent);
  CHECK(seen == std::vector<std::uint64_t>{sent, 0});
}

TEST_CASE("link: a transport that takes and gives a few bytes at a time changes nothing") {
  stage s("a few bytes at a time");
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const auto book = s.system.spawn<notebook>();
    detail::nodes& all = detail::nodes::of(s.system.core());
    auto transport =
        std::make_unique<stingy_link>(*s.system.core().io, seed, seed % 3 == 0 ? 100'000 : seed);
    stingy_link& link = *transport;
    const std::uint64_t node = 0x3000 + seed;
    detail::peer* over = nullptr;
    auto added = std::make_unique<detail::peer>(
        all, node,
        detail::peer::events{nullptr, [&over](const std::string& error) {
                               over->settle({exit_reason::cause::connection_lost, 0, 0, error});
                             }});
    over = added.get();
    detail::peer& there = *added;
    all.add_peer(std::move(added));
    run_inside(s.system, [&] { there.open(std::move(transport), all.greeting()); });
    const auto to = actor_ref<note, text>::at({&there.home(), 77, 1});
    constexpr std::uint64_t notes = 50;
    for (std::uint64_t n = 0; n < notes; ++n) {
      to.tell(note{n});
      if (n % 10 == 0) to.tell(text{std::string(seed % 3 == 0 ? 80'000 : 500, 'x')});
    }
    std::uint64_t next = 0, texts = 0;
    while (next < notes || texts < notes / 10) {
      next = texts = 0;
      const std::vector<std::byte> bytes = link.taken();
      for (std::size_t at = 0;;) {
        const auto p = detail::parse_frame(std::span(bytes).subspan(at));
        REQUIRE(p.state != detail::parse_state::bad);
        if (p.state != detail::parse_state::complete) break;
        at += p.bytes;
        if (p.value.type == type_id<text>()) ++texts;
        if (p.value.type != type_id<note>()) continue;
        REQUIRE(decode<note>(p.value.payload).value().number == next++);
      }
      std::this_thread::yield();
    }
    detail::hello greeting = all.greeting();
    greeting.node = node;
    byte_buffer hello;
    detail::write_hello(hello, greeting);
    std::vector<std::byte> back(hello.data(), hello.data() + hello.size());
    for (std::uint64_t n = 0; n < notes; ++n)
      back = back + raw_peer::frame_bytes(raw_peer::to(book, frame_kind::tell), note{n});
    run_inside(s.system, [&] { link.feed(back); });
    CHECK(book.ask(noted{}).get() == std::vector<std::uint64_t>{notes, 0});
    run_inside(s.system, [&] { link.end(); });
  }
}

TEST_CASE("link: pipes of one page each way") {
  stage s("pipes of one page");
  const auto book = s.system.spawn<notebook>();
  raw_peer peer(s.system);
  for (int fd : {peer.in_descriptor(), peer.out_descriptor()}) {
    ::fcntl(fd, F_SETPIPE_SZ, 4096);
    REQUIRE(::fcntl(fd, F_GETPIPE_SZ) == 4096);
  }
  peer.greet();
  auto to = peer.ref<actor_ref<note, text>>();
  constexpr std::uint64_t notes = 1000;
  for (std::uint64_t n = 0; n < notes; ++n) {
    to.tell(note{n});
    if (n % 100 == 0) to.tell(text{std::string(30'000, 'x')});
  }
  std::uint64_t next = 0;
  while (next < notes) {
    const auto f = peer.receive();
    REQUIRE(f);
    if (f->type != type_id<note>()) continue;
    REQUIRE(decode<note>(f->payload).value().number == next);
    peer.send(raw_peer::frame_bytes(raw_peer::to(book, frame_kind::tell), note{next++}));
  }
  std::vector<std::uint64_t> seen;
  do {
    seen = book.ask(noted{}).get();
  } while (seen[0] < notes);
  CHECK(seen == std::vector<std::uint64_t>{notes, 0});
}

TEST_CASE("link: a peer that reads no more is no signal, and the program's own setting stays") {
  stage s("reads no more");
  struct sigaction setting{};
  ::sigaction(SIGPIPE, nullptr, &setting);
  REQUIRE((setting.sa_handler == SIG_DFL));
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  REQUIRE_FALSE(::sigismember(&mask, SIGPIPE));
  raw_peer peer(s.system);
  peer.greet();
  auto to = peer.ref<actor_ref<note, noted>>();
  peer.close_input();
  for (std::uint64_t n = 0; n < 1000; ++n) to.tell(note{n});
  peer.close_output();
  REQUIRE(peer.ended().wait_for(10s) == std::future_status::ready);
  CHECK_THROWS_AS(to.ask(noted{}, 10s).get(), actor_down);
  ::sigaction(SIGPIPE, nullptr, &setting);
  CHECK((setting.sa_handler == SIG_DFL));
}

TEST_CASE("link: a peer that is closed half, whichever half, is gone, and nobody waits for it") {
  stage s("half-closed");
  for (const bool reads : {false, true}) {
    CAPTURE(reads);
    raw_peer peer(s.system, 0x4000 + reads);
    peer.greet();
    REQUIRE(peer.receive(frame_kind::hello));
    auto to = peer.ref<actor_ref<note, noted>>();
    reads ? peer.close_output() : peer.close_input();
    CHECK_THROWS_AS(to.ask(noted{}, 20s).get(), actor_down);
    CHECK(peer.ended().wait_for(10s) == std::future_status::ready);
  }
}

}  // namespace link_fault_test
