// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <troupe/byte_buffer.hpp>
#include <troupe/layout.hpp>
#include <troupe/wire_reader.hpp>
#include <utility>

namespace troupe {

namespace detail {

/// Memory that lies in pages of its own, which other processes can map, once it is large enough and sealed.
class byte_block {
 public:
  /// Writable. \throws std::bad_alloc, std::system_error
  explicit byte_block(std::size_t size);
  /// What another process has sealed; takes the descriptor over. \throws std::system_error if it could
  /// still change, or is shorter
  byte_block(int fd, std::size_t size);
  byte_block(const byte_block&) = delete;
  byte_block& operator=(const byte_block&) = delete;
  ~byte_block();

  /// Nobody changes it any more; what others can map nobody can. \throws std::system_error
  void seal();
  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  /// -1: others cannot map it
  int fd() const noexcept { return is_sealed_ ? fd_ : -1; }

 private:
  /// Blocks of up to so many bytes are written to their pages from ordinary memory: that costs one copy, most of
  /// it within the cache, and saves the first touch of each page through a mapping of the writer.
  static constexpr std::size_t written_bytes_max = 4 * 1024 * 1024;

  void make_pages();
  void write_pages();
  /// \param populate  MAP_POPULATE: all of it will be looked at; else 0
  void map(int protection, int populate);
  void unmap() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_;
  int fd_ = -1;  ///< of the pages; -1: it is ordinary memory
  bool is_sealed_ = false;
};

}  // namespace detail

/// A block of bytes that nobody changes: a plain value whose copies share the memory. Sent to a process of this
/// machine, a large one (256 KiB) is not copied but mapped there, to be read only. \thread any
class shared_bytes {
 public:
  static constexpr std::size_t mapped_bytes_min = 256 * 1024;

  shared_bytes() = default;
  /// \throws std::bad_alloc, std::system_error
  explicit shared_bytes(std::span<const std::byte> copied);

  const std::byte* data() const noexcept { return block_ ? block_->data() : nullptr; }
  std::size_t size() const noexcept { return block_ ? block_->size() : 0; }
  bool empty() const noexcept { return size() == 0; }
  std::span<const std::byte> bytes() const noexcept { return {data(), size()}; }

  /// For the codec.
  explicit shared_bytes(std::shared_ptr<const detail::byte_block> block)
      : block_(std::move(block)) {}
  int fd() const noexcept { return block_ ? block_->fd() : -1; }

 private:
  std::shared_ptr<const detail::byte_block> block_;
};

/// Where the bytes are written in place: `shared_bytes_writer w(size); fill(w.data());
/// ref.tell(frame{std::move(w).seal()});`
class shared_bytes_writer {
 public:
  /// \throws std::bad_alloc, std::system_error
  explicit shared_bytes_writer(std::size_t size)
      : block_(std::make_shared<detail::byte_block>(size)) {}

  std::byte* data() const noexcept { return block_->data(); }
  std::size_t size() const noexcept { return block_->size(); }
  /// \throws std::system_error
  shared_bytes seal() && {
    block_->seal();
    return shared_bytes(std::shared_ptr<const detail::byte_block>(std::move(block_)));
  }

 private:
  std::shared_ptr<detail::byte_block> block_;
};

namespace detail {
template <>
struct wire_format<shared_bytes> {
  static constexpr std::size_t wire_bytes_min = 5;
  static constexpr std::string_view layout = "shared bytes";
  static void write(byte_buffer& out, const shared_bytes& value);
  static bool read(wire_reader& in, shared_bytes& value);
};
}  // namespace detail

}  // namespace troupe
