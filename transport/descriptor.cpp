// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <troupe/descriptor.hpp>

#include "descriptor_passing.hpp"
#include "meeting_place.hpp"

namespace troupe {

static_assert(encodable<descriptor>, "it travels in messages");

namespace {

/// Holds the descriptor, and brings copies to where they are wanted. The way is a socket that the taker has
/// made for it in a directory of this user's, so neither end reads from anybody else.
class descriptor_holder : public actor<messages::bring_descriptor, messages::close_descriptor> {
 public:
  explicit descriptor_holder(owned_fd held) : held_(std::move(held)) {}

  /// A visit that fails is the visitor's trouble; others may come.
  promise<void> on(const messages::bring_descriptor& m) {
    auto answer = make_promise<void>();
    if (!held_) {  // it has come before the stop
      answer.set_failure({errc::actor_down, "the descriptor has been closed", {}});
      return answer;
    }
    try {
      bring(m.path);
      answer.set_value();
    } catch (const std::exception& error) {
      answer.set_failure({errc::handler_failed, error.what(), {}});
    }
    return answer;
  }
  void on(messages::close_descriptor) {
    held_ = {};
    stop();
  }

 private:
  void bring(const std::string& path) const {
    const owned_fd socket = detail::call_at(path);
    const auto who = socket ? detail::credentials_of(socket.get()) : std::nullopt;
    if (!who || who->uid != ::geteuid()) {
      throw std::runtime_error("whoever wants the descriptor is not the same user");
    }
    const std::byte one{1};
    const int fd = held_.get();
    const int error = detail::send_with_fds(socket.get(), {&one, 1}, {&fd, 1});
    if (error != 0) detail::throw_errno(error, "descriptor: it could not be sent");
  }

  owned_fd held_;
};

/// A place for one visitor, in a new directory.
class waiting_place {
 public:
  waiting_place() {
    std::string name = std::filesystem::temp_directory_path() / "troupe-XXXXXX";
    if (!::mkdtemp(name.data())) detail::throw_errno(errno, "descriptor::take: '" + name + "'");
    directory_ = name;
    try {
      place_.emplace(directory_ / "fd");
    } catch (...) {
      remove();
      throw;
    }
  }
  waiting_place(const waiting_place&) = delete;
  waiting_place& operator=(const waiting_place&) = delete;
  ~waiting_place() {
    place_.reset();
    remove();
  }

  std::string path() const { return place_->path().string(); }
  /// What the visitor, who has come, has brought.
  owned_fd receive() {
    const owned_fd visitor(
        ::accept4(place_->socket(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!visitor) detail::throw_errno(errno, "descriptor::take: accept");
    const auto who = detail::credentials_of(visitor.get());
    if (!who || who->uid != ::geteuid()) {
      detail::throw_errno(EPERM, "descriptor::take: another user has come");
    }
    std::byte byte{};
    detail::received_fds got = detail::receive_with_fds(visitor.get(), {&byte, 1});
    if (got.bytes < 0) detail::throw_errno(static_cast<int>(-got.bytes), "descriptor::take");
    if (got.fds.size() != 1) {
      detail::throw_errno(EBADMSG,
                          "descriptor::take: no descriptor came; is this process at its limit of "
                          "open files?");
    }
    return std::move(got.fds.front());
  }

 private:
  void remove() noexcept {
    std::error_code ignored;
    std::filesystem::remove(directory_, ignored);
  }
  std::filesystem::path directory_;
  std::optional<detail::meeting_place> place_;
};

}  // namespace

owned_fd::~owned_fd() {
  if (fd_ >= 0) ::close(fd_);
}

descriptor descriptor::share(actor_system& system, int fd) {
  owned_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) detail::throw_errno(errno, "descriptor::share: " + std::to_string(fd));
  return descriptor(system.spawn<descriptor_holder>(std::move(copy)));
}

task<owned_fd> descriptor::take() const {
  waiting_place here;
  auto asking = holder_.ask(messages::bring_descriptor{here.path()});
  co_await std::move(asking);
  co_return here.receive();
}

}  // namespace troupe
