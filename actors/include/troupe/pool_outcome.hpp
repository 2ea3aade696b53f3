// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <exception>
#include <string>
#include <troupe/error.hpp>

/// How the tasks of a pool come out: each with a value or with one of these.
namespace troupe {

enum class task_end : std::uint8_t {
  threw,         ///< an exception left it
  lost,          ///< its worker died while it ran
  timed_out,     ///< it took too long, and its worker was ended for it
  not_sendable,  ///< its arguments or its value cannot go to another process or come back
  cancelled,     ///< it will not be run: the pool has ended, or nobody waits for it
};

struct task_failure {
  task_end how = task_end::threw;
  std::string text;          ///< all of it in words: which task, which worker, what happened
  std::string what = {};     ///< of the exception alone
  std::string type = {};     ///< of the exception, as this program names it
  std::int32_t pid = 0;      ///< of the worker
  std::int32_t signal = 0;   ///< that ended the worker; 0: none
  std::uint32_t deaths = 0;  ///< of workers, while they ran this task
  std::exception_ptr error = nullptr;  ///< the exception itself, where it is known

  /// Throws what belongs to it: the exception of the task, or task_error, task_lost, timeout_error,
  /// send_error, cancelled_error.
  [[noreturn]] void raise() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(how, text, what, type, pid, signal, deaths);
  }
};

/// The value of one task, or why there is none. `value()` throws what task_failure::raise() throws.
template <class R>
using task_outcome = boost::system::result<R, task_failure>;

/// For `result::value()`.
[[noreturn]] inline void throw_exception_from_error(const task_failure& f,
                                                    const boost::source_location&) {
  f.raise();
}

/// A task has thrown something whose type does not travel; `details().text` names it.
struct task_error : error {
  using error::error;
};

/// A worker has died, and this one task with it.
class task_lost : public error {
 public:
  explicit task_lost(const task_failure& f);
  std::int32_t pid() const noexcept { return pid_; }         ///< of the worker
  std::int32_t signal() const noexcept { return signal_; }   ///< that ended it; 0: none
  std::uint32_t deaths() const noexcept { return deaths_; }  ///< of workers that ran this task

 private:
  std::int32_t pid_, signal_;
  std::uint32_t deaths_;
};

/// What an exception from another process carries besides being itself:
/// `catch (const std::out_of_range& e) { if (auto* from = dynamic_cast<const remote_trace*>(&e)) … }`.
class remote_trace {
 public:
  explicit remote_trace(std::string text) : text_(std::move(text)) {}
  virtual ~remote_trace() = default;
  const std::string& trace() const noexcept { return text_; }  ///< where it was thrown, in words

 private:
  std::string text_;
};

}  // namespace troupe
