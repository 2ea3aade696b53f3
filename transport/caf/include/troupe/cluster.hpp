// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/cluster_options.hpp>
#include <troupe/detail/remote_find.hpp>
#include <troupe/detail/remote_spawn.hpp>
#include <vector>

/// Programs on several machines, or apart on one, that are nodes of one cluster: refs, asks and monitors work
/// between all of them. CAF carries what they say.
namespace troupe {

namespace detail {
class cluster_core;
class remote_node;
address node_actor_of(const remote_node&) noexcept;
}  // namespace detail

/// Another node, for as long as the link to it lasts; copies mean the same one. What comes back after that is
/// another incarnation: the refs into this one stay dead. \thread any
class cluster_node {
 public:
  explicit cluster_node(std::shared_ptr<detail::remote_node> node) noexcept
      : node_(std::move(node)) {}

  const std::string& name() const noexcept;  ///< the name of its system
  bool is_connected() const noexcept;
  /// The process as an actor: to monitor, nothing else.
  actor_ref<> node() const noexcept { return actor_ref<>::at(node_actor()); }
  /// Waits for the end of the link. \return connection_lost, with what is known of it
  task<exit_reason> wait() const;
  /// Ends the link once everything sent before has left. Nobody calls again.
  void close() noexcept;

  /// Its actor of that name. \throws name_error, actor_down
  template <class... Ms>
  task<actor_ref<Ms...>> find(std::string name) const {
    return find_at<Ms...>(node_actor(), std::move(name));
  }

  /// `co_await node.spawn<account>(args…)`: an actor there, as in a child process. That program must spawn
  /// it in this way somewhere, too, and lets a node of a cluster with TLS or a key do so, but no other.
  /// \throws actor_down, handler_error with the text of the constructor's exception
  template <class A, class... Args>
  auto spawn(Args... args) const {
    return detail::spawn_at<A>(node_actor(), std::move(args)...);
  }
  template <auto Function, class... Args>
  auto spawn(Args... args) const {
    return detail::spawn_at<Function>(node_actor(), std::move(args)...);
  }

  friend bool operator==(const cluster_node&, const cluster_node&) = default;

 private:
  detail::address node_actor() const noexcept { return detail::node_actor_of(*node_); }

  // A task begins when it is awaited, which may be after the end of this handle.
  template <class... Ms>
  static task<actor_ref<Ms...>> find_at(detail::address node, std::string name) {
    auto question = detail::ask_to_find(node, std::move(name), detail::types_of<Ms...>);
    const detail::found answer = co_await std::move(question);
    co_return actor_ref<Ms...>::at(detail::address_in(answer));
  }

  std::shared_ptr<detail::remote_node> node_;
};

/// Told to who has subscribed to a cluster.
struct node_up {
  static constexpr bool local_only = true;
  cluster_node node;
};
/// After everything that has come from there.
struct node_down {
  static constexpr bool local_only = true;
  cluster_node node;
  exit_reason why;
};

/// This system as a node of a cluster; copies mean the same. It goes on until the end of the system: make one
/// for each system. \thread any
class cluster {
 public:
  /// Starts CAF, with two threads and one more for each connection that is being made.
  /// \throws std::invalid_argument naming the option, or the file of `tls` that cannot be used
  explicit cluster(actor_system& system, const cluster_options& options = {});

  /// Lets other nodes in. Blocks until the port is open.
  /// \param port  0: any that is free   \return the port
  /// \throws std::invalid_argument: the address is none of loopback and there is no TLS;
  ///         cluster_error: the port cannot be opened; misuse_error: the second time
  std::uint16_t listen(std::uint16_t port, const listen_options& options = {});

  /// Joins the node that listens there, and then, one after the other, those that it knows of. If there is a
  /// link to it already, or it calls this one at the same time, that is the one.
  /// \throws cluster_error with what went wrong
  task<cluster_node> connect(std::string host, std::uint16_t port);

  /// Those that there is a link to.
  std::vector<cluster_node> nodes() const;

  /// The actor of that name, here or, if there is none, on any other node. \cost a round trip for each node
  /// \throws name_error: none has it, or the one that has does not accept all of these
  template <class... Ms>
  task<actor_ref<Ms...>> find(std::string name) const {
    auto finding = find_address(std::move(name), detail::types_of<Ms...>);
    const detail::address where = co_await std::move(finding);
    co_return actor_ref<Ms...>::at(where);
  }

  /// From now on `who` hears of each node that comes and goes; first of those that are there.
  void subscribe(actor_ref<node_up, node_down> who);

  std::uint64_t refused() const noexcept;  ///< how many callers were turned away so far

 private:
  task<detail::address> find_address(std::string name, detail::accepted_types wanted) const;

  std::shared_ptr<detail::cluster_core> core_;
};

/// A node cannot be reached, or the two do not fit together.
struct cluster_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace troupe
