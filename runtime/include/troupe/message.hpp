// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <troupe/bounds.hpp>
#include <troupe/codec.hpp>
#include <type_traits>

/// What a message is. Any movable value can be one: no base class, no macro, no registration.
/// `using reply = T;` in it makes it a question that T answers.
namespace troupe {

namespace detail {
template <class M>
struct reply_trait {
  using type = void;
};
template <class M>
  requires requires { typename M::reply; }
struct reply_trait<M> {
  using type = typename M::reply;
};
}  // namespace detail

/// True if M says `static constexpr auto priority = urgent;`.
template <class M>
inline constexpr bool is_urgent = false;
template <class M>
  requires requires { M::priority; }
inline constexpr bool is_urgent<M> = M::priority == urgent;

/// What an ask of M is answered with; `void` (it was handled) unless M names a `reply`.
template <class M>
using reply_of = typename detail::reply_trait<M>::type;

template <class M>
concept message = std::is_object_v<M> && std::same_as<M, std::remove_cv_t<M>> &&
                  std::is_nothrow_destructible_v<M> && std::move_constructible<M>;

namespace detail {

/// All the runtime knows of a message's type. Constant-initialised, so that other statics may use
/// it in whatever order they are made.
struct message_type {
  std::uint64_t id;  ///< hash of name and layout, the same in every program
  std::string_view name;
  std::uint32_t bytes;
  std::uint16_t alignment;
  bool urgent;
  void (*destroy)(void*) noexcept;                  ///< null: nothing to do
  void (*relocate)(void* to, void* from) noexcept;  ///< moves, then destroys the source
  void (*encode)(byte_buffer&, const void*);        ///< null: must not leave the process
  bool (*decode)(void* storage, std::span<const std::byte>, decode_context*, const decode_limits&,
                 decode_error&);
};

template <class M>
void destroy_message(void* m) noexcept {
  static_cast<M*>(m)->~M();
}
template <class M>
void relocate_message(void* to, void* from) noexcept {
  new (to) M(std::move(*static_cast<M*>(from)));
  static_cast<M*>(from)->~M();
}
template <class M>
void encode_message(byte_buffer& out, const void* m) {
  encode(out, *static_cast<const M*>(m));
}
template <class M>
bool decode_message(void* storage, std::span<const std::byte> bytes, decode_context* context,
                    const decode_limits& limits, decode_error& error) {
  return decode_into<M>(storage, bytes, context, limits, error);
}

template <class M>
constexpr message_type describe() {
  message_type type{};
  type.name = type_name<M>();
  type.bytes = sizeof(M);
  type.alignment = alignof(M);
  type.urgent = is_urgent<M>;
  if constexpr (!std::is_trivially_destructible_v<M>) type.destroy = &destroy_message<M>;
  type.relocate = &relocate_message<M>;
  if constexpr (encodable<M>) {
    type.id = type_id<M>();
    type.encode = &encode_message<M>;
    type.decode = &decode_message<M>;
  }
  return type;
}

template <class M>
inline constinit const message_type message_type_of = describe<M>();

/// The list of types that may arrive from another process. It grows before main() only.
struct type_node {
  const message_type* type;
  type_node* next;
};
void register_type(type_node& node) noexcept;

template <class M>
struct registration {
  static inline type_node node{&message_type_of<M>, nullptr};
  static inline const bool done = (register_type(node), true);
};

/// Named by every template that can receive an M, so that M is known before the first frame comes.
template <class M>
inline void ensure_registered() noexcept {
  if constexpr (!std::is_void_v<M>) (void)registration<M>::done;
}

/// The type with this identity, or null. \thread any   \cost O(1)
const message_type* find_type(std::uint64_t id) noexcept;

/// All types that may arrive from another process, in no particular order.
std::vector<const message_type*> known_types();

/// Hash over all known types: equal in two processes exactly if they understand each other.
std::uint64_t type_table_hash() noexcept;

}  // namespace detail
}  // namespace troupe
