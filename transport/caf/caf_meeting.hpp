// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <troupe/detail/reactor.hpp>

#include "line.hpp"
#include "meeting_protocol.hpp"
#include "patience.hpp"

namespace troupe::detail {

/// The handshake of two programs that meet (meeting_protocol.hpp), over a line. In the place of the pipes
/// comes the line itself, and the caller has the last word: an empty record says that it accepts. It may have
/// heard meanwhile that it is being called by the same node. \thread the holder of the reactor
class caf_meeting final : public line_user, public std::enable_shared_from_this<caf_meeting> {
 public:
  /// \param heard  called once, with what was wrong or nothing; then the line is its to use or close
  using on_heard = std::function<void(caf_meeting&, const std::string& error)>;
  /// For a listener: why this one is not to be met, or nothing.
  using objection = std::function<std::string(const meeting_identity&)>;
  caf_meeting(reactor& io, std::shared_ptr<line> over, meeting::part ours, objection object,
              on_heard heard);

  void start(std::chrono::nanoseconds limit);
  /// What is said without being asked: of the caller.
  std::string opening();
  void take(const std::string& records);
  void abandon(const std::string& why) { finish(why); }
  void accept() { over_->send({parcel::talk, 0, {}}); }  ///< of the caller, once it has heard
  /// Of a listener: it has agreed, and waits for the caller to accept.
  bool is_offered() const noexcept { return offered_; }

  const meeting_identity& theirs() const noexcept { return talk_.theirs(); }
  const std::shared_ptr<line>& over() const noexcept { return over_; }

 private:
  void on_parcel(parcel& p) override;
  void on_line_end(const std::string& error) override;
  bool take_record(record_kind kind, std::span<const std::byte> payload);
  void say();
  void finish(std::string error);

  reactor& io_;
  std::shared_ptr<line> over_;
  meeting talk_;
  objection object_;
  on_heard heard_;
  patience patience_;
  byte_buffer out_;
  bool offered_ = false;
};

}  // namespace troupe::detail
