// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/snapshot.hpp>

#include <algorithm>
#include <map>
#include <troupe/detail/fork_guard.hpp>
#include <troupe/detail/inspection.hpp>
#include <troupe/detail/system_core.hpp>

#include "every_cell.hpp"
#include "near.hpp"
#include "turn.hpp"

/// A snapshot in four steps: 1. list the live actors, oldest first; 2. ask each what it waits for;
/// 3. for those that have not answered in time, look at what the workers run; 4. add what anybody may
/// read. In a simulation nobody runs while somebody looks: step 2 reads, and takes no step of the run.
namespace troupe {
namespace detail {
namespace {

using std::chrono::nanoseconds;

std::uint64_t number_of(const address& a) noexcept {
  return std::uint64_t{a.slot} << 32 | a.generation;
}

struct listed {
  std::uint64_t serial;
  address where;
};

std::vector<listed> list_actors(const system_core& system) {
  std::vector<listed> all;
  for_each_cell(system, [&](cell& c) {
    const std::uint32_t generation = c.generation.load(std::memory_order_acquire);
    if (!(generation & 1)) return;
    if (c.system.load(std::memory_order_acquire) != &system || c.kind->raw) return;
    all.push_back({c.serial.load(std::memory_order_relaxed), {&c, c.slot, generation}});
  });
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.serial < b.serial; });
  return all;
}

void ask(system_core& system, const std::shared_ptr<inspection>& whole, std::size_t index,
         const address& whom) {
  {
    std::scoped_lock hold{system.desk->mutex};
    if (!system.desk->asked.insert(number_of(whom)).second) return;
    ++whole->pending;
  }
  inspection_ticket ticket(system.desk, whole, index, number_of(whom));
  post_system(whom, make_envelope(envelope_kind::inspect, std::move(ticket)));
}

std::vector<std::optional<observation>> ask_all(system_core& system,
                                                const std::vector<listed>& actors,
                                                nanoseconds patience) {
  const auto whole = std::make_shared<inspection>();
  whole->answers.resize(actors.size());
  if (system.cells) {
    for (std::size_t i = 0; i < actors.size(); ++i) {
      whole->answers[i] = observe(*actors[i].where.home);
    }
    return std::move(whole->answers);
  }
  const std::int64_t deadline = later(now(system), patience.count());
  for (std::size_t i = 0; i < actors.size(); ++i) ask(system, whole, i, actors[i].where);
  std::unique_lock hold{system.desk->mutex};
  system.workers->wait(hold, system.desk->changed, [&] { return whole->pending == 0; }, deadline);
  return whole->answers;  // a copy: late answers still come
}

bool is_known_here(const address& a) noexcept {
  return a.home && a.home->slot == a.slot && !is_remote(a) &&
         a.home->generation.load(std::memory_order_acquire) == a.generation;
}
std::string class_name(const address& a) {
  return is_known_here(a) ? std::string(a.home->kind->name) : std::string{};
}

class snapshot_maker {
 public:
  snapshot_maker(system_core& system, nanoseconds patience)
      : system_(system), hold_(system.desk->one_at_a_time), patience_(patience) {}

  system_snapshot make() {
    const std::vector<listed> actors = list_actors(system_);
    system_.watch.look();  // from now on, if not before, one can say since when
    const auto answers = ask_all(system_, actors, patience_);
    present_ = now(system_);
    running_ = system_.watch.look();
    for (auto& [name, who] : system_.names.all()) names_[number_of(who)].push_back(name);
    for (std::size_t i = 0; i < actors.size(); ++i) add(actors[i].where, answers[i]);
    add_classes();
    system_.desk->first_seen = std::move(seen_);
    whole_.name = system_.options.name;
    whole_.live = system_.live.load(std::memory_order_relaxed);
    whole_.opened = system_.opened.load(std::memory_order_relaxed);
    whole_.dead_letters = system_.dropped.load(std::memory_order_relaxed);
    whole_.workers = system_.workers->workers();
    return std::move(whole_);
  }

