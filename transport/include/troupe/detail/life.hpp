// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <troupe/detail/factory.hpp>
#include <tuple>
#include <type_traits>

/// A process that is the call of a function: it runs in the child as an actor, and its end is that of
/// the child.
namespace troupe {
struct process_options;
class process;
}  // namespace troupe

namespace troupe::detail {

template <class R>
struct life_result;
template <class T>
struct life_result<task<T>> {
  static_assert(std::is_void_v<T> || std::is_convertible_v<T, int>,
                "what the life of a process returns is its exit code");
  using value = T;
};

template <class F>
struct life_traits;
template <class T, class... Rest>
struct life_traits<task<T> (*)(actor_system&, Rest...)> {
  using value = typename life_result<task<T>>::value;
  using arguments = std::tuple<std::remove_cvref_t<Rest>...>;
};

template <auto Life>
concept process_life = requires { typename life_traits<decltype(Life)>::arguments; };

/// In a child: ends it with this exit code once its actors have ended. \thread any
void end_this_process(system_core& system, int code) noexcept;

/// In every case, also if the life is destroyed where it waits.
class life_end {
 public:
  explicit life_end(system_core& system) noexcept : system_(system) {}
  ~life_end() { end_this_process(system_, code); }
  life_end(const life_end&) = delete;
  life_end& operator=(const life_end&) = delete;
  int code = 1;

 private:
  system_core& system_;
};

/// \param call  returns a task<void> or a task<int>
template <class Call>
behavior live(mailbox<> mail, Call call) {
  life_end end(mail.system().core());
  try {
    auto whole = call(mail.system());
    if constexpr (std::is_same_v<decltype(whole), task<void>>) {
      co_await std::move(whole);
      end.code = 0;
    } else {
      end.code = static_cast<int>(co_await std::move(whole));
    }
  } catch (...) {
    end.code = report_uncaught(std::current_exception());
  }
}

template <auto Life, class Arguments>
struct made_life;
template <auto Life, class... Args>
struct made_life<Life, std::tuple<Args...>> {
  struct call {
    std::tuple<Args...> arguments;
    auto operator()(actor_system& system) {
      return std::apply([&](Args&... args) { return Life(system, std::move(args)...); }, arguments);
    }
  };
  static address make(system_core& system, Args... args) {
    return spawn_function<&live<call>>(system, nullptr, call{{std::move(args)...}}).where();
  }
};
template <auto Life, class Arguments = typename life_traits<decltype(Life)>::arguments>
using life_factory = factory<made_life<Life, Arguments>, Arguments>;

/// A closure that is the life of a process, where the copy of the process finds it: in its memory. It is never
/// ended there.
struct closure {
  void* object = nullptr;
  address (*begin)(system_core& system, void* object) = nullptr;
};

template <class F>
concept closure_life = requires(F& life, actor_system& system) {
  typename life_result<decltype(life(system))>::value;
};

template <closure_life F>
closure closure_of(F& life) noexcept {
  return {&life, [](system_core& system, void* object) {
            auto call = [object](actor_system& here) { return (*static_cast<F*>(object))(here); };
            return spawn_function<&live<decltype(call)>>(system, nullptr, call).where();
          }};
}

/// Asks a copy for the call of the closure that has come along, once.
spawn_request begin_closure();

/// \param lives  it has an end of its own to wait for   \param life  what it is the call of, if it is a closure
task<process> start_child(system_core& system, process_options options, bool lives,
                          closure life = {});
/// Asks the process behind `node_actor` to begin. \throws what its start throws there
task<void> begin_life(address node_actor, spawn_request request);

}  // namespace troupe::detail
