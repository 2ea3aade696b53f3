// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/ask.hpp>
#include <utility>

namespace troupe::messages {
/// To a coordinator: what it granted under this number comes back. Asked, it is an error if it had come
/// back before.
struct claim_returned {
  std::uint64_t number = 0;
  bool abandoned =
      false;  ///< with its holder, which has ended and did not say in which state it left it
};
/// It never comes back.
struct claim_kept {
  std::uint64_t number = 0;
};
}  // namespace troupe::messages

namespace troupe::detail {

/// Something that a coordinator has granted: it goes back when this goes, wherever that happens: in the
/// scope of who asked for it, or on the way there, because that one had ended or given up. If the
/// destructor cannot run, since a process has died, the coordinator hears of the end of the holder.
///
/// What an actor still has when it ends, in its coroutines or members, goes back as *abandoned*; so does what was
/// granted as abandoned and reached nobody, since then nobody has been told.
class claim {
 public:
  using coordinator_ref = actor_ref<messages::claim_returned>;

  claim() = default;
  /// For the coordinator. \param abandoned  one who had it before has ended with it
  claim(const coordinator_ref& from, std::uint64_t number, bool abandoned) noexcept
      : number_(number), untold_(abandoned), from_(from) {}
  claim(claim&& other) noexcept
      : number_(std::exchange(other.number_, 0)), untold_(other.untold_), from_(other.from_) {}
  claim& operator=(claim&& other) noexcept {
    if (this != &other) {
      give_back();
      number_ = std::exchange(other.number_, 0);
      untold_ = other.untold_;
      from_ = other.from_;
    }
    return *this;
  }
  ~claim() { give_back(); }

  /// Whether there is something to release.
  explicit operator bool() const noexcept { return number_ != 0; }

  /// Gives it back now: `co_await held.release()`, `.get()` in a plain thread. From here on the guard is
  /// empty; if this is not awaited, nobody gives it back before the holder ends.
  /// \throws misuse_error if it is empty, or somebody else has released it
  ask_operation<messages::claim_returned> release();

  /// For the runtime: it has come to the one who asked.
  void reached_asker() noexcept { untold_ = false; }

  template <class Archive>
  void save(Archive& archive) const {
    archive(number_, untold_, from_);
    number_ = 0;  // from here on it is the one in the other process that gives it back
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(number_, untold_, from_);
  }

 protected:
  void give_back() noexcept;
  /// Only guards whose coordinator understands it offer this.
  ask_operation<messages::claim_kept> keep();

 private:
  mutable std::uint64_t number_ = 0;  ///< 0: nothing
  bool untold_ = false;               ///< it was granted as abandoned, and has not reached anybody
  coordinator_ref from_;
};

}  // namespace troupe::detail
