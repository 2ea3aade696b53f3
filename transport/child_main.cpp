// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <troupe/detail/child_entry.hpp>
#include <troupe/detail/standstill.hpp>
#include <utility>
#include <vector>

#include "child_main.hpp"
#include "descriptors.hpp"
#include "launch.hpp"
#include "nodes.hpp"
#include "peer.hpp"
#include "pipe_link.hpp"
#include "template_main.hpp"
#include "template_wire.hpp"

/// The life of a child: greet the parent, run what it asks for, end when the link ends. The end of
/// the link is the first sign of the parent's death; the main thread, which no actor can hold up, looks
/// for the second: the end of the process that started us.
namespace troupe::detail {
namespace {

/// What an orphan has to come to its end in, once for noticing and once for its actors.
constexpr std::chrono::milliseconds orphan_grace{400};

/// Blocks the main thread until this process shall end: its own life is over, or the link to the parent,
/// or the parent has died and no worker is free to notice.
class child_end {
 public:
  struct verdict {
    int code = EXIT_SUCCESS;
    bool by_itself = false;
  };

  /// \throws std::system_error
  explicit child_end(pid_t parent)
      : announced_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        parent_(static_cast<int>(syscall(SYS_pidfd_open, parent, 0))) {
    if (!announced_) throw_errno(errno, "eventfd");
  }

  /// The first one counts. \thread any
  void announce(const verdict& v) noexcept {
    std::scoped_lock hold{mutex_};
    if (!verdict_) verdict_ = v;
    eventfd_write(announced_.get(), 1);
  }

  verdict wait() {
    pollfd news[] = {{announced_.get(), POLLIN, 0}, {parent_.get(), POLLIN, 0}};
    for (;;) {
      if (is_ready(news[0])) return *known();
      if (is_ready(news[1])) return wait_as_orphan(news[0]);
      const resting meanwhile;
      ::poll(news, std::size(news), -1);
    }
  }

  /// While the actors end, on a thread of its own: should the parent be dead, or die, they have the
  /// grace of an orphan and no more.
  void guard_shutdown() noexcept {
    pollfd news[] = {{over_.get(), POLLIN, 0}, {parent_.get(), POLLIN, 0}};
    while (!is_ready(news[0]) && !is_ready(news[1])) ::poll(news, std::size(news), -1);
    ::poll(news, 1, static_cast<int>(orphan_grace.count()));
    if (!is_ready(news[0])) std::_Exit(EXIT_FAILURE);
  }
  void note_over() noexcept { eventfd_write(over_.get(), 1); }

  bool is_orphan() const noexcept {
    pollfd parent{parent_.get(), POLLIN, 0};
    return is_ready(parent);
  }

 private:
  static bool is_ready(pollfd& one) noexcept {
    one.revents = 0;
    return one.fd >= 0 && ::poll(&one, 1, 0) == 1 && (one.revents & POLLIN) != 0;
  }
  /// The end of the link is about to be seen, unless all workers are stuck.
  verdict wait_as_orphan(pollfd& announced) {
    ::poll(&announced, 1, static_cast<int>(orphan_grace.count()));
    if (const auto v = known()) return *v;
    std::_Exit(EXIT_FAILURE);
  }
  std::optional<verdict> known() {
    std::scoped_lock hold{mutex_};
    return verdict_;
  }

  std::mutex mutex_;
  std::optional<verdict> verdict_;
  const owned_fd announced_;
  const owned_fd over_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  const owned_fd parent_;
};

/// Else a descriptor of ours would become a standard stream, and be written to as one.
void fill_missing_streams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    const int nowhere = ::open("/dev/null", O_RDWR);
    if (nowhere >= 0 && nowhere != stream) {
      dup2(nowhere, stream);
      ::close(nowhere);
    }
  }
}

bool tie_to_parent(const child_ticket& ticket) {
  for (int fd : {ticket.ends.in, ticket.ends.out, ticket.ends.control})
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  fill_missing_streams();
  // Wakes us if we are stopped, and does nothing else: it also comes when just the thread ends that has
  // started us. What ends an orphan is child_end.
  prctl(PR_SET_PDEATHSIG, SIGCONT);
  return getppid() == ticket.parent_pid;  // else it died before we could ask for the signal
}

