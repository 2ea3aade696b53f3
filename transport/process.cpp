// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/process.hpp>
#include <troupe/supervised_process.hpp>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <troupe/detail/fork_guard.hpp>
#include <tuple>

#include "child_process.hpp"
#include "nodes.hpp"
#include "patience.hpp"
#include "template_process.hpp"

/// The handle of a process, and the calls that start one.
namespace troupe {

detail::child_process& process::child() const {
  if (!child_)
    throw_failure({errc::misuse, "this process handle has been closed or moved from", {}});
  if (child_->is_inherited()) throw_failure(detail::forked_failure());
  return *child_;
}

pid_t process::pid() const { return child().pid(); }
const std::string& process::name() const { return child().name(); }
bool process::is_daemon() const { return child().is_daemon(); }
bool process::is_alive() const { return child().is_alive(); }
std::optional<exit_reason> process::exit_status() const { return child().exit_status(); }
void process::stop() { child().stop(); }
void process::terminate() { child().signal(SIGTERM); }
void process::kill() { child().signal(SIGKILL); }

void process::close() {
  if (child_ && child_->is_alive()) {
    throw_failure({errc::misuse,
                   "the process '" + child_->name() +
                       "' is alive: kill() or stop() it, wait() for "
                       "it, and then close it",
                   {}});
  }
  child_.reset();
}

ask_operation<detail::await_end> process::sentinel() const {
  return child().watch().ask(detail::await_end{});
}

task<exit_reason> process::wait() {
  // The handle may go while we wait.
  const process kept = *this;
  if (auto known = kept.exit_status()) co_return *std::move(known);
  auto question = kept.sentinel();
  exit_reason why = co_await std::move(question);
  co_return why;
}

task<std::optional<exit_reason>> process::wait(std::chrono::nanoseconds timeout) {
  const process kept = *this;
  auto known = kept.exit_status();
  if (known || timeout <= std::chrono::nanoseconds{}) co_return known;
  auto question = kept.child().watch().ask(detail::await_end{}, timeout);
  auto pending = std::move(question).result();
  outcome<exit_reason> got = co_await pending;
  if (got) co_return std::move(*got);
  if (got.error().code == errc::timeout) co_return kept.exit_status();
  throw_failure(got.error());
}

bool parent_process::is_alive() const noexcept { return getppid() == pid_; }

task<exit_reason> parent_process::wait() const {
  exit_reason why = co_await ended(actor_ref<>::at(node_actor_));
  co_return why;
}

namespace {

/// Null: this system has nothing to do with other processes yet.
detail::nodes* known_nodes(detail::system_core& system) {
  const std::scoped_lock hold{system.transport_mutex};
  return static_cast<detail::nodes*>(system.transport.get());
}

}  // namespace

std::optional<parent_process> actor_system::parent() const {
  const auto* all = known_nodes(*core_);
  return all ? all->origin().parent : std::nullopt;
}

bool actor_system::is_daemon() const {
  const auto* all = known_nodes(*core_);
  return all && all->origin().daemon;
}

std::vector<process> actor_system::children() const {
  std::vector<process> children;
  if (auto* all = known_nodes(*core_)) {
    for (auto& child : all->children()) children.emplace_back(std::move(child));
  }
  return children;
}

void actor_system::set_default_start_method(start_method how) {
  detail::nodes::of(*core_).set_default_method(how);
}
start_method actor_system::default_start_method() const {
  const auto* all = known_nodes(*core_);
  return all ? all->default_method() : start_method::spawn;
}

task<process> actor_system::start_process(process_options options) {
  return detail::start_child(*core_, std::move(options), false);
}

namespace detail {

void add_preload(system_core& system, std::uint64_t id) {
  nodes::of(system).fork_template().add_preload(id);
}

namespace {

void check_options(const process_options& options) {
  if (options.workers == 0)
    throw std::invalid_argument("process_options.workers is 0; at least 1 is needed");
  if (options.start_timeout <= std::chrono::nanoseconds{})
    throw std::invalid_argument("process_options.start_timeout must be more than zero");
  if (options.method.value_or(start_method::spawn) != start_method::spawn &&
      !options.program.empty()) {
    throw std::invalid_argument(
        "process_options.program can be chosen with start_method::spawn only: the others start "
        "what runs already");
  }
  if (options.name.size() > node_name_bytes_max) {
    throw std::invalid_argument("process_options.name has more than " +
                                std::to_string(node_name_bytes_max) + " bytes");
  }
}

/// How it greets, or ends before that; else a timeout.
task<outcome<exit_reason>> first_sign(system_core& system, child_process& child,
                                      std::chrono::nanoseconds limit) {
  const std::chrono::nanoseconds step =
      std::max(limit / patience_steps, std::chrono::nanoseconds{1});
  for (unsigned left = patience_steps;;) {
    const std::int64_t began = now(system);
    auto question = child.watch().ask(await_greeting{}, step);
    auto greeting = std::move(question).result();
    outcome<exit_reason> greeted = co_await greeting;
    if (greeted || greeted.error().code != errc::timeout) co_return greeted;
    if (!stood_still(std::chrono::nanoseconds{now(system) - began}, step) && --left == 0)
      co_return greeted;
  }
}

[[noreturn]] void no_sign_of_life(child_process& child, const failure& why) {
  child.signal(SIGKILL);
  throw_failure({why.code, "the process '" + child.name() + "' gave no sign of life: " + why.text,
                 why.reason});
}

}  // namespace

task<process> start_child(system_core& system, process_options options, bool lives, closure life) {
  check_options(options);
  const auto limit = options.start_timeout;
  if (std::getenv(ticket_variable)) {
    throw_failure({errc::misuse,
                   "this process is itself a child that has not come to troupe::run yet: start "
                   "processes in what run calls, not before, or they would multiply without end",
                   {}});
  }
  nodes& all = nodes::of(system);
  if (!options.method)
    options.method = options.program.empty() ? all.default_method() : start_method::spawn;
  if (all.origin().daemon) {
    throw_failure({errc::misuse,
                   "a daemon may not have children, since nobody would wait for them: start this "
                   "process with .daemon = false",
                   {}});
  }
  auto child = child_process::start(all, std::move(options), lives, life);
  auto sign = first_sign(system, *child, limit);
  const outcome<exit_reason> greeted = co_await std::move(sign);
  if (child->start_error()) std::rethrow_exception(child->start_error());
  if (!greeted) no_sign_of_life(*child, greeted.error());
  if (!greeted->is_normal()) {
    throw_failure({errc::actor_down,
                   "the process '" + child->name() + "' ended before it could be used: " +
                       to_string(*greeted) + ". Does its main() call troupe::run?",
                   *greeted});
  }
  co_return process(std::move(child));
}

task<void> begin_life(address node_actor, spawn_request request) {
  auto question = ask_to_spawn(node_actor, std::move(request));
  std::ignore = co_await std::move(question);
}

void end_as(const exit_reason& why) {
  if (why.is_normal() || why.what == exit_reason::cause::owner_ended) return;
  throw_failure({errc::actor_down, "its actor in another process: " + to_string(why), why});
}

void end_this_process(system_core& system, int code) noexcept {
  const auto* all = known_nodes(system);
  if (all && all->origin().end) all->origin().end(code);
}

}  // namespace detail
}  // namespace troupe
