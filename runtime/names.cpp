// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/detail/core.hpp>
#include <troupe/detail/names.hpp>

#include "turn.hpp"

namespace troupe::detail {
namespace {

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

std::string describe(const address& who) {
  return std::string(who.home->kind->name) + " " + print(who);
}

std::string list_of(accepted_types types) {
  std::string text;
  for (const message_type* type : types) {
    if (!text.empty()) text += ", ";
    text += type->name;
  }
  return text.empty() ? "nothing" : text;
}

bool is_same(const message_type* a, const message_type* b) noexcept {
  return a == b || (a->id != 0 && a->id == b->id);  // two shared objects may each have their own
}

/// Why `name` cannot be given to `who`, or an empty text.
std::string objection(std::string_view name, const address& who) {
  if (name.empty()) return "a name must not be empty";
  if (name.size() > name_registry::name_bytes_max) {
    return "the name " + quoted(name.substr(0, 32)) + "... is longer than " +
           std::to_string(name_registry::name_bytes_max) + " bytes";
  }
  if (!who.home) return quoted(name) + " cannot be the name of nobody: the actor_ref is empty";
  if (who.home->route != who.home || who.home->kind->raw) {
    return quoted(name) + " cannot be the name of an actor of another process: register it there";
  }
  return {};
}

}  // namespace

boost::system::result<void, failure> name_registry::add(std::string_view name, const address& who,
                                                        accepted_types accepted) {
  if (std::string why = objection(name, who); !why.empty()) {
    return failure{errc::misuse, std::move(why), {}};
  }
  std::scoped_lock hold{mutex_};
  std::string key(name);
  if (const auto found = holders_.find(key); found != holders_.end()) {
    return failure{errc::name_taken,
                   "the name " + quoted(name) + " is taken by " + describe(found->second.who),
                   {}};
  }
  if (holders_.size() >= names_max) {
    return failure{errc::name_taken,
                   "no room for the name " + quoted(name) + ": there are " +
                       std::to_string(names_max) + " already",
                   {}};
  }
  // First say that there is a name, then look whether the actor lives; settle() does it the other way
  // round. Both seq_cst: one of the two sees the other.
  cell& home = *who.home;
  home.named.store(true, std::memory_order_seq_cst);
  if (home.generation.load(std::memory_order_seq_cst) != who.generation) {
    return failure{errc::actor_down, "the actor to be named " + quoted(name) + " is gone", gone()};
  }
  by_slot_.emplace(who.slot, key);
  holders_.emplace(std::move(key), holder{who, accepted});
  return {};
}

void name_registry::forget_one(std::uint32_t slot, const std::string& name) noexcept {
  const auto [first, last] = by_slot_.equal_range(slot);
  const auto found = std::find_if(first, last, [&](const auto& e) { return e.second == name; });
  if (found != last) by_slot_.erase(found);
}

bool name_registry::remove(std::string_view name) {
  std::scoped_lock hold{mutex_};
  const auto found = holders_.find(std::string(name));
  if (found == holders_.end()) return false;
  forget_one(found->second.who.slot, found->first);
  holders_.erase(found);
  return true;
}

boost::system::result<address, failure> name_registry::find(std::string_view name,
                                                            accepted_types wanted) const {
  std::scoped_lock hold{mutex_};
  const auto found = holders_.find(std::string(name));
  if (found == holders_.end()) {
    return failure{errc::name_unknown, "there is no actor named " + quoted(name), {}};
  }
  const holder& h = found->second;
  for (const message_type* type : wanted) {
    const auto same = [&](const message_type* other) { return is_same(type, other); };
    if (std::any_of(h.accepted.begin(), h.accepted.end(), same)) continue;
    return failure{errc::wrong_protocol,
                   "the actor named " + quoted(name) + ", " + describe(h.who) +
                       ", does not accept " + std::string(type->name) +
                       "; it was registered for: " + list_of(h.accepted),
                   {}};
  }
  return h.who;
}

std::vector<std::pair<std::string, address>> name_registry::all() const {
  std::scoped_lock hold{mutex_};
  std::vector<std::pair<std::string, address>> named;
  named.reserve(holders_.size());
  for (const auto& [name, h] : holders_) named.emplace_back(name, h.who);
  return named;
}

void name_registry::forget(const address& who) noexcept {
  std::scoped_lock hold{mutex_};
  who.home->named.store(false, std::memory_order_relaxed);
  const auto [first, last] = by_slot_.equal_range(who.slot);
  for (auto at = first; at != last;) {
    const auto found = holders_.find(at->second);
    if (found == holders_.end() || found->second.who == who) {
      if (found != holders_.end()) holders_.erase(found);
      at = by_slot_.erase(at);
    } else {
      who.home->named.store(true, std::memory_order_relaxed);  // the next tenant's
      ++at;
    }
  }
}

}  // namespace troupe::detail
