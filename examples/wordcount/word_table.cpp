// SPDX-License-Identifier: BSD-3-Clause
#include "word_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace wordcount {

namespace {

constexpr std::size_t entries_least = 1 << 12;

std::uint64_t eight_bytes(const char* from) noexcept {
  std::uint64_t bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

std::uint64_t first_letters_of(std::string_view word) noexcept {
  std::uint64_t letters = 0;
  std::memcpy(&letters, word.data(), std::min(word.size(), sizeof letters));
  return letters;
}

std::uint64_t hash(std::uint64_t first_letters, std::string_view word) noexcept {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
  std::uint64_t h = first_letters * odd;
  if (word.size() <= 8) return h ^ (h << 32);
  std::size_t at = 8;
  for (; at + 8 < word.size(); at += 8) h = (std::rotl(h, 29) ^ eight_bytes(&word[at])) * odd;
  h = (std::rotl(h, 29) ^ eight_bytes(word.data() + word.size() - 8)) * odd;
  return h ^ (h << 32);
}

}  // namespace

word_table::word_table() : entries_(entries_least), shift_(64 - std::countr_zero(entries_least)) {}

void word_table::add(std::string_view word, std::uint64_t times) {
  add(first_letters_of(word), word, times);
}

void word_table::add(std::uint64_t first_letters, std::string_view word, std::uint64_t times) {
  entry& e = entries_[place_of(first_letters, word)];
  if (e.times == 0) {
    e = {first_letters, times, letters_.size(), word.size()};
    letters_.append(word);
    if (++used_ * 2 > entries_.size()) grow();
  } else {
    e.times += times;
  }
}

void word_table::add_all(const word_table& other) {
  for (const entry& e : other.entries_) {
    if (e.times != 0) add(e.first_letters, other.word_of(e), e.times);
  }
}

void word_table::clear() {
  std::fill(entries_.begin(), entries_.end(), entry{});
  letters_.clear();
  used_ = 0;
}

std::uint64_t word_table::times(std::string_view word) const {
  return entries_[place_of(first_letters_of(word), word)].times;
}

std::size_t word_table::place_of(std::uint64_t first_letters,
                                 std::string_view word) const noexcept {
  const std::size_t last = entries_.size() - 1;
  for (std::size_t at = hash(first_letters, word) >> shift_;; at = (at + 1) & last) {
    const entry& e = entries_[at];
    if (e.times == 0) return at;
    if (e.first_letters != first_letters || e.length != word.size()) continue;
    if (e.length <= 8 || word_of(e).substr(8) == word.substr(8)) return at;
  }
}

void word_table::grow() {
  std::vector<entry> before(entries_.size() * 2);
  before.swap(entries_);
  --shift_;
  for (const entry& e : before) {
    if (e.times != 0) entries_[place_of(e.first_letters, word_of(e))] = e;
  }
}

}  // namespace wordcount
