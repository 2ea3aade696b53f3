// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/wait_report.hpp>
#include <vector>

/// Who waits for whom, found by asking.
namespace troupe::detail {

/// One actor that stands still, and whom it waits for.
struct wait_edge {
  actor_ref<> who;
  std::string name;  ///< of its class and process, for people
  std::uint64_t id = 0;
  awaited what = awaited::reply;
  actor_ref<> next = {};   ///< must go on before `who` can
  actor_ref<> thing = {};  ///< what `next` holds; nobody: it is `next` itself that is waited for
  std::string thing_name = {};
  std::optional<std::chrono::nanoseconds> age = {};  ///< known of what is held
  std::chrono::nanoseconds since =
      {};  ///< the same moment for whoever asks; of an age that is not known, 0

  bool is_same(const wait_edge& other) const noexcept {
    return who == other.who && id == other.id && next == other.next && thing == other.thing;
  }
};

/// \return nothing if `who` does not stand still, or if more than one actor could help it
task<std::optional<wait_edge>> wait_of(actor_ref<> who);

/// The circle that `first` is in, or stands still because of; empty: there is none. Each of its waits has
/// been seen twice, with a moment in between at which all of them lasted.
task<std::vector<wait_edge>> circle_from(actor_ref<> first);

/// The one to be ended; whoever finds the same circle names the same one.
const wait_edge* youngest(const std::vector<wait_edge>& circle) noexcept;

std::string in_words(const std::vector<wait_edge>& circle);

}  // namespace troupe::detail
