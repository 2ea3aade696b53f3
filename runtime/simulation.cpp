// SPDX-License-Identifier: BSD-3-Clause
#include <exception>
#include <troupe/simulation.hpp>

#include "cell_bank.hpp"
#include "simulated_scheduler.hpp"

namespace troupe {

namespace {

void check(const simulation_options& options) {
  if (options.turn_messages_max == 0) {
    throw std::invalid_argument("simulation_options.turn_messages_max is 0; at least 1 is needed");
  }
  if (detail::running_cell()) {
    throw_failure({errc::misuse, "a simulation cannot be made inside an actor", {}});
  }
}

}  // namespace

simulation::simulation(simulation_options options)
    : simulation(options, detail::make_turn_order(options)) {}

simulation::simulation(simulation_options options, std::unique_ptr<detail::turn_order> order)
    : exceptions_(std::uncaught_exceptions()) {
  using detail::seeded_source;
  check(options);
  auto clock = std::make_unique<detail::virtual_clock>();
  detail::virtual_clock& time = *clock;
  detail::environment given;
  given.clock = std::move(clock);
  given.luck = std::make_unique<seeded_source>(options.seed, seeded_source::stream::actors);
  given.cells = std::make_unique<detail::cell_bank>();
  given.single_thread = true;
  given.make_scheduler = [&](detail::system_core& system) {
    auto made =
        std::make_unique<detail::simulated_scheduler>(system, options, time, std::move(order));
    scheduler_ = made.get();
    return made;
  };
  system_ = std::make_unique<actor_system>(options.system, std::move(given));
}

simulation::~simulation() { (void)end(); }

/// \return false: something had to be killed that was not to blame for a failure
bool simulation::end() noexcept {
  const bool failed = scheduler_->failure() || std::uncaught_exceptions() > exceptions_;
  scheduler_->wind_down();
  if (failed) system_->core().kill_all();
  return system_->shutdown();
}

void simulation::must_be_outside() const {
  if (!detail::running_cell()) return;
  throw_failure({errc::misuse, "a simulation cannot be driven by an actor in it", {}});
}

void simulation::run() {
  must_be_outside();
  scheduler_->run_until(INT64_MAX);
}

void simulation::run_for(std::chrono::nanoseconds time) {
  must_be_outside();
  scheduler_->run_until(detail::later(scheduler_->present(), time.count()));
}

bool simulation::step() {
  must_be_outside();
  return scheduler_->go_on(INT64_MAX);
}

void simulation::require(bool holds, const std::string& text) {
  if (holds) return;
  scheduler_->fail(text);
  if (!detail::running_cell()) throw simulation_error(text);
}

void simulation::kill_at(std::uint64_t step, const actor_ref<>& whom) {
  scheduler_->kills().add(step, whom.where());
}
void simulation::may_die(const actor_ref<>& whom) {
  scheduler_->kills().add_candidate(whom.where());
}

std::uint64_t simulation::steps() const noexcept { return scheduler_->steps(); }
std::chrono::nanoseconds simulation::elapsed() const noexcept {
  return std::chrono::nanoseconds{scheduler_->present() - detail::virtual_clock::start};
}
std::uint64_t simulation::trace_hash() const noexcept { return scheduler_->trace().hash(); }
std::string simulation::trace() const { return scheduler_->trace().text(); }

std::string to_string(const simulation_options& options) {
  static constexpr const char* orders[] = {"random", "pct", "in_turn", "chosen"};
  const simulation_options usual;
  std::string text = "{.seed = " + std::to_string(options.seed);
  const auto add = [&](const char* name, const std::string& value) {
    text += std::string(", .") + name + " = " + value;
  };
  if (options.steps_max != usual.steps_max) add("steps_max", std::to_string(options.steps_max));
  if (options.order != usual.order) {
    add("order", std::string("simulation_order::") + orders[static_cast<int>(options.order)]);
  }
  if (options.depth != usual.depth) add("depth", std::to_string(options.depth));
  if (options.steps_expected) add("steps_expected", std::to_string(options.steps_expected));
  if (options.kills) add("kills", std::to_string(options.kills));
  if (options.stall_every) add("stall_every", std::to_string(options.stall_every));
  if (options.turn_messages_max != usual.turn_messages_max) {
    add("turn_messages_max", std::to_string(options.turn_messages_max));
  }
  const auto list = [](const auto& values, auto print) {
    std::string all;
    for (const auto& value : values) all += (all.empty() ? "" : ", ") + print(value);
    return '{' + all + '}';
  };
  if (!options.choices.empty()) {
    add("choices", list(options.choices, [](std::uint32_t c) { return std::to_string(c); }));
  }
  if (!options.planned_kills.empty()) {
    add("planned_kills", list(options.planned_kills, [](const planned_kill& k) {
          return '{' + std::to_string(k.victim) + ", " + std::to_string(k.step) + '}';
        }));
  }
  return text + '}';
}

}  // namespace troupe
