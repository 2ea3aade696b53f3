// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mutex>
#include <troupe/detail/envelope.hpp>

namespace troupe::detail {

/// The mail of an actor that wants the newest: senders put it here, under a lock, since only who holds
/// both ends can drop the oldest while the actor is stuck in a handler. One `slide` envelope in the user
/// lane tells the actor to look here. (Named after core.async's sliding buffer.)
/// \thread any
class sliding_buffer {
 public:
  /// \param dropped  becomes the oldest mail if there was no room for all, else null
  /// \return true: the caller must send a `slide` envelope
  bool push(envelope* e, std::uint32_t capacity, envelope*& dropped) noexcept {
    const std::scoped_lock hold{mutex_};
    mail_.push_back(e);
    dropped = is_mail(e->kind) && ++count_ > capacity ? take_oldest_mail() : nullptr;
    return !std::exchange(announced_, true);
  }

  /// The oldest, or null: then the next push has to be announced.
  envelope* pop() noexcept {
    const std::scoped_lock hold{mutex_};
    envelope* e = mail_.pop_front();
    if (!e) {
      announced_ = false;
    } else if (is_mail(e->kind)) {
      --count_;
    }
    return e;
  }

 private:
  envelope* take_oldest_mail() noexcept {
    --count_;
    envelope_list before;  // what may not be dropped: a stop, the end of somebody
    envelope* e = mail_.pop_front();
    for (; !is_mail(e->kind); e = mail_.pop_front()) before.push_back(e);
    before.append(mail_);
    mail_ = before;
    return e;
  }

  std::mutex mutex_;
  envelope_list mail_;
  std::uint32_t count_ = 0;  ///< of mail that may be dropped
  bool announced_ = false;   ///< a `slide` envelope is under way, or the actor is reading
};

}  // namespace troupe::detail
