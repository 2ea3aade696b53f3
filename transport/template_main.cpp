// SPDX-License-Identifier: BSD-3-Clause
#include "template_main.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <troupe/codec.hpp>
#include <troupe/detail/preload.hpp>
#include <utility>

#include "descriptor_passing.hpp"
#include "template_wire.hpp"

/// The template has one thread, so a copy of it is a whole process, whatever its memory holds: no lock
/// in it is held by a thread that the copy does not have. Children are made with CLONE_PARENT: they are
/// children of the process that asked, which waits for them as for any other, and they do not end with
/// the template.
namespace troupe::detail {
namespace {

/// Ctrl-C and the end of a session or a service go to all processes of a group; whether they end the children,
/// too, is for the program to say, and as long as that goes on it may start others.
class group_signals_ignored {
 public:
  group_signals_ignored() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &interrupt_);
    sigaction(SIGTERM, &ignore, &terminate_);
  }
  void restore() const noexcept {
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGTERM, &terminate_, nullptr);
  }

 private:
  struct sigaction interrupt_{}, terminate_{};
};

/// Its name while it is the template; its copies never have it.
class template_name {
 public:
  template_name() {
    prctl(PR_GET_NAME, before_.data());
    set();
  }
  void set() const noexcept { prctl(PR_SET_NAME, "troupe-template"); }
  void restore() const noexcept { prctl(PR_SET_NAME, before_.data()); }

 private:
  std::array<char, 16> before_{};
};

/// What glibc's fork does for the one thread that goes on; the system call alone does not.
class thread_identity {
 public:
  thread_identity() {
    prctl(PR_GET_TID_ADDRESS, &tid_, 0, 0, 0);
    syscall(SYS_get_robust_list, 0, &robust_, &robust_bytes_);
  }
  int* tid() const noexcept { return tid_; }
  void adopt() const noexcept { syscall(SYS_set_robust_list, robust_, robust_bytes_); }

 private:
  int* tid_ = nullptr;
  void* robust_ = nullptr;
  std::size_t robust_bytes_ = 0;
};

/// \return as fork does; -1: errno says why
pid_t copy_self(const thread_identity& thread, template_page& page, int& pidfd) noexcept {
  clone_args how{};
  how.flags = CLONE_PARENT | CLONE_PIDFD | CLONE_PARENT_SETTID;
  how.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  how.parent_tid = reinterpret_cast<std::uintptr_t>(&page.pid);
  if (thread.tid()) {
    how.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    how.child_tid = reinterpret_cast<std::uintptr_t>(thread.tid());
  }
  const long made = syscall(SYS_clone3, &how, sizeof how);
  if (made == 0) thread.adopt();
  return static_cast<pid_t>(made);
}

struct received_request {
  template_request head;
  std::vector<owned_fd> fds;
};

/// \return nothing: there will be no more
std::optional<received_request> next_request() {
  received_request r;
  auto got = receive_with_fds(template_socket_fd, std::as_writable_bytes(std::span(&r.head, 1)));
  if (got.bytes != sizeof r.head) return std::nullopt;
  const std::size_t expected = 4u + (r.head.has_out ? 1 : 0) + (r.head.has_err ? 1 : 0);
  if (got.fds.size() != expected) return std::nullopt;
  r.fds = std::move(got.fds);
  return r;
}

void answer(const template_reply& reply, const owned_fd& pidfd) noexcept {
  const int fd = pidfd.get();
  send_with_fds(template_socket_fd, std::as_bytes(std::span(&reply, 1)),
                {&fd, pidfd ? std::size_t{1} : 0});
}

template_order read_order(const received_request& r) {
  std::vector<std::byte> bytes(r.head.order_bytes);
  const ssize_t got = pread(r.fds[0].get(), bytes.data(), bytes.size(), 0);
  if (got != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("an order cut short");
  return decode<template_order>(bytes).value();
}

/// In the copy: becomes what was asked for.
handed_out become(received_request& r) {
  template_order order = read_order(r);
  ::close(template_socket_fd);
  ::close(template_page_fd);
  std::size_t next = 4;
  if (r.head.has_out) dup2(r.fds[next++].get(), STDOUT_FILENO);
  if (r.head.has_err) dup2(r.fds[next++].get(), STDERR_FILENO);
  clearenv();
  for (const std::string& entry : order.environment) {
    const std::size_t end = entry.find('=');
    setenv(entry.substr(0, end).c_str(), entry.substr(end + 1).c_str(), 1);
  }
  if (!order.working_directory.empty()) std::filesystem::current_path(order.working_directory);
  auto ticket = read_ticket(order.ticket.c_str());
  if (!ticket) throw std::runtime_error("an order without a ticket");
  ticket->ends = {r.fds[1].release(), r.fds[2].release(), r.fds[3].release()};
  return {*std::move(ticket), std::move(order.arguments)};
}

#if defined(__SANITIZE_THREAD__) || (defined(__has_feature) && __has_feature(thread_sanitizer))
constexpr nlink_t threads_max = 2;  // the sanitizer has one of its own, which copies do without
#else
constexpr nlink_t threads_max = 1;
#endif

/// Any other thread would be missing in the copies.
bool is_alone() {
  struct stat tasks{};
  return stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink <= 2 + threads_max;
}

template_page* map_page() {
  void* page =
      mmap(nullptr, sizeof(template_page), PROT_READ | PROT_WRITE, MAP_SHARED, template_page_fd, 0);
  return page == MAP_FAILED ? nullptr : static_cast<template_page*>(page);
}

}  // namespace

std::optional<handed_out> serve_as_template(const char* loads) {
  for (int fd : {template_socket_fd, template_page_fd}) fcntl(fd, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_PDEATHSIG, SIGCONT);  // if it is stopped, it can see the end of its socket
  const template_name name;
  template_page* page = map_page();
  if (!page) return std::nullopt;
  const group_signals_ignored group_signals;
  run_preloads(loads);
  if (!is_alone()) {
    std::fprintf(stderr,
                 "troupe: the template process has threads, which its copies would lack: what it "
                 "loads, or main before troupe::run, must not start any\n");
    return std::nullopt;
  }
  const thread_identity thread;
  while (auto request = next_request()) {
    page->pid = 0;
    page->id = request->head.id;
    int pidfd = -1;
    name.restore();
    const pid_t made = copy_self(thread, *page, pidfd);
    if (made == 0) {
      group_signals.restore();
      munmap(page, sizeof *page);
      return become(*request);
    }
    const int error = made < 0 ? errno : 0;
    name.set();
    answer({request->head.id, error != 0 ? 0 : made, error}, owned_fd(pidfd));
  }
  return std::nullopt;
}

}  // namespace troupe::detail
