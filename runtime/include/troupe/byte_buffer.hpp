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

  void append(const void* bytes, std::size_t size) {
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
};

}  // namespace troupe
