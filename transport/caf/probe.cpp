// SPDX-License-Identifier: BSD-3-Clause
#include "probe.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

namespace troupe::detail {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

struct probing : std::enable_shared_from_this<probing> {
  probing(reactor& r, std::function<void(const std::string&)> told)
      : io(r),
        resolver(r.context()),
        socket(r.context()),
        timer(r.context()),
        heard(std::move(told)) {}

  void start(const std::string& host, std::uint16_t port, std::chrono::nanoseconds limit) {
    io.use();
    timer.expires_after(limit);
    timer.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled) self->finish("it does not answer");
    });
    error_code not_numeric;
    const auto address = boost::asio::ip::make_address(host, not_numeric);
    if (!not_numeric) {
      socket.async_connect({address, port}, [self = shared_from_this()](const error_code& error) {
        self->finish(error ? error.message() : std::string{});
      });
      return;
    }
    resolver.async_resolve(host, std::to_string(port),
                           [self = shared_from_this()](const error_code& error,
                                                       const tcp::resolver::results_type& found) {
                             if (error) return self->finish(error.message());
                             self->connect(found);
                           });
  }
  void connect(const tcp::resolver::results_type& found) {
    boost::asio::async_connect(
        socket, found, [self = shared_from_this()](const error_code& error, const tcp::endpoint&) {
          self->finish(error ? error.message() : std::string{});
        });
  }
  void finish(const std::string& error) {
    if (!heard) return;
    timer.cancel();
    resolver.cancel();
    error_code ignored;
    std::ignore = socket.close(ignored);
    std::exchange(heard, {})(error);
    io.unuse();
  }

  reactor& io;
  tcp::resolver resolver;
  tcp::socket socket;
  boost::asio::steady_timer timer;
  std::function<void(const std::string&)> heard;
};

}  // namespace

void probe(reactor& io, const std::string& host, std::uint16_t port, std::chrono::nanoseconds limit,
           std::function<void(const std::string& error)> heard) {
  std::make_shared<probing>(io, std::move(heard))->start(host, port, limit);
}

}  // namespace troupe::detail
