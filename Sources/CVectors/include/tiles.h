#pragma once
// Columns of tiles of 4: between elements in their order, which fill 4 vectors, and 4 vectors of which each
// holds one column of all tiles.

#define EVENS_16 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODDS_16 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define LOWS_16 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGHS_16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define EVENS_8 0, 2, 4, 6, 8, 10, 12, 14
#define ODDS_8 1, 3, 5, 7, 9, 11, 13, 15
#define LOWS_8 0, 8, 1, 9, 2, 10, 3, 11
#define HIGHS_8 4, 12, 5, 13, 6, 14, 7, 15
#define EVENS_4 0, 2, 4, 6
#define ODDS_4 1, 3, 5, 7
#define LOWS_4 0, 4, 1, 5
#define HIGHS_4 2, 6, 3, 7
#define EVENS_2 0, 2
#define ODDS_2 1, 3
#define LOWS_2 0, 2
#define HIGHS_2 1, 3

#define TILES(name, vector, element, n)                                                      \
  VECTOR_OPERATION vector vector_read_##name(const element *source) {                        \
    return *(const unaligned_##vector *)source;                                              \
  }                                                                                          \
  VECTOR_OPERATION void vector_write_##name(element *target, vector value) {                 \
    *(unaligned_##vector *)target = value;                                                   \
  }                                                                                          \
  /* columns[j] <- every fourth element from j on. */                                         \
  VECTOR_OPERATION void vector_split_tiles_##name(                                           \
      const element *s0, const element *s1, const element *s2, const element *s3,            \
      element *columns) {                                                                    \
    vector a = vector_read_##name(s0), b = vector_read_##name(s1);                           \
    vector c = vector_read_##name(s2), d = vector_read_##name(s3);                           \
    vector even = __builtin_shufflevector(a, b, EVENS_##n);                                  \
    vector odd = __builtin_shufflevector(a, b, ODDS_##n);                                    \
    vector next_even = __builtin_shufflevector(c, d, EVENS_##n);                             \
    vector next_odd = __builtin_shufflevector(c, d, ODDS_##n);                               \
    vector_write_##name(columns, __builtin_shufflevector(even, next_even, EVENS_##n));       \
    vector_write_##name(columns + n, __builtin_shufflevector(odd, next_odd, EVENS_##n));     \
    vector_write_##name(columns + 2 * n, __builtin_shufflevector(even, next_even, ODDS_##n)); \
    vector_write_##name(columns + 3 * n, __builtin_shufflevector(odd, next_odd, ODDS_##n));  \
  }                                                                                          \
  VECTOR_OPERATION void vector_add_to_##name(element *target, vector value) {                \
    vector_write_##name(target, vector_read_##name(target) + value);                         \
  }                                                                                          \
  /* The reverse, added to the targets. */                                                    \
  VECTOR_OPERATION void vector_join_tiles_##name(                                            \
      const element *columns, element *t0, element *t1, element *t2, element *t3) {          \
    vector a = vector_read_##name(columns), b = vector_read_##name(columns + n);             \
    vector c = vector_read_##name(columns + 2 * n), d = vector_read_##name(columns + 3 * n); \
    vector low_even = __builtin_shufflevector(a, c, LOWS_##n);                               \
    vector high_even = __builtin_shufflevector(a, c, HIGHS_##n);                             \
    vector low_odd = __builtin_shufflevector(b, d, LOWS_##n);                                \
    vector high_odd = __builtin_shufflevector(b, d, HIGHS_##n);                              \
    vector_add_to_##name(t0, __builtin_shufflevector(low_even, low_odd, LOWS_##n));          \
    vector_add_to_##name(t1, __builtin_shufflevector(low_even, low_odd, HIGHS_##n));         \
    vector_add_to_##name(t2, __builtin_shufflevector(high_even, high_odd, LOWS_##n));        \
    vector_add_to_##name(t3, __builtin_shufflevector(high_even, high_odd, HIGHS_##n));       \
  }

#if VECTOR_BYTES == 64
TILES(float, vector_float, float, 16)
TILES(double, vector_double, double, 8)
#elif VECTOR_BYTES == 32
TILES(float, vector_float, float, 8)
TILES(double, vector_double, double, 4)
#else
TILES(float, vector_float, float, 4)
TILES(double, vector_double, double, 2)
#endif
