// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace troupe {

/// Files in PEM form. Each node shows its certificate and wants one of the other, signed by `ca`.
struct cluster_tls {
  std::filesystem::path certificate;  ///< of this node, with those between it and `ca`
  std::filesystem::path key;          ///< of this node, without a passphrase
  std::filesystem::path ca;           ///< whose signature is trusted
};

/// \see cluster
struct cluster_options {
  std::optional<cluster_tls> tls = {};
  /// All nodes must know it, or have none; at least 16 bytes. It keeps other programs out, but does not
  /// hide what is said: that takes `tls`.
  std::optional<std::string> key = {};

  /// How often a sign of life goes to each node, and after how long a silence it counts as lost. All
  /// nodes should have the same. The end of this node, too, waits no longer for a silent one.
  std::chrono::nanoseconds heartbeat = std::chrono::seconds{1};
  std::chrono::nanoseconds silence_max = std::chrono::seconds{10};
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds{5};
  unsigned pending_max = 64;  ///< handshakes under way with callers; one more drops the oldest

  /// Who has called a node that is lost calls it again after this time, then after twice as long and so on
  /// up to the longest pause, and gives up after `reconnect_for`.
  std::chrono::nanoseconds reconnect_pause = std::chrono::milliseconds{100};
  std::chrono::nanoseconds reconnect_pause_max = std::chrono::seconds{5};
  std::chrono::nanoseconds reconnect_for = std::chrono::minutes{10};
};

/// \see cluster::listen
struct listen_options {
  /// The address to listen at, which is also the one under which other nodes are told of this one. Any
  /// but a loopback address needs `cluster_options.tls`.
  std::string host = "127.0.0.1";
  /// Without TLS, on every interface: whoever reaches the port reaches CAF's parser, and without a
  /// key everything else. For networks where nobody else is.
  bool insecure_listen_on_all_interfaces = false;
};

}  // namespace troupe
