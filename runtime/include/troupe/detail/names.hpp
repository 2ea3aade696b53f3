// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <troupe/detail/accepted_types.hpp>
#include <troupe/detail/envelope.hpp>
#include <troupe/error.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::detail {

/// The names of actors in this process. An actor's names go with it, before anybody hears of its end.
/// Other processes would be asked where find() gives up: it is the only way in.
/// \thread any   \cost a lock and a hash
class name_registry {
 public:
  static constexpr std::size_t names_max = 65536;
  static constexpr std::size_t name_bytes_max = 255;

  /// `accepted` must live as long as the program.
  boost::system::result<void, failure> add(std::string_view name, const address& who,
                                           accepted_types accepted);
  bool remove(std::string_view name);
  boost::system::result<address, failure> find(std::string_view name, accepted_types wanted) const;
  /// Those of an actor that has ended; its generation has moved on before.
  void forget(const address& who) noexcept;
  std::vector<std::pair<std::string, address>> all() const;

 private:
  struct holder {
    address who;
    accepted_types accepted;
  };
  void forget_one(std::uint32_t slot, const std::string& name) noexcept;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, holder> holders_;
  std::unordered_multimap<std::uint32_t, std::string> by_slot_;
};

}  // namespace troupe::detail
