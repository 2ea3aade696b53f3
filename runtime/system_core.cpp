// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/system_core.hpp>

#include <algorithm>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <thread>

#include "cell_arena.hpp"
#include "turn.hpp"
#include "work_stealing.hpp"

namespace troupe::detail {
namespace {

class steady_source final : public clock_source {
 public:
  std::chrono::steady_clock::time_point now() const noexcept override {
    return std::chrono::steady_clock::now();
  }
};

std::uint64_t random_node_id() {
  std::random_device device;
  std::uint64_t id = 0;
  while (id == 0) id = std::uint64_t{device()} << 32 | device();
  return id;
}

/// Of a link's cell once its system is gone.
constinit const actor_class retired{{},
                                    [](cell& c, envelope& e) { refuse(c, e, gone()); },
                                    [](cell&) noexcept {},
                                    nullptr,
                                    nullptr};

constexpr unsigned workers_max = 1024;
constexpr std::int64_t children_nanoseconds = 50'000'000;  // when children are asked to end, too
constexpr std::int64_t kill_nanoseconds = 1'000'000'000;   // what is killed must be gone by then

}  // namespace

system_core::system_core(actor_system& h, system_options o)
    : handle(h),
      options(std::move(o)),
      node_id(options.node_id ? options.node_id : random_node_id()),
      clock(std::make_unique<steady_source>()),
      io(std::make_unique<reactor>()) {
  if (options.workers > workers_max) {
    throw std::invalid_argument("system_options.workers is " + std::to_string(options.workers) +
                                "; at most " + std::to_string(workers_max) + " are possible");
  }
  if (options.shutdown_timeout < std::chrono::nanoseconds{}) {
    throw std::invalid_argument("system_options.shutdown_timeout is negative");
  }
  workers = make_work_stealing(*this, options.workers ? options.workers : usable_processors());
  workers->start();
}

system_core::~system_core() = default;

void count_end(system_core& system) noexcept {
  if (system.live.fetch_sub(1, std::memory_order_seq_cst) != 1) return;
  if (!system.closing.load(std::memory_order_seq_cst)) return;
  std::scoped_lock hold{system.quiet_mutex};
  system.quiet.notify_all();
}

// Shutdown: 1. nothing new is spawned; 2. all actors without an owner are asked to stop, newest
// first, and take their children along; a little later child processes are asked, too, if somebody
// still waits; 3. what lives at the deadline is named and killed; 4. child
// processes and links end; 5. the workers end; 6. the cells are left so that late mail harms nobody.

namespace {

/// Visits the addresses of all actors without an owner, newest first. An address and not a cell: a
/// cell may have another tenant by then, of another system even.
template <class Visit>
void for_each_root(const system_core& system, Visit visit) {
  std::vector<std::pair<std::uint64_t, address>> roots;
  for (std::uint32_t slot = 1; slot <= cell_arena::count(); ++slot) {
    cell* c = cell_arena::at(slot);
    // seq_cst, and before the system: see opening::publish().
    const std::uint32_t generation = c->generation.load(std::memory_order_seq_cst);
    if (!(generation & 1)) continue;
    if (c->system.load(std::memory_order_acquire) != &system || c->kind->raw) continue;
    if (c->owner.load(std::memory_order_relaxed)) continue;
    roots.push_back({c->serial.load(std::memory_order_relaxed), {c, slot, generation}});
  }
  std::sort(roots.begin(), roots.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [serial, root] : roots) visit(root);
}

}  // namespace

bool system_core::wait_until_quiet(std::int64_t deadline) noexcept {
  std::unique_lock hold{quiet_mutex};
  const auto limit = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{deadline}};
  return quiet.wait_until(hold, limit, [&] { return live.load(std::memory_order_seq_cst) == 0; });
}

void system_core::report_survivors() const noexcept {
  std::fprintf(stderr,
               "troupe: shutdown of '%s': %llu actor(s) did not stop in time and are killed:\n",
               options.name.c_str(), static_cast<unsigned long long>(live.load()));
  for (std::uint32_t slot = 1; slot <= cell_arena::count(); ++slot) {
    cell* c = cell_arena::at(slot);
    if (c->system.load(std::memory_order_acquire) != this || !has_tenant(*c) || c->kind->raw)
      continue;
    const cell* owner = c->owner.load(std::memory_order_relaxed);
    std::fprintf(stderr, "  %.*s %s, owned by %s\n", static_cast<int>(c->kind->name.size()),
                 c->kind->name.data(), print(c->self()).c_str(),
                 owner ? std::string(owner->kind->name).c_str() : "the system");
  }
}

/// The threads are gone. From here on, who sends to a cell of this system finds none and refuses the
/// mail itself. A cell that is not idle waits in a queue, or a sender is about to put it there, or
/// another system has just taken it.
void system_core::retire_cells() noexcept {
  for (std::uint32_t slot = 1; slot <= cell_arena::count(); ++slot) {
    cell* c = cell_arena::at(slot);
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
      c = cell_arena::at(slot);
    }
  }
  wait_for_refusals();  // one may have found the system just before it went
}

bool system_core::shutdown() noexcept {
  if (std::exchange(shut_, true)) return true;
  closing.store(true, std::memory_order_seq_cst);
  const std::int64_t deadline = later(now(*this), options.shutdown_timeout.count());
  for_each_root(*this, [](const address& root) { request_stop(root); });
  // Who waits for an answer from a child process is not reached by a stop; the end of the child is.
  bool clean = wait_until_quiet(std::min(deadline, now(*this) + children_nanoseconds));
  if (!clean && transport) transport->begin_close();
  clean = clean || wait_until_quiet(deadline);
  if (!clean) {
    report_survivors();
    for_each_root(*this, [](const address& root) { request_kill(root); });
    if (!wait_until_quiet(now(*this) + kill_nanoseconds)) {
      std::fprintf(stderr, "troupe: a handler does not return; its thread cannot be ended: exit\n");
      std::_Exit(EXIT_FAILURE);
    }
  }
  if (transport) transport->close(deadline);
  workers->stop();
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
    system->workers->schedule(c);
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
  e->slot = to.slot;
  e->generation = to.generation;
  if (route.push_system(e)) schedule(route);
}

std::uint64_t start_timer(system_core& system, std::int64_t when, const address& to,
                          envelope_ptr e) {
  bool earliest = false;
  const std::uint64_t id = system.timers.add(when, to, std::move(e), earliest);
  if (earliest) system.workers->interrupt();
  return id;
}

bool cancel_timer(system_core& system, std::uint64_t id) noexcept {
  return system.timers.cancel(id);
}

void dead_letter(system_core* system, const envelope& e) noexcept {
  if (!system) return;
  system->dropped.fetch_add(1, std::memory_order_relaxed);
  if (!system->dead_letter_listener) return;
  cell* home = cell_arena::at(e.slot);
  system->dead_letter_listener(
      {e.type ? e.type->name : std::string_view{}, actor_ref<>::at({home, e.slot, e.generation})});
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
