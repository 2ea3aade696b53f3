// SPDX-License-Identifier: BSD-3-Clause
#include "turn_order.hpp"

#include <algorithm>

#include "seeded_source.hpp"

namespace troupe::detail {
namespace {

class random_order final : public turn_order {
 public:
  explicit random_order(std::uint64_t seed) : luck_(seed, seeded_source::stream::order) {}
  std::size_t choose(std::span<cell* const> ready, std::uint64_t) override {
    return ready.size() == 1 ? 0 : luck_.below(ready.size());
  }

 private:
  seeded_source luck_;
};

class first_come final : public turn_order {
 public:
  std::size_t choose(std::span<cell* const>, std::uint64_t) override { return 0; }
};

/// Burckhardt and others, 2010, with an actor for a thread. A priority may starve somebody for ever;
/// so what goes on for much longer than expected goes on in random order.
class pct_order final : public turn_order {
 public:
  explicit pct_order(const simulation_options& options)
      : luck_(options.seed, seeded_source::stream::order) {
    const std::uint64_t expected = options.steps_expected ? options.steps_expected : 1000;
    fair_from_ = 4 * expected;
    lowered_ = std::max(options.depth, 1u) - 1;
    for (unsigned i = 0; i < lowered_; ++i) changes_.push_back(1 + luck_.below(expected));
  }

  std::size_t choose(std::span<cell* const> ready, std::uint64_t step) override {
    if (step > fair_from_) return luck_.below(ready.size());
    for (cell* c : ready) (void)priority_of(*c);  // drawn in a fixed order
    for (auto n = std::count(changes_.begin(), changes_.end(), step); n > 0; --n) {
      priority_of(*ready[highest(ready)]) = lowered_--;  // below all that are drawn
    }
    return highest(ready);
  }

 private:
  std::size_t highest(std::span<cell* const> ready) {
    const auto first = std::max_element(ready.begin(), ready.end(), [this](cell* a, cell* b) {
      return priority_of(*a) < priority_of(*b);
    });
    return static_cast<std::size_t>(first - ready.begin());
  }
  std::uint64_t& priority_of(const cell& c) {
    const std::uint64_t serial = c.serial.load(std::memory_order_relaxed);
    if (serial >= priorities_.size()) priorities_.resize(serial + 1);
    std::uint64_t& priority = priorities_[serial];
    if (priority == 0) priority = luck_.next() | std::uint64_t{1} << 63;
    return priority;
  }

  seeded_source luck_;
  std::uint64_t fair_from_;
  std::uint64_t lowered_;
  std::vector<std::uint64_t> changes_;
  std::vector<std::uint64_t> priorities_;  // by serial number; 0: not drawn yet
};

class chosen_order final : public turn_order {
 public:
  explicit chosen_order(const std::vector<std::uint32_t>& choices) {
    for (std::uint32_t choice : choices) path_.push_back({choice, 0});
  }
  std::size_t choose(std::span<cell* const> ready, std::uint64_t step) override {
    return along_.choose(ready, step);
  }

 private:
  std::vector<branch> path_;
  path_order along_{path_};
};

}  // namespace

std::unique_ptr<turn_order> make_turn_order(const simulation_options& options) {
  switch (options.order) {
    case simulation_order::random: return std::make_unique<random_order>(options.seed);
    case simulation_order::pct: return std::make_unique<pct_order>(options);
    case simulation_order::in_turn: return std::make_unique<first_come>();
    case simulation_order::chosen: return std::make_unique<chosen_order>(options.choices);
  }
  throw std::invalid_argument("simulation_options.order is none of simulation_order");
}

std::size_t path_order::choose(std::span<cell* const> ready, std::uint64_t) {
  const auto of = static_cast<std::uint32_t>(ready.size());
  if (of == 1) return 0;
  if (next_ == path_.size()) path_.push_back({0, of});
  const branch& b = path_[next_++];
  if ((b.of != 0 && b.of != of) || b.chosen >= of) {
    strayed_ = true;
    return 0;
  }
  return b.chosen;
}

}  // namespace troupe::detail
