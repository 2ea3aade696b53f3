// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>

namespace troupe::detail {

/// A TLS handshake that fails leaves its errors in OpenSSL's queue of that thread, where CAF takes them for those of
/// the next connection that it reads from: one bad caller would cut off a good node. And CAF tells nobody. So the
/// handshakes of watched threads are watched: what failed is reported, and the queue emptied.
///
/// Process-wide, from the first call on: each TLS context made later starts with our callback, which does nothing on
/// other threads.
class tls_watch {
 public:
  /// \param refused  told why, on the thread that is watched
  explicit tls_watch(std::function<void(const std::string& why)> refused);
  tls_watch(const tls_watch&) = delete;
  tls_watch& operator=(const tls_watch&) = delete;

  /// \thread the one that is to be watched, as long as this lives
  void watch_this_thread() noexcept;
  void report(const std::string& why) const { refused_(why); }

 private:
  std::function<void(const std::string&)> refused_;
};

}  // namespace troupe::detail