 private:
  void add(const address& who, const std::optional<observation>& said) {
    cell& c = *who.home;
    actor_snapshot a;
    a.ref = actor_ref<>::at(who);
    const actor_class& kind = *c.kind;
    a.name = kind.name;
    if (cell* owner = c.owner.load(std::memory_order_relaxed)) {
      a.parent = actor_ref<>::at(owner->self());
      a.parent_name = owner->kind->name;
    }
    const std::uint64_t taken = c.taken;
    const auto sent =
        static_cast<std::uint32_t>(c.head.load(std::memory_order_acquire) >> cell::count_shift);
    // What is taken between the two reads makes the difference too small, never negative by much.
    const std::uint32_t waiting = (sent - static_cast<std::uint32_t>(taken)) & cell::depth_mask;
    a.mailbox = (waiting >> 20 ? 0 : waiting) + c.near_count;
    a.capacity = c.capacity;
    a.handled = taken + c.near_taken;
    if (const auto found = names_.find(number_of(who)); found != names_.end()) {
      a.names = found->second;
      std::sort(a.names.begin(), a.names.end());
    }
    if (said) {
      describe(a, *said);
    } else {
      guess(a, who);
    }
    // Another tenant by now: all that was read is its own, or a mixture.
    if (c.generation.load(std::memory_order_acquire) != who.generation) return;
    class_snapshot& sum = class_of(kind);
    ++sum.alive;
    sum.handled += a.handled;
    whole_.actors.push_back(std::move(a));
  }

  void describe(actor_snapshot& a, const observation& said) {
    a.answered = true;
    a.state = said.state;
    for (const observed_wait& w : said.waits) {
      const actor_moment moment{number_of(a.ref.where()), w.id};
      const auto known = system_.desk->first_seen.find(moment);
      const std::int64_t since = known == system_.desk->first_seen.end() ? present_ : known->second;
      seen_.emplace(moment, since);
      a.waits.push_back({w.what, actor_ref<>::at(w.whom), class_name(w.whom),
                         nanoseconds{std::max<std::int64_t>(present_ - since, 0)}});
    }
    a.waits_total = said.waits_total;
    a.in_line = said.in_line;
    if (said.in_line != 0)
      a.eldest = nanoseconds{std::max<std::int64_t>(present_ - said.eldest_since, 0)};
  }

  /// It has not answered: it runs, or waits for a worker.
  void guess(actor_snapshot& a, const address& who) const {
    const auto turn = std::find_if(running_.begin(), running_.end(),
                                   [&](const running_turn& t) { return t.who == who; });
    if (turn != running_.end()) {
      a.state = actor_state::running;
      if (turn->message) a.message = turn->message->name;
      a.running = nanoseconds{std::max<std::int64_t>(present_ - turn->since, 0)};
    } else {
      a.state = a.handled == 0 ? actor_state::starting : actor_state::ready;
    }
  }

  class_snapshot& class_of(const actor_class& kind) {
    class_snapshot& sum = classes_[&kind];
    if (sum.name.empty()) sum.name = kind.name;
    return sum;
  }

  void add_classes() {
    for (const auto& [kind, count] : system_.watch.ended()) {
      class_snapshot& sum = class_of(*kind);
      sum.ended += count.ended;
      sum.errors += count.errors;
      sum.handled += count.handled;
    }
    for (auto& [kind, sum] : classes_) whole_.classes.push_back(std::move(sum));
    std::sort(whole_.classes.begin(), whole_.classes.end(),
              [](auto& a, auto& b) { return a.name < b.name; });
  }

  system_core& system_;
  std::scoped_lock<std::mutex> hold_;
  const nanoseconds patience_;
  std::int64_t present_ = 0;
  std::vector<running_turn> running_;
  std::unordered_map<std::uint64_t, std::vector<std::string>> names_;
  std::unordered_map<const actor_class*, class_snapshot> classes_;
  moments seen_;
  system_snapshot whole_;
};

}  // namespace

system_snapshot make_snapshot(system_core& system, nanoseconds patience) {
  refuse_if_forked(system);
  return snapshot_maker(system, patience).make();
}

}  // namespace detail

system_snapshot actor_system::snapshot(std::chrono::nanoseconds patience) {
  if (detail::running_cell()) {
    throw_failure(
        {errc::misuse,
         "a snapshot waits for the actors to answer, and inside an actor it would block a "
         "worker: make it in a plain thread",
         {}});
  }
  return detail::make_snapshot(*core_, patience);
}

const actor_snapshot* system_snapshot::find(const actor_ref<>& ref) const noexcept {
  const auto found =
      std::find_if(actors.begin(), actors.end(), [&](auto& a) { return a.ref == ref; });
  return found == actors.end() ? nullptr : &*found;
}

}  // namespace troupe
