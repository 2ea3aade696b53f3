// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/bounded_semaphore.hpp>
#include <troupe/detail/owner.hpp>
#include <troupe/semaphore.hpp>

#include "semaphore_coordinator.hpp"

namespace troupe {

static_assert(encodable<semaphore> && encodable<bounded_semaphore>, "handles travel in messages");

namespace {
auto spawn_owned_as(const char* verb, std::ptrdiff_t value, detail::bound limit) {
  detail::cell& owner = detail::owner_here(verb);
  return detail::spawn_class<detail::semaphore_coordinator>(*owner.system.load(), &owner, value,
                                                            limit);
}
}  // namespace

semaphore semaphore::spawn(actor_system& system, std::ptrdiff_t value) {
  return semaphore(system.spawn<detail::semaphore_coordinator>(value, detail::bound::none));
}
semaphore semaphore::spawn_owned(std::ptrdiff_t value) {
  return semaphore(spawn_owned_as("semaphore::spawn_owned", value, detail::bound::none));
}

bounded_semaphore bounded_semaphore::spawn(actor_system& system, std::ptrdiff_t value) {
  return bounded_semaphore(
      system.spawn<detail::semaphore_coordinator>(value, detail::bound::initial));
}
bounded_semaphore bounded_semaphore::spawn_owned(std::ptrdiff_t value) {
  return bounded_semaphore(
      spawn_owned_as("bounded_semaphore::spawn_owned", value, detail::bound::initial));
}

}  // namespace troupe
