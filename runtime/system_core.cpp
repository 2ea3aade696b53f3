// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/system_core.hpp>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <troupe/detail/fork_guard.hpp>
#include <troupe/detail/inspection.hpp>
#include <troupe/snapshot.hpp>

#include "blocking_pool.hpp"
#include "cell_arena.hpp"
#include "cell_bank.hpp"
#include "every_cell.hpp"
#include "near.hpp"
#include "own_thread.hpp"
#include "thread_set.hpp"
#include "turn.hpp"

namespace troupe::detail {
namespace {

std::uint64_t random_node_id(random_source& luck) {
  std::uint64_t id = 0;
  while (id == 0) id = luck.next();
  return id;
}

/// Of a link's cell once its system is gone.
constinit const actor_class retired{.name = {},
                                    .receive = [](cell& c, envelope& e) { refuse(c, e, gone()); },
                                    .destroy = [](cell&) noexcept {}};

constexpr unsigned workers_max = 1024;
constexpr std::int64_t children_nanoseconds = 50'000'000;  // when children are asked to end, too
constexpr std::int64_t report_nanoseconds = 50'000'000;   // for survivors to say what they wait for
constexpr std::int64_t kill_nanoseconds = 1'000'000'000;  // what is killed must be gone by then

}  // namespace

system_core::system_core(actor_system& h, system_options o, environment given)
    : handle(h),
      options(std::move(o)),
      cells(std::move(given.cells)),
      clock(std::move(given.clock)),
      luck(std::move(given.luck)),
      single_thread(given.single_thread),
      node_id(options.node_id ? options.node_id : random_node_id(*luck)),
      forks_before(forks_so_far()),
      io(std::make_unique<reactor>()),
      own_threads(std::make_unique<thread_set>()),
      desk(std::make_shared<inspection_desk>()) {
  if (options.workers > workers_max) {
    throw std::invalid_argument("system_options.workers is " + std::to_string(options.workers) +
                                "; at most " + std::to_string(workers_max) + " are possible");
  }
  if (options.blocking_threads == 0 || options.blocking_threads > workers_max) {
    throw std::invalid_argument("system_options.blocking_threads is " +
                                std::to_string(options.blocking_threads) + "; 1 to " +
                                std::to_string(workers_max) + " are possible");
  }
  if (options.shutdown_timeout < std::chrono::nanoseconds{}) {
    throw std::invalid_argument("system_options.shutdown_timeout is negative");
  }
  if (options.handler_limit < std::chrono::nanoseconds{}) {
    throw std::invalid_argument("system_options.handler_limit is negative");
  }
  workers = given.make_scheduler(*this);
  workers->start();
  if (options.handler_limit.count() > 0 && !cells) watch.start(options.handler_limit.count());
}

system_core::~system_core() = default;

cell& take_cell(const system_core& system, bool fresh) {
  if (system.cells) return fresh ? system.cells->take_fresh() : system.cells->take();
  return fresh ? cell_arena::take_fresh() : cell_arena::take();
}

void give_back_cell(const system_core& system, cell& c) noexcept {
  if (system.cells) {
    system.cells->give_back(c);
  } else {
    cell_arena::give_back(c);
  }
}

void count_end(system_core& system) noexcept {
  if (system.live.fetch_sub(1, std::memory_order_seq_cst) != 1) return;
  if (!system.closing.load(std::memory_order_seq_cst)) return;
  std::scoped_lock hold{system.quiet_mutex};
  system.quiet.notify_all();
}

// Shutdown: 1. nothing new is spawned; 2. all actors without an owner are asked to stop, newest
// first, and take their children along; a little later child processes are asked, too, if somebody
// still waits; 3. what lives at the deadline is named and killed; 4. blocking
// calls return, or are named; 5. child processes and links end; 6. the workers end; 7. the cells are
// left so that late mail harms nobody.

namespace {

/// Visits the addresses of all actors without an owner, newest first. An address and not a cell: a
/// cell may have another tenant by then, of another system even.
template <class Visit>
void for_each_root(const system_core& system, Visit visit) {
  std::vector<std::pair<std::uint64_t, address>> roots;
  for_each_cell(system, [&](cell& c) {
    // seq_cst, and before the system: see opening::publish().
    const std::uint32_t generation = c.generation.load(std::memory_order_seq_cst);
    if (!(generation & 1)) return;
    if (c.system.load(std::memory_order_acquire) != &system || c.kind->raw) return;
    if (c.owner.load(std::memory_order_relaxed)) return;
    roots.push_back({c.serial.load(std::memory_order_relaxed), {&c, c.slot, generation}});
  });
  std::sort(roots.begin(), roots.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [serial, root] : roots) visit(root);
}

}  // namespace

bool system_core::wait_until_quiet(std::int64_t deadline) noexcept {
  std::unique_lock hold{quiet_mutex};
  return workers->wait(
      hold, quiet, [&] { return live.load(std::memory_order_seq_cst) == 0; }, deadline);
}

void system_core::kill_all() noexcept {
  for_each_root(*this, [](const address& root) { request_kill(root); });
}

namespace {

std::string describe(const actor_snapshot& a) {
  std::string text = a.name + " " + to_string(a.ref) + ", owned by " +
                     (a.parent ? a.parent_name + " " + to_string(a.parent) : "the system");
  const std::string now = doing(a);
  if (now.empty()) {
    text += std::string(", ") + to_string(a.state);
  } else {
    text += (a.state == actor_state::running ? ", " : ", waits for ") + now;
  }
  if (a.mailbox) text += ", mailbox: " + std::to_string(a.mailbox);
  return text;
}

}  // namespace

/// So that the report, if there must be one, can say since when they wait.
void system_core::look_early(std::int64_t deadline) noexcept {
  try {
    const std::int64_t left = std::max<std::int64_t>(deadline - now(*this), 0);
    make_snapshot(*this, std::chrono::nanoseconds{std::min(left, report_nanoseconds)});
  } catch (const std::bad_alloc&) {
    return;  // no memory to look with
  }
}

void system_core::report_survivors() noexcept {
  if (!says(log_level::error)) return;
  std::fprintf(stderr,
               "troupe: shutdown of '%s': %llu actor(s) did not stop in time and are killed:\n",
               options.name.c_str(), static_cast<unsigned long long>(live.load()));
  try {
    const auto all = make_snapshot(*this, std::chrono::nanoseconds{report_nanoseconds});
    for (const actor_snapshot& a : all.actors) {
      std::fprintf(stderr, "  %s\n", describe(a).c_str());
    }
  } catch (...) {
    std::fprintf(stderr, "  no memory to say which\n");
  }
}

/// The threads are gone. From here on, who sends to a cell of this system finds none and refuses the
/// mail itself. A cell that is not idle waits in a queue, or a sender is about to put it there, or
/// another system has just taken it.
void system_core::retire_cells() noexcept {
  for_each_cell(*this, [&](cell& here) {
    cell* c = &here;
    const bool link = c->kind && c->kind->raw;  // no other system can take its cell
    while (c->system.load(std::memory_order_acquire) == this) {
      if (link) c->kind = &retired;
      if (c->claim()) {
        if (c->system.load(std::memory_order_relaxed) != this) {
          schedule(*c);  // it has become another system's meanwhile
          break;
        }
      } else if (cell* waiting = workers->leftover()) {
        c = waiting;
      } else if (!link) {
        std::this_thread::yield();
        continue;
      }  // else its consumer is gone with the link
      c->busy = false;
      c->system.store(nullptr, std::memory_order_release);
      refuse_late_mail(*c);
      c = &here;
    }
  });
  wait_for_refusals();  // one may have found the system just before it went
}

bool system_core::shutdown(std::chrono::nanoseconds at_most) noexcept {
  if (is_forked(*this)) return false;  // its threads are not ours to wait for
  if (std::exchange(shut_, true)) return true;
  closing.store(true, std::memory_order_seq_cst);
  const std::int64_t deadline =
      later(now(*this), std::min(at_most, options.shutdown_timeout).count());
  for_each_root(*this, [](const address& root) { request_stop(root); });
  // Who waits for an answer from a child process is not reached by a stop; the end of the child is.
  bool clean = wait_until_quiet(std::min(deadline, now(*this) + children_nanoseconds));
  if (!clean) look_early(deadline);
  if (!clean && transport) transport->begin_close();
  clean = clean || wait_until_quiet(deadline);
  if (!clean) {
    report_survivors();
    kill_all();
    if (!wait_until_quiet(now(*this) + kill_nanoseconds)) {
      std::fprintf(stderr, "troupe: a handler does not return; its thread cannot be ended: exit\n");
      std::_Exit(EXIT_FAILURE);
    }
  }
  if (blocking) clean = blocking->close(deadline) && clean;
  if (transport) transport->close(deadline);
  watch.stop();
  workers->stop();
  own_threads->join_all();  // their actors have ended
  timers.clear();
  retire_cells();
  return clean;
}

// Calls from everywhere -------------------------------------------------------------------------

std::int64_t now(system_core& system) noexcept {
  return system.clock->now().time_since_epoch().count();
}

void schedule(cell& c) noexcept {
  if (system_core* system = c.system.load(std::memory_order_acquire)) [[likely]] {
    if (own_thread* thread = thread_of(c)) [[unlikely]] {
      thread->wake(c);
      return;
    }
    if (c.runner & cell::urgent_bit) [[unlikely]] {
      system->workers->schedule_first(c);
    } else {
      system->workers->schedule(c);
    }
  } else {
    refuse_late_mail(c);
  }
}

void post_system(const address& to, envelope* e) noexcept {
  cell& route = *to.home->route;
  if (route.kind->raw) {  // a link carries everything in order
    post(to, e);
    return;
  }
  e->generation = to.generation;
  if (push_near_system(route, e)) return;
  if (route.push_system(e)) schedule(route);
}

std::uint64_t start_timer(system_core& system, std::int64_t when, const address& to,
                          envelope_ptr e) {
  refuse_if_forked(system);
  bool earliest = false;
  const std::uint64_t id = system.timers.add(when, to, std::move(e), earliest);
  if (earliest) system.workers->interrupt();
  return id;
}

std::uint64_t start_repeating_timer(system_core& system, std::int64_t period, const address& to,
                                    envelope_ptr e, envelope* (*copy)(envelope&) noexcept) {
  constexpr std::int64_t period_min = 1000;
  if (period < period_min) {
    throw std::invalid_argument("a timer with a period of " + std::to_string(period) +
                                " nanoseconds would do nothing but ring; at least a microsecond");
  }
  refuse_if_forked(system);
  bool earliest = false;
  const std::int64_t first = later(now(system), period);
  const std::uint64_t id = system.timers.add(first, to, std::move(e), earliest, {period, copy});
  if (earliest) system.workers->interrupt();
  return id;
}

bool cancel_timer(system_core& system, std::uint64_t id) noexcept {
  return system.timers.cancel(id);
}

dead_letter_report report_of(const address& target, const envelope& e, drop_reason why) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): only to find it
  const void* content = e.type ? const_cast<envelope&>(e).payload() : nullptr;
  return {.message = e.type ? e.type->name : std::string_view{},
          .target = actor_ref<>::at(target),
          .reason = why,
          .type = e.type,
          .content = content};
}
void dead_letter(system_core* system, const dead_letter_report& report) noexcept {
  if (!system) return;
  system->dropped.fetch_add(1, std::memory_order_relaxed);
  if (system->dead_letter_listener) system->dead_letter_listener(report);
}
void dead_letter(cell& c, const envelope& e, drop_reason why) noexcept {
  dead_letter(c.system.load(std::memory_order_acquire), report_of(target_of(c, e), e, why));
}

