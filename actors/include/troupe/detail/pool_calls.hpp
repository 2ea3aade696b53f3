// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <optional>
#include <troupe/codec.hpp>
#include <troupe/detail/core.hpp>
#include <troupe/detail/pool_function.hpp>
#include <troupe/detail/spawn.hpp>
#include <troupe/detail/travelling_error.hpp>
#include <tuple>
#include <typeinfo>

/// The calls of one function, with their types.
namespace troupe {

namespace detail {
template <class F>
concept has_one_call = requires { &F::operator(); };
}  // namespace detail

/// What a pool can call: a function, or a lambda that captures nothing.
template <auto Function>
concept task_function = std::is_function_v<std::remove_pointer_t<decltype(Function)>> ||
                        detail::has_one_call<std::remove_const_t<decltype(Function)>>;

}  // namespace troupe

namespace troupe::detail {

// What a function takes and gives. A first parameter `actor_system&` is the worker's own. -----------

template <class T>
struct value_of_task {
  using type = T;
};
template <class T>
struct value_of_task<task<T>> {
  using type = T;
};

template <class F>
struct pool_signature : pool_signature<decltype(&F::operator())> {};
template <class R, class... Args>
struct pool_signature<R (*)(Args...)> {
  static constexpr bool waits = is_task<R>;
  static constexpr bool wants_system = false;
  using value = typename value_of_task<R>::type;
  using arguments = std::tuple<std::remove_cvref_t<Args>...>;
};
template <class R, class... Args>
struct pool_signature<R (*)(actor_system&, Args...)> : pool_signature<R (*)(Args...)> {
  static constexpr bool wants_system = true;
};
template <class R, class... Args>
struct pool_signature<R (*)(Args...) noexcept> : pool_signature<R (*)(Args...)> {};
template <class F, class R, class... Args>
struct pool_signature<R (F::*)(Args...) const> : pool_signature<R (*)(Args...)> {};

template <auto Function>
using signature_of = pool_signature<std::remove_cv_t<decltype(Function)>>;
template <auto Function>
using value_of = typename signature_of<Function>::value;

/// Whether a T may come from another process.
template <class T>
concept travels = encodable<T> && (std::is_void_v<T> || std::is_default_constructible_v<T>);

// Bytes -------------------------------------------------------------------------------------------

/// Appends what `write` writes, behind its length. \throws what it throws, and nothing has been appended
template <class Write>
void pack_part(byte_buffer& out, Write write) {
  const std::size_t before = out.size();
  try {
    out.put(std::uint32_t{0});
    write();
    const std::size_t size = out.size() - before - sizeof(std::uint32_t);
    require_sendable_size(size);
    out.patch(before, static_cast<std::uint32_t>(size));
  } catch (...) {
    out.truncate(before);
    throw;
  }
}
/// Takes the next part from the front of `bytes`. \throws std::runtime_error
std::span<const std::byte> take_part(std::span<const std::byte>& bytes);

// Outcomes ----------------------------------------------------------------------------------------

template <class R, class... Errors>
class typed_outcomes final : public outcome_batch {
 public:
  using value_type = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

  std::vector<task_outcome<R>> all;

  std::size_t size() const noexcept override { return all.size(); }

  void add_failure(std::exception_ptr error) { all.push_back(failure_of_task(std::move(error))); }
  bool has_failed(std::size_t which) const noexcept override { return all[which].has_error(); }
  task_failure failure_of(std::size_t which) const override { return all[which].error(); }
  void set_failure(std::size_t which, task_failure f) override { all[which] = std::move(f); }

  void pack(byte_buffer& out, std::size_t which) const override {
    const auto& one = all[which];
    if (one.has_error()) return pack_failure(out, one.error());
    try {
      pack_part(out, [&] {
        out.put(std::uint8_t{0});
        if constexpr (travels<R>) {
          if constexpr (!std::is_void_v<R>) encode(out, *one);
        } else {
          throw_not_sendable("the value", type_name<R>());
        }
      });
    } catch (...) {
      pack_failure(out, unsendable_value(std::current_exception(), spelled<R>()));
    }
  }

  void unpack(std::span<const std::byte> bytes, decode_context* context) override {
    while (!bytes.empty()) {
      auto part = take_part(bytes);
      try {
        read(part, context);
      } catch (...) {
        all.push_back(unsendable_value(std::current_exception(), spelled<R>()));
      }
    }
  }

