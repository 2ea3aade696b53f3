// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/detail/queue_gate.hpp>
#include <troupe/queue.hpp>

namespace troupe::detail {

void throw_refusal(queue_status status) {
  switch (status) {
    case queue_status::done: return;
    case queue_status::full: throw queue_full({errc::timeout, "the queue is full", {}});
    case queue_status::empty: throw queue_empty({errc::timeout, "the queue is empty", {}});
    case queue_status::shut_down:
      throw queue_shut_down({errc::broken, "the queue has been shut down", {}});
  }
}

failure closed_failure() {
  return {errc::misuse, "the queue is closed: nothing can be asked of it any more", {}};
}

std::string queue_gate::describe(std::size_t items, std::size_t items_max) const {
  std::string text = "queue: " + std::to_string(items);
  if (items_max != 0) text += "/" + std::to_string(items_max);
  text += items == 1 ? " item" : " items";
  if (is_shut()) text += is_closed() ? ", closed" : ", shut down";
  return text;
}

bool called_by_thread() noexcept { return running_cell() == nullptr; }

void require_items(std::size_t items_max) {
  if (items_max == 0) throw std::invalid_argument("queue::get_many: items_max is 0");
}

}  // namespace troupe::detail
