// SPDX-License-Identifier: BSD-3-Clause
#include "nodes.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <troupe/detail/factory.hpp>
#include <troupe/detail/remote_find.hpp>

#include "child_process.hpp"
#include "door.hpp"
#include "peer.hpp"
#include "peer_source.hpp"
#include "refusal.hpp"
#include "template_process.hpp"

namespace troupe::detail {
namespace {

/// The actor that spawns what other processes of this program ask for, and finds what any other asks
/// for. What goes wrong is the asker's to know.
class spawner : public actor<spawn_request, find_request> {
 public:
  explicit spawner(nodes& all) : all_(all) {}

  promise<actor_ref<>> on(spawn_request request) {
    auto question = make_promise<actor_ref<>>();
    if (!question) return question;
    if (all_.is_from_stranger(question.asker().where())) {
      question.set_failure(no_spawn_for_strangers());
      return question;
    }
    try {
      const factory_function make = find_factory(request.factory);
      if (!make) throw std::runtime_error("this program has no such actor to spawn");
      link_context context(all_, *question.asker().where().home);
      question.set_value(actor_ref<>::at(make(all_.system(), request.arguments, &context)));
    } catch (...) {
      question.set_failure(failure_of(std::current_exception()));
    }
    return question;
  }

  found on(const find_request& request) { return find_for(all_.system(), request); }

