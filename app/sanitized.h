// Is this build one for the sanitizers? They need larger stacks, and make system calls of their own.
#pragma once

#ifdef __has_feature
#define CHAINROUTER_HAS_FEATURE(what) __has_feature(what)  // clang's way of telling
#else
#define CHAINROUTER_HAS_FEATURE(what) 0
#endif

namespace app {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    CHAINROUTER_HAS_FEATURE(address_sanitizer) || CHAINROUTER_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace app
