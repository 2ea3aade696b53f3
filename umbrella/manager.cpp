// SPDX-License-Identifier: BSD-3-Clause
#include <csignal>
#include <exception>
#include <troupe/actor.hpp>
#include <troupe/detail/listener_name.hpp>
#include <troupe/detail/pool_worker.hpp>
#include <troupe/log.hpp>
#include <troupe/manager.hpp>

namespace troupe {
namespace detail {

/// What came of a call, or why it did not even begin.
struct managed_outcome {
  std::string failure;
  parcel_of_outcomes outcome;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(failure, outcome);
  }
};
/// Asked of a server: make this one call.
struct managed_call {
  using reply = managed_outcome;
  parcel_of_calls call;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(call);
  }
};

/// Makes the calls. Its process is not ended by Ctrl-C: whoever shares what is in it is, and may have to put
/// that in order first.
class manager_server : public actor<managed_call> {
 public:
  static constexpr bool reentrant = true;  // a call may wait
  manager_server() { std::signal(SIGINT, SIG_IGN); }

  task<managed_outcome> on(managed_call m) {
    if (!m.call.batch()) {
      co_return managed_outcome{"its arguments could not be read: " + m.call.error(), {}};
    }
    auto running = run_call(system(), m.call);
    const std::shared_ptr<outcome_batch> outcome = co_await std::move(running);
    byte_buffer packed;
    outcome->pack(packed, 0);
    co_return managed_outcome{{}, parcel_of_outcomes(*m.call.function(), std::move(packed))};
  }
};

task<std::shared_ptr<outcome_batch>> call_in(manager_ref server, parcel_of_calls call) {
  byte_buffer packed;
  call.batch()->pack(packed, 0);
  auto question = server.ask(managed_call{{*call.function(), std::move(packed)}});
  managed_outcome answer = co_await std::move(question);
  if (answer.failure.empty() && !answer.outcome.batch()) answer.failure = answer.outcome.error();
  if (!answer.failure.empty()) throw_failure({errc::bad_message, answer.failure, {}});
  co_return answer.outcome.batch();
}

void listen_there(actor_system& system, std::string path, meeting_options options) {
  (void)listen(system, path, std::move(options));
}

/// Takes the name away that a server leaves behind when it dies, so that the next can have it.
behavior watch_name(mailbox<> mail, manager_ref server, listener_name name, std::string process) {
  mail.monitor(server);
  const down news = co_await mail.receive<down>();
  if (news.reason.what == exit_reason::cause::process_ended && name.remove_if_left()) {
    log(mail.system(), log_level::warning,
        "the process " + process + " has left '" + name.path().string() + "' (" +
            to_string(news.reason) + "); it is removed");
  }
}

}  // namespace detail

task<manager> manager::begun(actor_system& system, process home, manager_options options) {
  auto spawning = home.spawn<detail::manager_server>();
  const manager made(home, co_await std::move(spawning));
  if (options.initializer) {
    auto calling = detail::call_in(made.server_, options.initializer.call());
    const auto outcome = co_await std::move(calling);
    if (outcome->has_failed(0)) outcome->failure_of(0).raise();
  }
  if (!options.path.empty()) {
    auto listening = made.call<&detail::listen_there>(options.path.string(), options.meeting);
    co_await std::move(listening);
    system.spawn<&detail::watch_name>(made.server_, detail::listener_name(options.path),
                                      "'" + home.name() + "' (" + std::to_string(home.pid()) + ")");
  }
  co_return made;
}

task<manager> manager::start(actor_system& system, manager_options options,
                             process_options server) {
  if (server.name.empty()) server.name = "manager";
  auto starting = system.start_process(std::move(server));
  process home = co_await std::move(starting);
  std::exception_ptr error;
  try {
    auto beginning = begun(system, home, std::move(options));
    co_return co_await std::move(beginning);
  } catch (...) {
    error = std::current_exception();
  }
  home.kill();
  auto ending = home.wait();
  co_await std::move(ending);
  std::rethrow_exception(error);
}

task<exit_reason> manager::shutdown() const {
  process home = process_;
  home.stop();
  auto ending = home.wait();
  co_return co_await std::move(ending);
}

void manager::close() const { server().stop(); }

}  // namespace troupe
