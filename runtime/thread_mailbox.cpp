// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <troupe/detail/system_core.hpp>
#include <troupe/thread_mailbox.hpp>

#include "turn.hpp"

namespace troupe::detail {
namespace {

constexpr std::size_t ready_messages_max = 64;  // handed over before anybody asks for them

}  // namespace

class thread_inbox {
 public:
  thread_inbox(system_core& system, const address& home) noexcept : system_(&system), home_(home) {
    pause_.complete = [](wait_node&, envelope*) {};
  }
  thread_inbox(const thread_inbox&) = delete;
  thread_inbox& operator=(const thread_inbox&) = delete;
  ~thread_inbox() { drop_left(); }

  const address& home() const noexcept { return home_; }

  // For the consumer of the cell.

  void add(cell& c, envelope& e) {
    const std::scoped_lock hold{mutex_};
    envelope_ptr moved(moved_out(e));
    ready_.push_back(std::move(moved));
    changed_.notify_all();
    if (ready_.size() < ready_messages_max || receivers_ != 0) return;
    add_wait(c, pause_);
    c.busy = true;  // until the answer comes for which nobody waits
    paused_ = true;
  }
  /// What is left can still be received, if the system stays.
  void end(const system_core& system) noexcept {
    if (system.closing.load(std::memory_order_relaxed)) drop_left();
    const std::scoped_lock hold{mutex_};
    ended_ = true;
    paused_ = false;
    changed_.notify_all();
  }

  // For threads.

  envelope_ptr take(std::span<const message_type* const> wanted,
                    std::optional<std::int64_t> nanoseconds) {
    require_blockable_thread();
    std::unique_lock hold{mutex_};
    auto found = find(wanted);
    if (found == ready_.end() && !ended_) {
      const waiting_receiver here(*this);
      const auto over = [&] { return (found = find(wanted)) != ready_.end() || ended_; };
      system_core& system = *system_;
      const std::int64_t deadline =
          nanoseconds ? later(now(system), std::max<std::int64_t>(*nanoseconds, 0)) : INT64_MAX;
      if (!system.workers->wait(hold, changed_, over, deadline)) return nullptr;
    }
    if (found == ready_.end()) {
      throw_failure({errc::cancelled, "the mailbox of this thread has been closed", {}});
    }
    envelope_ptr e = std::move(*found);
    ready_.erase(found);
    if (ready_.size() <= ready_messages_max / 2) go_on();
    return e;
  }
  void close() noexcept {
    bool alive = false;
    {
      const std::scoped_lock hold{mutex_};
      alive = !std::exchange(ended_, true);
      changed_.notify_all();
    }
    if (alive) request_kill(home_);
    drop_left();
  }

 private:
  using messages = std::deque<envelope_ptr>;

  /// While somebody waits for what is not there, everything may come: it may be the last.
  struct waiting_receiver {
    explicit waiting_receiver(thread_inbox& i) noexcept : inbox(i) {
      ++inbox.receivers_;
      inbox.go_on();
    }
    waiting_receiver(const waiting_receiver&) = delete;
    waiting_receiver& operator=(const waiting_receiver&) = delete;
    ~waiting_receiver() { --inbox.receivers_; }
    thread_inbox& inbox;
  };

  messages::iterator find(std::span<const message_type* const> wanted) noexcept {
    return std::find_if(ready_.begin(), ready_.end(), [&](const envelope_ptr& e) {
      return std::find(wanted.begin(), wanted.end(), e->type) != wanted.end();
    });
  }
  void go_on() {
    if (!paused_) return;
    envelope* e = make_bare_envelope(envelope_kind::reply);
    id_of(*e) = pause_.id;
    paused_ = false;
    post_system(home_, e);
  }
  /// Nobody will read it: as if it had come too late.
  void drop_left() noexcept {
    messages left;
    {
      const std::scoped_lock hold{mutex_};
      left.swap(ready_);
    }
    for (envelope_ptr& e : left) refuse_at_once(*home_.home, e.release());
  }

  system_core* system_;  ///< not to be touched once `ended_`
  const address home_;
  std::mutex mutex_;
  std::condition_variable changed_;
  messages ready_;
  wait_node pause_;  ///< of the cell's, while `paused_`
  unsigned receivers_ = 0;
  bool paused_ = false;
  bool ended_ = false;
};

namespace {
using body = std::shared_ptr<thread_inbox>;
}

std::shared_ptr<thread_inbox> open_inbox(system_core& system, const actor_class& kind,
                                         const mailbox_bounds& bounds) {
  const spawn_options chosen{.bounds = bounds};
  opening open(system, kind, nullptr, &chosen);
  auto inbox = std::make_shared<thread_inbox>(system, open.home().self());
  construct_body<body>(open.home(), inbox);
  open.publish();
  return inbox;
}

void hand_to_thread(cell& c, envelope& e) { (*static_cast<body*>(c.body))->add(c, e); }

void end_inbox(cell& c) noexcept {
  (*static_cast<body*>(c.body))->end(*c.system.load(std::memory_order_relaxed));
  destroy_body<body>(c);
}

envelope_ptr take_from(thread_inbox& inbox, std::span<const message_type* const> wanted,
                       std::optional<std::int64_t> nanoseconds) {
  return inbox.take(wanted, nanoseconds);
}
address address_of(const thread_inbox& inbox) noexcept { return inbox.home(); }
void close_inbox(thread_inbox& inbox) noexcept { inbox.close(); }

}  // namespace troupe::detail
