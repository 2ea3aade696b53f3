// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <troupe/actor_system.hpp>
#include <troupe/detail/child_entry.hpp>
#include <troupe/detail/system_core.hpp>

namespace troupe {

actor_system::actor_system(system_options options)
    : core_(std::make_unique<detail::system_core>(*this, std::move(options))) {}
actor_system::~actor_system() { shutdown(); }

bool actor_system::shutdown() noexcept { return core_->shutdown(); }
std::uint64_t actor_system::dead_letters() const noexcept {
  return core_->dropped.load(std::memory_order_relaxed);
}
std::uint64_t actor_system::live_actors() const noexcept {
  return core_->live.load(std::memory_order_relaxed);
}
unsigned actor_system::workers() const noexcept { return core_->workers->workers(); }
const std::string& actor_system::name() const noexcept { return core_->options.name; }
void actor_system::on_dead_letter(std::function<void(const dead_letter_report&)> listener) {
  core_->dead_letter_listener = std::move(listener);
}

namespace detail {

namespace {

/// What a plain thread waits on while an actor works for it.
struct visit {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  bool completed = false;
  std::exception_ptr error;
};

/// Ends the wait in every case: also when the visitor is destroyed where it waits.
struct visit_end {
  visit& v;
  ~visit_end() {
    std::scoped_lock hold{v.mutex};
    v.over = true;
    v.changed.notify_one();  // under the lock: `v` is gone once the thread has seen it
  }
};

behavior run_visit(mailbox<>, task<void>* work, visit* v) {
  visit_end end{*v};
  try {
    co_await *work;
  } catch (...) {
    v->error = std::current_exception();
  }
  v->completed = true;
}

}  // namespace

void run_blocking(system_core& system, task<void> work) {
  if (running_cell()) {
    throw_failure({errc::misuse,
                   "a blocking call inside an actor would block its worker: co_await instead",
                   {}});
  }
  visit v;
  spawn_function<&run_visit>(system, nullptr, &work, &v);
  std::unique_lock hold{v.mutex};
  v.changed.wait(hold, [&] { return v.over; });
  if (v.error) std::rethrow_exception(v.error);
  if (!v.completed) throw_failure({errc::cancelled, "the actor system ended first", {}});
}

failure timeout_failure() { return {errc::timeout, "no answer in the time given", {}}; }

failure bad_reply_failure(const envelope& reply, std::string_view expected) {
  return {errc::bad_message,
          "the reply is a " + std::string(reply.type ? reply.type->name : "void") + ", not a " +
              std::string(expected),
          {}};
}

constinit child_entry_function child_entry = nullptr;

std::optional<int> live_as_child(int argc, char** argv) {
  return child_entry ? child_entry(argc, argv) : std::nullopt;
}

system_options options_for(int argc, char** argv) {
  system_options options;
  options.arguments.assign(argv, argv + argc);
  return options;
}

int report_uncaught(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
  } catch (...) {
    std::fprintf(stderr, "error: an exception that is not a std::exception\n");
  }
  return 1;
}

}  // namespace detail
}  // namespace troupe
