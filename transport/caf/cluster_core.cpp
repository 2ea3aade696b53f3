// SPDX-License-Identifier: BSD-3-Clause
#include "cluster_core.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <troupe/codec.hpp>

#include "door.hpp"
#include "probe.hpp"

namespace troupe::detail {
namespace {

using namespace std::chrono_literals;

constexpr unsigned tries_max =
    3;  // CAF may take a connection for silent before it has begun to talk

constexpr const char* linked = "there is a link between these two nodes already";
constexpr const char* crossed = "the two nodes call each other at the same time";

}  // namespace

cluster_core::cluster_core(nodes& all, const cluster_options& options)
    : all_(all), options_(options) {
  if (options.key) {
    const std::string why = objection_to_key(*options.key);
    if (!why.empty()) throw std::invalid_argument("cluster_options.key: " + why);
  }
  own_.node = all.system().node_id;
}

void cluster_core::start_engine() {
  engine_.emplace(*all_.system().io, options_, [weak = weak_from_this()](const std::string& why) {
    if (const auto self = weak.lock()) {
      self->run_soon([why](cluster_core& core) {
        core.refused_.fetch_add(1);
        core.log_.note(core.all_.system(), "a caller, by TLS: " + why);
      });
    }
  });
}

std::shared_ptr<cluster_core> cluster_core::start(actor_system& system,
                                                  const cluster_options& options) {
  nodes& all = nodes::of(system.core());
  std::shared_ptr<cluster_core> made(new cluster_core(all, options));
  made->start_engine();
  all.add_source(made);
  return made;
}

void cluster_core::run_soon(std::function<void(cluster_core&)> work) {
  const std::scoped_lock hold{mutex_};
  if (detached_) return;
  all_.system().io->run_soon([self = shared_from_this(), work = std::move(work)] { work(*self); });
}

std::shared_ptr<remote_node> cluster_core::node_of(std::uint64_t number) const noexcept {
  const auto at = std::find_if(nodes_.begin(), nodes_.end(),
                               [&](const auto& each) { return each->id() == number; });
  return at == nodes_.end() ? nullptr : *at;
}
bool cluster_core::knows(std::uint64_t node) const noexcept {
  return node == own_.node || node_of(node);
}

// Being called ----------------------------------------------------------------------------------

std::uint16_t cluster_core::listen(std::uint16_t port, const listen_options& options) {
  {
    const std::scoped_lock hold{mutex_};
    if (detached_ || closing_)
      throw_failure({errc::cancelled, "listen: the system is closing", {}});
    if (!own_.host.empty())
      throw_failure({errc::misuse, "listen: this node of a cluster listens already", {}});
    own_.host = options.host;
  }
  std::string error;
  const std::string where = options.insecure_listen_on_all_interfaces ? "" : options.host;
  const std::uint16_t opened = engine_->listen(
      where, port,
      [weak = weak_from_this()](const caf::strong_actor_ptr& caller, parcel& hail) {
        if (const auto self = weak.lock()) {
          self->run_soon(
              [caller, hail = std::move(hail)](cluster_core& core) { core.answer(caller, hail); });
        }
      },
      error);
  {
    const std::scoped_lock hold{mutex_};
    own_.port = opened;
    if (opened == 0) own_.host.clear();
  }
  if (opened == 0) throw cluster_error("listen: port " + std::to_string(port) + ": " + error);
  run_soon([](cluster_core& core) {
    for (const auto& each : core.nodes_) each->send_news(core.news());
  });
  return opened;
}

void cluster_core::answer(const caf::strong_actor_ptr& caller, const parcel& hail) {
  if (closing_) return;
  if (callers_.size() >= options_.pending_max) {
    const auto oldest = callers_.front();
    oldest->abandon("it was the oldest of too many handshakes under way");
  }
  auto over = engine_->open_line();
  over->answer(caller);
  auto talk = std::make_shared<caf_meeting>(
      *all_.system().io, std::move(over),
      part_in_meeting(all_, meeting_role::listener, options_.key),
      [this](const meeting_identity& theirs) { return objection_to(theirs); },
      [weak = weak_from_this()](caf_meeting& which, const std::string& error) {
        if (const auto self = weak.lock()) self->answered(which, error);
      });
  callers_.push_back(talk);
  talk->start(options_.handshake_timeout);
  talk->take(hail.bytes);
}

std::string cluster_core::objection_to(const meeting_identity& caller) const {
  return knows(caller.node) ? linked : "";
}

void cluster_core::answered(const caf_meeting& caller, std::string error) {
  const auto over = caller.over();
  std::shared_ptr<remote_node> node;
  if (error.empty()) node = admit(caller, error);
  if (!node) {
    over->close();
    const std::string& name = caller.theirs().name;
    // Who has a link already, or does not take up the offer of one, is not turned away.
    const bool is_refused = !caller.is_offered() && error != linked;
    if (is_refused) refused_.fetch_add(1);
    if (is_refused && !closing_)
      log_.note(all_.system(), (name.empty() ? "a caller" : "'" + name + "'") + ": " + error);
  }
  const std::uint64_t theirs = caller.theirs().node;
  std::erase_if(callers_, [&](const auto& each) { return each.get() == &caller; });
  for (auto at = yielded_.find(theirs); at != yielded_.end(); at = yielded_.find(theirs))
    yielded_.extract(at).mapped()(node, error);
}

// Calling ---------------------------------------------------------------------------------------

void cluster_core::call(endpoint to, on_joined heard) {
  run_soon(
      [to = std::move(to), heard = std::move(heard)](cluster_core& core) { core.dial(to, heard); });
}

/// Until somebody answers there, or the time is over. Its timer needs the reactor, also if there is no link.
struct cluster_core::outgoing_call {
  outgoing_call(reactor& r, endpoint whom, on_joined told)
      : io(r), timer(r.context()), to(std::move(whom)), heard(std::move(told)) {
    io.use();
  }

