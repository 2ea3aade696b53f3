// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "meeting_place.hpp"
#include "meeting_protocol.hpp"
#include "patience.hpp"
#include "pipe_link.hpp"

namespace troupe::detail {

/// How a meeting came out. Whoever hears of it takes the descriptors over.
struct met {
  std::string error;  ///< empty: a link can be made
  pipe_ends ends;     ///< ours
  meeting_identity theirs;
  peer_credentials who;
};

/// One meeting under way: a connected socket, the conversation on it, and the time that it may take.
/// Keeps itself alive until it has called `done`, once. \thread the holder of the reactor
class meeting_socket : public std::enable_shared_from_this<meeting_socket> {
 public:
  using done = std::function<void(meeting_socket&, met)>;

  meeting_socket(reactor& io, owned_fd socket, meeting::part ours, done heard);

  /// Looks who it is, then begins to talk; \param limit  for all of it
  void start(std::chrono::nanoseconds limit);
  /// Ends it: somebody else needs its place. Does nothing once it has come out.
  void abandon(std::string why);

 private:
  using descriptor = boost::asio::posix::stream_descriptor;
  enum class input : std::uint8_t { nothing, bytes, wrong };

  void wait_input();
  void wait_output();
  void read_on();
  input read_some();
  bool take_descriptors(std::vector<owned_fd>& came);
  bool take_record();
  void write_on();
  bool send_pipes();
  void fail(std::string why);
  void finish(met outcome);

  reactor& io_;
  descriptor socket_;
  patience patience_;
  meeting talk_;
  done heard_;
  met outcome_;
  bool over_ = false;
  bool waiting_output_ = false;
  bool last_words_ = false;  ///< what is in out_ is a refusal, or the pipes

  std::vector<std::byte> in_;  ///< grows with the bytes that came, not with what is announced
  std::size_t filled_ = 0;
  byte_buffer out_;
  std::size_t sent_ = 0;
  owned_fd received_[2];  ///< the caller's ends
  fd_pair for_caller_;    ///< the listener's: in, out
};

}  // namespace troupe::detail
