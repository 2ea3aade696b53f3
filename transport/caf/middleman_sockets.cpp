// SPDX-License-Identifier: BSD-3-Clause
#include "middleman_sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <caf/io/basp_broker.hpp>
#include <condition_variable>
#include <optional>
#include <troupe/owned_fd.hpp>

#include "caf_compat.hpp"

namespace troupe::detail {
namespace {

std::optional<ino_t> identity_of_socket(int fd) noexcept {
  struct stat is{};
  if (::fstat(fd, &is) != 0 || !S_ISSOCK(is.st_mode)) return {};
  return is.st_ino;
}

}  // namespace

void middleman_sockets::note(caf::io::middleman& theirs) {
  const caf::actor broker = theirs.named_broker<caf::io::basp_broker>(name_of_basp());
  auto* connected =
      static_cast<caf::io::abstract_broker*>(caf::actor_cast<caf::abstract_actor*>(broker));
  const std::scoped_lock hold{mutex_};
  for (const caf::io::connection_handle& each : connected->connections()) {
    const int fd = static_cast<int>(each.id());  // CAF numbers a connection by its descriptor
    if (const auto identity = identity_of_socket(fd)) seen_[fd] = *identity;
  }
}

void middleman_sockets::cut() {
  const std::scoped_lock hold{mutex_};
  for (const auto& [fd, identity] : seen_) {
    // CAF may close it at any time, and somebody else open another by that number; a duplicate stays what it is.
    const owned_fd same(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (same && identity_of_socket(same.get()) == identity) ::shutdown(same.get(), SHUT_RDWR);
  }
}

void middleman_sockets::cut_after(std::chrono::nanoseconds patience, const std::stop_token& stop) {
  std::mutex waiting;
  std::unique_lock hold{waiting};
  std::condition_variable_any never;
  never.wait_for(hold, stop, patience, [] { return false; });
  if (!stop.stop_requested()) cut();
}

}  // namespace troupe::detail
