// SPDX-License-Identifier: BSD-3-Clause
#include "count_words.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace wordcount {

static_assert(std::endian::native == std::endian::little,
              "a word's first letter is the lowest byte");

namespace {

/// A part of the text, folded: letters in lower case, zero for all else; zeros behind it, so that
/// eight bytes can be read from anywhere in it.
constexpr std::size_t block_bytes = 4096;
using block = std::array<char, block_bytes + 8>;

constexpr char fold(char c) noexcept {
  const auto lower = static_cast<unsigned char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? static_cast<char>(lower) : '\0';
}

void fold(std::string_view text, block& into) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i)
    into[i] = fold(text[i]);  // the compiler vectorises it
  std::memset(into.data() + text.size(), 0, 8);
}

std::uint64_t eight_bytes(const char* from) noexcept {
  std::uint64_t bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

/// The lowest bit of each lowest byte that is zero; right up to the first such byte.
constexpr std::uint64_t zero_bytes(std::uint64_t bytes) noexcept {
  return (bytes - 0x0101010101010101) & ~bytes & 0x8080808080808080;
}

/// \return the end of the run of letters at `at`
const char* end_of_run(const char* at) noexcept {
  for (;; at += 8) {
    if (const std::uint64_t zeros = zero_bytes(eight_bytes(at)))
      return at + std::countr_zero(zeros) / 8;
  }
}

/// Counts the words in `size` folded bytes. \return where a word begins that reaches the end, or size
std::size_t count_folded(const block& text, std::size_t size, word_table& words) {
  const char* at = text.data();
  const char* const end = at + size;
  while (at < end) {
    const std::uint64_t bytes = eight_bytes(at);
    if (bytes == 0) {
      at += 8;
      continue;
    }
    if (const int gap = std::countr_zero(bytes) / 8) {
      at += gap;
      continue;
    }
    const char* word_end;
    std::uint64_t first_letters = bytes;
    if (const std::uint64_t zeros = zero_bytes(bytes)) {
      const int bits = std::countr_zero(zeros) & ~7;
      first_letters &= (std::uint64_t{1} << bits) - 1;
      word_end = at + bits / 8;
    } else {
      word_end = end_of_run(at + 8);
    }
    if (word_end == end) return static_cast<std::size_t>(at - text.data());
    words.add(first_letters, {at, word_end}, 1);
    at = word_end + 1;
  }
  return size;
}

/// For a word that is longer than a block.
std::size_t count_long_word(std::string_view text, text_end end, word_table& words) {
  std::string word;
  while (word.size() < text.size() && fold(text[word.size()]) != '\0')
    word += fold(text[word.size()]);
  if (word.size() == text.size() && end == text_end::not_yet) return 0;
  words.add(word);
  return word.size();
}

}  // namespace

std::size_t count_words(std::string_view text, text_end end, word_table& words) {
  block folded;
  std::size_t done = 0;
  while (done < text.size()) {
    const std::string_view part = text.substr(done, block_bytes);
    fold(part, folded);
    std::size_t counted = count_folded(folded, part.size(), words);
    const bool last = done + part.size() == text.size();
    if (last && counted < part.size() && end == text_end::here) {
      words.add(std::string_view(folded.data() + counted, part.size() - counted));
      counted = part.size();
    } else if (last) {
      return done + counted;
    } else if (counted == 0) {
      counted = count_long_word(text.substr(done), end, words);
      if (counted == 0) return done;
    }
    done += counted;
  }
  return done;
}

}  // namespace wordcount