  on_joined take() {
    timer.cancel();
    if (heard) io.unuse();
    return std::exchange(heard, {});
  }
  void fail(const std::string& why) {
    if (const auto told = take()) told(nullptr, why);
  }

  reactor& io;
  boost::asio::steady_timer timer;
  endpoint to;
  on_joined heard;
  unsigned tries = tries_max;
};

void cluster_core::dial(const endpoint& to, on_joined heard) {
  called_.insert(to.node);
  auto over = [node = to.node, heard = std::move(heard), weak = weak_from_this()](
                  std::shared_ptr<remote_node> joined, const std::string& error) {
    if (const auto self = weak.lock()) {
      const auto found = self->called_.find(node);
      if (found != self->called_.end()) self->called_.erase(found);
    }
    heard(std::move(joined), error);
  };
  auto what = std::make_shared<outgoing_call>(*all_.system().io, to, std::move(over));
  what->timer.expires_after(options_.handshake_timeout);
  what->timer.async_wait([what](const boost::system::error_code& cancelled) {
    if (!cancelled) what->fail("it does not answer");
  });
  knock(what);
}

/// Before each try of CAF's, which blocks all other calls for as long as the kernel tries to connect.
void cluster_core::knock(const std::shared_ptr<outgoing_call>& what) {
  probe(*all_.system().io, what->to.host, what->to.port, options_.handshake_timeout,
        [weak = weak_from_this(), what](const std::string& error) {
          const auto self = weak.lock();
          if (!error.empty() || !self) return what->fail(error);
          if (what->heard) self->reach(what);
        });
}

void cluster_core::reach(const std::shared_ptr<outgoing_call>& what) {
  if (closing_) return what->fail("the system is closing");
  engine_->call(
      what->to.host, what->to.port,
      [weak = weak_from_this(), call = std::weak_ptr(what)](const caf::strong_actor_ptr& doorkeeper,
                                                            const std::string& error) {
        const auto self = weak.lock();
        const auto what = call.lock();  // its timer belongs to the reactor, which CAF may outlive
        if (self && what)
          self->run_soon([=](cluster_core& core) { core.reached(what, doorkeeper, error); });
      });
}

void cluster_core::reached(const std::shared_ptr<outgoing_call>& what,
                           const caf::strong_actor_ptr& doorkeeper, const std::string& error) {
  if (!what->heard) return;
  if (doorkeeper) {
    begin_call(what->to, doorkeeper, what->take());
  } else if (--what->tries > 0 && error.find("timeout") != std::string::npos) {
    knock(what);
  } else {
    what->fail(error);
  }
}

void cluster_core::begin_call(const endpoint& to, const caf::strong_actor_ptr& doorkeeper,
                              on_joined heard) {
  if (closing_) return heard(nullptr, "the system is closing");
  auto over = engine_->open_line();
  auto talk = std::make_shared<caf_meeting>(
      *all_.system().io, over, part_in_meeting(all_, meeting_role::caller, options_.key),
      [](const meeting_identity&) { return std::string{}; },
      [weak = weak_from_this(), to, heard = std::move(heard)](caf_meeting& which,
                                                              const std::string& error) {
        if (const auto self = weak.lock()) return self->called(which, to, heard, error);
        which.over()->close();
        heard(nullptr, error);
      });
  calls_.push_back(talk);
  talk->start(options_.handshake_timeout);
  over->call(doorkeeper, {parcel::hail, 0, talk->opening()});
}

/// Two nodes may call each other at the same time. Then the call of the one with the smaller number stands; the other
/// one gives its own up, as a listener or as a caller, and has the node from the call that stands.
void cluster_core::called(caf_meeting& which, const endpoint& to, const on_joined& heard,
                          std::string error) {
  const std::uint64_t theirs = which.theirs().node;
  const auto offer = std::find_if(callers_.begin(), callers_.end(), [&](const auto& each) {
    return theirs != 0 && each->is_offered() && each->theirs().node == theirs;
  });
  std::shared_ptr<caf_meeting> rival = offer == callers_.end() ? nullptr : *offer;
  if (error.empty()) error = objection_to(which.theirs());
  if (error.empty() && rival && own_.node > theirs) error = crossed;
  std::shared_ptr<remote_node> node;
  if (error.empty()) {
    if (rival) std::exchange(rival, nullptr)->abandon(crossed);
    which.accept();
    node = admit(which, error);
  }
  if (node) {
    node->is_called_by_us = true;
    node->where = to;
    node->where.node = node->id();
  } else {
    which.over()->close();
    node = node_of(theirs);
    if (node) error.clear();
  }
  std::erase_if(calls_, [&](const auto& each) { return each.get() == &which; });
  if (!node && rival) {
    yielded_.emplace(theirs, heard);
  } else {
    heard(std::move(node), error);
  }
}

// Having a link ---------------------------------------------------------------------------------

std::shared_ptr<remote_node> cluster_core::admit(const caf_meeting& met, std::string& error) {
  const bool is_stranger = !options_.tls && !options_.key;
  auto node = remote_node::begin(
      all_, met, is_stranger,
      {[this](remote_node& from, const std::string& bytes) { on_news(from, bytes); },
       [this](remote_node& gone, const exit_reason& why) { on_node_end(gone, why); }},
      error);
  if (!node) return nullptr;
  node->send_news(news());
  const std::scoped_lock hold{mutex_};
  nodes_.push_back(node);
  for (const auto& each : subscribers_) each.tell(node_up{cluster_node(node)});
  return node;
}

std::string cluster_core::news() const {
  cluster_news all;
  const std::scoped_lock hold{mutex_};
  all.own = own_;
  for (const auto& each : nodes_) {
    if (each->where.port != 0) all.others.push_back(each->where);
  }
  byte_buffer bytes;
  encode(bytes, all);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A node that is new here calls all that its first acquaintance knows of.
void cluster_core::on_news(remote_node& from, const std::string& bytes) {
  auto told = decode<cluster_news>(std::as_bytes(std::span(bytes)));
  if (!told || told->others.size() > cluster_news::others_max || told->own.node != from.id()) {
    log_.note(all_.system(), "news from '" + from.name() + "' that cannot be read");
    return;
  }
  // Where it was reached is better than where it believes to be.
  if (told->own.port != 0 && !from.is_called_by_us) from.where = told->own;
  for (const endpoint& other : told->others) {
    if (knows(other.node) || called_.contains(other.node) || other.port == 0 ||
        other.host.size() > cluster_news::host_bytes_max)
      continue;
    dial(other, [](const std::shared_ptr<remote_node>&, const std::string&) {});
  }
}

struct cluster_core::redial {
  redial(reactor& r, endpoint whom) : io(r), timer(r.context()), to(std::move(whom)) {}
  reactor& io;
  boost::asio::steady_timer timer;
  endpoint to;
  std::chrono::nanoseconds pause{};
  std::chrono::steady_clock::time_point until;
};

void cluster_core::on_node_end(remote_node& gone, const exit_reason& why) {
  std::shared_ptr<remote_node> node = gone.shared_from_this();
  {
    const std::scoped_lock hold{mutex_};
    std::erase(nodes_, node);
    for (const auto& each : subscribers_) each.tell(node_down{cluster_node(node), why});
    changed_.notify_all();
  }
  if (closing_ || gone.is_left || !gone.is_called_by_us || gone.where.port == 0) return;
  auto what = std::make_shared<redial>(*all_.system().io, gone.where);
  what->pause = options_.reconnect_pause;
  what->until = std::chrono::steady_clock::now() + options_.reconnect_for;
  call_again(std::move(what));
}

void cluster_core::call_again(std::shared_ptr<redial> what) {
  if (closing_ || std::chrono::steady_clock::now() > what->until) return;
  auto& timer = what->timer;
  timer.expires_after(what->pause);
  what->pause = std::min(2 * what->pause, options_.reconnect_pause_max);
  what->io.use();  // there may be no link any more that does
  timer.async_wait([weak = weak_from_this(), what](const boost::system::error_code& cancelled) {
    what->io.unuse();
    const auto self = weak.lock();
    if (!self || cancelled || self->closing_ || self->knows(what->to.node)) return;
    self->dial(what->to,
               [weak, what](const std::shared_ptr<remote_node>& node, const std::string&) {
                 const auto again = weak.lock();
                 if (again && !node) again->call_again(what);
               });
  });
}

std::vector<std::shared_ptr<remote_node>> cluster_core::nodes_now() const {
  const std::scoped_lock hold{mutex_};
  return nodes_;
}

void cluster_core::subscribe(actor_ref<node_up, node_down> who) {
  const std::scoped_lock hold{mutex_};
  subscribers_.push_back(who);
  for (const auto& each : nodes_) who.tell(node_up{cluster_node(each)});
}

// The end ---------------------------------------------------------------------------------------

void cluster_core::begin_close() noexcept {
  if (closing_.exchange(true)) return;
  engine_->stop_listening();
  for (const auto& each : nodes_now()) each->close();
}

void cluster_core::close(std::int64_t deadline) noexcept {
  begin_close();
  std::unique_lock hold{mutex_};
  const auto limit = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{deadline}};
  changed_.wait_until(hold, limit, [&] { return nodes_.empty(); });
}

void cluster_core::detach() noexcept {
  {
    const std::scoped_lock hold{mutex_};
    detached_ = true;
    for (const auto& each : nodes_) each->detach();
    nodes_.clear();
  }
  while (!callers_.empty()) std::shared_ptr(callers_.front())->abandon("the system is closing");
  while (!calls_.empty()) std::shared_ptr(calls_.front())->abandon("the system is closing");
  all_.system().io->context().poll();  // lets go of what CAF must not outlive
  engine_.reset();
}

}  // namespace troupe::detail
