// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <troupe/cluster_options.hpp>
#include <troupe/detail/reactor.hpp>

#include "caf_compat.hpp"
#include "line.hpp"
#include "middleman_sockets.hpp"
#include "tls_watch.hpp"

namespace troupe::detail {

/// CAF's own actor system: its middleman, and the module for TLS if that is configured. Its threads are
/// strangers to our reactor. \thread any
class engine {
 public:
  /// \param refused  told which TLS handshake failed and why, on one of CAF's threads
  /// \throws std::invalid_argument naming the option
  engine(reactor& io, const cluster_options& options,
         std::function<void(const std::string& why)> refused);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine();

  /// Told of each caller, and what it said first, on one of CAF's threads.
  using on_call = std::function<void(caf::strong_actor_ptr caller, parcel& hail)>;
  /// Blocks until the port is open. \return the port, and in `error` why there is none
  std::uint16_t listen(const std::string& host, std::uint16_t port, on_call called,
                       std::string& error);
  void stop_listening() noexcept;

  /// Told who answers at that door, on one of CAF's threads; null: nobody, and why.
  using on_answer = std::function<void(caf::strong_actor_ptr doorkeeper, const std::string& error)>;
  void call(const std::string& host, std::uint16_t port, on_answer heard);

  std::shared_ptr<line> open_line() { return line::open(system_, io_); }

 private:
  struct configuration : caf::actor_system_config {
    explicit configuration(const cluster_options& options);
  };
  caf::io::middleman_actor middleman();
  void end_call() noexcept;
  void note_sockets();
  void cut_sockets_in_time();

  reactor& io_;
  const bool has_tls_;
  const std::chrono::nanoseconds silence_max_;
  tls_watch watch_;  ///< outlives the threads that it watches
  configuration configuration_;
  std::mutex mutex_;
  std::condition_variable call_over_;
  unsigned calls_ = 0;  ///< under way; guarded by mutex_
  middleman_sockets sockets_;
  std::jthread cutter_;  ///< while system_ ends
  caf::actor_system system_;
  caf::actor doorkeeper_;
  std::uint16_t port_ = 0;
};

}  // namespace troupe::detail