/// Whoever attaches to this process while it exits, as the leak sanitizer does, does so by a stop signal, which
/// the parent's last sign of life would undo.
void untie_from_parent() noexcept { prctl(PR_SET_PDEATHSIG, 0); }

void meet_parent(nodes& all, const child_ticket& ticket, child_end& end,
                 const system_core* before) {
  auto met_later = std::make_shared<peer*>(nullptr);
  auto parent = std::make_unique<peer>(
      all, ticket.parent_node,
      peer::events{
          nullptr, [&end, met_later](const std::string& error) {
            // Else an actor that waits for the parent would hold up the shutdown.
            (*met_later)->expect_no_answers({exit_reason::cause::connection_lost, 0, 0, error});
            end.announce({});
          }});
  parent->become(kinship::parent);
  peer& met = *parent;
  *met_later = &met;
  if (before) all.inherit_addresses(*before, met.home());
  const address parent_actor{&met.home(), 0, 1};
  all.set_origin(
      {ticket.daemon,
       parent_process(ticket.parent_pid, ticket.parent_name, ticket.method, parent_actor),
       [&end](int code) { end.announce({code, true}); }});
  all.set_default_method(ticket.default_method);
  all.add_peer(std::move(parent));
  reactor& io = *all.system().io;
  io.run_soon([&all, &met, &io, ends = ticket.ends] {
    met.open(std::make_unique<pipe_link>(io, ends), all.greeting());
  });
}

int live_from_template(const char* loads) {
  try {
    auto copy = serve_as_template(loads);
    if (!copy) {
      untie_from_parent();
      return EXIT_FAILURE;
    }
    static std::vector<std::string> arguments;  // argv lasts as long as the process
    arguments = std::move(copy->arguments);
    static const std::vector<char*> argv = pointers_to(arguments);
    return live_as(copy->ticket, static_cast<int>(arguments.size()),
                   const_cast<char**>(argv.data()));
  } catch (...) {
    return report_uncaught(std::current_exception());
  }
}

std::optional<int> live(int argc, char** argv) {
  if (const char* loads = std::getenv(template_variable)) {
    const std::string kept = loads;
    unsetenv(template_variable);
    return live_from_template(kept.c_str());
  }
  const char* text = std::getenv(ticket_variable);
  if (!text) return std::nullopt;
  const auto ticket = read_ticket(text);
  unsetenv(ticket_variable);  // not for our own children
  if (!ticket || !has_its_descriptors(*ticket)) {
    std::fprintf(stderr, "troupe: %s is set to something that no parent wrote; unset it\n",
                 ticket_variable);
    return 2;
  }
  return live_as(*ticket, argc, argv);
}

}  // namespace

int live_as(const child_ticket& ticket, int argc, char** argv, const system_core* before) {
  if (!tie_to_parent(ticket)) return EXIT_FAILURE;
  try {
    child_end end(ticket.parent_pid);
    if (getppid() != ticket.parent_pid) return EXIT_FAILURE;  // that was somebody else
    system_options options = options_for(argc, argv);
    options.name = ticket.name;
    options.workers = ticket.workers;
    options.node_id = ticket.node;
    options.shutdown_timeout = std::chrono::nanoseconds{ticket.shutdown_nanoseconds};
    actor_system system(std::move(options));
    system.set_log_level(ticket.least_said);
    meet_parent(nodes::of(system.core()), ticket, end, before);
    const child_end::verdict last = end.wait();
    if (last.by_itself) end_normally(system.core());
    std::thread guard([&] {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, nullptr);
      end.guard_shutdown();
    });
    system.core().shutdown(end.is_orphan() ? orphan_grace : std::chrono::nanoseconds::max());
    end.note_over();
    guard.join();
    untie_from_parent();
    return last.code;
  } catch (...) {
    return report_uncaught(std::current_exception());
  }
}

namespace {

// In the same object file as nothing optional: whoever links start_process links this too.
const bool registered = (child_entry = &live, true);

}  // namespace

bool child_main_is_linked() noexcept { return registered; }

}  // namespace troupe::detail