 private:
  nodes& all_;
};

/// An address behind a link: its mail takes the link's route, so none is ever received here.
const actor_class gateway_kind{.name = "gateway",
                               .receive = [](cell&, envelope& e) { destroy_payload(e); },
                               .destroy = [](cell&) noexcept {},
                               .raw = true};

/// Mail for slots that are nobody's: as if that actor had ended long ago.
void refuse_as_gone(cell& c, envelope& e) {
  refuse_mail(c, e, {exit_reason::cause::never_existed, 0, 0, {}});
  destroy_payload(e);
}
const actor_class nowhere_kind{
    .name = "nowhere", .receive = &refuse_as_gone, .destroy = [](cell&) noexcept {}, .raw = true};

/// Mail for a node that nobody has named here, or that has gone.
void refuse_as_lost(cell& c, envelope& e) {
  refuse_mail(c, e, no_way_reason());
  destroy_payload(e);
}
const actor_class lost_kind{
    .name = "lost", .receive = &refuse_as_lost, .destroy = [](cell&) noexcept {}, .raw = true};

}  // namespace

nodes::nodes(system_core& system)
    : system_(system),
      nowhere_(open_raw_cell(system, nowhere_kind, nullptr, system.node_id, false)) {
  node_actor_ = spawn_class<spawner>(system, nullptr, *this).where();
}
nodes::~nodes() {
  for (const auto& each : doors_) each->shut();
  for (const auto& each : met_) each->detach();
  if (!sources_.empty()) peers_.clear();  // their links are made of what the sources have
  for (const auto& each : sources_) each->detach();
}

nodes& nodes::of(system_core& system) {
  if (system.cells) {
    throw_failure({errc::misuse, "a simulated system has no child processes", {}});
  }
  std::scoped_lock hold{system.transport_mutex};
  if (!system.transport) system.transport = std::make_unique<nodes>(system);
  return static_cast<nodes&>(*system.transport);
}

hello nodes::greeting() const {
  hello h;
  h.node = system_.node_id;
  h.type_table = type_table_hash();
  h.name = system_.options.name.substr(0, node_name_bytes_max);
  return h;
}

int link_context::take_descriptor(std::uint64_t number) noexcept {
  return reading_ ? reading_->take_descriptor(number) : -1;
}

void nodes::add_peer(std::unique_ptr<peer> added) {
  cell& link = added->home();
  const bool is_child = added->is(kinship::child);
  {
    std::scoped_lock hold{mutex_};
    homes_.emplace(link.node_id, &link);
    if (added->is(kinship::parent)) parent_ = &link;
    peers_.push_back(std::move(added));
  }
  if (is_child) note_below(link.node_id, link);
}

void nodes::add_way(std::unique_ptr<peer> added) {
  std::scoped_lock hold{mutex_};
  peers_.push_back(std::move(added));
}

void nodes::note_passed(const peer& from, const cell* by, const cell& to) {
  passed_.fetch_add(1, std::memory_order_relaxed);
  if (!by || !from.is_child_here()) return;
  const peer* other = peer::at(*to.route);
  if (other && other->is_child_here()) kin_.introduce(*by, to);
}

cell* nodes::home_of(std::uint64_t node, std::uint32_t slot, cell& via) {
  if (node == system_.node_id) return slot == 0 ? node_actor_.home : own_home_of(slot);
  std::scoped_lock hold{mutex_};
  if (node == inherited_) {
    if (cell* home = inherited_home_of(slot)) return home;
  }
  const auto found = homes_.find(node);
  if (found != homes_.end()) return found->second;
  if (homes_.size() >= nodes_max) return nullptr;
  cell& gateway = open_raw_cell(system_, gateway_kind, nullptr, node, false);
  gateway.route = static_cast<cell*>(via.route);
  homes_.emplace(node, &gateway);
  return &gateway;
}

cell* nodes::way_to(std::uint64_t node, std::uint32_t slot) {
  if (parent_) return home_of(node, slot, *parent_);
  std::scoped_lock hold{mutex_};
  if (const auto found = homes_.find(node); found != homes_.end()) return found->second;
  if (const auto found = lost_.find(node); found != lost_.end()) return found->second;
  if (homes_.size() + lost_.size() >= nodes_max) return nullptr;
  cell& stand_in = open_raw_cell(system_, lost_kind, nullptr, node, false);
  lost_.emplace(node, &stand_in);
  return &stand_in;
}

void nodes::note_below(std::uint64_t node, cell& link) {
  std::unique_lock hold{mutex_};
  const bool has_room = homes_.size() < nodes_max / 2;  // the rest is for those who are talked to
  hold.unlock();
  if (has_room) home_of(node, 0, link);
  if (parent_) siblings::announce(*parent_, node);
}

void nodes::inherit_addresses(const system_core& before, cell& link) {
  const std::scoped_lock hold{mutex_};
  inherited_ = before.node_id;
  inherit_cells(before, system_, gateway_kind, link, [&](cell& home) {
    if (home.node_id != inherited_) homes_.emplace(home.node_id, &home);
  });
}

/// So that an address is the same whether it was there from the beginning or has come later.
cell* nodes::inherited_home_of(std::uint32_t slot) const noexcept {
  cell* home = any_cell_at(slot);
  const bool so = home && home->node_id == inherited_ && home->kind == &gateway_kind &&
                  home->system.load(std::memory_order_acquire) == &system_;
  return so ? home : nullptr;
}

cell* nodes::own_home_of(std::uint32_t slot) noexcept {
  cell* home = cell_at(system_, slot);
  return home ? home : &nowhere_;
}

void nodes::add_child(std::shared_ptr<child_process> child) {
  std::scoped_lock hold{mutex_};
  children_.push_back(std::move(child));
}

void nodes::remove_child(const child_process& child) noexcept {
  std::shared_ptr<child_process> gone;
  std::scoped_lock hold{mutex_};
  const auto found =
      std::find_if(children_.begin(), children_.end(), [&](auto& c) { return c.get() == &child; });
  if (found == children_.end()) return;
  gone = std::move(*found);
  children_.erase(found);
  changed_.notify_all();
}

std::string nodes::objection_to(std::uint64_t node) {
  std::scoped_lock hold{mutex_};
  if (homes_.contains(node)) return "there is a way between these two programs already";
  // A peer stays when its link has ended: there may be refs that lead to it.
  if (homes_.size() >= nodes_max || peers_.size() >= nodes_max) {
    return "this program has known " + std::to_string(nodes_max) + " others already";
  }
  return {};
}

std::string nodes::add_met(std::unique_ptr<peer> added, std::shared_ptr<met_program> program) {
  std::scoped_lock hold{mutex_};
  if (!homes_.emplace(added->home().node_id, &added->home()).second) {
    return "a way to that program has just been found";
  }
  strangers_.insert(&added->home());
  peers_.push_back(std::move(added));
  met_.push_back(std::move(program));
  return {};
}

void nodes::remove_met(const met_program& program, const cell& home) noexcept {
  std::scoped_lock hold{mutex_};
  const auto found = homes_.find(home.node_id);
  if (found != homes_.end() && found->second == &home) homes_.erase(found);
  std::erase_if(met_, [&](const auto& each) { return each.get() == &program; });
}

std::string nodes::add_remote(std::unique_ptr<peer> added, bool is_stranger) {
  std::scoped_lock hold{mutex_};
  cell& home = added->home();
  const auto known = homes_.find(home.node_id);
  if (known != homes_.end() && known->second->route == known->second)
    return "there is a link between these two nodes already";
  if (homes_.size() >= nodes_max || peers_.size() >= nodes_max) {
    return "this program has known " + std::to_string(nodes_max) + " others already";
  }
  homes_.insert_or_assign(home.node_id, &home);
  if (is_stranger) strangers_.insert(&home);
  peers_.push_back(std::move(added));
  return {};
}

void nodes::remove_remote(const cell& home) noexcept {
  std::scoped_lock hold{mutex_};
  const auto found = homes_.find(home.node_id);
  if (found != homes_.end() && found->second == &home) homes_.erase(found);
}

void nodes::add_source(std::shared_ptr<peer_source> added) {
  std::scoped_lock hold{mutex_};
  sources_.push_back(std::move(added));
}

bool nodes::is_from_stranger(const address& from) {
  if (!from.home) return false;
  std::scoped_lock hold{mutex_};
  return strangers_.contains(static_cast<const cell*>(from.home->route));
}

void nodes::add_door(std::shared_ptr<door> opened) {
  std::scoped_lock hold{mutex_};
  doors_.push_back(std::move(opened));
}

void nodes::remove_door(const door& shut) noexcept {
  std::scoped_lock hold{mutex_};
  std::erase_if(doors_, [&](const auto& each) { return each.get() == &shut; });
}

std::vector<std::shared_ptr<child_process>> nodes::children() {
  std::scoped_lock hold{mutex_};
  return children_;
}

template_process& nodes::fork_template() {
  std::scoped_lock hold{mutex_};
  if (!fork_template_) fork_template_ = std::make_unique<template_process>(system_);
  return *fork_template_;
}

/// It belongs to the reactor, which still has its workers.
void nodes::end_fork_template() noexcept {
  std::unique_lock hold{mutex_};
  if (!fork_template_) return;
  system_.io->run_soon([this] {
    std::unique_ptr<template_process> gone;
    std::scoped_lock hold{mutex_};
    gone = std::move(fork_template_);
    changed_.notify_all();
  });
  changed_.wait(hold, [&] { return !fork_template_; });
}

std::string nodes::next_child_name() {
  std::scoped_lock hold{mutex_};
  return "process-" + std::to_string(++children_named_);
}

bool nodes::wait_for_children(std::int64_t deadline) noexcept {
  std::unique_lock hold{mutex_};
  const auto limit = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{deadline}};
  return changed_.wait_until(hold, limit, [&] { return children_.empty(); });
}

