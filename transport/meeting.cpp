// SPDX-License-Identifier: BSD-3-Clause
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <system_error>

#include "door.hpp"
#include "nodes.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

constexpr auto look_again_time = 10ms;

void check(const meeting_options& options, const char* verb) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument(std::string(verb) + ": meeting_options." + why);
  };
  if (options.key) {
    const std::string why = detail::objection_to_key(*options.key);
    if (!why.empty()) refuse("key: " + why);
  }
  if (options.timeout <= 0ns) refuse("timeout must be more than zero");
  if (options.pending_max == 0) refuse("pending_max is 0; at least 1 is needed");
}

bool is_nobody_there(const std::system_error& error) noexcept {
  return error.code().value() == ENOENT || error.code().value() == ECONNREFUSED;
}

/// A socket to the listener; it may have to be tried again, but not after `deadline`.
task<detail::owned_fd> call(actor_system& system, const std::filesystem::path& path,
                            const meeting_options& options) {
  const auto deadline = system.now() + options.timeout;
  for (;;) {
    const bool last = system.now() >= deadline;
    try {
      detail::owned_fd socket = detail::call_at(path);
      if (socket) co_return socket;
      if (last) throw meeting_error("connect: '" + path.string() + "': too many wait there");
    } catch (const std::system_error& error) {
      if (last || !options.wait_for_listener || !is_nobody_there(error)) throw;
    }
    co_await sleep_for(look_again_time);
  }
}

/// Talks on the socket; what comes of it is told to `desk`.
void begin_to_talk(detail::nodes& all, detail::owned_fd socket, const meeting_options& options,
                   const detail::arrivals_ref& desk) {
  auto ours = detail::part_in_meeting(all, detail::meeting_role::caller, options.key);
  auto talk = std::make_shared<detail::meeting_socket>(
      *all.system().io, std::move(socket), std::move(ours),
      [&all, desk](detail::meeting_socket&, detail::met outcome) {
        std::string error = std::move(outcome.error);
        std::shared_ptr<detail::met_program> program;
        if (error.empty()) program = detail::met_program::begin(all, std::move(outcome), error);
        desk.tell(detail::arrival{std::move(program), std::move(error)});
      });
  all.system().io->run_soon([talk, limit = options.timeout] { talk->start(limit); });
}

}  // namespace

namespace detail {
address node_actor_of(const met_program& program) noexcept { return program.node_actor(); }
}  // namespace detail

const std::string& neighbour::name() const noexcept { return program_->name(); }
pid_t neighbour::pid() const noexcept { return program_->pid(); }
bool neighbour::is_connected() const noexcept { return program_->is_connected(); }
void neighbour::close() noexcept { program_->close(); }

task<exit_reason> neighbour::wait() const {
  const actor_ref<> whom = node();
  exit_reason why = co_await ended(whom);
  co_return why;
}

const std::filesystem::path& listener::path() const noexcept { return door_->path(); }
std::uint64_t listener::refused() const noexcept { return door_->refused(); }
void listener::close() noexcept { door_->shut_soon(); }

task<neighbour> listener::accept() const {
  auto question = door_->arrivals().ask(detail::await_arrival{});
  detail::arrival news = co_await std::move(question);
  co_return neighbour(std::move(news.who));
}

listener listen(actor_system& system, const std::filesystem::path& path, meeting_options options) {
  check(options, "listen");
  detail::nodes& all = detail::nodes::of(system.core());
  auto made = std::make_shared<detail::door>(all, path, std::move(options));
  all.add_door(made);
  all.system().io->run_soon([made] { made->open(); });
  return listener(std::move(made));
}

task<neighbour> connect(actor_system& system, std::filesystem::path path, meeting_options options) {
  check(options, "connect");
  detail::nodes& all = detail::nodes::of(system.core());
  auto calling = call(system, path, options);
  detail::owned_fd socket = co_await std::move(calling);
  const detail::arrivals_ref desk = detail::spawn_arrivals(all.system(), 1);
  begin_to_talk(all, std::move(socket), options, desk);
  auto question = desk.ask(detail::await_arrival{});
  auto answer = std::move(question).result();
  outcome<detail::arrival> news = co_await answer;
  desk.stop();
  if (!news) throw_failure(news.error());
  if (!news->who) throw meeting_error("connect: '" + path.string() + "': " + news->error);
  co_return neighbour(std::move(news->who));
}

}  // namespace troupe
