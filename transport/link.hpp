// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

/// A link carries bytes in order to one peer and from it, and tells when that is over. What the bytes
/// mean (frames, handshake, routing) is the same code above every kind of link.
namespace troupe::detail {

/// What stands above a link. Called by one thread at a time: the holder of the reactor.
class link_user {
 public:
  /// Bytes have come, behind those that were left before. \return how many were used up; a negative
  /// number: they are nonsense, close the link
  virtual std::ptrdiff_t on_bytes(std::span<const std::byte> bytes) = 0;
  /// There is room again after a short write.
  virtual void on_writable() noexcept = 0;
  /// Nothing more will come. Called once.
  virtual void on_end() noexcept = 0;

 protected:
  ~link_user() = default;
};

class link {
 public:
  virtual ~link() = default;

  /// Starts reading. `user` lives longer than the link. \thread the holder of the reactor, or before
  /// the workers can know of the link
  virtual void open(link_user& user) = 0;

  enum class written { all, some, broken };
  /// Writes from the front of `parts` without waiting; after `some` the user hears on_writable().
  /// \param sent  how many bytes went out   \thread one at a time, any
  virtual written write(std::span<const iovec> parts, std::size_t& sent) noexcept = 0;

  /// Passes a copy of `fd` beside the bytes, under a number that grows. \return false: it cannot now
  virtual bool pass(int /*fd*/, std::uint64_t /*number*/) noexcept { return false; }
  /// The one that came under `number`, the caller's; those with smaller numbers are closed. -1: none
  /// \thread the holder of the reactor
  virtual int take(std::uint64_t /*number*/) noexcept { return -1; }

  /// No more is written: the peer sees the end after everything written so far. \thread as write
  virtual void close_output() noexcept = 0;
  /// Both directions; on_end() is not called any more. \thread the holder of the reactor
  virtual void close() noexcept = 0;
};

}  // namespace troupe::detail
