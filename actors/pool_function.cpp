// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <troupe/detail/pool_calls.hpp>
#include <unordered_map>

namespace troupe::detail {
namespace {
constinit const pool_function* first_function = nullptr;
}

void register_pool_function(pool_function& function, std::string_view name) noexcept {
  identity_hash hash;
  hash.add(name);
  function.id = hash.value;
  function.next = first_function;
  first_function = &function;
}

const pool_function& find_pool_function(std::uint64_t id) {
  // Frozen at first use: functions register while statics are made.
  static const auto table = [] {
    std::unordered_multimap<std::uint64_t, const pool_function*> all;
    for (const auto* f = first_function; f; f = f->next) all.emplace(f->id, f);
    return all;
  }();
  const auto found = table.equal_range(id);
  if (found.first == found.second)
    throw std::runtime_error("this program does not know the function");
  const pool_function& function = *found.first->second;
  if (std::next(found.first) == found.second) return function;
  throw std::runtime_error("this program has several functions " + std::string(function.name) +
                           " in nameless namespaces of several files: rename them, or give their "
                           "namespaces names");
}

std::span<const std::byte> take_part(std::span<const std::byte>& bytes) {
  std::uint32_t size = 0;
  if (bytes.size() < sizeof size) throw std::runtime_error("the parts end in the middle of one");
  std::memcpy(&size, bytes.data(), sizeof size);
  bytes = bytes.subspan(sizeof size);
  if (bytes.size() < size) throw std::runtime_error("the parts end in the middle of one");
  const auto part = bytes.first(size);
  bytes = bytes.subspan(size);
  return part;
}

namespace {
template <class Batch>
std::shared_ptr<Batch> none_of(const pool_function& f) {
  if constexpr (std::is_same_v<Batch, call_batch>) {
    return f.no_calls();
  } else {
    return f.no_outcomes();
  }
}
}  // namespace

template <class Batch>
void parcel<Batch>::read(std::uint64_t id, std::span<const std::byte> bytes,
                         decode_context* context) {
  if (id == 0) return;  // there are none
  try {
    function_ = &find_pool_function(id);
    auto batch = none_of<Batch>(*function_);
    batch->unpack(bytes, context);
    batch_ = std::move(batch);
  } catch (const std::exception& e) {
    error_ = e.what();
  }
}
template class parcel<call_batch>;
template class parcel<outcome_batch>;

}  // namespace troupe::detail
