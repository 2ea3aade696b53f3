// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <troupe/actor_system.hpp>
#include <utility>

namespace troupe {

/// Keeps a timer of tell_after or tell_every and cancels it when it goes: as a member of the actor
/// that gets the messages, it ends with the actor. Move-only; the system must outlive it.
/// \thread any, one at a time
class timer {
 public:
  timer() = default;
  timer(actor_system& system, std::uint64_t id) noexcept : system_(&system), id_(id) {}
  timer(timer&& other) noexcept : system_(std::exchange(other.system_, nullptr)), id_(other.id_) {}
  timer& operator=(timer&& other) noexcept {
    std::swap(system_, other.system_);
    std::swap(id_, other.id_);
    return *this;
  }
  ~timer() { cancel(); }

  /// \return false: it has rung already (and does not repeat), or there is none
  bool cancel() noexcept {
    actor_system* system = std::exchange(system_, nullptr);
    return system && system->cancel(id_);
  }
  /// Lets it ring without this guard. \return its id
  std::uint64_t release() noexcept {
    system_ = nullptr;
    return id_;
  }
  explicit operator bool() const noexcept { return system_ != nullptr; }

 private:
  actor_system* system_ = nullptr;
  std::uint64_t id_ = 0;
};

}  // namespace troupe
