// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/behavior.hpp>
#include <troupe/detail/dispatch.hpp>

/// From a class or a function to an actor in a cell.
namespace troupe::detail {

actor_system& handle_of(cell& c) noexcept;

template <class T, class U>
concept same_but_for_reference = std::same_as<std::remove_cvref_t<T>, U>;

template <class P>
struct ref_for;
template <class... Ms>
struct ref_for<protocol<Ms...>> {
  using type = actor_ref<Ms...>;
};

template <class A>
void destroy_body(cell& c) noexcept {
  auto* body = static_cast<A*>(c.body);
  body->~A();
  free_bytes(body, sizeof(A));
  c.body = nullptr;
}

template <class A>
constexpr actor_class describe_class() {
  actor_class kind{};
  kind.name = type_name<A>();
  kind.receive = &receive_class<A>;
  kind.destroy = &destroy_body<A>;
  if constexpr (requires(A& a, troupe::down d) { a.on(std::move(d)); }) kind.down = &down_class<A>;
  if constexpr (hears_of_idleness<A>) {
    kind.receive = &receive_timed<A>;
    kind.idle = &idle_class<A>;
  }
  if constexpr (requires { A::reentrant; }) kind.reentrant = A::reentrant;
  if constexpr (requires { A::gives_out; }) kind.gives_out = A::gives_out;
  if constexpr (requires { A::own_thread; }) kind.own_thread = A::own_thread;
  if constexpr (requires { A::priority; }) kind.urgent = A::priority == urgent;
  if constexpr (requires { A::bounds; }) kind.bounds = A::bounds;
  if constexpr (requires(A& a, const child_change& news) { a.child_changed(news); }) {
    kind.child_changed = [](cell& c, const child_change& news) {
      static_cast<A*>(c.body)->child_changed(news);
    };
  }
  return kind;
}
template <class A>
inline constinit const actor_class class_of = describe_class<A>();

template <class A, class... Args>
A& construct_body(cell& home, Args&&... args) {
  void* room = allocate_bytes(sizeof(A));
  try {
    A* body = new (room) A(std::forward<Args>(args)...);
    home.body = body;
    return *body;
  } catch (...) {
    free_bytes(room, sizeof(A));
    throw;
  }
}

/// \throws what A's constructor throws
template <class A, class... Args>
auto spawn_class_as(system_core& system, cell* owner, const spawn_options* chosen, Args&&... args) {
  static_assert(alignof(A) <= block_alignment);
  opening open(system, class_of<A>, owner, chosen);
  construct_body<A>(open.home(), std::forward<Args>(args)...);
  return ref_for<typename A::protocol_type>::type::at(open.publish());
}
template <class A, class... Args>
auto spawn_class(system_core& system, cell* owner, Args&&... args) {
  return spawn_class_as<A>(system, owner, nullptr, std::forward<Args>(args)...);
}
template <class A, same_but_for_reference<spawn_options> Chosen, class... Args>
auto spawn_class(system_core& system, cell* owner, Chosen&& chosen, Args&&... args) {
  return spawn_class_as<A>(system, owner, &chosen, std::forward<Args>(args)...);
}

// Coroutine actors --------------------------------------------------------------------------------

void receive_coroutine(cell& c, envelope& e);
void destroy_coroutine(cell& c) noexcept;
/// Makes `body` the body of the actor; it starts with the first turn.
void start_body(cell& c, behavior body);

/// The name of a function, as the compiler spells it in a template argument.
template <auto Function>
constexpr std::string_view function_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("Function = ") + std::string_view("Function = ").size());
  if (text.starts_with("&")) text.remove_prefix(1);
  return text.substr(0, text.find_last_of(']'));
}

template <class F>
struct function_traits;
template <class... Ms, class... Rest>
struct function_traits<behavior (*)(mailbox<Ms...>, Rest...)> {
  using mailbox_type = mailbox<Ms...>;
  using ref = actor_ref<Ms...>;
  using arguments = std::tuple<std::remove_cvref_t<Rest>...>;
};
template <class F, class... Ms, class... Rest>
struct function_traits<behavior (F::*)(mailbox<Ms...>, Rest...) const>
    : function_traits<behavior (*)(mailbox<Ms...>, Rest...)> {};

template <auto Function>
inline constinit const actor_class function_class{.name = function_name<Function>(),
                                                  .receive = &receive_coroutine,
                                                  .destroy = &destroy_coroutine};

template <auto Function, class... Args>
auto spawn_function_as(system_core& system, cell* owner, const spawn_options* chosen,
                       Args&&... args) {
  using traits = function_traits<decltype(Function)>;
  opening open(system, function_class<Function>, owner, chosen);
  start_body(open.home(),
             Function(typename traits::mailbox_type(open.home()), std::forward<Args>(args)...));
  return traits::ref::at(open.publish());
}

template <auto Function, class... Args>
auto spawn_function(system_core& system, cell* owner, Args&&... args) {
  return spawn_function_as<Function>(system, owner, nullptr, std::forward<Args>(args)...);
}
template <auto Function, same_but_for_reference<spawn_options> Chosen, class... Args>
auto spawn_function(system_core& system, cell* owner, Chosen&& chosen, Args&&... args) {
  return spawn_function_as<Function>(system, owner, &chosen, std::forward<Args>(args)...);
}

template <class F>
void destroy_lambda(cell& c) noexcept {
  destroy_coroutine(c);
  destroy_body<F>(c);
}
template <class F>
inline constinit const actor_class lambda_class{
    .name = type_name<F>(), .receive = &receive_coroutine, .destroy = &destroy_lambda<F>};

template <class F>
concept lambda_actor =
    std::is_class_v<std::remove_cvref_t<F>> && requires { &std::remove_cvref_t<F>::operator(); };

/// A lambda with its captures; they live as long as the actor.
template <class F, class... Args>
auto spawn_lambda(system_core& system, cell* owner, const spawn_options* chosen, F&& function,
                  Args&&... args) {
  using body = std::remove_cvref_t<F>;
  using traits = function_traits<decltype(&body::operator())>;
  opening open(system, lambda_class<body>, owner, chosen);
  const body& f = construct_body<body>(open.home(), std::forward<F>(function));
  start_body(open.home(),
             f(typename traits::mailbox_type(open.home()), std::forward<Args>(args)...));
  return traits::ref::at(open.publish());
}

}  // namespace troupe::detail

namespace troupe {

template <class... Ms>
actor_system& mailbox<Ms...>::system() const noexcept {
  return detail::handle_of(*cell_);
}
template <class... Ms>
template <class A, class... Args>
auto mailbox<Ms...>::spawn(Args&&... args) {
  return detail::spawn_class<A>(*cell_->system.load(), cell_, std::forward<Args>(args)...);
}
template <class... Ms>
template <auto Function, class... Args>
auto mailbox<Ms...>::spawn(Args&&... args) {
  return detail::spawn_function<Function>(*cell_->system.load(), cell_,
                                          std::forward<Args>(args)...);
}

}  // namespace troupe
