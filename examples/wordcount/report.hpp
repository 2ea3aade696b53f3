// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "messages.hpp"

/// What the user gets to read of a tally.
namespace wordcount {

/// Warns on stderr of what is not counted, kind by kind: the first few by name, or all.
void warn_of_skipped(std::vector<skipped_file> skipped, bool name_all);

/// The most frequent words, totals and throughput, on stdout.
void print_summary(const tally& result, double seconds);

/// A line `word<TAB>count` for each word, in byte order. \throws std::system_error naming the file
void write_counts(const std::string& file, const word_table& words);

/// \throws std::system_error naming the file
void write_json(const std::string& file, const tally& result, double seconds);

}  // namespace wordcount
