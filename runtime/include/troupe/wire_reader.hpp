// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The receiving end of the codec: a cursor over bytes that nobody vouches for. It never reads past
// the end, keeps account of the memory the value may take and of how deep it nests, and remembers
// the first thing that was wrong. Reads answer false from then on; nothing here throws.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace troupe {
namespace detail {
class decode_context;
}

/// What a decoded value may cost. The defaults fit the default limit of a frame.
struct decode_limits {
  std::size_t memory_bytes_max = std::size_t{64} << 20;
  unsigned nesting_max = 64;
};

enum class decode_errc : std::uint8_t {
  none,
  truncated,        // the bytes end inside the value
  trailing_bytes,   // the value ends before the bytes
  count_too_large,  // a container announces more elements than the bytes left can hold
  memory_limit,     // the value would take more memory than allowed
  nesting_limit,    // the value nests deeper than allowed
  bad_value,        // a bool, enum or tag out of range, or a key twice
  serialiser,       // the type's own function threw
  no_memory,        // the allocator refused
};

/// Why bytes were refused; `text` names the message type and what was wrong.
struct decode_error {
  decode_errc code = decode_errc::none;
  std::string text;
};

class wire_reader {
 public:
  explicit wire_reader(std::span<const std::byte> bytes, detail::decode_context* context = nullptr,
                       decode_limits limits = {}) noexcept
      : at_(bytes.data()),
        left_(bytes.size()),
        memory_left_(limits.memory_bytes_max),
        nesting_left_(limits.nesting_max),
        context_(context) {
    note_[0] = '\0';  // the rest of it is written with an error only
  }
  wire_reader(const wire_reader&) = delete;
  wire_reader& operator=(const wire_reader&) = delete;

  [[nodiscard]] std::size_t remaining() const noexcept { return left_; }
  [[nodiscard]] bool ok() const noexcept { return error_ == decode_errc::none; }
  [[nodiscard]] decode_errc error() const noexcept { return error_; }
  [[nodiscard]] detail::decode_context* context() const noexcept { return context_; }

  /// Takes `size` bytes. \return where they are, or nullptr with the error set
  [[nodiscard]] const std::byte* take(std::size_t size, const char* what) noexcept {
    if (left_ < size) [[unlikely]] {
      fail(decode_errc::truncated, what);
      return nullptr;
    }
    const std::byte* const taken = at_;
    at_ += size;
    left_ -= size;
    return taken;
  }

  /// Copies `size` bytes to `to`.
  [[nodiscard]] bool take(void* to, std::size_t size, const char* what) noexcept {
    const std::byte* const from = take(size, what);
    if (from == nullptr) [[unlikely]]
      return false;
    std::memcpy(to, from, size);
    return true;
  }

  /// Reads the number of elements of a container and refuses it before anything is allocated.
  /// \param wire_bytes_min  fewest bytes of one element; 0 when not known
  /// \param memory_bytes  what one element takes in memory
  [[nodiscard]] bool take_count(std::uint32_t& count, std::size_t wire_bytes_min,
                                std::size_t memory_bytes, const char* what) noexcept {
    if (!take(&count, sizeof count, what)) [[unlikely]]
      return false;
    const std::uint64_t most = wire_bytes_min != 0 ? left_ / wire_bytes_min : room_for_empty();
    if (count > most) [[unlikely]]
      return fail(decode_errc::count_too_large, what);
    return charge(std::uint64_t{count} * memory_bytes, what);
  }

  /// Books `size` bytes of memory.
  [[nodiscard]] bool charge(std::uint64_t size, const char* what) noexcept {
    if (size > memory_left_) [[unlikely]]
      return fail(decode_errc::memory_limit, what);
    memory_left_ -= size;
    return true;
  }

  /// Goes one level down; each success is undone by leave().
  [[nodiscard]] bool enter(const char* what) noexcept {
    if (nesting_left_ == 0) [[unlikely]]
      return fail(decode_errc::nesting_limit, what);
    --nesting_left_;
    return true;
  }
  void leave() noexcept { ++nesting_left_; }

  /// Records what is wrong; the first one stays. \return false, for the caller to pass on
  [[gnu::cold, gnu::noinline]] bool fail(decode_errc code, const char* what,
                                         const char* note = nullptr) noexcept {
    if (!ok()) return false;
    error_ = code;
    what_ = what;
    left_ = 0;  // whoever does not look at the answer reads nothing more
    copy_note(note);
    return false;
  }

  /// \return the first error, told for a message of type `message`
  [[nodiscard, gnu::cold, gnu::noinline]] decode_error report(std::string_view message) const {
    decode_error result{error_, std::string(message)};
    result.text.append(": ").append(explain(error_));
    if (what_ != nullptr) result.text.append(" (at ").append(what_).append(")");
    if (note_[0] != '\0') result.text.append(": ").append(note_);
    return result;
  }

 private:
  static constexpr std::size_t empty_elements_max = std::size_t{1} << 16;
  static constexpr std::size_t note_bytes_max = 120;

  /// Elements that may take no bytes at all: as many as there are bytes, or a fixed number.
  [[nodiscard]] std::size_t room_for_empty() const noexcept {
    return left_ > empty_elements_max ? left_ : empty_elements_max;
  }

  void copy_note(const char* note) noexcept {
    if (note == nullptr) return;
    const std::size_t size = ::strnlen(note, note_bytes_max - 1);
    std::memcpy(note_, note, size);
    note_[size] = '\0';
  }

  static const char* explain(decode_errc code) noexcept {
    switch (code) {
      case decode_errc::none: return "no error";
      case decode_errc::truncated: return "the bytes end inside the value";
      case decode_errc::trailing_bytes: return "bytes are left over behind the value";
      case decode_errc::count_too_large: return "more elements announced than bytes can hold";
      case decode_errc::memory_limit: return "the value would exceed the memory limit";
      case decode_errc::nesting_limit: return "the value nests too deeply";
      case decode_errc::bad_value: return "a value out of range";
      case decode_errc::serialiser: return "the type's own serialise function failed";
      case decode_errc::no_memory: return "out of memory";
    }
    return "unknown error";
  }

  const std::byte* at_;
  std::size_t left_;
  std::uint64_t memory_left_;
  unsigned nesting_left_;
  decode_errc error_ = decode_errc::none;
  detail::decode_context* context_;
  const char* what_ = nullptr;
  char note_[note_bytes_max];
};

}  // namespace troupe
