// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <troupe/exit_reason.hpp>

#include "caf_meeting.hpp"
#include "endpoint.hpp"
#include "nodes.hpp"

namespace troupe::detail {

class caf_link;

/// A node of the cluster, for as long as the link to it lasts. \thread any, but for what says otherwise
class remote_node : public std::enable_shared_from_this<remote_node> {
 public:
  struct events {
    std::function<void(remote_node&, const std::string& bytes)> news;
    std::function<void(remote_node&, const exit_reason& why)> ended;
  };

  /// Makes the link and begins to talk. \return null, and why not in `error`
  /// \thread the holder of the reactor, as the events
  static std::shared_ptr<remote_node> begin(nodes& all, const caf_meeting& met, bool is_stranger,
                                            events on, std::string& error);

  const std::string& name() const noexcept { return name_; }
  std::uint64_t id() const noexcept { return home_->node_id; }
  bool is_connected() const noexcept { return peer_.load() != nullptr; }
  address node_actor() const noexcept { return {home_, 0, 1}; }
  /// After what is queued now, nothing more is said; the other one sees the end, and ends the link.
  void close() noexcept;
  /// The system is going: the link with it.
  void detach() noexcept { peer_ = nullptr; }

  // \thread the holder of the reactor
  void send_news(std::string bytes);
  endpoint where;  ///< it listens there; port 0: as far as is known, nowhere
  bool is_called_by_us = false;
  bool is_left = false;  ///< it was closed here: nobody calls it again

 private:
  remote_node(nodes& all, const caf_meeting& met, events on);
  void on_link_end(const std::string& error);

  nodes& all_;
  const std::string name_;
  const events on_;
  cell* home_ = nullptr;
  caf_link* link_ = nullptr;          ///< the peer owns it
  std::atomic<peer*> peer_{nullptr};  ///< the nodes own it; null: the link has ended
  std::atomic<bool> closing_{false};
};

}  // namespace troupe::detail
