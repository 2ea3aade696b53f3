// SPDX-License-Identifier: BSD-3-Clause
#include "child_process.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "child_main.hpp"
#include "nodes.hpp"
#include "template_process.hpp"

namespace troupe::detail {
namespace {

constexpr auto exit_grace =
    std::chrono::seconds{5};  // from the end of its link to the end of a child
constexpr auto output_grace =
    std::chrono::seconds{1};  // after its end, for the next line of its output to be taken

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

}  // namespace

child_process::child_process(nodes& all, process_options options, bool lives)
    : all_(all), options_(std::move(options)), lives_(lives) {}

child_process::~child_process() {
  if (!is_inherited()) watch_.stop();  // whoever still waited has been told
}

child_ticket child_process::make_ticket() const {
  system_core& system = all_.system();
  child_ticket ticket;
  ticket.node = system.luck->next() | 1;
  ticket.parent_node = system.node_id;
  ticket.parent_pid = getpid();
  ticket.workers = options_.workers;
  ticket.shutdown_nanoseconds = system.options.shutdown_timeout.count();
  ticket.method = options_.method.value();
  ticket.default_method = all_.default_method();
  ticket.least_said = system.least_said;
  ticket.daemon = options_.daemon;
  ticket.name = options_.name;
  ticket.parent_name = system.options.name;
  return ticket;
}

std::shared_ptr<child_process> child_process::start(nodes& all, process_options options, bool lives,
                                                    const closure& life) {
  (void)child_main_is_linked();
  if (options.name.empty()) options.name = all.next_child_name();
  if (options.arguments.empty()) options.arguments = all.system().options.arguments;
  std::shared_ptr<child_process> child(new child_process(all, std::move(options), lives));
  const child_ticket ticket = child->make_ticket();
  // What may be refused comes before there is a process that somebody must look after.
  child->watch_ = spawn_class<child_watch>(all.system(), nullptr);
  plumbing pipes = lay_pipes(child->options_);
  const auto adopt = [&](born made) {
    child->adopt(std::move(made), std::move(pipes.ours), ticket.node);
  };
  switch (child->options_.method.value()) {
    case start_method::spawn: adopt(launch_spawn(child->options_, ticket, pipes.theirs)); break;
    case start_method::forkserver: child->ask_template(ticket, std::move(pipes)); break;
    case start_method::fork:
      adopt(launch_fork(all.system(), child->options_, ticket, pipes.theirs, life));
      break;
  }
  return child;
}

void child_process::ask_template(const child_ticket& ticket, plumbing pipes) {
  auto ours = std::make_shared<plumbing::end>(std::move(pipes.ours));
  all_.fork_template().hand_out(
      options_, ticket, std::move(pipes.theirs),
      [self = shared_from_this(), ours, node = ticket.node](template_answer answer) {
        try {
          if (answer.error) std::rethrow_exception(answer.error);
          set_limits(answer.child->pid(), self->options_.limits);
          self->adopt(*std::move(answer.child), std::move(*ours), node);
        } catch (...) {
          self->start_error_ = std::current_exception();
          self->over_.store(true, std::memory_order_release);
          self->watch_.tell(child_over{});
        }
      });
}

/// It runs: from here on somebody looks after it.
void child_process::adopt(born child, plumbing::end ours, std::uint64_t node) {
  exit_.emplace(all_.system().io->context(), child.pidfd());
  for (auto [fd, where, is_error] :
       {std::tuple{&ours.out, &options_.out, false}, std::tuple{&ours.err, &options_.err, true}}) {
    if (*fd) open_output(std::move(*fd), *where, is_error);
  }
  auto added = std::make_unique<peer>(
      all_, node,
      peer::events{[this](const hello&) { watch_.tell(child_greeted{}); },
                   [this](const std::string& error) { on_link_end(error); }});
  added->become(kinship::child);
  peer_ = added.get();
  home_ = &added->home();
  all_.add_peer(std::move(added));
  all_.add_child(shared_from_this());
  pid_ = child.pid();
  pidfd_ = child.hand_on();
  // Links belong to the holder of the reactor; from now on busy workers look there, too, until the
  // process has been reaped. The lambda keeps the child until it has begun.
  all_.system().io->use();
  all_.system().io->run_soon(
      [self = shared_from_this(), ends = ours.link.release()] { self->begin(ends); });
}

void child_process::open_output(owned_fd fd, const process_output& where, bool is_error) {
  system_core& system = all_.system();
  outputs_.push_back(std::make_shared<output_pipe>(
      *system.io, std::move(fd), make_line_sink(system, where, options_.name, is_error), [this] {
        --outputs_open_;
        settle_if_over();
      }));
  ++outputs_open_;
}

void child_process::begin(const pipe_ends& ends) {
  auto pipes = std::make_unique<pipe_link>(*all_.system().io, ends);
  link_ = pipes.get();
  wait_for_exit();
  for (const auto& each : outputs_) each->open();
  peer_->open(std::move(pipes), all_.greeting());
}

void child_process::wait_for_exit() {
  exit_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      if (!error) self->on_exit();
                    });
}

void child_process::on_exit() {
  exited_ = reap_process(pidfd_.get());
  if (!exited_) {
    wait_for_exit();
    return;
  }
  std::ignore = exit_->release();
  link_->drain();  // its last words
  link_->close();
  link_ended_ = true;
  finish_output();
  settle_if_over();
}

void child_process::on_link_end(const std::string& error) {
  link_ended_ = true;
  link_error_ = error;
  if (!error.empty()) peer_->finish();  // it must not go on as if we understood each other
  if (!exited_) {
    grace_.emplace(*all_.system().io);
    grace_->begin(exit_grace, [self = shared_from_this()] { self->signal(SIGKILL); });
  }
  settle_if_over();
}

/// Its end is told after its last line has been taken, unless nobody takes it for a while.
void child_process::finish_output() {
  const auto streams = outputs_;
  for (const auto& each : streams) each->finish();
  if (outputs_open_ == 0) return;
  grace_.emplace(*all_.system().io);
  wait_for_output();
}

std::uint64_t child_process::output_progress() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : outputs_) sum += each->progress();
  return sum;
}

void child_process::wait_for_output() {
  grace_->begin(output_grace, [self = shared_from_this(), before = output_progress()] {
    if (self->output_progress() != before) {
      self->wait_for_output();
      return;
    }
    const auto late = self->outputs_;
    for (const auto& each : late) each->end();
  });
}

void child_process::settle_if_over() {
  if (!exited_ || !link_ended_ || outputs_open_ != 0 || over_.load(std::memory_order_relaxed))
    return;
  const auto self = shared_from_this();
  // The system and its reactor may end before the last copy of the handle does.
  grace_.reset();
  exit_.reset();
  outputs_.clear();
  all_.system().io->unuse();
  end_ = *exited_;
  if (!link_error_.empty())
    end_ = {exit_reason::cause::connection_lost, end_.code, end_.signal, link_error_};
  over_.store(true, std::memory_order_release);
  all_.kin().tell_end_of(*peer_, end_);
  peer_->settle(end_);
  all_.remove_child(*this);  // before anybody can hear of its end and look
  watch_.tell(child_over{end_});
}

std::optional<exit_reason> child_process::exit_status() const {
  if (is_alive()) return std::nullopt;
  return end_;
}

address node_actor_of(const child_process& child) noexcept { return child.node_actor(); }

}  // namespace troupe::detail
