// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The qualified name of a type as a constant, spelled alike however the type was written and
// whichever compiler built it: template arguments are named one by one instead of being copied from
// the compiler's text, and the standard library's inline namespaces and default arguments are left
// out. It is half of a message's identity on the wire, so two peers must agree on it.

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>

namespace troupe {
namespace detail {

template <class T>
constexpr std::string_view spelled() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
#if defined(__GNUC__) && !defined(__clang__)
  if (auto const end = text.find("; std::string_view"); end != text.npos)
    return text.substr(0, end);
#endif
  return text.substr(0, text.size() - 1);
}

constexpr bool in_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':';
}

/// Just enough of a string to build a name at compile time, where std::string of libstdc++ 12 does
/// not work with Clang.
class name_text {
 public:
  constexpr name_text() = default;
  constexpr explicit name_text(std::string_view text) { *this += text; }
  constexpr name_text(const name_text& other) { *this += other.view(); }
  constexpr name_text& operator=(name_text&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  constexpr ~name_text() { delete[] data_; }

  constexpr name_text& operator+=(std::string_view more) {
    if (size_ + more.size() > capacity_) grow(size_ + more.size());
    for (const char c : more) data_[size_++] = c;
    return *this;
  }
  [[nodiscard]] constexpr std::string_view view() const { return {data_, size_}; }

 private:
  constexpr void grow(std::size_t least) {
    capacity_ = 2 * least + 32;
    char* const grown = new char[capacity_];
    for (std::size_t i = 0; i < size_; ++i) grown[i] = data_[i];
    delete[] data_;
    data_ = grown;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

constexpr name_text joined(std::string_view a, std::string_view b, std::string_view c = {}) {
  name_text text(a);
  text += b;
  text += c;
  return text;
}

/// \param whole  replaces only where no identifier goes on before or behind
constexpr name_text replaced(std::string_view text, std::string_view from, std::string_view to,
                             bool whole = false) {
  name_text result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at + from.size();
    const bool hit = text.substr(at, from.size()) == from &&
                     !(whole && ((at != 0 && in_identifier(text[at - 1])) ||
                                 (end < text.size() && in_identifier(text[end]))));
    result += hit ? to : text.substr(at, 1);
    at = hit ? end : at + 1;
  }
  return result;
}

/// What the compiler spelled, without what differs between compilers and libraries.
constexpr name_text normalised(std::string_view spelling) {
  name_text text(spelling);
  const auto replace = [&](std::string_view from, std::string_view to, bool whole = false) {
    if (text.view().find(from) != std::string_view::npos) {
      text = replaced(text.view(), from, to, whole);
    }
  };
  replace("std::__cxx11::", "std::");
  replace("std::__1::", "std::");
  replace("{anonymous}", "(anonymous namespace)");
  replace(", ", ",");
  while (text.view().find("> >") != std::string_view::npos) replace("> >", ">>");
  replace("std::basic_string<char,std::char_traits<char>,std::allocator<char>>",
          "std::basic_string<char>");
  replace("std::string", "std::basic_string<char>", true);
  return text;
}

template <class T>
struct name_of {
  static constexpr name_text text() { return normalised(spelled<T>()); }
};

// Compilers disagree on the order of the words of these ("unsigned long", "long unsigned int").
#define TROUPE_NAME_OF(TYPE)                                       \
  template <>                                                      \
  struct name_of<TYPE> {                                           \
    static constexpr name_text text() { return name_text(#TYPE); } \
  };
TROUPE_NAME_OF(signed char)
TROUPE_NAME_OF(unsigned char)
TROUPE_NAME_OF(short)
TROUPE_NAME_OF(unsigned short)
TROUPE_NAME_OF(int)
TROUPE_NAME_OF(unsigned int)
TROUPE_NAME_OF(long)
TROUPE_NAME_OF(unsigned long)
TROUPE_NAME_OF(long long)
TROUPE_NAME_OF(unsigned long long)
#undef TROUPE_NAME_OF

template <class T>
struct name_of<const T> {
  static constexpr name_text text() { return joined("const ", name_of<T>::text().view()); }
};
template <class T>
struct name_of<T*> {
  static constexpr name_text text() { return joined(name_of<T>::text().view(), "*"); }
};

/// The name of a template specialisation up to its last argument list.
constexpr name_text template_part(std::string_view spelling) {
  const name_text text = normalised(spelling);
  std::size_t depth = 0;
  for (std::size_t at = text.view().size(); at-- > 0;) {
    if (text.view()[at] == '>') ++depth;
    if (text.view()[at] == '<' && --depth == 0) return name_text(text.view().substr(0, at));
  }
  return text;
}

/// Whether `argument` is what the standard library puts in by itself, given the first argument.
constexpr bool default_argument(std::string_view argument, std::string_view first) {
  for (const std::string_view name :
       {"std::less", "std::hash", "std::equal_to", "std::char_traits", "std::default_delete"}) {
    if (argument.starts_with(name) && argument.substr(name.size()).starts_with('<') &&
        argument.substr(name.size() + 1).starts_with(first) &&
        argument.size() == name.size() + first.size() + 2) {
      return true;
    }
  }
  return argument.starts_with("std::allocator<");
}

template <template <class...> class Template, class... Args>
struct name_of<Template<Args...>> {
  static constexpr name_text text() {
    name_text result = template_part(spelled<Template<Args...>>());
    const bool standard = result.view().starts_with("std::");
    result += "<";
    name_text first;
    [[maybe_unused]] const auto add = [&](const name_text& argument) {
      if (first.view().empty()) {
        first += argument.view();
      } else {
        if (standard && default_argument(argument.view(), first.view())) return;
        result += ",";
      }
      result += argument.view();
    };
    (add(name_of<Args>::text()), ...);
    result += ">";
    return result;
  }
};

template <template <class, std::size_t> class Template, class T, std::size_t Size>
struct name_of<Template<T, Size>> {
  static constexpr name_text text() {
    name_text digits;
    for (std::size_t rest = Size, first = 1; rest != 0 || first != 0; rest /= 10, first = 0) {
      const char digit[] = {static_cast<char>('0' + rest % 10)};
      digits = joined({digit, 1}, digits.view());
    }
    name_text result = template_part(spelled<Template<T, Size>>());
    result += joined("<", name_of<T>::text().view(), ",").view();
    result += joined(digits.view(), ">").view();
    return result;
  }
};

/// A function as an argument. Compilers leave out its own template arguments; its type stands for them.
template <template <auto, class...> class Template, auto Value, class... Args>
  requires std::is_function_v<std::remove_pointer_t<decltype(Value)>>
struct name_of<Template<Value, Args...>> {
  static constexpr name_text text() {
    name_text result = normalised(spelled<Template<Value, Args...>>());
    result += joined("{", name_of<decltype(Value)>::text().view(), "}").view();
    return result;
  }
};

template <class T>
constexpr auto name_characters() {
  std::array<char, name_of<T>::text().view().size()> characters{};
  const name_text text = name_of<T>::text();
  for (std::size_t i = 0; i < characters.size(); ++i) characters[i] = text.view()[i];
  return characters;
}

template <class T>
inline constexpr auto name_storage = name_characters<T>();

}  // namespace detail

/// \return the qualified, normalised name of `T`; lives as long as the program
template <class T>
constexpr std::string_view type_name() noexcept {
  return {detail::name_storage<T>.data(), detail::name_storage<T>.size()};
}

}  // namespace troupe
