// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <troupe/actor_ref.hpp>
#include <troupe/detail/pool_calls.hpp>
#include <type_traits>

namespace troupe {

/// A call that each worker makes before its first task: `call_of<&load_tables>("primes.txt")`.
class pool_initializer {
 public:
  pool_initializer() = default;
  explicit pool_initializer(detail::parcel_of_calls call) : call_(std::move(call)) {}
  const detail::parcel_of_calls& call() const noexcept { return call_; }
  explicit operator bool() const noexcept { return call_.batch() != nullptr; }

 private:
  detail::parcel_of_calls call_;
};

/// \param args  copied for each worker
template <auto Function, class... Args>
  requires task_function<Function>
pool_initializer call_of(Args&&... args) {
  using entry = detail::pool_entry<Function>;
  static_assert(std::is_copy_constructible_v<typename entry::calls::arguments>,
                "each worker gets a copy of the arguments of an initializer");
  auto calls = std::make_shared<typename entry::calls>();
  calls->all.emplace_back(std::forward<Args>(args)...);
  return pool_initializer({entry::function(), std::move(calls)});
}

/// An int or nothing; never made of a fraction or a bool.
class whole_number {
 public:
  constexpr whole_number() = default;
  template <std::integral N>
    requires(!std::same_as<N, bool>)
  constexpr whole_number(N number)  // NOLINT(google-explicit-constructor)
      : number_(static_cast<int>(number)) {}
  constexpr const std::optional<int>& get() const noexcept { return number_; }

 private:
  std::optional<int> number_;
};

/// What can be said about a pool before it is made.
struct pool_options {
  whole_number processes = {};  ///< how many workers, at least 1; nothing: one per processor
  /// A worker that has done so many tasks is replaced; nothing: never. At least 1.
  whole_number maxtasksperchild = {};
  pool_initializer initializer = {};  ///< if it throws, the worker could not be started
  /// A task marked idempotent is run again when its worker died, until it has ended so many of them;
  /// then it is set aside as lost. At least 1.
  int deaths_max = 3;
  std::string name = "pool";  ///< of its workers, in reports
};

/// One of the workers at a moment.
struct pool_worker_info {
  int number = 0;           ///< counted from 1, never used twice
  std::int32_t pid = 0;     ///< of its process; the same for all where the workers are threads
  actor_ref<> worker;       ///< nobody: it is still being started
  std::uint64_t tasks = 0;  ///< given to it so far
};

}  // namespace troupe
