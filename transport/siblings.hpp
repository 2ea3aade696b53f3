// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <troupe/detail/system_core.hpp>
#include <unordered_map>

#include "introduction.hpp"
#include "patience.hpp"

namespace troupe::detail {

class nodes;
class peer;
class pipe_link;

/// The direct links between processes neither of which is above the other: siblings, cousins, an uncle and a
/// nephew; all are called siblings here. In a process between two of them: who has been introduced to whom; in
/// one at an end: its links. Why it is so: docs/decisions/0030-direct-links.md.
/// \thread the holder of the reactor
class siblings {
 public:
  /// A process has direct links to so many others at most; it talks to the rest as before. A link takes three
  /// of its descriptors, which the program may need for something else.
  static constexpr std::size_t links_max = 64;

  explicit siblings(nodes& all) noexcept : all_(all) {}

  // In a process between the two: their common ancestor, and those below it ---------------------

  /// To be said to those above: this process is below.
  static void announce(cell& parent, std::uint64_t node);
  /// One talks to the other, each at or behind the link of another child: they get a direct link, once. Without
  /// descriptors for it, or if one has too many already, they go on through this process.
  /// \param one, other  their homes
  void introduce(const cell& one, const cell& other);
  /// It is for one below: goes down to the child behind which that lies.
  void hand_down(peer& parent, introduction&& news);
  /// That child has ended, and all below it: tells those that one of them was introduced to.
  void tell_end_of(peer& gone, const exit_reason& why);
  /// Passed on: from here on those two do not know each other.
  void forget(peer& from, std::uint64_t to, const sibling_over& news);
  /// Passed on: `from` leads to who has handed on, or away from the asker, and they know each other.
  bool vouches_for(peer& from, std::uint64_t asker, const handed_on& news) const;

  // In one of the two ---------------------------------------------------------------------------

  void meet(peer& parent, introduction&& news);
  void let_in(const old_way_ends& news);
  void end(const sibling_over& news);
  void move_debt(peer& parent, const handed_on& news);

 private:
  /// A process at or behind the link of a child that has been introduced to others.
  struct introduced {
    const cell* link = nullptr;  ///< the child's
    bool over = false;
    std::unordered_map<std::uint64_t, std::uint64_t> to;  ///< node: password
  };
  struct sibling {
    peer* way = nullptr;  ///< the nodes own it
    pipe_link* link = nullptr;
    std::uint64_t password = 0;
    bool greeted = false;
    bool over = false;
    std::optional<patience> grace;  ///< runs once it writes no more
  };

  void say_over(std::uint64_t to, std::uint64_t node, std::uint64_t password,
                const exit_reason& why, cell& link);
  bool know_each_other(std::uint64_t one, std::uint64_t other, std::uint64_t password) const;
  sibling* met(std::uint64_t node, std::uint64_t password);
  void on_greeting(std::uint64_t node);
  void on_link_end(std::uint64_t node, const std::string& error);
  static void settle(sibling& s, const exit_reason& why);

  nodes& all_;
  std::unordered_map<std::uint64_t, introduced> below_;  ///< by node
  std::unordered_map<std::uint64_t, sibling> met_;       ///< by node
};

}  // namespace troupe::detail
