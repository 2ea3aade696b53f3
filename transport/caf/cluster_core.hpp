// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/cluster.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine.hpp"
#include "peer_source.hpp"
#include "refusal_log.hpp"
#include "remote_node.hpp"

namespace troupe::detail {

/// The nodes of a cluster that this one has a link to, and how there come to be more and fewer of them.
/// \thread any, but for what says otherwise
class cluster_core final : public peer_source, public std::enable_shared_from_this<cluster_core> {
 public:
  static std::shared_ptr<cluster_core> start(actor_system& system, const cluster_options& options);

  std::uint16_t listen(std::uint16_t port, const listen_options& options);
  /// Told what came of a call: a node, or null and why not. \thread the holder of the reactor
  using on_joined = std::function<void(std::shared_ptr<remote_node>, const std::string& error)>;
  /// \param to  whose node is 0 if it is not known
  void call(endpoint to, on_joined heard);

  std::vector<std::shared_ptr<remote_node>> nodes_now() const;
  void subscribe(actor_ref<node_up, node_down> who);
  std::uint64_t refused() const noexcept { return refused_.load(); }
  system_core& system() noexcept { return all_.system(); }
  bool has_tls() const noexcept { return options_.tls.has_value(); }

  void begin_close() noexcept override;
  void close(std::int64_t deadline) noexcept override;
  void detach() noexcept override;

 private:
  struct outgoing_call;
  struct redial;

  cluster_core(nodes& all, const cluster_options& options);
  void start_engine();
  void run_soon(std::function<void(cluster_core&)> work);  // CAF's threads
  // The holder of the reactor:
  void dial(const endpoint& to, on_joined heard);
  void knock(const std::shared_ptr<outgoing_call>& what);
  void reach(const std::shared_ptr<outgoing_call>& what);
  void reached(const std::shared_ptr<outgoing_call>& what, const caf::strong_actor_ptr& doorkeeper,
               const std::string& error);
  void begin_call(const endpoint& to, const caf::strong_actor_ptr& doorkeeper, on_joined heard);
  void called(caf_meeting& which, const endpoint& to, const on_joined& heard, std::string error);
  void answer(const caf::strong_actor_ptr& caller, const parcel& hail);
  void answered(const caf_meeting& caller, std::string error);
  std::string objection_to(const meeting_identity& caller) const;
  std::shared_ptr<remote_node> admit(const caf_meeting& met, std::string& error);
  void on_news(remote_node& from, const std::string& bytes);
  void on_node_end(remote_node& gone, const exit_reason& why);
  void call_again(std::shared_ptr<redial> what);
  std::string news() const;
  std::shared_ptr<remote_node> node_of(std::uint64_t number) const noexcept;
  bool knows(std::uint64_t node) const noexcept;

  nodes& all_;
  const cluster_options options_;
  std::optional<engine> engine_;
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<bool> closing_{false};

  mutable std::mutex mutex_;
  std::condition_variable changed_;                  ///< nodes_
  bool detached_ = false;                            ///< guarded, as all below
  std::vector<std::shared_ptr<remote_node>> nodes_;  ///< changed by the holder of the reactor only
  std::vector<actor_ref<node_up, node_down>> subscribers_;
  endpoint own_;  ///< where this node listens

  // The reactor's:
  std::deque<std::shared_ptr<caf_meeting>> callers_;  ///< the oldest first
  std::vector<std::shared_ptr<caf_meeting>> calls_;
  std::unordered_multiset<std::uint64_t> called_;  ///< nodes that are being called now
  /// Calls that have been given up for one of that node's.
  std::unordered_multimap<std::uint64_t, on_joined> yielded_;
  refusal_log log_;
};

}  // namespace troupe::detail
