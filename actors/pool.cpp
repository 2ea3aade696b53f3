// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <troupe/detail/owner.hpp>
#include <troupe/detail/pool_source.hpp>
#include <troupe/detail/pool_worker.hpp>
#include <troupe/pool.hpp>

#include "pool_coordinator.hpp"

namespace troupe {

static_assert(encodable<pool>, "a handle travels in messages");

namespace detail {
namespace {

struct pool_thread_start {
  static constexpr bool local_only = true;
  parcel_of_calls initializer;
};

/// A worker that is a thread, so that tasks may block.
class pool_thread : public pool_worker_actor<pool_thread_start> {
 public:
  static constexpr bool own_thread = true;
  using pool_worker_actor::on;
  using pool_worker_actor::pool_worker_actor;

  task<void> on(pool_thread_start m) {
    if (m.initializer.batch()) {
      auto running = run_initializer(system(), m.initializer);
      co_await std::move(running);
    }
    bench().coordinator().tell(pool_worker_ready{
        bench().number(), self(), static_cast<std::int32_t>(getpid()), bench().log()});
  }
};

class thread_source final : public pool_source {
 public:
  actor_ref<> hire(cell& coordinator, const pool_post& post, std::uint64_t number,
                   const parcel_of_calls& initializer) override {
    const auto worker = spawn_class<pool_thread>(*coordinator.system.load(), nullptr, post, number,
                                                 std::make_shared_for_overwrite<pool_log>());
    worker.tell(pool_thread_start{initializer});
    return worker;
  }
  void dismiss(const actor_ref<>& who, bool at_once) override {
    if (at_once) {
      who.kill();
    } else {
      who.stop();
    }
  }
  bool is_apart() const noexcept override { return false; }
};

}  // namespace

std::unique_ptr<pool_source> threads_as_workers() { return std::make_unique<thread_source>(); }

pool_ref spawn_pool(system_core& system, cell* owner, pool_options options,
                    std::unique_ptr<pool_source> source) {
  return spawn_class<pool_coordinator>(system, owner, std::move(options), std::move(source));
}

namespace {
task<pool_scope> entered(pool inside) {
  auto asking = inside.coordinator().ask(messages::pool_enter{});
  co_await std::move(asking);
  co_return pool_scope(inside);
}
}  // namespace

}  // namespace detail

pool pool::spawn(actor_system& system, pool_options options) {
  return pool(
      detail::spawn_pool(system.core(), nullptr, std::move(options), detail::threads_as_workers()));
}
pool pool::spawn_owned(pool_options options) {
  detail::cell& owner = detail::owner_here("pool::spawn_owned");
  return pool(detail::spawn_pool(*owner.system.load(), &owner, std::move(options),
                                 detail::threads_as_workers()));
}

pool_scope::~pool_scope() {
  if (pool_) pool_.coordinator().tell(messages::pool_terminate{});
}

detail::pool_operation<pool_scope> pool::enter() const {
  return {coordinator_, detail::entered(*this)};
}

ask_operation<messages::pool_close> pool::close() const {
  return coordinator_.ask(messages::pool_close{});
}

ask_operation<messages::pool_terminate> pool::terminate() const {
  return coordinator_.ask(messages::pool_terminate{});
}

ask_operation<messages::pool_join> pool::join() const {
  return coordinator_.ask(messages::pool_join{});
}

ask_operation<messages::pool_ready> pool::ready() const {
  return coordinator_.ask(messages::pool_ready{});
}

ask_operation<messages::pool_size> pool::size() const {
  return coordinator_.ask(messages::pool_size{});
}

ask_operation<messages::pool_crew> pool::crew() const {
  return coordinator_.ask(messages::pool_crew{});
}

ask_operation<messages::pool_describe> pool::describe() const {
  return coordinator_.ask(messages::pool_describe{});
}

}  // namespace troupe
