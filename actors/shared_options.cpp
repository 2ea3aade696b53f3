// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/error.hpp>
#include <troupe/shared_options.hpp>

namespace troupe::detail {

shared_options checked_options(shared_options options) {
  if (options.lock && !*options.lock) {
    throw std::invalid_argument("shared_options.lock refers to no lock");
  }
  if (options.lock && !options.locked) {
    throw std::invalid_argument("shared_options.lock is given, and shared_options.locked is false");
  }
  return options;
}

failure no_lock_carried() {
  return {errc::misuse, "get_lock: it carries no lock, since shared_options.locked is false", {}};
}

}  // namespace troupe::detail
