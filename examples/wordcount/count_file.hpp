// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "word_table.hpp"

namespace wordcount {

/// What became of one file: how many bytes were read, or why none of it counts.
struct file_result {
  std::uint64_t bytes = 0;
  std::string skipped_as;  ///< empty: counted; else "gzip", "binary", "Permission denied", …
};

/// Counts the words of plain-text files, piece by piece, in bounded memory whatever their size.
/// \thread one at a time
class file_counter {
 public:
  explicit file_counter(std::size_t piece_bytes);

  /// Adds the words of this file to `words`: of all of it or, if it is skipped, none.
  file_result count(const std::string& path, word_table& words);

 private:
  file_result count_open(int file, word_table& words);

  std::string buffer_;  ///< the beginning of a word, then a piece
  std::size_t piece_bytes_;
  word_table whole_file_;  ///< of a file of several pieces: a later one may show that it is binary
};

}  // namespace wordcount
