// SPDX-License-Identifier: BSD-3-Clause
#include "nodes.hpp"

#include <algorithm>
#include <chrono>
#include <troupe/detail/factory.hpp>

#include "child_process.hpp"
#include "peer.hpp"
#include "refusal.hpp"

namespace troupe::detail {
namespace {

/// The actor that spawns what other processes ask for. What goes wrong is the asker's to know.
class spawner : public actor<spawn_request> {
 public:
  explicit spawner(nodes& all) : all_(all) {}

  promise<actor_ref<>> on(spawn_request request) {
    auto question = make_promise<actor_ref<>>();
    if (!question) return question;
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

 private:
  nodes& all_;
};

/// An address behind a link: its mail takes the link's route, so none is ever received here.
const actor_class gateway_kind{"gateway",
                               [](cell&, envelope& e) { destroy_payload(e); },
                               [](cell&) noexcept {},
                               nullptr,
                               nullptr,
                               false,
                               true};

/// Mail for slots that are nobody's: as if that actor had ended long ago.
void refuse_as_gone(cell& c, envelope& e) {
  refuse_mail(c, e, {exit_reason::cause::never_existed, 0, 0, {}});
  destroy_payload(e);
}
const actor_class nowhere_kind{
    "nowhere", &refuse_as_gone, [](cell&) noexcept {}, nullptr, nullptr, false, true};

}  // namespace

nodes::nodes(system_core& system)
    : system_(system),
      nowhere_(open_raw_cell(system, nowhere_kind, nullptr, system.node_id, false)) {
  node_actor_ = spawn_class<spawner>(system, nullptr, *this).where();
}
nodes::~nodes() = default;

nodes& nodes::of(system_core& system) {
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

void nodes::add_peer(std::unique_ptr<peer> added) {
  std::scoped_lock hold{mutex_};
  homes_.emplace(added->home().node_id, &added->home());
  peers_.push_back(std::move(added));
}

cell* nodes::home_of(std::uint64_t node, std::uint32_t slot, cell& via) {
  if (node == system_.node_id) return slot == 0 ? node_actor_.home : own_home_of(slot);
  std::scoped_lock hold{mutex_};
  const auto found = homes_.find(node);
  if (found != homes_.end()) return found->second;
  if (homes_.size() >= nodes_max) return nullptr;
  cell& gateway = open_raw_cell(system_, gateway_kind, nullptr, node, false);
  gateway.route = static_cast<cell*>(via.route);
  homes_.emplace(node, &gateway);
  return &gateway;
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

void nodes::begin_close() noexcept {
  std::scoped_lock hold{mutex_};
  for (auto& child : children_) child->stop();
}

void nodes::close(std::int64_t deadline) noexcept {
  constexpr std::int64_t kill_nanoseconds = 1'000'000'000;
  std::size_t open = 0;
  {
    std::scoped_lock hold{mutex_};
    for (auto& p : peers_) {
      if (!p) continue;
      p->finish();
      ++open;
    }
  }
  if (!wait_for_children(std::max(deadline, now(system_)))) {
    std::scoped_lock hold{mutex_};
    for (auto& child : children_) child->signal(SIGKILL);
  }
  wait_for_children(now(system_) + kill_nanoseconds);
  std::unique_lock hold{mutex_};
  const auto limit = std::chrono::steady_clock::time_point{
      std::chrono::nanoseconds{now(system_) + kill_nanoseconds}};
  changed_.wait_until(hold, limit, [&] { return finished_ >= open; });
}

}  // namespace troupe::detail
