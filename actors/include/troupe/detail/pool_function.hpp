// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <troupe/archive.hpp>
#include <troupe/byte_buffer.hpp>
#include <troupe/pool_outcome.hpp>
#include <troupe/task.hpp>
#include <vector>

namespace troupe {
class actor_system;
}

/// What a pool knows of the functions it calls, without their types. Within a process the arguments and
/// the values stay what they are; they become bytes where they leave it, and the other process finds the
/// function again by its id.
namespace troupe::detail {

class decode_context;

/// The values of some calls, or why there are none, in their order.
class outcome_batch {
 public:
  virtual ~outcome_batch() = default;
  virtual std::size_t size() const noexcept = 0;
  virtual bool has_failed(std::size_t which) const noexcept = 0;
  virtual task_failure failure_of(std::size_t which) const = 0;  ///< there must be one
  virtual void set_failure(std::size_t which, task_failure f) = 0;
  /// Appends one as bytes; if it cannot be sent, the failure that says so.
  virtual void pack(byte_buffer& out, std::size_t which) const = 0;
  /// Appends all that are in `bytes`; one that cannot be read becomes a failure that says so.
  virtual void unpack(std::span<const std::byte> bytes, decode_context* context) = 0;
};

/// Some calls of one function.
class call_batch {
 public:
  virtual ~call_batch() = default;
  virtual std::size_t size() const noexcept = 0;
  /// Makes one call and adds what comes of it. \param keep  the arguments may be needed again
  virtual void call(std::size_t which, actor_system& system, bool keep,
                    outcome_batch& outcomes) = 0;
  /// The same for a function that is a coroutine.
  virtual task<void> call_waiting(std::size_t which, actor_system& system, bool keep,
                                  outcome_batch& outcomes) = 0;
  /// Appends the arguments of one call. \throws what their own functions throw; send_error
  virtual void pack(byte_buffer& out, std::size_t which) const = 0;
  /// Appends the calls that are in `bytes`. \throws std::runtime_error naming what cannot be read
  virtual void unpack(std::span<const std::byte> bytes, decode_context* context) = 0;
};

/// One for each function that a pool is given anywhere in the program, the same in every process of it.
/// Constant-initialised, since it may be registered before other statics are made.
struct pool_function {
  std::uint64_t id = 0;   ///< since it was registered
  std::string_view name;  ///< for people
  bool waits = false;     ///< it is a coroutine
  std::shared_ptr<call_batch> (*no_calls)() = nullptr;
  std::shared_ptr<outcome_batch> (*no_outcomes)() = nullptr;
  const pool_function* next = nullptr;
};
/// \param name  the same in every process, and nobody else's
void register_pool_function(pool_function& function, std::string_view name) noexcept;
/// \throws std::runtime_error  this program has no such function, or two that it cannot tell apart: of one name
/// and one type, in nameless namespaces of two files
const pool_function& find_pool_function(std::uint64_t id);

/// As a vector of bytes is written.
template <class Archive>
void save_bytes(Archive& archive, const byte_buffer& bytes) {
  archive(cereal::make_size_tag(bytes.size()), cereal::binary_data(bytes.data(), bytes.size()));
}

/// A batch of calls, or of what came of them, on its way: as it is, or as bytes. Part of a message.
template <class Batch>
class parcel {
 public:
  parcel() = default;
  parcel(const pool_function& function, std::shared_ptr<Batch> batch) noexcept
      : function_(&function), batch_(std::move(batch)) {}
  /// Bytes made beforehand, so that what cannot be sent has been found out.
  parcel(const pool_function& function, byte_buffer packed)
      : function_(&function), packed_(std::make_shared<byte_buffer>(std::move(packed))) {}

  const pool_function* function() const noexcept { return function_; }
  /// Null: what came could not be read, as error() says.
  const std::shared_ptr<Batch>& batch() const noexcept { return batch_; }
  const std::string& error() const noexcept { return error_; }

  template <class Archive>
  void save(Archive& archive) const {
    archive(function_ ? function_->id : std::uint64_t{0});
    if (packed_) return save_bytes(archive, *packed_);
    byte_buffer all;
    for (std::size_t i = 0; batch_ && i < batch_->size(); ++i) batch_->pack(all, i);
    save_bytes(archive, all);
  }
  template <class Archive>
  void load(Archive& archive) {
    std::uint64_t id = 0;
    std::vector<std::byte> bytes;
    archive(id, bytes);
    read(id, bytes, archive.context());
  }

 private:
  void read(std::uint64_t id, std::span<const std::byte> bytes, decode_context* context);

  const pool_function* function_ = nullptr;
  std::shared_ptr<Batch> batch_;
  std::shared_ptr<const byte_buffer> packed_;
  std::string error_;
};
extern template class parcel<call_batch>;
extern template class parcel<outcome_batch>;
using parcel_of_calls = parcel<call_batch>;
using parcel_of_outcomes = parcel<outcome_batch>;

}  // namespace troupe::detail
