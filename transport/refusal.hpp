// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <troupe/detail/system_core.hpp>

/// How mail is answered for actors that cannot be reached: nobody waits for the dead.
namespace troupe::detail {

/// Tells whoever monitors `whom`, under `id`, that it has ended. \param as_answer  of `ended(ref)`
void tell_end(const address& watcher, std::uint64_t id, const address& whom, const exit_reason& why,
              bool as_answer);
/// By the name of its own type, also if it is bytes already.
void report_dead_letter(cell& home, envelope& e, drop_reason why, std::string_view text = {});
/// A question gets its failure, a monitor its end, a message becomes a dead letter.
/// \param home  the cell that stands for the target here
void refuse_mail(cell& home, envelope& e, const exit_reason& why);

/// Why what lives on a node that nobody here can reach is gone.
exit_reason no_way_reason();
/// Who has been met may talk to actors here, but not make any.
failure no_spawn_for_strangers();

}  // namespace troupe::detail
