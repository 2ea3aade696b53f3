// SPDX-License-Identifier: BSD-3-Clause
#include "coordinator.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wordcount {

namespace {

constexpr std::size_t batch_files_max = 512;
constexpr std::size_t batch_path_bytes_max = 128 << 10;  // a batch is one message

/// What a file costs: opening a small one takes as long as counting this many bytes more.
constexpr std::uint64_t weight_of(const text_file& file) { return file.bytes + (8 << 10); }

}  // namespace

coordinator::coordinator(std::vector<text_file> files, coordinator_options options)
    : options_(options), files_(std::move(files)), workers_(options.workers) {
  // Small ones last, so that all workers end at about the same time.
  std::ranges::sort(files_, std::ranges::greater{}, &text_file::bytes);
  for (const text_file& file : files_) {
    weight_left_ += weight_of(file);
    progress_.bytes_total += file.bytes;
  }
  progress_.files_total = files_.size();
  progress_.bytes_by_worker.resize(options.workers);
}

void coordinator::on(enlist m) {
  workers_.at(m.worker).alive = true;
  watched_.emplace(monitor(m.who), m.worker);
}

troupe::promise<batch> coordinator::on(next_batch m) {
  auto answer = make_promise<batch>();
  workers_.at(m.worker).waiting = answer;
  hand_out();
  finish_if_done();
  return answer;
}

void coordinator::on(some_counts m) { workers_.at(m.worker).set_aside.push_back(std::move(m)); }

void coordinator::on(batch_done m) {
  worker_state& worker = workers_.at(m.worker);
  for (const some_counts& part : std::exchange(worker.set_aside, {})) {
    for (const word_times& w : part.words) result_.words.add(w.word, w.times);
  }
  for (const text_file& file : std::exchange(worker.given, {}).files) {
    ++progress_.files;
    progress_.bytes += file.bytes;
    progress_.bytes_by_worker[m.worker] += file.bytes;
  }
  result_.files += m.files;
  result_.bytes += m.bytes;
  std::ranges::move(m.skipped, std::back_inserter(result_.skipped));
  finish_if_done();
}

void coordinator::on(troupe::down d) {
  if (finished_all_) return;  // now they may end
  const std::uint32_t number = watched_.at(d.monitor);
  worker_state& worker = workers_.at(number);
  result_.lost.push_back(
      "worker " + std::to_string(number + 1) + " is lost (" + to_string(d.reason) + "), and its " +
      std::to_string(worker.given.files.size()) + " unfinished files were handed out again");
  if (!worker.given.files.empty()) returned_.push_back(std::move(worker.given));
  worker = {};
  hand_out();
  finish_if_done();
}

troupe::promise<std::uint32_t> coordinator::on(half_way) {
  half_way_ = make_promise<std::uint32_t>();
  auto answer = half_way_;
  finish_if_done();
  return answer;
}

troupe::promise<tally> coordinator::on(get_tally) {
  finished_ = make_promise<tally>();
  auto answer = finished_;
  finish_if_done();
  return answer;
}

/// The next files, so many that all workers stay busy: a part of what is left, within the bounds.
batch coordinator::cut_batch() {
  const std::uint64_t goal =
      std::min(options_.batch_bytes_max, weight_left_ / (4 * workers_.size()));
  batch cut;
  std::uint64_t weight = 0;
  std::size_t path_bytes = 0;
  do {
    text_file& file = files_[next_file_++];
    weight += weight_of(file);
    path_bytes += file.path.size();
    cut.files.push_back(std::move(file));
  } while (next_file_ < files_.size() && weight < goal && cut.files.size() < batch_files_max &&
           path_bytes < batch_path_bytes_max);
  weight_left_ -= weight;
  return cut;
}

/// Answers those who wait for a batch, as long as there are batches.
void coordinator::hand_out() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    worker_state& worker = workers_[i];
    if (!worker.waiting) continue;
    if (!returned_.empty()) {
      worker.given = std::move(returned_.front());
      returned_.pop_front();
    } else if (next_file_ < files_.size()) {
      worker.given = cut_batch();
    } else {
      return;
    }
    std::exchange(worker.waiting, {}).set_value(worker.given);
    if (progress_.bytes * 2 >= progress_.bytes_total) name_victim(i);
  }
}

void coordinator::name_victim(std::size_t worker) {
  if (half_way_) std::exchange(half_way_, {}).set_value(static_cast<std::uint32_t>(worker));
}

bool coordinator::all_counted() const {
  return next_file_ == files_.size() && returned_.empty() &&
         std::ranges::all_of(workers_, [](const worker_state& w) { return w.given.files.empty(); });
}

void coordinator::finish_if_done() {
  const auto alive = std::ranges::find_if(workers_, &worker_state::alive);
  if (!all_counted()) {
    if (alive == workers_.end() && !watched_.empty()) fail("no worker is left, but files are");
    return;
  }
  if (options_.expects_a_death && !finished_all_ && result_.lost.empty()) {
    name_victim(static_cast<std::size_t>(alive - workers_.begin()));  // too few batches to meet one
    return;
  }
  for (worker_state& worker : workers_) std::exchange(worker.waiting, {}).set_value(batch{});
  if (!finished_) return;
  finished_all_ = true;
  result_.bytes_by_worker = progress_.bytes_by_worker;
  std::exchange(finished_, {}).set_value(std::move(result_));
}

void coordinator::fail(const char* why) {
  const troupe::failure failed{troupe::errc::broken, why, {}};
  std::exchange(half_way_, {}).set_failure(failed);
  std::exchange(finished_, {}).set_failure(failed);
}

}  // namespace wordcount
