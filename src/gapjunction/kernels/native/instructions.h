// The same functions compiled for each set of instructions, and the choice of one at run time.

#ifndef GAPJUNCTION_INSTRUCTIONS_H_
#define GAPJUNCTION_INSTRUCTIONS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "sliced.h"

#ifdef __clang__
#define GAPJUNCTION_SHUFFLE(a, b, integer, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
// Vectors are arguments of inlined functions alone, so how they would be passed does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"
#define GAPJUNCTION_SHUFFLE(a, b, integer, ...) \
  __builtin_shuffle(a, b, Order<integer, sizeof(a)>{__VA_ARGS__})
#endif

namespace gapjunction {

template <typename T, int kSize>
struct OrderOf {
  typedef T type __attribute__((vector_size(kSize)));
};
template <typename T, int kSize>
using Order = typename OrderOf<T, kSize>::type;

// A compiler that is told the processor, by -march=native, makes the functions for its instructions
// alone, which takes a third of the time. Otherwise the choice is made at run time.
#if defined(__AVX512VL__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#define GAPJUNCTION_SETS 1
#define GAPJUNCTION_BYTES 64
#define GAPJUNCTION_NAME "AVX-512"
#elif defined(__AVX2__) && defined(__FMA__)
#define GAPJUNCTION_SETS 1
#define GAPJUNCTION_BYTES 32
#define GAPJUNCTION_NAME "AVX2"
#elif defined(__x86_64__)
#define GAPJUNCTION_SETS 3
#define GAPJUNCTION_BYTES 16
#define GAPJUNCTION_NAME "SSE2"
#else
#define GAPJUNCTION_SETS 1
#define GAPJUNCTION_BYTES 16
#ifdef __ARM_NEON
#define GAPJUNCTION_NAME "NEON"
#else
#define GAPJUNCTION_NAME "vectors of 16 bytes"
#endif
#endif

namespace basic {
constexpr const char* kName = GAPJUNCTION_NAME;
#include "functions.h"
}  // namespace basic
#undef GAPJUNCTION_BYTES

#if GAPJUNCTION_SETS == 3

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2")
#endif
namespace avx2 {
constexpr const char* kName = "AVX2";
#define GAPJUNCTION_BYTES 32
#include "functions.h"
#undef GAPJUNCTION_BYTES
}  // namespace avx2
#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi,bmi2"))), \
    apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi,bmi2")
#endif
namespace avx512 {
constexpr const char* kName = "AVX-512";
#define GAPJUNCTION_BYTES 64
#include "functions.h"
#undef GAPJUNCTION_BYTES
}  // namespace avx512
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

// Which of the sets this processor has: 0 for the basic one.
inline int best_set() {
  static const int found = [] {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2")) {
      return 0;
    }
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    return wide ? 2 : 1;
  }();
  return found;
}

template <typename T>
const Kernels<T>& kernels() {
  static const Kernels<T> each[] = {basic::kernels<T>(), avx2::kernels<T>(), avx512::kernels<T>()};
  return each[best_set()];
}

#else

template <typename T>
const Kernels<T>& kernels() {
  static const Kernels<T> only = basic::kernels<T>();
  return only;
}

#endif

}  // namespace gapjunction

#endif  // GAPJUNCTION_INSTRUCTIONS_H_
