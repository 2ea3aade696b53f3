// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/fork_guard.hpp>

#include <pthread.h>
#include <unistd.h>

#include <string_view>
#include <troupe/detail/pool.hpp>
#include <tuple>

#include "cell_arena.hpp"
#include "turn.hpp"

namespace troupe::detail {
namespace {

// Written by the only thread of a new process, before it can start others.
constinit std::atomic<unsigned> forks{0};

/// What all systems of a process share is whole in a copy, so that it can have a system of its own.
void lock_shared() noexcept {
  lock_refusals();
  cell_arena::lock();
  lock_pool();
}
void unlock_shared() noexcept {
  unlock_pool();
  cell_arena::unlock();
  unlock_refusals();
}

void begin_copy() noexcept {
  unlock_pool();
  cell_arena::unlock();
  renew_refusals();
  forks.fetch_add(1, std::memory_order_relaxed);
}

const bool watching = pthread_atfork(&lock_shared, &unlock_shared, &begin_copy) == 0;

}  // namespace

unsigned forks_so_far() noexcept { return forks.load(std::memory_order_relaxed); }

failure forked_failure() {
  return {
      errc::misuse,
      "this process was forked off the one that the actor system lives in, whose threads it does "
      "not have: use start_process, or exec",
      {}};
}

void refuse_if_forked(const system_core& system) {
  if (is_forked(system)) throw_failure(forked_failure());
}

void note_forked_send() noexcept {
  static std::atomic<bool> said{false};
  if (said.exchange(true)) return;
  constexpr std::string_view text =
      "troupe: a message was sent in a process that was forked off its system's: nobody gets it\n";
  std::ignore =
      ::write(STDERR_FILENO, text.data(), text.size());  // stdio's lock may be held for ever
}

}  // namespace troupe::detail
