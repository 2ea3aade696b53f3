// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <troupe/detail/pool_calls.hpp>
#include <troupe/meeting.hpp>
#include <troupe/pool_options.hpp>
#include <troupe/process.hpp>
#include <troupe/published.hpp>

/// A process that has what others share. It lies above the modules, since it lets functions travel as the pool
/// of actors/ does, to a process of transport/ (docs/decisions/0028-manager.md).
namespace troupe {
namespace detail {

struct managed_call;
using manager_ref = actor_ref<managed_call>;

/// \return one outcome   \throws send_error or what the arguments throw when they are written
task<std::shared_ptr<outcome_batch>> call_in(manager_ref server, parcel_of_calls call);

template <class Handle, class... Args>
Handle made_there(actor_system& system, Args... args) {
  return Handle::spawn(system, std::move(args)...);
}
template <class Handle>
void publish_there(actor_system& system, std::string name, Handle what) {
  publish(system, std::move(name), std::move(what));
}

}  // namespace detail

/// What can be said about a manager before it is made.
struct manager_options {
  /// A call that the server makes before all others; if it throws, so does the start.
  pool_initializer initializer = {};
  /// Where programs that were started apart can meet the server; see listen(). Empty: nowhere. Should the server
  /// be killed, this process removes the name in its place, and says so; see log().
  std::filesystem::path path = {};
  meeting_options meeting = {};  ///< whom it lets in there
};

/// A process of its own for what others share: Python's Manager. What it makes is the same as if it were made
/// here, and its handle goes to any process; but it lives as long as that process, whoever else ends.
///
///   manager shared = co_await manager::start(system);
///   auto scores = co_await shared.make<dict<std::string, long>>();
///
/// A value; copies mean the same server. It goes on until shutdown() or close(), or the end of the process that
/// has started it; SIGINT does not end it. If it dies, whoever waits for what it has is told (actor_down).
/// \thread any
class manager {
 public:
  /// \param server  what its process shall be like; its name is "manager", unless it has another
  /// \throws as actor_system::start_process; what the initializer throws, as call(); task_error naming what is
  /// wrong with options.path. Then no process is left   \cost the start of a process
  static task<manager> start(actor_system& system, manager_options options = {},
                             process_options server = {});

  /// `co_await shared.make<list<int>>(numbers)`: what `list<int>::spawn(system, numbers)` gives there.
  /// \throws as call()
  template <class Handle, class... Args>
  auto make(Args... args) const {
    return call<&detail::made_there<Handle, detail::carried<Args>...>>(std::move(args)...);
  }

  /// Calls a function there, `co_await shared.call<&load>("scores.txt")`; it may be a coroutine, and take an
  /// `actor_system&` first: that of the server. What it throws comes back as itself if it is one of the
  /// standard library's or of `Errors`, else as a task_error; all of these also are a remote_trace.
  /// \throws send_error: an argument or the value cannot be sent; actor_down: the server has ended
  /// \cost one question and one answer
  template <auto Function, class... Errors, class... Args>
    requires task_function<Function>
  task<detail::value_of<Function>> call(Args... args) const {
    using entry = detail::pool_entry<Function, Errors...>;
    auto order = std::make_shared<typename entry::calls>();
    order->all.emplace_back(std::move(args)...);
    return value_in<Function, entry>(
        detail::call_in(server_, {entry::function(), std::move(order)}));
  }

  /// Lets those who meet the server find `what` by a name; see find_published().
  /// \throws task_error: the name cannot be had
  template <class Handle>
  task<void> publish(std::string name, Handle what) const {
    return call<&detail::publish_there<Handle>>(std::move(name), std::move(what));
  }

  /// The process itself: for actors of your own, `co_await shared.server().spawn<account>()`.
  process server() const { return process_; }

  /// Ends it and what it has, and waits for that. \return with which exit code, or by which signal if it had to
  /// be forced
  task<exit_reason> shutdown() const;
  /// The same without waiting: `closing shared(co_await manager::start(system));` ends it with the scope.
  void close() const;

 private:
  manager(process home, detail::manager_ref server) : process_(std::move(home)), server_(server) {}

  template <auto Function, class Entry>
  static task<detail::value_of<Function>> value_in(
      task<std::shared_ptr<detail::outcome_batch>> calling) {
    const auto outcome = co_await std::move(calling);
    auto& one = static_cast<typename Entry::calls::outcomes&>(*outcome).all.front();
    if constexpr (std::is_void_v<detail::value_of<Function>>) {
      one.value();
    } else {
      co_return std::move(one).value();
    }
  }
  static task<manager> begun(actor_system& system, process home, manager_options options);

  process process_;
  detail::manager_ref server_;
};

}  // namespace troupe
