// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <troupe/detail/reactor.hpp>
#include <vector>

#include "caf_compat.hpp"
#include "parcel.hpp"

namespace troupe::detail {

/// Who reads what comes over a line. \thread the holder of the reactor
class line_user {
 public:
  virtual void on_parcel(parcel& p) = 0;
  /// Nothing more will come; `error` is empty if the other end said so. Called once.
  virtual void on_line_end(const std::string& error) = 0;

 protected:
  ~line_user() = default;
};

/// Two companions, one in each program, that send each other parcels, in order. Ours runs on whatever
/// thread CAF comes with, and only hands over: all that has come since the last time, at once.
class line : public std::enable_shared_from_this<line> {
 public:
  /// A companion that nobody knows yet. \thread any
  static std::shared_ptr<line> open(caf::actor_system& system, reactor& io);
  line(const line&) = delete;
  line& operator=(const line&) = delete;
  ~line();

  /// Calls; who answers first is at the other end. \thread any
  void call(const caf::strong_actor_ptr& doorkeeper, parcel hail);
  /// The other end is who has called. Before anything is sent. \thread any
  void answer(caf::strong_actor_ptr caller);
  /// \thread any that does not do so at the same time, for the sake of the order
  void send(parcel p);

  /// \thread the holder of the reactor
  void use(line_user* user);
  /// Looks for what has come. \return true if there was something. \thread the holder of the reactor
  bool drain();
  /// Something has come that drain() has not seen. \thread any
  bool has_mail() const noexcept { return filled_.load(std::memory_order_acquire); }

  /// Nothing comes any more, and the other end sees the end after what was sent so far. Its user is not
  /// called again. \thread the holder of the reactor
  void close() noexcept;
  /// The reactor is going. \thread any
  void detach() noexcept;

 private:
  explicit line(reactor& io) : io_(&io) {}
  void take(caf::mailbox_element& e);  // CAF's threads
  void hand_over();                    // with mutex_
  void watch();
  void end(const std::string& error);

  caf::actor companion_;
  caf::strong_actor_ptr self_;
  caf::strong_actor_ptr
      other_;  ///< written under mutex_, before the first parcel is seen by its user

  std::mutex mutex_;
  reactor* io_;                ///< null: detached
  std::vector<parcel> inbox_;  ///< guarded by mutex_, as the next three
  bool ended_ = false;
  bool called_ = false;  ///< the reactor has been asked to drain
  std::string error_;
  std::atomic<bool> filled_{false};

  // The reactor's:
  line_user* user_ = nullptr;
  bool watched_ = false;
  bool closed_ = false;
};

}  // namespace troupe::detail
