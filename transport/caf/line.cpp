// SPDX-License-Identifier: BSD-3-Clause
#include "line.hpp"

#include <utility>

namespace troupe::detail {

std::shared_ptr<line> line::open(caf::actor_system& system, reactor& io) {
  std::shared_ptr<line> made(new line(io));
  made->companion_ = system.spawn<caf::actor_companion, caf::hidden>();
  made->self_ = caf::actor_cast<caf::strong_actor_ptr>(made->companion_);
  auto* companion = caf::actor_cast<caf::actor_companion*>(made->companion_);
  companion->on_enqueue([weak = std::weak_ptr(made)](caf::mailbox_element_ptr e) {
    if (const auto self = weak.lock()) self->take(*e);
  });
  return made;
}

line::~line() { close(); }

void line::call(const caf::strong_actor_ptr& doorkeeper, parcel hail) {
  put(self_, doorkeeper, std::move(hail));
}
void line::answer(caf::strong_actor_ptr caller) {
  const std::scoped_lock hold{mutex_};
  other_ = std::move(caller);
}

void line::send(parcel p) { put(self_, other_, std::move(p)); }

void line::take(caf::mailbox_element& e) {
  const std::scoped_lock hold{mutex_};
  if (ended_ || !io_) return;
  if (auto p = parcel_in(e)) {
    // A stranger to this line that has learnt of its companion has no say in it.
    if (!other_) other_ = e.sender;
    if (!other_ || e.sender != other_) return;
    inbox_.push_back(std::move(*p));
  } else if (holds<caf::down_msg>(e.content())) {
    if (!other_ || e.content().get_as<caf::down_msg>(0).source != other_) return;
    ended_ = true;
    error_ = "the connection is lost";
  } else {
    return;
  }
  hand_over();
}

void line::hand_over() {
  filled_.store(true, std::memory_order_release);
  if (std::exchange(called_, true)) return;
  io_->run_soon([weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      {
        const std::scoped_lock again{self->mutex_};
        self->called_ = false;
      }
      self->drain();
    }
  });
}

void line::use(line_user* user) {
  user_ = user;
  const std::scoped_lock hold{mutex_};
  if (user_ && io_ && has_mail()) {
    io_->run_soon([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->drain();
    });
  }
}

bool line::drain() {
  if (!has_mail() || !user_) return false;
  const auto self = shared_from_this();  // whoever is called may let go of it
  std::vector<parcel> batch;
  bool over = false;
  {
    const std::scoped_lock hold{mutex_};
    filled_.store(false, std::memory_order_relaxed);
    batch.swap(inbox_);
    over = ended_;
  }
  watch();
  for (parcel& p : batch) {
    if (!user_) return true;
    if (p.what == parcel::end) {
      end(p.bytes);
    } else {
      user_->on_parcel(p);
    }
  }
  if (over) end(error_);
  return true;
}

/// Not in take(): the end of who has ended already is told at once, by this very thread.
void line::watch() {
  if (std::exchange(watched_, true)) return;
  detail::watch(other_, companion_->address());
}

void line::end(const std::string& error) {
  if (line_user* user = std::exchange(user_, nullptr)) user->on_line_end(error);
}

void line::close() noexcept {
  user_ = nullptr;
  if (std::exchange(closed_, true)) return;
  detach();
  caf::actor_cast<caf::actor_companion*>(companion_)->cleanup(caf::error{}, nullptr);
}

void line::detach() noexcept {
  const std::scoped_lock hold{mutex_};
  io_ = nullptr;
  inbox_.clear();
}

}  // namespace troupe::detail
