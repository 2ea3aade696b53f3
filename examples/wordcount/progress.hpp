// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/behavior.hpp>
#include <troupe/event.hpp>

#include "messages.hpp"

namespace wordcount {

struct no_orders {};

/// Shows on stderr how far the work is, until `over` is set: a bar that is painted again and again
/// on a terminal, else a line every few seconds.
troupe::behavior progress_display(troupe::mailbox<no_orders> mail,
                                  troupe::actor_ref<get_progress> boss, troupe::event over);

}  // namespace wordcount
