// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/config.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <string>

/// What examples and tests say to CAF itself, where CAF 0.17 and CAF 1 have other words for it. A program that knows
/// which one it has needs none of this.
///
/// `CAF_1_TYPES(shop, (deposit)(balance))`: in CAF 1 messages and replies have a number, in a table that must be
/// there before the first actor system is. Instead of CAF_ALLOW_UNSAFE_MESSAGE_TYPE there, so above it.
#if CAF_MAJOR_VERSION == 0

#define CAF_1_TYPES(block, types)

namespace caf_dialect {

template <class State>
State& state_of(caf::stateful_actor<State>* self) {
  return self->state;
}
inline void be_quiet(caf::actor_system_config& config, unsigned threads) {
  config.set("scheduler.max-threads", threads);
  config.set("logger.verbosity", caf::atom("quiet"));
}
inline std::string render(const caf::actor_system& system, const caf::error& e) {
  return system.render(e);
}
inline bool is_unhandled_exception(const caf::error& e) {
  return e == caf::exit_reason::unhandled_exception;
}
inline constexpr const char* name_of_sec = "system";
inline constexpr const char* name_of_string = "@str";

}  // namespace caf_dialect

#else

#include <boost/preprocessor/seq/for_each.hpp>
#include <caf/init_global_meta_objects.hpp>

#define CAF_DIALECT_ADD(r, block, name)                         \
  CAF_ADD_TYPE_ID(block, (name))                                \
  namespace caf {                                               \
  template <>                                                   \
  struct allowed_unsafe_message_type<name> : std::true_type {}; \
  }
#define CAF_1_TYPES(block, types)                           \
  CAF_BEGIN_TYPE_ID_BLOCK(block, caf::first_custom_type_id) \
  BOOST_PP_SEQ_FOR_EACH(CAF_DIALECT_ADD, block, types)      \
  CAF_END_TYPE_ID_BLOCK(block)                              \
  [[maybe_unused]] inline const bool block##_types_known =  \
      caf_dialect::make_known<caf::id_block::block>();

// They speak as in 0.17, which CAF 1 understands, but calls deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#undef CAF_ALLOW_UNSAFE_MESSAGE_TYPE
#define CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

namespace caf_dialect {

template <class Block>
bool make_known() {
  caf::core::init_global_meta_objects();
  caf::init_global_meta_objects<Block>();
  return true;
}
template <class State>
State& state_of(caf::stateful_actor<State>* self) {
  return self->state();
}
inline void be_quiet(caf::actor_system_config& config, unsigned threads) {
  config.set("caf.scheduler.max-threads", threads);
  config.set("caf.logger.console.verbosity", "quiet");
}
inline std::string render(const caf::actor_system&, const caf::error& e) {
  return caf::to_string(e);
}
inline bool is_unhandled_exception(const caf::error& e) { return e == caf::sec::runtime_error; }
inline constexpr const char* name_of_sec = "caf::sec";
inline constexpr const char* name_of_string = "std::string";

}  // namespace caf_dialect

#endif
