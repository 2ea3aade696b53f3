// SPDX-License-Identifier: BSD-3-Clause
#include "worker.hpp"

#include <utility>

#include "count_file.hpp"

namespace wordcount {

namespace {

constexpr std::size_t counts_bytes_max = 256 << 10;  // of words and numbers in one message

/// Tells `boss` what is in `words`, in messages of bounded size.
void tell_counts(std::uint32_t number, const coordinator_ref& boss, const word_table& words) {
  some_counts part{number, {}};
  std::size_t bytes = 0;
  words.for_each([&](std::string_view word, std::uint64_t times) {
    if (bytes + word.size() + 16 > counts_bytes_max && !part.words.empty()) {
      boss.tell(std::exchange(part, {number, {}}));
      bytes = 0;
    }
    bytes += word.size() + 16;
    part.words.push_back({std::string(word), times});
  });
  if (!part.words.empty()) boss.tell(std::move(part));
}

batch_done count_batch(std::uint32_t number, const batch& work, file_counter& counter,
                       word_table& words) {
  batch_done done{number, 0, 0, {}};
  for (const text_file& file : work.files) {
    file_result result = counter.count(file.path, words);
    if (result.skipped_as.empty()) {
      ++done.files;
      done.bytes += result.bytes;
    } else {
      done.skipped.push_back({file.path, std::move(result.skipped_as)});
    }
  }
  return done;
}

}  // namespace

troupe::behavior worker(troupe::mailbox<no_messages> /*mail*/, std::uint32_t number,
                        coordinator_ref boss, troupe::barrier gate, troupe::event over,
                        std::uint64_t piece_bytes) {
  file_counter counter(piece_bytes);
  word_table words;
  co_await gate.wait();

  while (true) {
    const batch work = co_await boss.ask(next_batch{number});
    if (work.files.empty()) break;
    words.clear();
    batch_done done = count_batch(number, work, counter, words);
    tell_counts(number, boss, words);
    boss.tell(std::move(done));
  }
  co_await over.wait();
}

}  // namespace wordcount
