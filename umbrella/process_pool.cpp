// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/descriptor.hpp>
#include <troupe/detail/mapped_memory.hpp>
#include <troupe/detail/pool_source.hpp>
#include <troupe/detail/pool_worker.hpp>
#include <troupe/process.hpp>
#include <troupe/process_pool.hpp>

namespace troupe {
namespace detail {

struct pool_process_ready {};
/// Told to who keeps a worker.
struct pool_process_dismissal {
  static constexpr bool local_only = true;
  bool at_once = false;
};
/// What a worker is told first.
struct pool_process_start {
  actor_ref<pool_process_ready> keeper;
  descriptor log;
  parcel_of_calls initializer;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(keeper, log, initializer);
  }
};

/// Memory of zeros is an empty one.
std::shared_ptr<pool_log> pool_log_in(const owned_fd& memory) {
  auto mapped = map_shared_memory(memory.get(), sizeof(pool_log));
  auto* const log = static_cast<pool_log*>(mapped.get());
  return {std::move(mapped), log};
}

/// A worker, in its process.
class pool_process_worker : public pool_worker_actor<pool_process_start> {
 public:
  using pool_worker_actor::on;
  pool_process_worker(pool_post coordinator, std::uint64_t number)
      : pool_worker_actor(coordinator, number, nullptr) {}

  task<void> on(pool_process_start m) {
    auto taking = m.log.take();
    const owned_fd memory = co_await std::move(taking);
    bench().keep_in(pool_log_in(memory));
    if (m.initializer.function() || !m.initializer.error().empty()) {
      auto running = run_initializer(system(), m.initializer);
      co_await std::move(running);
    }
    m.keeper.tell(pool_process_ready{});
  }
};

/// Kills its process when it goes.
class pool_process {
 public:
  explicit pool_process(process p) noexcept : process_(std::move(p)) {}
  ~pool_process() { process_.kill(); }
  pool_process(const pool_process&) = delete;
  pool_process& operator=(const pool_process&) = delete;
  process* operator->() noexcept { return &process_; }

 private:
  process process_;
};

/// Stands for a worker in the process of the coordinator: starts its process, and ends once that has been
/// reaped. Not the coordinator's child, since it must outlive it for that.
behavior keep_pool_process(mailbox<pool_process_ready, pool_process_dismissal> mail, pool_post post,
                           std::uint64_t number, process_options options,
                           parcel_of_calls initializer) {
  const std::uint64_t coordinators_end = mail.monitor(post);
  auto starting = mail.system().start_process(std::move(options));
  pool_process home(co_await std::move(starting));
  auto spawning = home->spawn<pool_process_worker>(post, number);
  const auto worker = co_await std::move(spawning);
  mail.monitor(worker);
  const owned_fd memory = make_shared_memory(sizeof(pool_log));
  const descriptor shared = descriptor::share(mail.system(), memory.get());
  worker.tell(pool_process_start{mail.self(), shared, std::move(initializer)});
  pool_worker_over over{number, {}};
  bool orphaned = false;
  for (bool alive = true; alive;) {
    auto news = co_await mail.receive<down, pool_process_ready, pool_process_dismissal>();
    if (std::holds_alternative<pool_process_ready>(news)) {
      post.tell(pool_worker_ready{number, worker, home->pid(), pool_log_in(memory)});
    } else if (const auto* order = std::get_if<pool_process_dismissal>(&news)) {
      order->at_once ? home->kill() : home->stop();
    } else if (std::get<down>(news).monitor == coordinators_end) {
      orphaned = true;
      home->kill();
    } else {
      over.reason = std::get<down>(news).reason;
      alive = false;
    }
  }
  shared.close();
  home->stop();
  auto ending = home->wait();
  co_await std::move(ending);
  if (!orphaned) post.tell(std::move(over));
}

class process_source final : public pool_source {
 public:
  process_source(process_options each, std::string name)
      : each_(std::move(each)), name_(std::move(name)) {}

  actor_ref<> hire(cell& coordinator, const pool_post& post, std::uint64_t number,
                   const parcel_of_calls& initializer) override {
    process_options options = each_;
    options.name = name_ + "-" + std::to_string(number);
    return spawn_function<&keep_pool_process>(*coordinator.system.load(), nullptr, post, number,
                                              std::move(options), initializer);
  }
  void dismiss(const actor_ref<>& who, bool at_once) override {
    actor_ref<pool_process_dismissal>::at(who.where()).tell(pool_process_dismissal{at_once});
  }
  bool is_apart() const noexcept override { return true; }

 private:
  const process_options each_;
  const std::string name_;
};

}  // namespace detail

pool pool::launch(actor_system& system, pool_options options, process_options each) {
  std::string name = each.name.empty() ? options.name : each.name;
  return pool(detail::spawn_pool(
      system.core(), nullptr, std::move(options),
      std::make_unique<detail::process_source>(std::move(each), std::move(name))));
}
pool pool::launch(actor_system& system, pool_options options) {
  return launch(system, std::move(options), {});
}

task<pool> pool::start(actor_system& system, pool_options options, process_options each) {
  const pool made = launch(system, std::move(options), std::move(each));
  auto question = made.ready();
  auto waiting = std::move(question).result();
  const outcome<void> ready = co_await waiting;
  if (!ready) {
    auto leaving = made.join();
    co_await std::move(leaving);
    throw_failure(ready.error());
  }
  co_return made;
}
task<pool> pool::start(actor_system& system, pool_options options) {
  return start(system, std::move(options), {});
}

}  // namespace troupe
