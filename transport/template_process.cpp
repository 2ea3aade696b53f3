// SPDX-License-Identifier: BSD-3-Clause
#include "template_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <system_error>
#include <troupe/codec.hpp>
#include <tuple>
#include <utility>

#include "descriptor_passing.hpp"

namespace troupe::detail {
namespace {

constexpr unsigned tries_max = 2;  // a template that dies twice over one request is at fault itself

owned_fd make_file(const char* name, std::span<const std::byte> content) {
  owned_fd file(memfd_create(name, MFD_CLOEXEC));
  if (!file) throw_errno(errno, "start_process: memfd");
  const ssize_t put = ::write(file.get(), content.data(), content.size());
  if (put != static_cast<ssize_t>(content.size())) throw_errno(ENOSPC, "start_process: memfd");
  return file;
}

std::string loads_text(const std::vector<std::uint64_t>& ids) {
  std::string text = std::string(template_variable) + "=";
  for (std::uint64_t id : ids) {
    char hex[24];
    std::snprintf(hex, sizeof hex, " %" PRIx64, id);
    text += hex;
  }
  return text;
}

/// Of one whose socket has ended, which is a moment before it does.
std::optional<exit_reason> end_of(const born& process) {
  constexpr int moment_milliseconds = 100;
  pollfd ended{process.pidfd(), POLLIN, 0};
  ::poll(&ended, 1, moment_milliseconds);
  return reap_process(process.pidfd());
}

failure ended_failure(const std::string& child, const std::optional<exit_reason>& how) {
  return {errc::actor_down,
          "the process '" + child +
              "' could not be started: the template process that hands out "
              "such processes ended: " +
              (how ? to_string(*how) : std::string("it was of no use")),
          how.value_or(exit_reason{})};
}

}  // namespace

template_process::running::running(boost::asio::io_context& io, born started, owned_fd ours,
                                   owned_fd page_file)
    : process(std::move(started)), socket(io, ours.get()) {
  std::ignore = ours.release();
  void* mapped =
      mmap(nullptr, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, page_file.get(), 0);
  if (mapped == MAP_FAILED) throw_errno(errno, "start_process: mmap");
  page = static_cast<template_page*>(mapped);
}

template_process::running::~running() {
  if (page) munmap(page, sizeof *page);
}

template_process::~template_process() {
  if (!now_) return;
  system_.io->unuse();
  now_->process.end();
  // Children that come too late for anybody to look after are ended by `born`.
  while (const auto late = read_answer()) pending_.erase(late->id);
  try {
    if (pending_.contains(now_->page->id)) std::ignore = unanswered_child(*now_);
  } catch (const std::system_error&) {
    return;  // no descriptor left: it ends by itself
  }
}

/// The one that was made, but not told of. \throws std::system_error
std::optional<born> template_process::unanswered_child(const running& dead) {
  const pid_t pid = dead.page->pid;
  if (pid == 0) return std::nullopt;
  return born(pid);
}

void template_process::add_preload(std::uint64_t id) {
  std::scoped_lock hold{mutex_};
  if (started_) {
    throw_failure({errc::misuse,
                   "the template process runs already: preload before the first start with "
                   "start_method::forkserver",
                   {}});
  }
  preloads_.push_back(id);
}

void template_process::hand_out(process_options options, child_ticket ticket, plumbing::end theirs,
                                std::function<void(template_answer)> then) {
  {
    std::scoped_lock hold{mutex_};
    started_ = true;
  }
  auto wanted = std::make_shared<request>(
      request{std::move(options), std::move(ticket), std::move(theirs), std::move(then)});
  system_.io->run_soon([this, wanted] {
    const std::uint64_t id = ++last_id_;
    pending_.emplace(id, wanted);
    ask(id);
  });
}

void template_process::start() {
  fd_pair sockets = make_socket_pair("start_process", SOCK_SEQPACKET);
  const template_page empty;
  owned_fd page_file = make_file("troupe-template", std::as_bytes(std::span(&empty, 1)));
  const owned_fd theirs = above_child_fds(std::move(sockets.second));
  const owned_fd their_page = above_child_fds(owned_fd(fcntl(page_file.get(), F_DUPFD_CLOEXEC, 3)));
  process_options options;
  options.arguments = system_.options.arguments;
  born process = spawn_program(options, loads_text(preloads_), {{theirs.get(), their_page.get()}});
  fcntl(sockets.first.get(), F_SETFL, O_NONBLOCK);
  now_ = std::make_unique<running>(system_.io->context(), std::move(process),
                                   std::move(sockets.first), std::move(page_file));
  system_.io->use();
  wait_for_answer();
}

void template_process::ask(std::uint64_t id) {
  const std::shared_ptr<request> r = pending_.at(id);
  ++r->tries;
  try {
    if (!now_) start();
    const int error = send(*now_, id, *r);
    if (error == EPIPE || error == ECONNRESET) {
      has_ended();  // asks again for all that are pending
    } else if (error != 0) {
      throw_errno(error, "start_process: the template process takes no request");
    }
  } catch (...) {
    settle(id, {std::nullopt, std::current_exception()});
  }
}

int template_process::send(running& to, std::uint64_t id, const request& r) {
  byte_buffer bytes;
  encode(bytes, template_order{write_ticket(r.ticket), r.options.arguments,
                               environment_for(r.options), r.options.working_directory.string()});
  const owned_fd order = make_file("troupe-order", bytes.bytes());
  const auto [in, out, control] = r.theirs.link.numbers();
  std::vector<int> fds{order.get(), in, out, control};
  if (r.theirs.out) fds.push_back(r.theirs.out.get());
  if (r.theirs.err) fds.push_back(r.theirs.err.get());
  const template_request head{id, bytes.size(), bool(r.theirs.out), bool(r.theirs.err)};
  return send_with_fds(to.socket.native_handle(), std::as_bytes(std::span(&head, 1)), fds);
}

void template_process::wait_for_answer() {
  now_->socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [this](const boost::system::error_code& error) {
                            if (!error) take_answers();
                          });
}

