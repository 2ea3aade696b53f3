// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>
#include <troupe/pipe.hpp>

namespace troupe {

static_assert(encodable<connection<bytes>>, "an end travels in messages, and through pipes");

buffer_too_short::buffer_too_short(bytes message, std::size_t room)
    : std::length_error("a message of " + std::to_string(message.size()) +
                        " bytes does not fit into the " + std::to_string(room) +
                        " of the buffer; message() has it"),
      message_(std::move(message)) {}

namespace detail {

failure pipe_closed_here() { return {errc::misuse, "this end of the pipe is closed", {}}; }
failure pipe_closed_there() { return {errc::broken, "the other end of the pipe is closed", {}}; }
failure pipe_too_late(const char* verb) {
  return {errc::timeout, std::string("connection::") + verb + ": the time is up", {}};
}

void require_direction(direction have, direction needed, const char* verb) {
  if (have == direction::both || have == needed) return;
  throw_failure({errc::misuse,
                 std::string("connection::") + verb + ": this end of a one-way pipe only " +
                     (have == direction::in ? "receives" : "sends"),
                 {}});
}

std::span<const std::byte> part_of(std::span<const std::byte> whole, std::ptrdiff_t offset,
                                   std::ptrdiff_t size) {
  const auto length = static_cast<std::ptrdiff_t>(whole.size());
  if (offset < 0 || offset > length) {
    throw std::out_of_range("the offset " + std::to_string(offset) + " is not within the " +
                            std::to_string(length) + " bytes of the buffer");
  }
  if (size < -1 || size > length - offset) {
    throw std::out_of_range("the size " + std::to_string(size) +
                            " is more than the buffer has from " + std::to_string(offset) +
                            " on, or negative");
  }
  const std::ptrdiff_t count = size == -1 ? length - offset : size;
  return whole.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
}

std::size_t put_into(std::span<std::byte> buffer, std::ptrdiff_t offset,
                     std::optional<bytes> message) {
  const auto room = buffer.subspan(static_cast<std::size_t>(offset));
  if (message->size() > room.size()) throw buffer_too_short(std::move(*message), room.size());
  std::copy(message->begin(), message->end(), room.begin());
  return message->size();
}

void check_pipe(const pipe_options& options) {
  if (options.messages_max == 0) {
    throw std::invalid_argument("pipe_options.messages_max is 0; at least 1 is needed");
  }
}

}  // namespace detail
}  // namespace troupe
