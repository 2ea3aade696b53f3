// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/pool_stream.hpp>
#include <troupe/pool_tasks.hpp>

namespace troupe {

struct process_options;
class pool_scope;

/// Workers that call functions: of a named function, or a lambda that captures nothing, they are given the
/// arguments, and its value comes back. `pool::start` makes processes of them, `pool::spawn` threads of this
/// one; all else is the same. A function may be a coroutine, and may take an `actor_system&` first: that
/// of its worker.
///
///   pool workers = co_await pool::start(system, {.processes = 4});
///   std::vector<bool> primes = co_await workers.map<&is_prime>(numbers);
///
/// A value: copy it, keep it, send it to any process; the pool itself is an actor. When that ends, so do
/// its workers, and every wait, with `actor_down`. A default-made handle refers to nothing.
///
/// Nobody waits for the dead. If a worker dies, the one task that it was in is lost (task_lost names the
/// process and the signal), unless it was marked idempotent; what it had told of counts, what it had not
/// begun goes to others, and it is replaced.
///
/// An exception of a task comes back as itself where the worker is a thread. From another process it does
/// so if it is one of the standard library's or is named after the function: `apply<&load, my_error>(…)`;
/// else it is a task_error with its text. All that do also are a remote_trace. \thread any
class pool : public detail::with_pool_messages<detail::handle> {
 public:
  pool() = default;

  /// Workers that are threads of this process. It lives as long as the system, or until it is ended.
  /// \throws std::invalid_argument naming the option
  static pool spawn(actor_system& system, pool_options options = {});
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static pool spawn_owned(pool_options options = {});

  /// Workers that are processes; `each` says what they shall be like. Ready once all of them are. Needs
  /// <troupe/process_pool.hpp>. \throws broken_error if one cannot be started: then none is left
  static task<pool> start(actor_system& system, pool_options options = {});
  static task<pool> start(actor_system& system, pool_options options, process_options each);
  /// The same without waiting: `co_await p.ready()` does. Tasks may be given at once.
  static pool launch(actor_system& system, pool_options options);
  static pool launch(actor_system& system, pool_options options, process_options each);

  // Tasks ---------------------------------------------------------------------------------------

  /// One call. \return its value
  template <auto Function, class... Errors, class... Args>
  auto apply(Args&&... args) const {
    detail::pool_request<Function, Errors...> order{.to = coordinator_};
    order.all->all.emplace_back(std::forward<Args>(args)...);
    return pool_tasks<Function, true, Errors...>(std::move(order));
  }
  /// One call for each element. \return the values, in that order   \throws what reading `elements` throws
  template <auto Function, class... Errors, std::ranges::input_range Elements>
  auto map(Elements&& elements) const {
    detail::pool_request<Function, Errors...> order{.to = coordinator_};
    if constexpr (std::ranges::sized_range<Elements>)
      order.all->all.reserve(std::ranges::size(elements));
    for (auto&& each : elements)
      order.all->all.push_back(detail::call_with<Function>(std::forward<decltype(each)>(each)));
    return pool_tasks<Function, false, Errors...>(std::move(order));
  }
  template <auto Function, class... Errors, std::ranges::input_range Elements>
  auto map(Elements&& elements, std::size_t chunk) const {
    return map<Function, Errors...>(std::forward<Elements>(elements)).chunk(chunk);
  }
  /// The same for elements that are tuples (or pairs), each of them the arguments of a call.
  template <auto Function, class... Errors, std::ranges::input_range Elements>
  auto starmap(Elements&& elements) const {
    detail::pool_request<Function, Errors...> order{.to = coordinator_};
    for (auto&& each : elements)
      order.all->all.push_back(
          detail::call_with_all_of<Function>(std::forward<decltype(each)>(each)));
    return pool_tasks<Function, false, Errors...>(std::move(order));
  }
  template <auto Function, class... Errors, std::ranges::input_range Elements>
  auto starmap(Elements&& elements, std::size_t chunk) const {
    return starmap<Function, Errors...>(std::forward<Elements>(elements)).chunk(chunk);
  }
  /// As map, but the input is read, and the values come, bit by bit; see pool_stream.
  template <auto Function, class... Errors, std::ranges::viewable_range Elements>
  auto imap(Elements&& elements) const {
    return stream<Function, Errors...>(std::forward<Elements>(elements), true);
  }
  /// The same, but what is done first comes first.
  template <auto Function, class... Errors, std::ranges::viewable_range Elements>
  auto imap_unordered(Elements&& elements) const {
    return stream<Function, Errors...>(std::forward<Elements>(elements), false);
  }

  /// The same as `.start()` of what they are named after: they begin now.
  template <auto Function, class... Errors, class... Args>
  auto apply_async(Args&&... args) const {
    return apply<Function, Errors...>(std::forward<Args>(args)...).start();
  }
  template <auto Function, class... Errors, std::ranges::input_range Elements>
  auto map_async(Elements&& elements) const {
    return map<Function, Errors...>(std::forward<Elements>(elements)).start();
  }
  template <auto Function, class... Errors, std::ranges::input_range Elements>
  auto starmap_async(Elements&& elements) const {
    return starmap<Function, Errors...>(std::forward<Elements>(elements)).start();
  }

  // The pool itself -----------------------------------------------------------------------------

  /// From now on it takes no tasks; what it has is done, then its workers end.
  ask_operation<messages::pool_close> close() const;
  /// Its workers end now; who waits for tasks is told so (cancelled_error).
  ask_operation<messages::pool_terminate> terminate() const;
  /// Waits until all workers have ended. \throws misuse_error before close() or terminate()
  ask_operation<messages::pool_join> join() const;
  /// Waits until all workers have been started. \throws broken_error if one could not be
  ask_operation<messages::pool_ready> ready() const;
  /// `pool_scope inside = co_await workers.enter();` terminates the pool when `inside` goes.
  /// \throws misuse_error, cancelled_error if it has been closed or has ended
  detail::pool_operation<pool_scope> enter() const;

  /// How many workers it has, or is about to have.
  ask_operation<messages::pool_size> size() const;
  /// Who they are now.
  ask_operation<messages::pool_crew> crew() const;
  /// "pool: 4/4 workers, 17 tasks waiting, open".
  ask_operation<messages::pool_describe> describe() const;

  /// For the runtime: over what spawn_pool() gave.
  explicit pool(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}

 private:
  template <auto Function, class... Errors, class Elements>
  auto stream(Elements&& elements, bool ordered) const {
    auto view = std::views::all(std::forward<Elements>(elements));
    return pool_stream<Function, decltype(view), Errors...>(coordinator_, std::move(view), ordered);
  }
};

/// Ends a pool when it goes.
class [[nodiscard]] pool_scope {
 public:
  explicit pool_scope(pool inside) noexcept : pool_(inside) {}
  pool_scope(pool_scope&& other) noexcept : pool_(std::exchange(other.pool_, {})) {}
  pool_scope& operator=(pool_scope&& other) noexcept {
    std::swap(pool_, other.pool_);
    return *this;
  }
  ~pool_scope();
  const pool* operator->() const noexcept { return &pool_; }

 private:
  pool pool_;
};

}  // namespace troupe
