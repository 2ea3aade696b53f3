// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wordcount {

/// How often each word was seen. Open addressing; an entry holds the first eight letters of its word,
/// which decides nearly every comparison, and where the whole word lies in one string of letters.
/// Words contain no NUL byte. \thread one at a time
class word_table {
 public:
  word_table();

  void add(std::string_view word, std::uint64_t times = 1);
  /// The same for one who has the first letters at hand: as read from memory, zero behind the word.
  void add(std::uint64_t first_letters, std::string_view word, std::uint64_t times);
  void add_all(const word_table& other);
  /// Forgets the words and keeps the memory.
  void clear();

  std::uint64_t times(std::string_view word) const;
  std::size_t size() const noexcept { return used_; }

  /// Calls `visit(word, times)` for each word, in no order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const entry& e : entries_) {
      if (e.times != 0) visit(word_of(e), e.times);
    }
  }

 private:
  struct entry {
    std::uint64_t first_letters = 0;
    std::uint64_t times = 0;  ///< 0: this place is free
    std::size_t offset = 0;   ///< of the word in letters_
    std::size_t length = 0;
  };

  std::string_view word_of(const entry& e) const noexcept {
    return {letters_.data() + e.offset, e.length};
  }
  std::size_t place_of(std::uint64_t first_letters, std::string_view word) const noexcept;
  void grow();

  std::vector<entry> entries_;  ///< a power of two, at most half of them used
  unsigned shift_;              ///< from a 64-bit hash to an index
  std::size_t used_ = 0;
  std::string letters_;
};

}  // namespace wordcount
