#pragma once
// Arithmetic on whole vectors of the widest kind that the processor has.
//
// In generic code, Swift's operators on SIMD types are loops over lanes, of which the optimiser
// makes vectors again only where functions are short.

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define VECTOR_OPERATION static inline __attribute__((always_inline))

#define VECTOR_SUMS(vector, element, name)                                                \
  typedef element vector __attribute__((ext_vector_type(VECTOR_BYTES / sizeof(element)))); \
  VECTOR_OPERATION vector vector_add_##name(vector a, vector b) { return a + b; }         \
  VECTOR_OPERATION vector vector_subtract_##name(vector a, vector b) { return a - b; }

#define VECTOR_PRODUCTS(vector, name)                                                     \
  VECTOR_OPERATION vector vector_multiply_##name(vector a, vector b) { return a * b; }    \
  VECTOR_OPERATION vector vector_divide_##name(vector a, vector b) { return a / b; }      \
  VECTOR_OPERATION vector vector_multiply_add_##name(vector a, vector x, vector w) {      \
    return __builtin_elementwise_fma(x, w, a);                                            \
  }                                                                                       \
  VECTOR_OPERATION vector vector_multiply_subtract_##name(vector a, vector x, vector w) { \
    return __builtin_elementwise_fma(-x, w, a);                                           \
  }

VECTOR_SUMS(vector_float, float, float)
VECTOR_SUMS(vector_double, double, double)
VECTOR_SUMS(vector_int, int, int)
VECTOR_SUMS(vector_long, long long, long)
VECTOR_PRODUCTS(vector_float, float)
VECTOR_PRODUCTS(vector_double, double)

VECTOR_OPERATION void vector_prefetch(const void *address) { __builtin_prefetch(address); }

#include "transposition.h"
#include "tiles.h"
