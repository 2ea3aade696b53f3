// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <troupe/detail/envelope.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

/// How much mail may be on its way to another process: see docs/decisions/0014-flow.md.
namespace troupe::detail {

/// Mail that a peer has been sent and has not handled yet: as many bytes of frames, for all its actors
/// together. (The figure is Erlang's.)
inline constexpr std::size_t flight_bytes_max = std::size_t{1} << 20;
/// Told mail that waits here because of that: as many bytes of memory, for all its actors together.
inline constexpr std::size_t held_bytes_max = std::size_t{10} << 20;

/// An actor at the other end of a link, or behind it.
struct flow_key {
  std::uint32_t gateway = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const flow_key&, const flow_key&) = default;
};
struct flow_key_hash {
  std::size_t operator()(const flow_key& k) const noexcept {
    return ((std::size_t{k.gateway} << 32 | k.slot) ^ k.generation) * 0x9e3779b97f4a7c15u;
  }
};
inline flow_key flow_of(const envelope& e) noexcept {
  return {routing_of(e).gateway, routing_of(e).slot, e.generation};
}

/// The mail of one sender process for one actor. Counts are of all bytes of its frames, ever.
struct flow {
  flow_key whose;
  std::uint64_t sent = 0;
  std::uint64_t marked = 0;   ///< so far the peer has been asked to tell when it has handled it
  std::uint64_t handled = 0;  ///< so far it has told
  std::uint64_t last = 0;     ///< bytes of the last frame
  envelope_list held;

  std::uint64_t in_flight() const noexcept { return sent - handled; }
};

/// What is in flight over one link, by receiver. Each may have as much in flight as the others leave of
/// the budget, so a slow one takes half of it at most; and everybody two messages, whatever the others
/// have. \thread the link's turns
class flow_book {
 public:
  flow& of(const flow_key& whose) {
    if (last_ && last_->whose == whose) [[likely]]
      return *last_;
    flow& found = flows_[whose];
    found.whose = whose;
    last_ = &found;
    return found;
  }
  flow* find(const flow_key& whose) noexcept;
  void forget(flow& f) noexcept;
  /// All flows of a gateway, with what they have in flight.
  void forget_all(std::uint32_t gateway) noexcept;
  void clear() noexcept;

  bool may_send(const flow& f) const noexcept {
    const std::uint64_t left = flight_bytes_max > total_ ? flight_bytes_max - total_ : 0;
    return f.in_flight() < left || f.in_flight() <= f.last;
  }
  void note_sent(flow& f, std::size_t bytes) noexcept {
    f.sent += bytes;
    f.last = bytes;
    total_ += bytes;
  }
  /// \return false: nothing like that is owed
  bool note_handled(flow& f, std::uint64_t so_far) noexcept;

  /// Whether to ask now when it has been handled: seldom, or at once if others may need the room.
  bool wants_mark(const flow& f) const noexcept {
    if (f.sent - f.marked >= mark_bytes) return true;
    return is_tight() && f.sent != f.marked && f.marked == f.handled;
  }
  bool is_tight() const noexcept { return total_ >= flight_bytes_max / 2; }
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& entry : flows_) visit(entry.second);
  }

 private:
  static constexpr std::size_t mark_bytes = flight_bytes_max / 16;
  std::unordered_map<flow_key, flow, flow_key_hash> flows_;
  flow* last_ = nullptr;
  std::uint64_t total_ = 0;
};

/// What has been handled at the other end, on its way from the half that reads of it to the half that sends. That
/// one looks here in its turns; only while mail waits for what is said here, one is wanted for it.
class receipt_box {
 public:
  /// \return true: the sending half wants to know   \thread the reading half
  bool add(const flow_key& whose, std::uint64_t so_far);
  /// Gives all of them to `take(const flow_key&, std::uint64_t)`. \thread the sending half
  template <class Take>
  void empty(Take take) {
    if (!is_filled_.load(std::memory_order_relaxed)) return;
    for (const auto& [whose, so_far] : take_all()) take(whose, so_far);
  }
  /// The next that is added is wanted at once. \return false: there are some   \thread the sending half
  bool await_next() noexcept;

 private:
  using receipts = std::vector<std::pair<flow_key, std::uint64_t>>;
  receipts take_all() noexcept;

  std::atomic<bool> is_filled_{false};
  std::mutex mutex_;
  receipts all_;  ///< guarded by mutex_, as the next
  bool is_wanted_ = false;
};

/// The room for mail that waits at a link: who tells looks here first. A receiver for whom mail waits is
/// *closed*; it may have as much waiting as the others leave. \thread any
class held_room {
 public:
  bool is_closed(const flow_key& whose) const noexcept;
  /// \return true: it is open, or there is room for more
  bool has_room(const flow_key& whose) const noexcept;
  /// Mail for `whose` is on its way to the link's turn. \return false: it is open; nothing is counted
  bool count_if_closed(const flow_key& whose, std::size_t bytes) noexcept;
  void count(const flow_key& whose, std::size_t bytes);  ///< and closes it
  void give_back(const flow_key& whose, std::size_t bytes) noexcept;
  void open(const flow_key& whose) noexcept;  ///< whatever is counted for it
  void open_all() noexcept;
  bool is_all_open() const noexcept;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<flow_key, std::size_t, flow_key_hash> closed_;  ///< bytes that wait
  std::size_t total_ = 0;
};

}  // namespace troupe::detail
