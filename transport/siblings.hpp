// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>
#include <troupe/detail/system_core.hpp>
#include <unordered_map>
#include <unordered_set>

#include "introduction.hpp"

namespace troupe::detail {

class nodes;
class peer;
class pipe_link;

/// The direct links between the children of one process: in the parent, who has been introduced to whom;
/// in a child, its links to siblings. Why it is so: docs/decisions/0030-direct-links.md.
/// \thread the holder of the reactor
class siblings {
 public:
  /// A process has direct links to so many of its siblings; it talks to others through the parent. A link
  /// takes three of its descriptors, which the program may need for something else.
  static constexpr std::size_t links_max = 64;

  explicit siblings(nodes& all) noexcept : all_(all) {}

  // In the parent -------------------------------------------------------------------------------

  /// Two children talk: each gets its end of a direct link, once. Without descriptors for it, or if one has
  /// too many already, they go on through this process.
  void introduce(peer& one, peer& other);
  /// That child has ended: tells all that it was introduced to.
  void tell_end_of(peer& gone, const exit_reason& why);
  /// A question has been handed on by one whom this process has not asked: its asker, if it is a child,
  /// learns that the answer comes this way.
  void note_handed_on(const address& asker, std::uint64_t id);

  // In a child ----------------------------------------------------------------------------------

  void meet(peer& parent, introduction&& news);
  void let_in(const old_way_ends& news);
  void end(const sibling_over& news);
  void move_debt(peer& parent, const handed_on& news);

 private:
  struct sibling {
    peer* way = nullptr;  ///< the nodes own it
    pipe_link* link = nullptr;
    std::uint64_t password = 0;
    bool greeted = false;
    bool over = false;
    std::optional<boost::asio::steady_timer> grace;  ///< runs once it writes no more
  };

  void on_greeting(std::uint64_t node);
  void on_link_end(std::uint64_t node, const std::string& error);
  static void settle(sibling& s, const exit_reason& why);

  nodes& all_;
  std::unordered_map<const cell*, std::unordered_set<peer*>> introduced_;
  std::unordered_map<std::uint64_t, sibling> met_;  ///< by node
};

}  // namespace troupe::detail
