// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/owned_fd.hpp>

namespace troupe {

namespace messages {
/// Asked of whoever holds a descriptor: bring it to the socket at this path.
struct bring_descriptor {
  using reply = void;
  std::string path;
};
struct close_descriptor {};
}  // namespace messages

/// An open file, pipe or socket that can be sent to other processes of this user on this machine, in messages
/// and through connections. A value: all copies mean the same one. It is held open where it was shared, until
/// close() or the end of that process; whoever has it takes as many descriptors of his own as he likes.
/// \thread any
class descriptor {
 public:
  using holder_ref = actor_ref<messages::bring_descriptor, messages::close_descriptor>;

  descriptor() = default;

  /// Shares a copy of `fd`; the caller keeps his own.
  /// \throws std::system_error: `fd` is not open, or there are too many
  static descriptor share(actor_system& system, int fd);

  /// A descriptor of our own for it, close-on-exec.
  /// \throws actor_down: it has been closed, or its holder is gone; handler_error, std::system_error: it
  ///         could not be brought here, with the reason   \cost a socket for a moment, and one question
  task<owned_fd> take() const;
  /// Who has taken one keeps it. Does not wait.
  void close() const { holder_.tell(messages::close_descriptor{}); }

  const holder_ref& holder() const noexcept { return holder_; }
  explicit operator bool() const noexcept { return static_cast<bool>(holder_); }
  friend bool operator==(const descriptor&, const descriptor&) = default;

  template <class Archive>
  void save(Archive& archive) const {
    holder_.save(archive);
  }
  template <class Archive>
  void load(Archive& archive) {
    holder_.load(archive);
  }

 private:
  explicit descriptor(const holder_ref& holder) noexcept : holder_(holder) {}

  holder_ref holder_;
};

}  // namespace troupe
