// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <troupe/detail/accepted_types.hpp>
#include <troupe/detail/envelope.hpp>
#include <vector>

/// What ties the fate of one actor to others. Few actors have any of it.
namespace troupe::detail {

struct actor_class;

/// One end of a link; the other actor keeps the other end.
struct link_end {
  std::uint64_t id;        ///< under which we hear of its end
  address whom;            ///< the other
  std::uint64_t pair = 0;  ///< under which it hears of ours; 0: it has not said so yet
};

/// Makes the body of a supervised actor, again and again, in the same cell. Never changes.
class body_maker {
 public:
  virtual ~body_maker() = default;
  virtual const actor_class& kind() const noexcept = 0;
  virtual accepted_types accepted() const noexcept = 0;
  virtual void make(cell& home) const = 0;  ///< \throws what the actor's constructor throws
};

struct ties {
  std::vector<link_end> links;
  bool supervises = false;  ///< some children rest when they end, until this actor says what next

  // Of a supervised actor:
  std::shared_ptr<const body_maker> maker;    ///< null: the next end is for good
  std::int64_t stop_nanoseconds = INT64_MAX;  ///< from being asked to stop to being killed
  std::uint64_t kill_timer = 0;               ///< which sees to that; 0: none
  bool stop_wanted = false;  ///< of this incarnation: later ones ignore what is late
};

/// Between a supervisor and a child of its own, in the flags of an envelope.
enum class supervision : std::uint8_t {
  // orders
  rest,       ///< stop in time or be killed; then wait
  end,        ///< the same, but for good
  leave,      ///< the same, since your supervisor ends
  leave_now,  ///< be killed, for good
  begin,      ///< make a new body, if you rest
  // news
  rested,  ///< why is the payload, a `down`
  begun,
};

}  // namespace troupe::detail
