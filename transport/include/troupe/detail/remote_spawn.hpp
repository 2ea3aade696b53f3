// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_system.hpp>
#include <troupe/detail/factory.hpp>
#include <utility>

/// How an actor comes to be in another process.
namespace troupe::detail {

inline ask_operation<spawn_request> ask_to_spawn(const address& node_actor, spawn_request request) {
  return ask_operation<spawn_request>(node_actor, std::move(request), {});
}

// A task begins when it is awaited, which may be after the end of the handle of the process.
template <class Ref>
task<Ref> spawn_what_is_asked(address node_actor, spawn_request request) {
  auto question = ask_to_spawn(node_actor, std::move(request));
  const actor_ref<> made = co_await std::move(question);
  co_return Ref::at(made.where());
}

template <class A, class... Args>
auto spawn_at(const address& node_actor, Args... args) {
  using ref = typename ref_for<typename A::protocol_type>::type;
  using maker = class_factory<A, carried<Args>...>;
  return spawn_what_is_asked<ref>(node_actor, maker::request(std::move(args)...));
}
template <auto Function, class... Args>
auto spawn_at(const address& node_actor, Args... args) {
  using ref = typename function_traits<decltype(Function)>::ref;
  using maker = function_factory<Function>;
  return spawn_what_is_asked<ref>(node_actor, maker::request(std::move(args)...));
}

}  // namespace troupe::detail
