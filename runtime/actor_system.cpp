// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <troupe/actor_system.hpp>
#include <troupe/detail/child_entry.hpp>
#include <troupe/detail/fork_guard.hpp>
#include <troupe/detail/system_core.hpp>
#include <tuple>

#include "cell_bank.hpp"
#include "near.hpp"

namespace troupe {

actor_system::actor_system(system_options options)
    : actor_system(std::move(options), detail::real_environment()) {}
actor_system::actor_system(system_options options, detail::environment given)
    : core_(std::make_unique<detail::system_core>(*this, std::move(options), std::move(given))) {}
actor_system::~actor_system() {
  shutdown();
  if (detail::is_forked(*core_)) std::ignore = core_.release();  // of threads that are not here
}

bool actor_system::shutdown() noexcept { return core_->shutdown(); }
std::chrono::steady_clock::time_point actor_system::now() const noexcept {
  return core_->clock->now();
}
std::uint64_t actor_system::random() noexcept { return core_->luck->next(); }
std::uint64_t actor_system::dead_letters() const noexcept {
  return core_->dropped.load(std::memory_order_relaxed);
}
std::uint64_t actor_system::live_actors() const noexcept {
  return core_->live.load(std::memory_order_relaxed);
}
unsigned actor_system::workers() const noexcept { return core_->workers->workers(); }
const std::string& actor_system::name() const noexcept { return core_->options.name; }
bool actor_system::unregister_name(std::string_view name) {
  return !detail::is_forked(*core_) && core_->names.remove(name);
}
void actor_system::on_dead_letter(std::function<void(const dead_letter_report&)> listener) {
  core_->dead_letter_listener = std::move(listener);
}

void actor_system::on_slow_handler(std::function<void(const slow_handler&)> listener) {
  core_->watch.set_listener(std::move(listener));
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

void require_blockable_thread() {
  const cell* c = running_cell();
  if (!c || thread_of(*c)) return;
  throw_failure({errc::misuse,
                 "a blocking call inside an actor would block its worker: co_await instead",
                 {}});
}

void run_blocking(system_core& system, task<void> work) {
  require_blockable_thread();
  visit v;
  const auto visitor = spawn_function<&run_visit>(system, nullptr, &work, &v);
  const auto over = [&] { return v.over; };
  std::unique_lock hold{v.mutex};
  try {
    system.workers->wait(hold, v.changed, over, INT64_MAX);
  } catch (...) {  // it will never be over by itself, and must not outlive `v`
    visitor.kill();
    system.workers->wait(hold, v.changed, over, now(system));
    throw;
  }
  if (v.error) std::rethrow_exception(v.error);
  if (!v.completed) throw_failure({errc::cancelled, "the actor system ended first", {}});
}

outcome<void> add_name(system_core& system, std::string_view name, const address& who,
                       accepted_types accepted) {
  if (is_forked(system)) return forked_failure();
  return system.names.add(name, who, accepted);
}
outcome<address> find_name(const system_core& system, std::string_view name,
                           accepted_types wanted) {
  if (is_forked(system)) return forked_failure();
  return system.names.find(name, wanted);
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

void end_normally(system_core& system) noexcept {
  if (system.transport) system.transport->end_normally();
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
