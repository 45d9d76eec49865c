#pragma once
// PNG in memory to samples and back. libpng reports errors by longjmp: here it ends inside of C.
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A sentence of libpng, or of this file, about what went wrong.
enum { PNG_MESSAGE_SIZE = 160 };
typedef struct {
  char text[PNG_MESSAGE_SIZE];
} png_message;

/// The samples of a picture, row by row, channels interleaved, in the machine's byte order.
typedef struct {
  size_t width;
  size_t height;
  /// 1 (grey) or 3 (red, green, blue); palettes are resolved, alpha and transparency are dropped.
  size_t channels;
  /// Bits of a stored sample: 1, 2, 4, 8 or 16; samples run from 0 to 2^bits - 1.
  int bits;
  /// One byte a sample, two where bits is 16; made by malloc.
  void *_Nullable samples;
} png_picture;

/// Decodes a whole PNG file without touching the values: no gamma, no scaling. Returns 0, or
/// something else with a message and no samples.
int png_decode(const void *bytes, size_t count, png_picture *picture, png_message *message);

/// Encodes a picture of 8 or 16 bits into memory made by malloc. Returns 0, or something else with
/// a message and no bytes.
int png_encode(const png_picture *picture, void *_Nullable *_Nonnull bytes, size_t *count,
               png_message *message);

#pragma clang assume_nonnull end
