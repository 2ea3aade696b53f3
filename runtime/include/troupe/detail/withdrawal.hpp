// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/detail/envelope.hpp>

namespace troupe::detail {

/// Comes as a message to an actor that wants to hear of it: nobody waits any more for the answer to a
/// question that it has been asked and has put off. It may have answered meanwhile.
struct question_withdrawn_news {
  static constexpr bool local_only = true;
  address asker;
  std::uint64_t id = 0;  ///< of the question, among those of this asker
};

/// From now on the actor of `c`, whose protocol lists the news, gets them. Deadlines are not among
/// them: whoever has put a question off knows its deadline. \thread the consumer of `c`
void hear_of_withdrawals(cell& c);

/// The question that the handler which runs now was asked. Only in a handler that was asked one.
correlation question_here(cell& c) noexcept;

}  // namespace troupe::detail
