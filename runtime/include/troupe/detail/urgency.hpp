// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/detail/envelope.hpp>

/// Whose turns come first: an actor that is urgent by itself, and who holds what an urgent one waits for.
/// Reasons are counted, so that each is taken back by whoever gave it.
namespace troupe::detail {

/// Comes as a message to an actor that wants to hear of it: who has asked it this, and may be waiting
/// still, has become urgent, or is so no more.
struct urgency_news {
  static constexpr bool local_only = true;
  address asker;
  std::uint64_t id = 0;  ///< of the question, among those of this asker
  bool urgent = false;
};

/// False of those who have ended or live elsewhere, too. \thread any
bool is_urgent_actor(const address& whom) noexcept;
/// One reason more, or one less, for the turns of `whom` to come first; nothing happens if it has ended or
/// lives elsewhere. It holds from its next turn on, and for those whom it waits for and who hear of it.
/// \thread any   \throws std::bad_alloc
void add_urgency(const address& whom, bool more);
/// From now on the actor of `c`, whose protocol lists the news, gets them. \thread the consumer of `c`
void hear_of_urgency(cell& c);
/// The actor of `c` is urgent by itself. \thread whoever opens `c`
void be_urgent(cell& c);

}  // namespace troupe::detail
