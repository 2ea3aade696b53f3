// SPDX-License-Identifier: BSD-3-Clause
#include <cxxabi.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <troupe/detail/core.hpp>
#include <troupe/detail/travelling_error.hpp>
#include <typeinfo>

namespace troupe {

task_lost::task_lost(const task_failure& f)
    : error({errc::actor_down,
             f.text,
             {f.signal != 0 ? exit_reason::cause::process_ended : exit_reason::cause::killed,
              0,
              f.signal,
              {}}}),
      pid_(f.pid),
      signal_(f.signal),
      deaths_(f.deaths) {}

void task_failure::raise() const {
  if (error) std::rethrow_exception(error);
  switch (how) {
    case task_end::threw: throw task_error({errc::handler_failed, text, {}});
    case task_end::lost: throw task_lost(*this);
    case task_end::timed_out: throw timeout_error({errc::timeout, text, {}});
    case task_end::not_sendable: throw send_error({errc::not_sendable, text, {}});
    case task_end::cancelled: break;
  }
  throw cancelled_error({errc::cancelled, text, {}});
}

namespace detail {
namespace {

std::string readable(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  return name ? name.get() : mangled;
}

/// `E(text)` if that is the type; all of them are made of a text.
template <class... Es>
std::exception_ptr made_of_text(const task_failure& f) {
  std::exception_ptr made;
  (void)((f.type == readable(typeid(Es).name()) &&
          (made = std::make_exception_ptr(traced<Es>(Es(f.what), f.text)), true)) ||
         ...);
  return made;
}

constexpr std::size_t part_bytes_max = std::size_t{60} << 20;  // below what a frame may have

}  // namespace

task_failure failure_of_task(std::exception_ptr error) {
  task_failure f{.how = task_end::threw, .text = failure_of(error).text};
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    f.what = e.what();
    f.type = readable(typeid(e).name());
  } catch (...) {
    f.type = readable(abi::__cxa_current_exception_type()->name());
  }
  f.error = std::move(error);
  return f;
}

task_failure unsendable_value(const std::exception_ptr& why, std::string_view type) {
  return {
      .how = task_end::not_sendable,
      .text = "its value, a " + std::string(type) + ", cannot be sent: " + failure_of(why).text};
}

void throw_not_sendable(std::string_view what, std::string_view type) {
  throw send_error({errc::not_sendable,
                    std::string(what) + " of type " + std::string(type) +
                        " must not leave its process (local_only), or cannot be made in another "
                        "(no default constructor)",
                    {}});
}

void require_sendable_size(std::size_t bytes) {
  if (bytes <= part_bytes_max) return;
  throw send_error({errc::not_sendable,
                    "it has " + std::to_string(bytes) + " bytes, more than the " +
                        std::to_string(part_bytes_max >> 20) + " MiB that can be sent",
                    {}});
}

std::exception_ptr standard_error(const task_failure& f) {
  if (f.how != task_end::threw) return nullptr;
  return made_of_text<std::runtime_error, std::logic_error, std::invalid_argument,
                      std::domain_error, std::length_error, std::out_of_range, std::range_error,
                      std::overflow_error, std::underflow_error>(f);
}

}  // namespace detail
}  // namespace troupe
