// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <troupe/detail/child_entry.hpp>

#include "launch.hpp"
#include "nodes.hpp"
#include "peer.hpp"

/// The life of a child: greet the parent, run what it asks for, end when the link ends. The end of
/// the link is the first sign of the parent's death; the parent-death signal is the second, for a
/// child whose workers are all stuck.
namespace troupe::detail {
namespace {

/// Blocks the main thread until the link to the parent is over.
class parent_end {
 public:
  void announce() {
    std::scoped_lock hold{mutex_};
    over_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock hold{mutex_};
    changed_.wait(hold, [&] { return over_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

bool tie_to_parent(const child_ticket& ticket) {
  for (int fd : {ticket.ends.in, ticket.ends.out, ticket.ends.control})
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return getppid() == ticket.parent_pid;  // else it died before we could ask for the signal
}

void meet_parent(nodes& all, const child_ticket& ticket, parent_end& end) {
  auto met_later = std::make_shared<peer*>(nullptr);
  auto parent = std::make_unique<peer>(
      all, ticket.parent_node,
      peer::events{
          nullptr, [&end, met_later](const std::string& error) {
            // Else an actor that waits for the parent would hold up the shutdown.
            (*met_later)->expect_no_answers({exit_reason::cause::connection_lost, 0, 0, error});
            end.announce();
          }});
  peer& met = *parent;
  *met_later = &met;
  all.add_peer(std::move(parent));
  reactor& io = *all.system().io;
  boost::asio::post(io.context(), [&all, &met, &io, ends = ticket.ends] {
    met.open(std::make_unique<pipe_link>(io, ends), all.greeting());
  });
}

std::optional<int> live(int argc, char** argv) {
  const char* text = std::getenv(ticket_variable);
  if (!text) return std::nullopt;
  const auto ticket = read_ticket(text);
  unsetenv(ticket_variable);  // not for our own children
  if (!ticket) {
    std::fprintf(stderr, "troupe: %s is set to something that no parent wrote; unset it\n",
                 ticket_variable);
    return 2;
  }
  if (!tie_to_parent(*ticket)) return EXIT_FAILURE;
  try {
    parent_end end;
    system_options options = options_for(argc, argv);
    options.name = ticket->name;
    options.workers = ticket->workers;
    options.node_id = ticket->node;
    options.shutdown_timeout = std::chrono::nanoseconds{ticket->shutdown_nanoseconds};
    actor_system system(std::move(options));
    meet_parent(nodes::of(system.core()), *ticket, end);
    end.wait();
    system.shutdown();
    return EXIT_SUCCESS;
  } catch (...) {
    return report_uncaught(std::current_exception());
  }
}

// In the same object file as nothing optional: whoever links start_process links this too.
const bool registered = (child_entry = &live, true);

}  // namespace

bool child_main_is_linked() noexcept { return registered; }

}  // namespace troupe::detail