address target_of(cell& c, const envelope& e) noexcept {
  if (!c.kind->raw && c.route == &c) return {&c, c.slot, e.generation};
  const auto [slot, gateway] = routing_of(e);
  return {gateway != 0 ? any_cell_at(gateway) : &c, slot, e.generation};
}

cell* cell_at(const system_core& system, std::uint32_t slot) noexcept {
  cell* c = cell_arena::at(slot);
  return c && c->system.load(std::memory_order_acquire) == &system && c->node_id == system.node_id
             ? c
             : nullptr;
}
cell* any_cell_at(std::uint32_t slot) noexcept { return cell_arena::at(slot); }

std::string print(const address& a) {
  if (!a.home) return "nobody";
  char text[64];
  std::snprintf(text, sizeof text, "%u.%u@%llx", a.slot, a.generation,
                static_cast<unsigned long long>(a.home->node_id & 0xffffff));
  return text;
}

system_core& system_of(const address& a) {
  system_core* system = a.home->system.load(std::memory_order_acquire);
  if (!system) throw_failure({errc::cancelled, "the actor system of this ref has ended", {}});
  return *system;
}

actor_system& handle_of(cell& c) noexcept {
  return c.system.load(std::memory_order_relaxed)->handle;
}

}  // namespace troupe::detail
