// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <troupe/closing.hpp>
#include <troupe/detail/pipe_coordinator.hpp>
#include <vector>

namespace troupe {

using bytes = std::vector<std::byte>;

/// A message was larger than the buffer it should have gone to. The message is here, whole, and the
/// stream goes on behind it.
class buffer_too_short : public std::length_error {
 public:
  buffer_too_short(bytes message, std::size_t room);
  const bytes& message() const noexcept { return message_; }

 private:
  bytes message_;
};

namespace detail {

enum class direction : std::uint8_t { both, in, out };
/// \throws misuse_error if an end with that direction cannot do it
void require_direction(direction have, direction needed, const char* verb);
/// \throws std::out_of_range naming what is wrong
std::span<const std::byte> part_of(std::span<const std::byte> whole, std::ptrdiff_t offset,
                                   std::ptrdiff_t size);
std::size_t put_into(std::span<std::byte> buffer, std::ptrdiff_t offset,
                     std::optional<bytes> message);

}  // namespace detail

/// One end of a pipe. A value: copy it, keep it, send it to any process; all copies mean the same end.
/// What is sent at one end is received at the other, whole, in order, once. Made by pipe() and
/// one_way_pipe().
///
/// An end is closed by close(), and when the last of those who use it is killed, fails, or goes with
/// its process; an actor that comes to its end in peace may have handed it on. The other end then gets
/// what was sent before, and after it the end of the stream; sending there is refused as broken.
/// Who uses it is known from its first verb on; held_by() says so before.
///
/// Each verb is an ask: `co_await c.receive()` in an actor, `.get()` in a plain thread, `.result()` for
/// the outcome as a value.
/// \thread any   \cost of a verb: one question and one answer
template <class T>
class connection {
 public:
  connection() = default;

  /// Waits until there is room for it. \throws broken_error: the other end is closed;
  /// misuse_error: this end is closed, or only receives
  auto send(T message) const {
    require(detail::direction::out, "send");
    return pipe_.ask(messages::pipe_send<T>{std::move(message), side_, {}});
  }
  /// \param timeout  longest wait for room; zero or negative: none   \throws timeout_error as well
  auto send(T message, std::chrono::nanoseconds timeout) const {
    require(detail::direction::out, "send");
    return pipe_.ask(messages::pipe_send<T>{std::move(message), side_, timeout});
  }

  /// Waits for a message. \return nothing: the end of the stream
  /// \throws misuse_error: this end is closed, or only sends
  auto receive() const {
    require(detail::direction::in, "receive");
    return pipe_.ask(messages::pipe_receive<T>{side_, {}});
  }
  /// \param timeout  longest wait; zero or negative: none   \throws timeout_error as well
  auto receive(std::chrono::nanoseconds timeout) const {
    require(detail::direction::in, "receive");
    return pipe_.ask(messages::pipe_receive<T>{side_, timeout});
  }

  /// Whether receive() would give a message, or the end of the stream, at once; takes nothing.
  /// \param timeout  longest wait until it does; zero or negative: none
  auto poll(std::chrono::nanoseconds timeout = {}) const {
    require(detail::direction::in, "poll");
    return pipe_.ask(messages::await_ready{side_, timeout});
  }

  /// Puts the next message into `buffer`, which must live until then.
  /// \param offset  where in the buffer; what is before and behind the message is left alone
  /// \return its length; nothing at the end of the stream   \throws buffer_too_short with the message,
  ///         std::out_of_range
  task<std::optional<std::size_t>> receive_into(std::span<std::byte> buffer,
                                                std::ptrdiff_t offset = 0) const
    requires std::same_as<T, bytes>
  {
    detail::part_of(buffer, offset, -1);
    std::optional<bytes> message = co_await receive();
    if (!message) co_return std::nullopt;
    co_return detail::put_into(buffer, offset, std::move(message));
  }
  /// Sends a part of a buffer. \param size  -1: to its end   \throws std::out_of_range as well
  auto send_part(std::span<const std::byte> buffer, std::ptrdiff_t offset = 0,
                 std::ptrdiff_t size = -1) const
    requires std::same_as<T, bytes>
  {
    const auto part = detail::part_of(buffer, offset, size);
    return send(bytes(part.begin(), part.end()));
  }

  /// Closes this end, for all who have a copy. Does not wait.
  void close() const { pipe_.tell(messages::pipe_close{side_}); }

  /// `who` has been given this end: if it is killed before its first verb, or its process is, the other
  /// end hears of it all the same.
  template <class... Ms>
  auto held_by(const actor_ref<Ms...>& who) const {
    return pipe_.ask(messages::pipe_hold{side_, who});
  }

  bool may_send() const noexcept { return direction_ != detail::direction::in; }
  bool may_receive() const noexcept { return direction_ != detail::direction::out; }

  /// For wait_ready(): ready when poll() would be true.
  waitable readiness() const {
    require(detail::direction::in, "wait_ready");
    return {pipe_, side_};
  }

  /// The actor behind both ends: to monitor, to stop.
  const detail::pipe_ref<T>& coordinator() const noexcept { return pipe_; }
  explicit operator bool() const noexcept { return static_cast<bool>(pipe_); }
  friend bool operator==(const connection&, const connection&) = default;

  template <class Archive>
  void save(Archive& archive) const {
    pipe_.save(archive);
    archive(static_cast<std::uint8_t>(side_), static_cast<std::uint8_t>(direction_));
  }
  template <class Archive>
  void load(Archive& archive) {
    pipe_.load(archive);
    std::uint8_t side = 0, to = 0;
    archive(side, to);
    if (side > 1 || to > 2) throw std::runtime_error("this is no end of a pipe");
    side_ = side;
    direction_ = static_cast<detail::direction>(to);
  }

  /// For pipe().
  connection(const detail::pipe_ref<T>& pipe, std::uint32_t side, detail::direction to) noexcept
      : pipe_(pipe), side_(side), direction_(to) {}

 private:
  void require(detail::direction needed, const char* verb) const {
    detail::require_direction(direction_, needed, verb);
  }

  detail::pipe_ref<T> pipe_;
  std::uint32_t side_ = 0;
  detail::direction direction_ = detail::direction::both;
};

}  // namespace troupe
