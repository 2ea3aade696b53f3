// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <troupe/detail/system_core.hpp>
#include <troupe/detail/wire_address.hpp>
#include <troupe/process.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "handshake.hpp"
#include "siblings.hpp"

namespace troupe::detail {

class peer;
class child_process;
class door;
class met_program;
class peer_source;
class template_process;

/// All processes that this one knows of, and how mail gets there: those at the end of a link, and
/// those behind them. Made with the first process; lives as long as the system. \thread any
class nodes final : public transport_part {
 public:
  /// How many other processes a system gets to know at most; a peer that names more is refused.
  static constexpr std::size_t nodes_max = 65536;

  explicit nodes(system_core& system);
  ~nodes() override;

  /// The nodes of a system, made if there are none yet.
  static nodes& of(system_core& system);

  system_core& system() noexcept { return system_; }
  const address& node_actor() const noexcept { return node_actor_; }
  hello greeting() const;

  /// Keeps the peer, and its cell as the home of all addresses in that process, to the end.
  void add_peer(std::unique_ptr<peer> added);
  /// Keeps a peer that is reached through a home which is there already.
  void add_way(std::unique_ptr<peer> added);

  /// The cell through which `slot` of `node` is reached. An unknown node lies behind `via`, the cell
  /// of the link that named it. \return null: refused
  cell* home_of(std::uint64_t node, std::uint32_t slot, cell& via);
  /// This process is a copy of its parent, the one of `before`: addresses that its memory holds lead there,
  /// by this link. Before anything is read from it.
  void inherit_addresses(const system_core& before, cell& link);
  /// The same for what has come from below, or from above. What nobody has named here yet lies, as far as is known,
  /// not below, so behind the parent; without one it is refused. \return null: it knows too many
  cell* way_to(std::uint64_t node, std::uint32_t slot);
  /// That process is at or behind the link of a child: those above hear of it, too.
  void note_below(std::uint64_t node, cell& link);
  /// The cell of this slot of ours; one that no actor of this system has ever had leads to a cell
  /// that refuses all mail.
  cell* own_home_of(std::uint32_t slot) noexcept;

  /// \thread the holder of the reactor
  siblings& kin() noexcept { return kin_; }
  /// A frame from one process to another has come through here.
  /// \param by  home of the one that talks; null: it does not say   \thread the holder of the reactor
  void note_passed(const peer& from, const cell* by, const cell& to);
  std::uint64_t frames_passed() const noexcept { return passed_.load(std::memory_order_relaxed); }

  void add_child(std::shared_ptr<child_process> child);
  void remove_child(const child_process& child) noexcept;
  std::vector<std::shared_ptr<child_process>> children();

  /// Where this process comes from, if it is a child.
  struct beginning {
    bool daemon = false;
    std::optional<parent_process> parent;
    std::function<void(int code)> end;  ///< ends this process
  };
  /// Of start_method::forkserver; made, but not started, by the first call.
  template_process& fork_template();

  const beginning& origin() const noexcept { return origin_; }
  /// Before anybody can ask.
  void set_origin(beginning from) { origin_ = std::move(from); }

  start_method default_method() const noexcept { return default_method_.load(); }
  void set_default_method(start_method how) noexcept { default_method_.store(how); }

  std::string next_child_name();

  /// Why a program of this node cannot be met, or nothing.
  std::string objection_to(std::uint64_t node);
  /// Keeps the peer of a program that was met. \return why not: there is a way to it already
  std::string add_met(std::unique_ptr<peer> added, std::shared_ptr<met_program> program);
  /// Its link has ended; it may be met again.
  void remove_met(const met_program& program, const cell& home) noexcept;
  /// Mail from there is mail of a stranger: it may talk to actors here, but not make any. \thread any
  bool is_from_stranger(const address& from);
  /// Keeps the peer of a node of a cluster. The addresses of that node lead there from now on, whatever way
  /// they had. \param is_stranger  it may make no actors here
  /// \return why not: there is a link to that node
  std::string add_remote(std::unique_ptr<peer> added, bool is_stranger);
  /// The link has ended; another one may take its place, as another incarnation of that node.
  void remove_remote(const cell& home) noexcept;
  void add_source(std::shared_ptr<peer_source> added);
  void add_door(std::shared_ptr<door> opened);
  void remove_door(const door& shut) noexcept;

  /// A peer has written its last byte, or never will.
  void note_finished() noexcept;

  void end_normally() noexcept override;
  void begin_close() noexcept override;
  void close(std::int64_t deadline) noexcept override;

 private:
  bool wait_for_children(std::int64_t deadline) noexcept;
  void ask_children_to_end() noexcept;
  void end_fork_template() noexcept;

  cell* inherited_home_of(std::uint32_t slot) const noexcept;

  system_core& system_;
  beginning origin_;
  std::atomic<start_method> default_method_{start_method::spawn};  ///< any thread reads and writes
  std::uint64_t inherited_ = 0;  ///< the node whose addresses this process has inherited; 0: none
  std::unique_ptr<template_process> fork_template_;
  address node_actor_;
  cell& nowhere_;
  cell* parent_ = nullptr;  ///< its link's; set before there is any other
  std::mutex mutex_;
  std::condition_variable changed_;  ///< children_ or finished_
  std::unordered_map<std::uint64_t, cell*> homes_;
  std::unordered_map<std::uint64_t, cell*> lost_;  ///< stand in for nodes that nobody has named
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<std::shared_ptr<child_process>> children_;  ///< not yet ended
  std::vector<std::shared_ptr<met_program>> met_;         ///< whose links have not ended
  std::unordered_set<const cell*> strangers_;             ///< the links to programs, ever met
  std::vector<std::shared_ptr<door>> doors_;
  std::vector<std::shared_ptr<peer_source>> sources_;
  siblings kin_{*this};
  std::atomic<std::uint64_t> passed_{0};  ///< frames
  std::size_t finished_ = 0;
  unsigned children_named_ = 0;
};

/// Resolves the addresses in what comes over one link.
class link_context final : public decode_context {
 public:
  /// \param reading  whose descriptors may be taken: what is decoded as it comes; null: nobody's
  link_context(nodes& all, cell& via, peer* reading = nullptr) noexcept
      : all_(all), via_(via), reading_(reading) {}
  cell* home_of(std::uint64_t node, std::uint32_t slot) override {
    return all_.home_of(node, slot, via_);
  }
  int take_descriptor(std::uint64_t number) noexcept override;

 private:
  nodes& all_;
  cell& via_;
  peer* reading_;
};

}  // namespace troupe::detail