void nodes::note_finished() noexcept {
  std::scoped_lock hold{mutex_};
  ++finished_;
  changed_.notify_all();
}

/// Daemons are ended as they are; the others finish what their actors have to do.
void nodes::ask_children_to_end() noexcept {
  std::scoped_lock hold{mutex_};
  for (auto& child : children_) {
    if (child->is_daemon()) child->signal(SIGTERM);
    child->stop();
  }
}

void nodes::end_normally() noexcept {
  std::unique_lock hold{mutex_};
  for (auto& child : children_) {
    if (child->is_daemon()) child->signal(SIGTERM);
  }
  const auto none_left = [&] {
    return std::none_of(children_.begin(), children_.end(),
                        [](const auto& child) { return child->is_waited_for(); });
  };
  system_.workers->wait(hold, changed_, none_left, INT64_MAX);
}

void nodes::begin_close() noexcept {
  ask_children_to_end();
  std::scoped_lock hold{mutex_};
  for (auto& each : met_) each->close();
  for (auto& each : doors_) each->shut_soon();
  for (auto& each : sources_) each->begin_close();
}

void nodes::close(std::int64_t deadline) noexcept {
  constexpr std::int64_t kill_nanoseconds = 1'000'000'000;
  std::size_t open = 0;
  ask_children_to_end();
  {
    std::scoped_lock hold{mutex_};
    for (auto& each : doors_) each->shut_soon();
    for (auto& p : peers_) {
      if (!p) continue;
      p->finish();
      ++open;
    }
  }
  if (!wait_for_children(std::max(deadline, now(system_)))) {
    std::scoped_lock hold{mutex_};
    for (auto& child : children_) {
      if (system_.says(log_level::error))
        std::fprintf(stderr,
                     "troupe: shutdown of '%s': the process '%s' (%d) did not end in time and is "
                     "killed\n",
                     system_.options.name.c_str(), child->name().c_str(),
                     static_cast<int>(child->pid()));
      child->signal(SIGKILL);
    }
  }
  wait_for_children(now(system_) + kill_nanoseconds);
  end_fork_template();
  std::unique_lock hold{mutex_};
  const auto limit = std::chrono::steady_clock::time_point{
      std::chrono::nanoseconds{now(system_) + kill_nanoseconds}};
  changed_.wait_until(hold, limit, [&] { return finished_ >= open; });
  const auto sources = sources_;
  hold.unlock();
  for (const auto& each : sources) each->close(limit.time_since_epoch().count());
}

}  // namespace troupe::detail
