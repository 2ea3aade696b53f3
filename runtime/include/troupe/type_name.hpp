// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The qualified name of a type as a constant, spelled alike however the type was written and
// whichever compiler built it: template arguments are named one by one instead of being copied from
// the compiler's text, and the standard library's inline namespaces and default arguments are left
// out. It is half of a message's identity on the wire, so two peers must agree on it.
//
// Compilers evaluate constants slowly, and programs have many types: each name is made once, from those of
// its arguments, and the length of no literal is counted.

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace troupe {

template <class T>
constexpr std::string_view type_name() noexcept;

namespace detail {

template <class T>
constexpr std::string_view with_spelling() {
  return {__PRETTY_FUNCTION__, sizeof __PRETTY_FUNCTION__ - 1};
}
inline constexpr std::size_t before_spelling = with_spelling<int>().find("T = ") + 4;
inline constexpr std::size_t behind_spelling = with_spelling<int>().size() - before_spelling - 3;

/// What the compiler calls it. Not the same everywhere.
template <class T>
constexpr std::string_view spelled() {
  const std::string_view text = with_spelling<T>();
  return text.substr(before_spelling, text.size() - before_spelling - behind_spelling);
}

constexpr bool in_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':';
}

/// Room for a name while it is made.
template <std::size_t Room>
struct name_buffer {
  char characters[Room] = {};
  std::size_t size = 0;

  constexpr void add(char c) { characters[size++] = c; }
  constexpr void add(std::string_view more) {
    const char* const from = more.data();
    const std::size_t count = more.size();
    for (std::size_t i = 0; i < count; ++i) characters[size++] = from[i];
  }
  template <std::size_t N>
  constexpr void add_literal(const char (&more)[N]) {
    for (std::size_t i = 0; i + 1 < N; ++i) characters[size++] = more[i];
  }
  [[nodiscard]] constexpr std::string_view view() const { return {characters, size}; }
};

template <std::size_t N>
constexpr bool is_at(const char* from, const char* end, const char (&what)[N]) {
  if (static_cast<std::size_t>(end - from) < N - 1) return false;
  for (std::size_t i = 0; i + 1 < N; ++i) {
    if (from[i] != what[i]) return false;
  }
  return true;
}

/// Without what differs between compilers, and the inline namespaces of libraries.
/// \return whether it names something of the standard library
template <std::size_t Room>
constexpr bool add_plain(name_buffer<Room>& name, std::string_view spelling) {
  bool standard = false;
  char last = 0;
  const char* const end = spelling.data() + spelling.size();
  for (const char* at = spelling.data(); at != end; last = *at++) {
    switch (*at) {
      case 's':
        if (!is_at(at, end, "std::")) break;
        standard = true;
        name.add_literal("std::");
        at += is_at(at, end, "std::__cxx11::") ? 13 : is_at(at, end, "std::__1::") ? 9 : 4;
        continue;
      case '{':
        if (!is_at(at, end, "{anonymous}")) break;
        name.add_literal("(anonymous namespace)");
        at += 10;
        continue;
      case ' ':
        if (last == ',' || (last == '>' && is_at(at, end, " >"))) continue;
        break;
      default: break;
    }
    name.add(*at);
  }
  return standard;
}

/// A string has three names.
template <std::size_t Room>
constexpr void add_with_one_string(name_buffer<Room>& name, std::string_view plain) {
  constexpr char whole[] = "std::basic_string<char,std::char_traits<char>,std::allocator<char>>";
  constexpr char alias[] = "std::string";
  char last = 0;
  const char* const end = plain.data() + plain.size();
  for (const char* at = plain.data(); at != end; last = *at++) {
    if (*at == 's' && is_at(at, end, "std::")) {
      const char* const behind = at + sizeof alias - 1;
      const bool is_whole = is_at(at, end, whole);
      if (is_whole || (is_at(at, end, alias) && !in_identifier(last) &&
                       !(behind != end && in_identifier(*behind)))) {
        name.add_literal("std::basic_string<char>");
        at += (is_whole ? sizeof whole : sizeof alias) - 2;
        continue;
      }
    }
    name.add(*at);
  }
}

/// How much room normalise() needs at most.
constexpr std::size_t room_for(std::string_view spelling) { return 3 * spelling.size() + 1; }

template <std::size_t Room>
constexpr void normalise(name_buffer<Room>& name, std::string_view spelling) {
  name_buffer<Room> plain;
  if (add_plain(plain, spelling)) {
    add_with_one_string(name, plain.view());
  } else {
    name.add(plain.view());
  }
}

template <class T>
struct name_of {
  static constexpr auto make() {
    name_buffer<room_for(spelled<T>())> name;
    normalise(name, spelled<T>());
    return name;
  }
};

// Compilers disagree on the order of the words of these ("unsigned long", "long unsigned int").
#define TROUPE_NAME_OF(TYPE)           \
  template <>                          \
  struct name_of<TYPE> {               \
    static constexpr auto make() {     \
      name_buffer<sizeof(#TYPE)> name; \
      name.add_literal(#TYPE);         \
      return name;                     \
    }                                  \
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
  static constexpr auto make() {
    name_buffer<type_name<T>().size() + 6> name;
    name.add_literal("const ");
    name.add(type_name<T>());
    return name;
  }
};
template <class T>
struct name_of<T*> {
  static constexpr auto make() {
    name_buffer<type_name<T>().size() + 1> name;
    name.add(type_name<T>());
    name.add('*');
    return name;
  }
};

/// The spelling of a template specialisation up to its last argument list.
constexpr std::string_view template_part(std::string_view spelling) {
  const char* const text = spelling.data();
  std::size_t depth = 0;
  for (std::size_t at = spelling.size(); at-- > 0;) {
    if (text[at] == '>') ++depth;
    if (text[at] == '<' && --depth == 0) return {text, at};
  }
  return spelling;
}

/// Whether `argument` is `Template<first>`.
template <std::size_t N>
constexpr bool is_of(std::string_view argument, const char (&opened)[N], std::string_view first) {
  return argument.size() == N + first.size() &&
         is_at(argument.data(), argument.data() + argument.size(), opened) &&
         argument.substr(N - 1, first.size()) == first;
}

/// Whether `argument` is what the standard library puts in by itself, given the first argument.
constexpr bool default_argument(std::string_view argument, std::string_view first) {
  const char* const text = argument.data();
  const char* const end = text + argument.size();
  if (!is_at(text, end, "std::")) return false;
  return is_at(text, end, "std::allocator<") || is_of(argument, "std::less<", first) ||
         is_of(argument, "std::hash<", first) || is_of(argument, "std::equal_to<", first) ||
         is_of(argument, "std::char_traits<", first) ||
         is_of(argument, "std::default_delete<", first);
}

template <template <class...> class Template, class... Args>
struct name_of<Template<Args...>> {
  static constexpr auto make() {
    constexpr std::string_view front = template_part(spelled<Template<Args...>>());
    name_buffer<room_for(front) + (std::size_t{2} + ... + (type_name<Args>().size() + 1))> name;
    normalise(name, front);
    const bool standard = is_at(name.characters, name.characters + name.size, "std::");
    name.add('<');
    std::string_view first;
    [[maybe_unused]] const auto add = [&](std::string_view argument) {
      if (first.empty()) {
        first = argument;
      } else {
        if (standard && default_argument(argument, first)) return;
        name.add(',');
      }
      name.add(argument);
    };
    (add(type_name<Args>()), ...);
    name.add('>');
    return name;
  }
};

template <template <class, std::size_t> class Template, class T, std::size_t Size>
struct name_of<Template<T, Size>> {
  static constexpr auto make() {
    constexpr std::string_view front = template_part(spelled<Template<T, Size>>());
    name_buffer<room_for(front) + type_name<T>().size() + 32> name;
    normalise(name, front);
    name.add('<');
    name.add(type_name<T>());
    name.add(',');
    std::size_t unit = 1;
    while (Size / unit >= 10) unit *= 10;
    for (; unit != 0; unit /= 10) name.add(static_cast<char>('0' + Size / unit % 10));
    name.add('>');
    return name;
  }
};

/// A function as an argument. Compilers leave out its own template arguments; its type stands for them.
template <template <auto, class...> class Template, auto Value, class... Args>
  requires std::is_function_v<std::remove_pointer_t<decltype(Value)>>
struct name_of<Template<Value, Args...>> {
  static constexpr auto make() {
    constexpr std::string_view whole = spelled<Template<Value, Args...>>();
    constexpr std::string_view function = type_name<decltype(Value)>();
    name_buffer<room_for(whole) + function.size() + 2> name;
    normalise(name, whole);
    name.add('{');
    name.add(function);
    name.add('}');
    return name;
  }
};

template <std::size_t Size>
struct exact_name {
  char characters[Size] = {};
};
template <class T>
constexpr auto name_characters() {
  constexpr auto made = name_of<T>::make();
  exact_name<made.size> name;
  for (std::size_t i = 0; i < made.size; ++i) name.characters[i] = made.characters[i];
  return name;
}

template <class T>
inline constexpr auto name_storage = name_characters<T>();

}  // namespace detail

/// \return the qualified, normalised name of `T`; lives as long as the program
template <class T>
constexpr std::string_view type_name() noexcept {
  return {detail::name_storage<T>.characters, sizeof detail::name_storage<T>.characters};
}

}  // namespace troupe
