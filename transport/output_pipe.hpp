// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <troupe/detail/reactor.hpp>
#include <troupe/process_output.hpp>
#include <vector>

#include "descriptors.hpp"

namespace troupe::detail {

struct system_core;

/// Where the lines of a stream go. It has one lot of them at a time.
class line_sink {
 public:
  virtual ~line_sink() = default;
  /// \param done  called, on the holder of the reactor, when there is room for more; perhaps at once
  virtual void take(std::vector<std::string> lines, std::function<void()> done) = 0;
  /// Grows with each line or piece of a line that is taken.
  virtual std::uint64_t progress() const noexcept = 0;
};

std::unique_ptr<line_sink> make_line_sink(system_core& system, const process_output& where,
                                          const std::string& process, bool is_error);

/// Our end of a child's stdout or stderr: reads as fast as its sink takes lines, and no faster, so that
/// a child whose output nobody wants waits in its own write. All members: the holder of the reactor.
class output_pipe : public std::enable_shared_from_this<output_pipe> {
 public:
  static constexpr std::size_t line_bytes_max = 64 * 1024;  ///< longer ones come in pieces

  /// \param ended  called once: nothing more will come, and everything that came has been taken
  output_pipe(reactor& io, owned_fd fd, std::unique_ptr<line_sink> sink,
              std::function<void()> ended);

  void open();
  /// Nobody writes any more whom we wait for: ends with what is in the pipe now.
  void finish();
  /// Ends now, whatever is left.
  void end();
  /// Grows as long as somebody takes its lines.
  std::uint64_t progress() const noexcept { return sink_ ? sink_->progress() : 0; }

 private:
  void wait();
  void read();
  void hand_over(bool all);

  reactor& io_;
  boost::asio::posix::stream_descriptor in_;
  std::unique_ptr<line_sink> sink_;
  std::function<void()> ended_;
  std::string pending_;     ///< the beginning of a line
  bool taking_ = false;     ///< the sink has not taken the last lot yet
  bool finishing_ = false;  ///< an empty pipe is the end
  /// Bytes to read before the end. What others go on to write is not waited for.
  std::size_t left_ = SIZE_MAX;
  bool at_end_ = false;
};

}  // namespace troupe::detail
