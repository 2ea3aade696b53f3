// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <troupe/owned_fd.hpp>
#include <vector>

#include "separate_host.hpp"

/// A cable between two hosts. What IP packets go in at one end come out at the other later, in order, or not
/// at all: it is a device (TUN) on each host, and a thread of this program between the two. What becomes of a
/// connection then is for the kernel's TCP to decide. (`tc netem` does as much, where the kernel has it.)
class lossy_cable {
 public:
  struct quality {
    std::chrono::nanoseconds delay{};   ///< of each packet, each way
    std::chrono::nanoseconds jitter{};  ///< up to so much more, for each anew
    double loss = 0;                    ///< 0 to 1: the share of packets that are lost, each way
    /// So many more are carried, both ways together, and then none.
    std::uint64_t packets_left = std::numeric_limits<std::uint64_t>::max();
  };
  struct traffic {
    std::uint64_t carried = 0;
    std::uint64_t lost = 0;
  };

  /// A perfect one, between two hosts that know of no other way to each other.
  /// \param seed  which packets are lost: of the n-th each way it is always said the same
  lossy_cable(const separate_host& a, const separate_host& b, std::uint64_t seed);
  lossy_cable(const lossy_cable&) = delete;
  lossy_cable& operator=(const lossy_cable&) = delete;
  ~lossy_cable();

  /// From the next packet on. \thread any
  void set(const quality& q);
  /// Both ways together. \thread any
  traffic so_far() const noexcept { return {carried_.load(), lost_.load()}; }

 private:
  using clock = std::chrono::steady_clock;
  struct packet {
    clock::time_point due;
    std::vector<std::byte> bytes;
  };
  struct way {
    int from = -1;
    int to = -1;
    std::mt19937_64 luck;
    std::deque<packet> under_way;
  };
  static constexpr std::size_t under_way_max = 10'000;  ///< one more is lost

  void carry();
  bool await_packets() const;
  void take_in(way& w);
  void hand_on(way& w);
  /// \return when the next packet is due, or nothing: it is lost
  std::optional<clock::time_point> fate_of_next(way& w);

  troupe::owned_fd a_, b_, end_;
  way there_, back_;                        ///< the carrier's, as the next
  std::array<std::byte, 65'536> buffer_{};  ///< room for the largest packet
  std::mutex mutex_;
  quality quality_;  ///< guarded by mutex_
  std::atomic<std::uint64_t> carried_{0}, lost_{0};
  std::thread carrier_;  ///< all of the above is there when it starts
};
