// SPDX-License-Identifier: BSD-3-Clause
#include "type_list.hpp"

#include <algorithm>
#include <troupe/message.hpp>

namespace troupe::detail {
namespace {

bool before(const named_type& a, const named_type& b) {
  return a.name != b.name ? a.name < b.name : a.id < b.id;
}

}  // namespace

std::vector<named_type> own_types() {
  std::vector<named_type> all;
  for (const message_type* type : known_types()) {
    if (type->name.find("(anonymous namespace)") != std::string_view::npos) continue;
    all.push_back({type->id, std::string(type->name)});
  }
  std::sort(all.begin(), all.end(), before);
  return all;
}

std::string first_difference(std::vector<named_type> ours, std::vector<named_type> theirs) {
  std::sort(ours.begin(), ours.end(), before);
  std::sort(theirs.begin(), theirs.end(), before);
  auto a = ours.begin();
  auto b = theirs.begin();
  while (a != ours.end() && b != theirs.end()) {
    if (a->name < b->name) {
      ++a;
    } else if (b->name < a->name) {
      ++b;
    } else if (a->id != b->id) {
      return a->name;
    } else {
      ++a;
      ++b;
    }
  }
  return {};
}

}  // namespace troupe::detail
