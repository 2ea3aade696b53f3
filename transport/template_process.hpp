// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <troupe/detail/system_core.hpp>
#include <vector>

#include "launch.hpp"
#include "template_wire.hpp"

namespace troupe::detail {

/// What comes of a request to the template: a child, or why there is none.
struct template_answer {
  std::optional<born> child;
  std::exception_ptr error;
};

/// Our end of the template process: starts it when the first child is wanted, notices its death, starts
/// another, and asks that one what the last one has left undone. All members, unless they say otherwise:
/// the holder of the reactor.
class template_process {
 public:
  explicit template_process(system_core& system) noexcept : system_(system) {}
  ~template_process();

  /// Before the template runs. \throws misuse_error: it does. \thread any
  void add_preload(std::uint64_t id);

  /// Asks for a child; `then` gets the answer. \thread any
  void hand_out(process_options options, child_ticket ticket, plumbing::end theirs,
                std::function<void(template_answer)> then);

 private:
  struct request {
    process_options options;
    child_ticket ticket;
    plumbing::end theirs;
    std::function<void(template_answer)> then;
    unsigned tries = 0;
  };
  /// One incarnation.
  struct running {
    running(boost::asio::io_context& io, born process, owned_fd socket, owned_fd page_file);
    ~running();
    born process;
    boost::asio::posix::stream_descriptor socket;
    template_page* page = nullptr;
  };

  struct answered {
    std::uint64_t id;
    template_answer answer;
  };

  void start();
  void ask(std::uint64_t id);
  int send(running& to, std::uint64_t id, const request& r);
  void wait_for_answer();
  std::optional<answered> read_answer();
  void take_answers();
  static std::optional<born> unanswered_child(const running& dead);
  void settle(std::uint64_t id, template_answer answer);
  void has_ended();

  system_core& system_;
  std::mutex mutex_;  ///< of the preloads
  std::vector<std::uint64_t> preloads_;
  bool started_ = false;
  std::unique_ptr<running> now_;
  std::map<std::uint64_t, std::shared_ptr<request>> pending_;
  std::uint64_t last_id_ = 0;
  bool at_end_ = false;  ///< the last read has found the end of the socket
};

}  // namespace troupe::detail
