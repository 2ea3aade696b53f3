// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/remote_find.hpp>
#include <troupe/detail/system_core.hpp>

namespace troupe::detail {

ask_operation<find_request> ask_to_find(const address& node_actor, std::string name,
                                        accepted_types wanted) {
  find_request request{std::move(name), {}};
  for (const message_type* type : wanted)
    request.wanted.push_back({type->id, std::string(type->name)});
  return ask_operation<find_request>(node_actor, std::move(request), {});
}

address address_in(const found& answer) {
  if (!answer.who) throw_failure(answer.why);
  return answer.who.where();
}

found find_for(const system_core& system, const find_request& request) {
  std::vector<const message_type*> wanted;
  for (const wanted_type& each : request.wanted) {
    const message_type* type = find_type(each.id);
    if (!type) {
      return {
          {},
          {errc::wrong_protocol,
           "the program of the actor named '" + request.name + "' has no message type " + each.name,
           {}}};
    }
    wanted.push_back(type);
  }
  const auto who = find_name(system, request.name, wanted);
  if (!who) return {{}, who.error()};
  return {actor_ref<>::at(*who), {}};
}

}  // namespace troupe::detail
