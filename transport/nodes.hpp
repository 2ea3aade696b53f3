// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <troupe/detail/system_core.hpp>
#include <troupe/detail/wire_address.hpp>
#include <unordered_map>
#include <vector>

#include "handshake.hpp"

namespace troupe::detail {

class peer;
class child_process;

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

  /// The cell through which `slot` of `node` is reached. An unknown node lies behind `via`, the cell
  /// of the link that named it. \return null: refused
  cell* home_of(std::uint64_t node, std::uint32_t slot, cell& via);
  /// The cell of this slot of ours; one that no actor of this system has ever had leads to a cell
  /// that refuses all mail.
  cell* own_home_of(std::uint32_t slot) noexcept;

  void add_child(std::shared_ptr<child_process> child);
  void remove_child(const child_process& child) noexcept;
  std::string next_child_name();

  /// A peer has written its last byte, or never will.
  void note_finished() noexcept;

  void begin_close() noexcept override;
  void close(std::int64_t deadline) noexcept override;

 private:
  bool wait_for_children(std::int64_t deadline) noexcept;

  system_core& system_;
  address node_actor_;
  cell& nowhere_;
  std::mutex mutex_;
  std::condition_variable changed_;  ///< children_ or finished_
  std::unordered_map<std::uint64_t, cell*> homes_;
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<std::shared_ptr<child_process>> children_;  ///< not yet ended
  std::size_t finished_ = 0;
  unsigned children_named_ = 0;
};

/// Resolves the addresses in what comes over one link.
class link_context final : public decode_context {
 public:
  link_context(nodes& all, cell& via) noexcept : all_(all), via_(via) {}
  cell* home_of(std::uint64_t node, std::uint32_t slot) override {
    return all_.home_of(node, slot, via_);
  }

 private:
  nodes& all_;
  cell& via_;
};

}  // namespace troupe::detail
