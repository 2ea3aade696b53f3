// SPDX-License-Identifier: BSD-3-Clause
#include "child_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <random>
#include <tuple>
#include <vector>

#include "nodes.hpp"

namespace troupe::detail {
namespace {

constexpr auto exit_grace =
    std::chrono::seconds{5};  // from the end of its link to the end of a child

class child_watch : public actor<child_greeted, child_over, await_greeting, await_end> {
 public:
  void on(child_greeted) {
    greeted_ = true;
    answer_all(at_greeting_, {});
  }
  void on(child_over news) {
    over_ = std::move(news.reason);
    answer_all(at_greeting_, *over_);
    answer_all(at_end_, *over_);
  }
  promise<exit_reason> on(await_greeting) {
    auto p = make_promise<exit_reason>();
    if (over_ || greeted_) {
      p.set_value(over_.value_or(exit_reason{}));
    } else {
      at_greeting_.push_back(p);
    }
    return p;
  }
  promise<exit_reason> on(await_end) {
    auto p = make_promise<exit_reason>();
    if (over_) {
      p.set_value(*over_);
    } else {
      at_end_.push_back(p);
    }
    return p;
  }

 private:
  static void answer_all(std::vector<promise<exit_reason>>& waiting, const exit_reason& reason) {
    for (auto& p : waiting) p.set_value(reason);
    waiting.clear();
  }
  bool greeted_ = false;
  std::optional<exit_reason> over_;
  std::vector<promise<exit_reason>> at_greeting_, at_end_;
};

std::uint64_t new_node_id() {
  std::random_device device;
  return (std::uint64_t{device()} << 32 | device()) | 1;
}

}  // namespace

child_process::child_process(nodes& all, std::string name) : all_(all), name_(std::move(name)) {}

child_process::~child_process() {
  watch_.stop();  // whoever still waited has been told
  if (pidfd_copy_ >= 0) ::close(pidfd_copy_);
}

std::shared_ptr<child_process> child_process::start(nodes& all, process_options options) {
  (void)child_main_is_linked();
  system_core& system = all.system();
  if (options.name.empty()) options.name = all.next_child_name();
  if (options.arguments.empty()) options.arguments = system.options.arguments;
  std::shared_ptr<child_process> child(new child_process(all, options.name));
  child_ticket ticket;
  ticket.node = new_node_id();
  ticket.parent_node = system.node_id;
  ticket.parent_pid = getpid();
  ticket.workers = options.workers;
  ticket.shutdown_nanoseconds = system.options.shutdown_timeout.count();
  ticket.name = options.name;
  // What may be refused comes before there is a process that somebody must look after.
  child->watch_ = spawn_class<child_watch>(system, nullptr);
  const launched started = launch_spawn(options, ticket);
  child->pid_ = started.pid;
  child->pidfd_copy_ = fcntl(started.pidfd, F_DUPFD_CLOEXEC, 0);
  child->pidfd_.emplace(system.io->context(), started.pidfd);
  auto added = std::make_unique<peer>(
      all, ticket.node,
      peer::events{[c = child.get()](const hello&) { c->watch_.tell(child_greeted{}); },
                   [c = child.get()](const std::string& error) { c->on_link_end(error); }});
  child->peer_ = added.get();
  child->home_ = &added->home();
  all.add_peer(std::move(added));
  all.add_child(child);
  // Links belong to the holder of the reactor; from now on busy workers look there, too. The lambda
  // keeps the child until it has begun.
  system.io->use();
  boost::asio::post(system.io->context(), [child, ends = started.ends] { child->begin(ends); });
  return child;
}

void child_process::begin(const pipe_ends& ends) {
  auto pipes = std::make_unique<pipe_link>(*all_.system().io, ends);
  link_ = pipes.get();
  wait_for_exit();
  peer_->open(std::move(pipes), all_.greeting());
  all_.system().io->unuse();  // the link counts now
}

void child_process::wait_for_exit() {
  pidfd_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error) self->on_exit();
                     });
}

void child_process::on_exit() {
  exited_ = reap_process(pidfd_->native_handle());
  if (!exited_) {
    wait_for_exit();
    return;
  }
  boost::system::error_code ignored;
  std::ignore = pidfd_->close(ignored);
  link_->drain();  // its last words
  link_->close();
  link_ended_ = true;
  settle_if_over();
}

void child_process::on_link_end(const std::string& error) {
  link_ended_ = true;
  link_error_ = error;
  if (!error.empty()) peer_->finish();  // it must not go on as if we understood each other
  if (!exited_) {
    grace_.emplace(all_.system().io->context(), exit_grace);
    grace_->async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
      if (!cancelled) self->signal(SIGKILL);
    });
  }
  settle_if_over();
}

void child_process::settle_if_over() {
  if (!exited_ || !link_ended_ || over_.exchange(true)) return;
  // The system and its reactor may end before the last copy of the handle does.
  grace_.reset();
  pidfd_.reset();
  exit_reason why = *exited_;
  if (!link_error_.empty())
    why = {exit_reason::cause::connection_lost, why.code, why.signal, link_error_};
  peer_->settle(why);
  watch_.tell(child_over{why});
  all_.remove_child(*this);
}

pid_t pid_of(const child_process& child) noexcept { return child.pid(); }
address node_actor_of(const child_process& child) noexcept { return child.node_actor(); }

}  // namespace troupe::detail

namespace troupe {

pid_t process::pid() const noexcept { return child_->pid(); }
const std::string& process::name() const noexcept { return child_->name(); }
bool process::is_alive() const noexcept { return child_->is_alive(); }
void process::stop() noexcept { child_->stop(); }
void process::terminate() noexcept { child_->signal(SIGTERM); }
void process::kill() noexcept { child_->signal(SIGKILL); }

task<exit_reason> process::wait() {
  auto question = child_->watch().ask(detail::await_end{});
  co_return co_await std::move(question);
}

task<process> actor_system::start_process(process_options options) {
  if (options.workers == 0)
    throw std::invalid_argument("process_options.workers is 0; at least 1 is needed");
  const auto limit = options.start_timeout;
  if (limit <= std::chrono::nanoseconds{}) {
    throw std::invalid_argument("process_options.start_timeout must be more than zero");
  }
  auto child = detail::child_process::start(detail::nodes::of(*core_), std::move(options));
  auto question = child->watch().ask(detail::await_greeting{}, limit);
  auto greeting = std::move(question).result();
  const outcome<exit_reason> greeted = co_await greeting;
  if (!greeted) {
    child->signal(SIGKILL);
    throw_failure(
        {greeted.error().code,
         "the process '" + child->name() + "' gave no sign of life: " + greeted.error().text,
         greeted.error().reason});
  }
  if (!greeted->is_normal()) {
    throw_failure({errc::actor_down,
                   "the process '" + child->name() + "' ended before it could be used: " +
                       to_string(*greeted) + ". Does its main() call troupe::run?",
                   *greeted});
  }
  co_return process(std::move(child));
}

}  // namespace troupe
