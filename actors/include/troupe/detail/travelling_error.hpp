// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string_view>
#include <troupe/pool_outcome.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

/// How the exception of a task gets to another process: as itself, if it is one of `Errors` or of the
/// standard library's, and else as its text.
namespace troupe::detail {

task_failure failure_of_task(std::exception_ptr error);
/// Of one whose value, a `type`, cannot be sent. \param why  what was thrown then
task_failure unsendable_value(const std::exception_ptr& why, std::string_view type);
[[noreturn]] void throw_not_sendable(std::string_view what, std::string_view type);
void require_sendable_size(std::size_t bytes);  ///< \throws send_error

/// The exception of the standard library with that name and text, as it was thrown; null: there is none.
std::exception_ptr standard_error(const task_failure& f);

/// An E that also says where it comes from.
template <class E>
class traced final : public E, public remote_trace {
 public:
  traced(E error, std::string trace) : E(std::move(error)), remote_trace(std::move(trace)) {}
};

template <class... Errors>
struct travelling_error {
  task_failure failure;
  std::tuple<std::optional<Errors>...> known;

  travelling_error() = default;
  explicit travelling_error(const task_failure& f) : failure(f) {
    if (f.error) (note<Errors>(), ...);
  }

  task_failure arrived() && {
    (restore<Errors>(), ...);
    if (!failure.error) failure.error = standard_error(failure);
    return std::move(failure);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(failure, known);
  }

 private:
  template <class E>
  void note() {
    try {
      std::rethrow_exception(failure.error);
    } catch (const E& error) {
      std::get<std::optional<E>>(known) = error;
    } catch (...) {
      return;  // one of the others, or of none
    }
  }
  template <class E>
  void restore() {
    auto& one = std::get<std::optional<E>>(known);
    if (!one || failure.error) return;
    if constexpr (std::is_final_v<E>) {
      failure.error = std::make_exception_ptr(*std::move(one));
    } else {
      failure.error = std::make_exception_ptr(traced<E>(*std::move(one), failure.text));
    }
  }
};

}  // namespace troupe::detail
