// SPDX-License-Identifier: BSD-3-Clause
#include "thread_set.hpp"

#include <pthread.h>

#include <csignal>
#include <troupe/detail/standstill.hpp>
#include <utility>

namespace troupe::detail {
namespace {

/// What is started meanwhile takes no signals, and never SIGPIPE.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

void thread_set::start(const char* name, std::function<void()> body) {
  join_returned(*members_);
  const signals_blocked quiet;
  const std::scoped_lock hold{members_->mutex};
  members& m = *members_;
  const std::uint64_t key = ++m.last_key;
  m.returned.reserve(m.returned.size() + m.all.size() + 1);
  std::thread& thread = m.all[key];
  try {
    thread = std::thread([kept = members_, key, body = std::move(body)]() mutable {
      const known_thread ours;
      body();
      body = nullptr;
      const std::scoped_lock hold{kept->mutex};
      kept->returned.push_back(key);
    });
  } catch (...) {
    m.all.erase(key);
    throw;
  }
  pthread_setname_np(thread.native_handle(), name);
}

void thread_set::join_returned(members& m) noexcept {
  for (;;) {
    std::thread one;
    {
      const std::scoped_lock hold{m.mutex};
      if (m.returned.empty()) return;
      const auto found = m.all.find(m.returned.back());
      m.returned.pop_back();
      if (found == m.all.end()) continue;  // somebody waits for all
      one = std::move(found->second);
      m.all.erase(found);
    }
    one.join();
  }
}

void thread_set::join_all() noexcept {
  std::map<std::uint64_t, std::thread> all;
  {
    const std::scoped_lock hold{members_->mutex};
    all.swap(members_->all);
  }
  for (auto& [key, thread] : all) thread.join();
}

void thread_set::leave_running() noexcept {
  join_returned(*members_);
  const std::scoped_lock hold{members_->mutex};
  for (auto& [key, thread] : members_->all) thread.detach();
  members_->all.clear();
}

}  // namespace troupe::detail
