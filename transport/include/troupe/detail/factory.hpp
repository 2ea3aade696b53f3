// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <troupe/actor_system.hpp>
#include <tuple>
#include <typeinfo>
#include <vector>

/// How an actor is spawned in another process of the same program: every class and function that is
/// spawned remotely anywhere in the program has a factory in every process of it, under the same id.
namespace troupe::detail {

/// Asked of a process: make the actor that factory `factory` makes from these encoded arguments.
struct spawn_request {
  using reply = actor_ref<>;
  std::uint64_t factory = 0;
  std::vector<std::byte> arguments;
};

/// \throws std::runtime_error if the arguments cannot be decoded; what the constructor throws
using factory_function = address (*)(system_core&, std::span<const std::byte>, decode_context*);

/// Constant-initialised, since whoever registers it may be made before it: so the id is not in it, which
/// a name that is known only at run time makes.
struct factory_node {
  std::uint64_t (*id)() noexcept;
  factory_function make;
  factory_node* next;
};
void register_factory(factory_node& node) noexcept;
/// \return null: this program has no such factory
factory_function find_factory(std::uint64_t id) noexcept;

[[noreturn]] void refuse_arguments(const decode_error& error);

constexpr std::uint64_t hash_text(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, 64 bit
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

/// The same in every process of one program. By the mangled name, since what the compiler prints for a
/// function leaves its template arguments out.
template <class T>
std::uint64_t hash_of_type() noexcept {
  return hash_text(typeid(T).name());
}

/// How an argument travels: by value; a string literal as a std::string.
template <class T>
using carried = std::conditional_t<std::is_same_v<std::decay_t<T>, const char*> ||
                                       std::is_same_v<std::decay_t<T>, char*>,
                                   std::string, std::decay_t<T>>;

/// What class and function factories share: `Made::make(system, args…)` gives the address.
template <class Made, class Arguments>
struct factory {
  template <class... Args>
  static spawn_request request(Args&&... args) {
    static_assert(encodable<Arguments>, "an argument of a remote spawn cannot be sent");
    (void)registered;
    const Arguments arguments(std::forward<Args>(args)...);
    byte_buffer bytes;
    encode(bytes, arguments);
    return {id(), {bytes.data(), bytes.data() + bytes.size()}};
  }

 private:
  static std::uint64_t id() noexcept { return hash_of_type<factory>(); }

  static address make(system_core& system, std::span<const std::byte> bytes,
                      decode_context* context) {
    auto arguments = decode<Arguments>(bytes, context);
    if (!arguments) refuse_arguments(arguments.error());
    return std::apply(
        [&](auto&&... args) { return Made::make(system, std::forward<decltype(args)>(args)...); },
        std::move(*arguments));
  }

  static inline constinit factory_node node{&id, &make, nullptr};
  static inline const bool registered = (register_factory(node), true);
};

template <class A>
struct made_class {
  template <class... Args>
  static address make(system_core& system, Args&&... args) {
    return spawn_class<A>(system, nullptr, std::forward<Args>(args)...).where();
  }
};
template <auto Function>
struct made_function {
  template <class... Args>
  static address make(system_core& system, Args&&... args) {
    return spawn_function<Function>(system, nullptr, std::forward<Args>(args)...).where();
  }
};

template <class A, class... Args>
using class_factory = factory<made_class<A>, std::tuple<Args...>>;
template <auto Function>
using function_factory =
    factory<made_function<Function>, typename function_traits<decltype(Function)>::arguments>;

}  // namespace troupe::detail