std::optional<template_process::answered> template_process::read_answer() {
  template_reply reply;
  auto got =
      receive_with_fds(now_->socket.native_handle(), std::as_writable_bytes(std::span(&reply, 1)));
  if (got.bytes != sizeof reply) {
    at_end_ = got.bytes != -EAGAIN;
    return std::nullopt;
  }
  answered a{reply.id, {}};
  try {
    if (reply.error != 0) {
      throw_errno(reply.error, "start_process: the template process cannot make a copy of itself");
    }
    if (got.fds.empty()) {  // there was no descriptor left for it
      a.answer.child.emplace(reply.pid);
    } else {
      a.answer.child.emplace(reply.pid, std::move(got.fds[0]));
    }
  } catch (...) {
    a.answer.error = std::current_exception();
  }
  return a;
}

void template_process::take_answers() {
  while (auto a = read_answer()) settle(a->id, std::move(a->answer));
  if (at_end_) {
    has_ended();
  } else {
    wait_for_answer();
  }
}

void template_process::settle(std::uint64_t id, template_answer answer) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;  // its child, if there is one, is ended by `born`
  const std::shared_ptr<request> r = std::move(found->second);
  pending_.erase(found);
  r->then(std::move(answer));
}

void template_process::has_ended() {
  while (auto a = read_answer()) settle(a->id, std::move(a->answer));  // its last words
  const std::unique_ptr<running> dead = std::move(now_);
  at_end_ = false;
  system_.io->unuse();
  const std::optional<exit_reason> how = end_of(dead->process);
  dead->process.end();
  const auto left = pending_;
  for (const auto& [id, r] : left) {
    try {
      std::optional<born> child = dead->page->id == id ? unanswered_child(*dead) : std::nullopt;
      if (child) {
        settle(id, {std::move(child), nullptr});
      } else if (r->tries >= tries_max) {
        throw actor_down(ended_failure(r->options.name, how));
      } else {
        ask(id);
      }
    } catch (...) {
      settle(id, {std::nullopt, std::current_exception()});
    }
  }
}

}  // namespace troupe::detail
