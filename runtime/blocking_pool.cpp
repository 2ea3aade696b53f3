// SPDX-License-Identifier: BSD-3-Clause
#include "blocking_pool.hpp"

#include <condition_variable>
#include <cstdio>
#include <list>
#include <mutex>
#include <string>
#include <system_error>
#include <troupe/detail/standstill.hpp>
#include <troupe/detail/system_core.hpp>

namespace troupe::detail {
namespace {

constexpr std::size_t blocking_calls_max = 1U << 16;           // that wait for a thread
constexpr std::int64_t idle_nanoseconds_max = 10'000'000'000;  // then a thread ends

/// Nobody may wait for it any more: then its outcome ends here.
void serve(blocking_call& call) noexcept {
  call.run();
  if (call.is_wanted()) post_system(call.caller, call.reply.release());
}

}  // namespace

struct blocking_pool::state {
  explicit state(system_core& of) : system(&of) {}
  void report_running() const noexcept;

  system_core* system;  ///< not to be touched once `closed`
  std::mutex mutex;
  std::condition_variable called;    ///< there is a call for an idle thread, or it is over
  std::condition_variable returned;  ///< a thread has ended
  std::list<std::shared_ptr<blocking_call>> waiting;
  std::list<std::shared_ptr<blocking_call>> running;
  unsigned threads = 0;
  unsigned idle = 0;
  bool closed = false;
};

void blocking_pool::state::report_running() const noexcept {
  std::fprintf(stderr,
               "troupe: shutdown of '%s': %zu blocking call(s) have not returned; their threads "
               "are left behind:\n",
               system->options.name.c_str(), running.size());
  for (const auto& call : running) {
    const std::string_view name = call->name();
    std::fprintf(stderr, "  %.*s, called by %.*s %s\n", static_cast<int>(name.size()), name.data(),
                 static_cast<int>(call->caller_name.size()), call->caller_name.data(),
                 print(call->caller).c_str());
  }
}

blocking_pool::blocking_pool(system_core& system) : state_(std::make_shared<state>(system)) {}

void blocking_pool::submit(std::shared_ptr<blocking_call> call) {
  state& s = *state_;
  const std::scoped_lock hold{s.mutex};
  if (s.waiting.size() >= blocking_calls_max) {
    throw_failure({errc::mailbox_full,
                   "too many blocking calls wait for a thread; there are " +
                       std::to_string(s.threads) + ": see system_options.blocking_threads",
                   {}});
  }
  s.waiting.push_back(std::move(call));
  if (s.idle >= s.waiting.size()) {
    s.called.notify_one();
  } else if (s.threads < s.system->options.blocking_threads) {
    try {
      threads_.start("troupe-blocking", [kept = state_] { work(*kept); });
      ++s.threads;
    } catch (const std::system_error&) {
      if (s.threads == 0) {
        s.waiting.pop_back();
        throw;
      }  // else one of those will come to it
    }
  }
}

void blocking_pool::run_next(state& s, std::unique_lock<std::mutex>& hold) noexcept {
  std::list<std::shared_ptr<blocking_call>> done;
  s.running.splice(s.running.end(), s.waiting, s.waiting.begin());
  const auto mine = std::prev(s.running.end());
  hold.unlock();
  if ((*mine)->is_wanted()) serve(**mine);
  hold.lock();
  done.splice(done.end(), s.running, mine);
  hold.unlock();
  done.clear();  // may end the value, and with it anything of the user's
  rest_if_asked();
  hold.lock();
}

void blocking_pool::work(state& s) noexcept {
  std::unique_lock hold{s.mutex};
  const auto over = [&] { return s.closed || !s.waiting.empty(); };
  for (;;) {
    if (!s.waiting.empty()) {
      run_next(s, hold);
      continue;
    }
    if (s.closed) break;
    ++s.idle;
    system_core& system = *s.system;
    const bool called =
        system.workers->wait(hold, s.called, over, later(now(system), idle_nanoseconds_max));
    --s.idle;
    if (!called) break;
  }
  --s.threads;
  s.returned.notify_all();
}

bool blocking_pool::close(std::int64_t deadline) noexcept {
  state& s = *state_;
  std::unique_lock hold{s.mutex};
  s.closed = true;
  s.waiting.clear();  // nobody is left who wanted them
  s.called.notify_all();
  scheduler& workers = *s.system->workers;
  const bool clean = workers.wait(hold, s.returned, [&] { return s.threads == 0; }, deadline);
  if (!clean) {
    if (s.system->says(log_level::error)) s.report_running();
    workers.wait(hold, s.returned, [&] { return s.threads <= s.running.size(); }, INT64_MAX);
  }
  hold.unlock();
  if (clean) {
    threads_.join_all();
  } else {
    threads_.leave_running();
  }
  return clean;
}

void call_apart(cell& c, std::shared_ptr<blocking_call> call, std::uint64_t id) {
  system_core& system = *c.system.load(std::memory_order_relaxed);
  call->caller = c.self();
  call->caller_name = c.kind->name;
  call->reply.reset(make_bare_envelope(envelope_kind::reply));
  id_of(*call->reply) = id;
  if (system.single_thread) {
    serve(*call);
    return;
  }
  blocking_pool* pool = nullptr;
  {
    const std::scoped_lock hold{system.blocking_mutex};
    if (!system.blocking) system.blocking = std::make_unique<blocking_pool>(system);
    pool = system.blocking.get();
  }
  pool->submit(std::move(call));
}

}  // namespace troupe::detail
