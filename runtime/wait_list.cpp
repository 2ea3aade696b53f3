// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/wait_list.hpp>

#include <cstddef>
#include <set>
#include <troupe/detail/pool_allocator.hpp>
#include <unordered_map>
#include <utility>

namespace troupe::detail {

struct wait_list::table {
  using due = std::pair<std::int64_t, std::uint64_t>;  // deadline, id
  using id_map =
      std::unordered_map<std::uint64_t, wait_node*, std::hash<std::uint64_t>, std::equal_to<>,
                         pool_allocator<std::pair<const std::uint64_t, wait_node*>>>;
  id_map by_id;
  std::set<due, std::less<>, pool_allocator<due>> by_deadline;
};

void wait_list::add_to_table(wait_node& w) {
  const auto added = table_->by_id.emplace(w.id, &w).first;
  if (w.deadline == 0) return;
  try {
    table_->by_deadline.emplace(w.deadline, w.id);
  } catch (...) {
    table_->by_id.erase(added);
    throw;
  }
}

wait_node* wait_list::take_from_table(std::uint64_t id) noexcept {
  const auto found = table_->by_id.find(id);
  if (found == table_->by_id.end()) return nullptr;
  wait_node* w = found->second;
  table_->by_id.erase(found);
  if (w->deadline != 0) table_->by_deadline.erase({w->deadline, id});
  if (table_->by_id.empty()) delete std::exchange(table_, nullptr);
  return w;
}

void wait_list::make_table() noexcept {
  try {
    table_ = new table;
    for (wait_node* w = first_; w; w = w->next) add_to_table(*w);
    first_ = nullptr;
  } catch (...) {  // no memory: slower, but right
    delete std::exchange(table_, nullptr);
  }
}

void wait_list::list_all() noexcept {
  if (!table_) return;
  for (const auto& [id, w] : table_->by_id) w->next = std::exchange(first_, w);
  delete std::exchange(table_, nullptr);
}

wait_node* wait_list::earliest() noexcept {
  wait_node* first = nullptr;
  unsigned steps = 0;
  for (wait_node* w = first_; w; w = w->next, ++steps) {
    if (w->deadline != 0 && (!first || w->deadline <= first->deadline)) first = w;
  }
  if (steps > list_length_max) make_table();
  if (!table_ || table_->by_deadline.empty()) return first;
  return table_->by_id.find(table_->by_deadline.begin()->second)->second;
}

std::size_t wait_list::count() const noexcept {
  if (table_) return table_->by_id.size();
  std::size_t count = 0;
  for (const wait_node* w = first_; w; w = w->next) ++count;
  return count;
}

std::vector<const wait_node*> wait_list::some(std::size_t most) const {
  std::vector<const wait_node*> found;
  if (table_) {
    for (auto at = table_->by_id.begin(); at != table_->by_id.end() && found.size() < most; ++at) {
      found.push_back(at->second);
    }
  }
  for (const wait_node* w = first_; w && found.size() < most; w = w->next) found.push_back(w);
  return found;
}

void wait_list::clear() noexcept {
  first_ = nullptr;
  delete std::exchange(table_, nullptr);
}

}  // namespace troupe::detail
