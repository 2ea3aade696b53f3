// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <troupe/detail/fork_guard.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "launch.hpp"
#include "output_pipe.hpp"
#include "patience.hpp"
#include "peer.hpp"

namespace troupe::detail {

/// News of a child for the actor that others wait at.
struct child_greeted {
  static constexpr bool local_only = true;
};
struct child_over {
  static constexpr bool local_only = true;
  exit_reason reason;
};
/// Answered by the first of: its greeting (normal), its end (why).
struct await_greeting {
  static constexpr bool local_only = true;
  using reply = exit_reason;
};
using child_ref = actor_ref<child_greeted, child_over, await_greeting, await_end>;

/// One child: its pid, its end of the link, its end. A child has ended once its process has been
/// reaped *and* everything it wrote has been read; only then does anybody hear of it.
/// Members without another rule belong to the holder of the reactor.
class child_process : public std::enable_shared_from_this<child_process> {
 public:
  /// Starts it, or begins to: `watch` is told whether it has greeted, or ended.
  /// \param lives  it has an end of its own, which our normal end waits for   \param life  if that is a closure
  /// \throws std::system_error, misuse_error, std::invalid_argument   \thread a worker
  static std::shared_ptr<child_process> start(nodes& all, process_options options, bool lives,
                                              const closure& life);
  ~child_process();

  // \thread any, once it has been started
  pid_t pid() const noexcept { return pid_; }
  const std::string& name() const noexcept { return options_.name; }
  bool is_daemon() const noexcept { return options_.daemon; }
  bool is_alive() const noexcept { return !over_.load(std::memory_order_acquire); }
  /// Our normal end waits for its end, for as long as it takes.
  bool is_waited_for() const noexcept { return lives_ && !options_.daemon; }
  std::optional<exit_reason> exit_status() const;
  const child_ref& watch() const noexcept { return watch_; }
  address node_actor() const noexcept { return {home_, 0, 1}; }
  /// Of the parent of this process, which is a copy of it.
  bool is_inherited() const noexcept { return forks_before_ != forks_so_far(); }
  void signal(int number) noexcept { signal_process(pidfd_.get(), number); }
  void stop() noexcept { peer_->finish(); }
  /// Why it could not be started, if the start itself did not say so.
  std::exception_ptr start_error() const noexcept { return start_error_; }

 private:
  child_process(nodes& all, process_options options, bool lives);
  child_ticket make_ticket() const;
  void ask_template(const child_ticket& ticket, plumbing pipes);
  void adopt(born child, plumbing::end ours, std::uint64_t node);
  void begin(const pipe_ends& ends);
  void open_output(owned_fd fd, const process_output& where, bool is_error);
  void wait_for_exit();
  void on_exit();
  void on_link_end(const std::string& error);
  void finish_output();
  void wait_for_output();
  std::uint64_t output_progress() const noexcept;
  void settle_if_over();

  nodes& all_;
  const process_options options_;
  const bool lives_;
  const unsigned forks_before_ = forks_so_far();
  pid_t pid_ = 0;
  owned_fd pidfd_;
  cell* home_ = nullptr;
  peer* peer_ = nullptr;  ///< the nodes own it
  pipe_link* link_ = nullptr;
  child_ref watch_;
  std::exception_ptr start_error_;
  /// Written by the holder of the reactor, once: `end_` is there (release; readers acquire).
  std::atomic<bool> over_{false};
  exit_reason end_;
  std::optional<boost::asio::posix::stream_descriptor> exit_;  ///< of pidfd_, which it does not own
  std::optional<patience> grace_;
  std::optional<exit_reason> exited_;
  std::vector<std::shared_ptr<output_pipe>> outputs_;
  std::size_t outputs_open_ = 0;
  bool link_ended_ = false;
  std::string link_error_;
};

}  // namespace troupe::detail
