// SPDX-License-Identifier: BSD-3-Clause
#include "separate_host.hpp"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace {

/// Leaves this thread where it is: a namespace belongs to a thread.
troupe::owned_fd new_namespace() {
  troupe::owned_fd made;
  int error = 0;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) == 0)
      made = troupe::owned_fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!made) error = errno;
  }).join();
  if (!made) throw std::system_error(error, std::system_category(), "a new network namespace");
  return made;
}

}  // namespace

bool separate_host::may_be_made() {
  static const bool may = [] {
    try {
      const separate_host tried(1);
      return bool(troupe::owned_fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC)));
    } catch (const std::exception&) {
      return false;
    }
  }();
  return may;
}

// Of a range for tests of networks.
separate_host::separate_host(int number)
    : address_("198.18.0." + std::to_string(number)), namespace_(new_namespace()) {
  run("ip link set lo up");
}

void separate_host::run(const std::string& command) const {
  if (inside([&] { return std::system((command + " 2>/dev/null").c_str()); }) != 0)
    throw std::runtime_error("on a separate host: " + command);
}

void separate_host::enter() const {
  if (::setns(namespace_.get(), CLONE_NEWNET) != 0)
    throw std::system_error(errno, std::system_category(), "setns");
}
