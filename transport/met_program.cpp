// SPDX-License-Identifier: BSD-3-Clause
#include "met_program.hpp"

#include "nodes.hpp"
#include "peer.hpp"

namespace troupe::detail {

met_program::met_program(nodes& all, const met& outcome)
    : all_(all), name_(outcome.theirs.name), pid_(outcome.who.pid) {}

std::shared_ptr<met_program> met_program::begin(nodes& all, met outcome, std::string& error) {
  auto pipes = std::make_unique<pipe_link>(*all.system().io, outcome.ends);
  error = all.objection_to(outcome.theirs.node);
  if (!error.empty()) return nullptr;
  std::shared_ptr<met_program> program(new met_program(all, outcome));
  auto made = std::make_unique<peer>(
      all, outcome.theirs.node,
      peer::events{nullptr, [p = program.get()](const std::string& why) { p->on_link_end(why); }});
  made->expect_types(outcome.theirs.type_table);
  peer& other = *made;
  program->link_ = pipes.get();
  program->home_ = &other.home();
  error = all.add_met(std::move(made), program);
  if (!error.empty()) return nullptr;
  program->peer_ = &other;
  other.open(std::move(pipes), all.greeting());
  return program;
}

void met_program::close() noexcept {
  if (peer* other = peer_.load()) other->finish();
}

void met_program::on_link_end(const std::string& error) {
  const auto self = shared_from_this();  // the nodes let go of it
  peer* other = peer_.exchange(nullptr);
  link_->close();
  std::string why = "the program '" + name_ + "' (process " + std::to_string(pid_) + ") ";
  why += error.empty() ? "has ended or closed the link" : "was cut off: " + error;
  all_.remove_met(*this, *home_);
  other->settle({exit_reason::cause::connection_lost, 0, 0, std::move(why)});
}

}  // namespace troupe::detail