 private:
  static void pack_failure(byte_buffer& out, const task_failure& f) {
    pack_part(out, [&] {
      out.put(std::uint8_t{1});
      encode(out, travelling_error<Errors...>(f));
    });
  }

  void read(std::span<const std::byte> part, decode_context* context) {
    if (part.empty()) throw std::runtime_error("an outcome without bytes");
    const bool failed = part.front() != std::byte{0};
    part = part.subspan(1);
    if (failed) {
      auto got = decode<travelling_error<Errors...>>(part, context);
      all.push_back(std::move(got).value().arrived());
    } else if constexpr (std::is_void_v<R>) {
      all.emplace_back();
    } else if constexpr (travels<R>) {
      auto got = decode<R>(part, context);
      all.emplace_back(boost::system::in_place_value, std::move(got).value());
    }
  }
};

// Calls -------------------------------------------------------------------------------------------

template <auto Function, class... Errors>
class typed_calls final : public call_batch {
  using signature = signature_of<Function>;
  using value = typename signature::value;

 public:
  using arguments = typename signature::arguments;
  using outcomes = typed_outcomes<value, Errors...>;

  std::vector<arguments> all;

  std::size_t size() const noexcept override { return all.size(); }

  void call(std::size_t which, actor_system& system, bool keep, outcome_batch& into) override {
    if constexpr (!signature::waits) {
      auto& done = static_cast<outcomes&>(into);
      try {
        arguments taken = take(all[which], keep);
        if constexpr (std::is_void_v<value>) {
          invoke(taken, system);
          done.all.emplace_back();
        } else {
          done.all.emplace_back(boost::system::in_place_value, invoke(taken, system));
        }
      } catch (...) {
        done.add_failure(std::current_exception());
      }
    }
  }

  task<void> call_waiting(std::size_t which, actor_system& system, bool keep,
                          outcome_batch& into) override {
    if constexpr (signature::waits) {
      auto& done = static_cast<outcomes&>(into);
      try {
        arguments taken = take(all[which], keep);
        auto whole = invoke(taken, system);
        if constexpr (std::is_void_v<value>) {
          co_await std::move(whole);
          done.all.emplace_back();
        } else {
          value got = co_await std::move(whole);
          done.all.emplace_back(boost::system::in_place_value, std::move(got));
        }
      } catch (...) {
        done.add_failure(std::current_exception());
      }
    }
    co_return;
  }

  void pack(byte_buffer& out, std::size_t which) const override {
    pack_part(out, [&] {
      if constexpr (travels<arguments>) {
        encode(out, all[which]);
      } else {
        throw_not_sendable("an argument", spelled<arguments>());
      }
    });
  }
  void unpack(std::span<const std::byte> bytes, decode_context* context) override {
    if constexpr (travels<arguments>) {
      while (!bytes.empty()) {
        auto got = decode<arguments>(take_part(bytes), context);
        all.push_back(std::move(got).value());
      }
    } else {
      throw_not_sendable("an argument", spelled<arguments>());
    }
  }

 private:
  /// What is taken goes with the call, also what the function takes by reference.
  static arguments take(arguments& given, bool keep) {
    if constexpr (std::copy_constructible<arguments>) {
      if (keep) return given;
    }
    return std::move(given);
  }
  static decltype(auto) invoke(arguments& taken, actor_system& system) {
    return std::apply(
        [&](auto&... each) -> decltype(auto) {
          if constexpr (signature::wants_system) {
            return Function(system, std::move(each)...);
          } else {
            return Function(std::move(each)...);
          }
        },
        taken);
  }
};

/// Names what belongs to a function, and is registered before main() by being named.
template <auto Function, class... Errors>
struct pool_entry {
  using calls = typed_calls<Function, Errors...>;

  static const pool_function& function() noexcept {
    (void)registered;
    return node;
  }

 private:
  static std::shared_ptr<call_batch> no_calls() { return std::make_shared<calls>(); }
  static std::shared_ptr<outcome_batch> no_outcomes() {
    return std::make_shared<typename calls::outcomes>();
  }
  static inline constinit pool_function node{
      0,      function_name<Function>(), signature_of<Function>::waits, &no_calls, &no_outcomes,
      nullptr};
  // By the mangled name: what a compiler prints for a function may leave its template arguments out.
  static inline const bool registered =
      (register_pool_function(node, typeid(pool_entry).name()), true);
};

}  // namespace troupe::detail
