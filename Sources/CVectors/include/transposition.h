#pragma once
// Transposition of as many vectors as a vector has elements, in registers: for each bit h of the index,
// rows i and i + h exchange the halves of their blocks of 2h elements (Eklundh 1972).

#define LOW_16_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH_16_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW_16_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH_16_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW_16_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH_16_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW_16_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH_16_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define LOW_8_4 0, 1, 2, 3, 8, 9, 10, 11
#define HIGH_8_4 4, 5, 6, 7, 12, 13, 14, 15
#define LOW_8_2 0, 1, 8, 9, 4, 5, 12, 13
#define HIGH_8_2 2, 3, 10, 11, 6, 7, 14, 15
#define LOW_8_1 0, 8, 2, 10, 4, 12, 6, 14
#define HIGH_8_1 1, 9, 3, 11, 5, 13, 7, 15
#define LOW_4_2 0, 1, 4, 5
#define HIGH_4_2 2, 3, 6, 7
#define LOW_4_1 0, 4, 2, 6
#define HIGH_4_1 1, 5, 3, 7
#define LOW_2_1 0, 2
#define HIGH_2_1 1, 3

#define EXCHANGE_ALL(rows, n, h)                                                 \
  _Pragma("clang loop unroll(full)") for (int i = 0; i < n; i++) if (!(i & h)) { \
    __typeof__(rows[0]) a = rows[i], b = rows[i + h];                            \
    rows[i] = __builtin_shufflevector(a, b, LOW_##n##_##h);                      \
    rows[i + h] = __builtin_shufflevector(a, b, HIGH_##n##_##h);                 \
  }
#define EXCHANGES_16(rows) \
  EXCHANGE_ALL(rows, 16, 8)  \
  EXCHANGE_ALL(rows, 16, 4)  \
  EXCHANGE_ALL(rows, 16, 2)  \
  EXCHANGE_ALL(rows, 16, 1)
#define EXCHANGES_8(rows) EXCHANGE_ALL(rows, 8, 4) EXCHANGE_ALL(rows, 8, 2) EXCHANGE_ALL(rows, 8, 1)
#define EXCHANGES_4(rows) EXCHANGE_ALL(rows, 4, 2) EXCHANGE_ALL(rows, 4, 1)
#define EXCHANGES_2(rows) EXCHANGE_ALL(rows, 2, 1)

// result[j, i] <- source[i, j] for n x n elements; strides count elements.
#define TRANSPOSITION(name, vector, element, n)                                               \
  typedef vector __attribute__((aligned(sizeof(element)))) unaligned_##vector;                \
  VECTOR_OPERATION void vector_transpose_##name(                                              \
      const element *source, long source_stride, element *result, long result_stride) {       \
    vector rows[n];                                                                           \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < n; i++)                            \
        rows[i] = *(const unaligned_##vector *)(source + i * source_stride);                  \
    EXCHANGES_##n(rows)                                                                       \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < n; i++)                            \
        *(unaligned_##vector *)(result + i * result_stride) = rows[i];                        \
  }

#if VECTOR_BYTES == 64
TRANSPOSITION(float, vector_float, float, 16)
TRANSPOSITION(double, vector_double, double, 8)
#elif VECTOR_BYTES == 32
TRANSPOSITION(float, vector_float, float, 8)
TRANSPOSITION(double, vector_double, double, 4)
#else
TRANSPOSITION(float, vector_float, float, 4)
TRANSPOSITION(double, vector_double, double, 2)
#endif
