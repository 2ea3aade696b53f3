// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_ref.hpp>

namespace troupe::detail {

/// Who takes part in something that can be held: an actor, or the plain threads of a process, which are
/// one participant together, since an ask of theirs is made by an actor that ends with it.
/// In a question: as whom it is asked; by default as the actor that asks.
struct participant {
  actor_ref<>
      actor;  ///< of threads: what stands for their process; nobody in the coordinator's own
  bool thread = false;

  friend bool operator==(const participant&, const participant&) = default;
};

/// As whom the code that runs now would ask.
participant participant_here() noexcept;
/// What the coordinator makes of it. \param asker  who has asked, an actor in any case
participant participant_of(const participant& said, const actor_ref<>& asker) noexcept;

std::string to_string(const participant& who);

}  // namespace troupe::detail
