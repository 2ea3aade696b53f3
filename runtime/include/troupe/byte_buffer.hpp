// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// A growable run of bytes to encode into. Unlike std::vector it hands out room without zeroing it
// first, and an append is a compare and a copy. clear() keeps the memory, so a link reuses one
// buffer for all its writes. Pointers into it die at the next append.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <utility>

namespace troupe {

static_assert(std::endian::native == std::endian::little,
              "the wire is little-endian and the codec copies memory as it lies");

/// Long runs of bytes that a buffer has not copied, and where they belong in it.
struct lent_runs {
  static constexpr std::size_t runs_max = 8;
  static constexpr std::size_t bytes_min = 16 * 1024;  ///< what is shorter is copied
  struct run {
    std::size_t at;  ///< behind so many bytes of the buffer
    const std::byte* bytes;
    std::size_t size;
  };
  run all[runs_max];
  std::size_t count = 0;
  std::size_t bytes = 0;  ///< of all runs

  // Memory that goes by its descriptor, which gets a number of the link's.
  static constexpr std::size_t descriptors_max = 4;
  int descriptors[descriptors_max];
  std::size_t descriptor_count = 0;
  std::size_t descriptor_bytes = 0;
  std::uint64_t first_descriptor = 0;  ///< the number of the first; 0: none can go
};

class byte_buffer {
 public:
  byte_buffer() noexcept = default;
  byte_buffer(byte_buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  byte_buffer& operator=(byte_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~byte_buffer() { std::free(data_); }

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

  /// Forgets the content, keeps the memory.
  void clear() noexcept { size_ = 0; }

  /// Drops everything from `size` on; for taking back a frame that turned out too long.
  void truncate(std::size_t size) noexcept {
    if (size < size_) size_ = size;
  }

  /// Gives the memory back when it has grown beyond `capacity_max` bytes; the content must be gone.
  void shrink(std::size_t capacity_max) noexcept {
    if (size_ == 0 && capacity_ > capacity_max) {
      std::free(std::exchange(data_, nullptr));
      capacity_ = 0;
    }
  }

  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow(capacity - size_);
  }

  /// Adds `size` bytes of undefined content. \return where they start
  [[nodiscard]] std::byte* extend(std::size_t size) {
    if (capacity_ - size_ < size) [[unlikely]]
      grow(size);
    std::byte* const room = data_ + size_;
    size_ += size;
    return room;
  }

  /// From now on append() notes long runs in `runs` instead of copying them; null: it copies all. The
  /// runs must stay where they are until they are used. \return what held before
  lent_runs* lend(lent_runs* runs) noexcept { return std::exchange(lent_, runs); }

  /// \return false: the memory of `size` bytes behind `fd` has to be copied
  bool lend_descriptor(int fd, std::size_t size, std::uint64_t& number) noexcept {
    if (!lent_ || lent_->first_descriptor == 0) return false;
    if (lent_->descriptor_count == lent_runs::descriptors_max) return false;
    number = lent_->first_descriptor + lent_->descriptor_count;
    lent_->descriptors[lent_->descriptor_count++] = fd;
    lent_->descriptor_bytes += size;
    return true;
  }

  void append(const void* bytes, std::size_t size) {
    if (size >= lent_runs::bytes_min && lent_ && lent_->count < lent_runs::runs_max) [[unlikely]] {
      lent_->all[lent_->count++] = {size_, static_cast<const std::byte*>(bytes), size};
      lent_->bytes += size;
      return;
    }
    std::byte* const room = extend(size);
    if (size != 0) std::memcpy(room, bytes, size);
  }

  /// Appends the bytes of a number.
  template <class T>
  void put(T value) {
    std::memcpy(extend(sizeof(T)), &value, sizeof(T));
  }

  /// Overwrites bytes already written, such as a length known only at the end.
  template <class T>
  void patch(std::size_t offset, T value) noexcept {
    std::memcpy(data_ + offset, &value, sizeof(T));
  }

 private:
  [[gnu::noinline, gnu::cold]] void grow(std::size_t more) {
    const std::size_t least = size_ + more;
    if (least < size_) throw std::bad_alloc();
    std::size_t capacity = capacity_ < 128 ? 256 : capacity_ * 2;
    if (capacity < least) capacity = least;
    void* const grown = std::realloc(data_, capacity);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(grown);
    capacity_ = capacity;
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  lent_runs* lent_ = nullptr;
};

}  // namespace troupe
