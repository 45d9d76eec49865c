#include "CImageFiles.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Deflate expands a byte to at most 1032; a file that promises more pixels than that is damaged,
// and memory for them is not taken.
static const double LARGEST_EXPANSION = 1040;

// All that survives a longjmp lives behind one pointer, on the heap, never in registers.
typedef struct {
  const unsigned char *source;
  size_t remaining;
  unsigned char *target;
  size_t filled;
  size_t capacity;
  png_bytep *rows;
  unsigned char *samples;
  png_message *message;
} transfer;

static void note(png_message *message, const char *text) {
  snprintf(message->text, sizeof message->text, "%s", text);
}

static void on_error(png_structp png, png_const_charp text) {
  note(((transfer *)png_get_error_ptr(png))->message, text);
  png_longjmp(png, 1);
}

// Warnings are about colour profiles, dates and the like, which are not used.
static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static int is_little_endian(void) {
  const uint16_t one = 1;
  return *(const unsigned char *)&one == 1;
}

static void release(transfer *state) {
  free(state->rows);
  free(state->samples);
  free(state->target);
  free(state);
}

// MARK: Decoding

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  transfer *state = png_get_io_ptr(png);
  if (count > state->remaining) png_error(png, "the file is truncated");
  memcpy(target, state->source, count);
  state->source += count;
  state->remaining -= count;
}

static void plain_samples(png_structp png, png_infop info, png_picture *picture) {
  int type = png_get_color_type(png, info);
  picture->bits = png_get_bit_depth(png, info);
  if (type == PNG_COLOR_TYPE_PALETTE) {
    png_set_palette_to_rgb(png);
    picture->bits = 8;
  } else if (picture->bits < 8) {
    png_set_packing(png);
  }
  if (picture->bits == 16 && is_little_endian()) png_set_swap(png);
  png_set_strip_alpha(png);
  picture->channels = type & PNG_COLOR_MASK_COLOR ? 3 : 1;
}

static void decode_rows(png_structp png, png_infop info, transfer *state, png_picture *picture) {
  double promised = (double)png_get_rowbytes(png, info) * png_get_image_height(png, info);
  if (promised > LARGEST_EXPANSION * (double)state->remaining)
    png_error(png, "the file is truncated");
  plain_samples(png, info, picture);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t stride = png_get_rowbytes(png, info);
  size_t bytes = picture->bits == 16 ? 2 : 1;
  if (stride != picture->width * picture->channels * bytes) png_error(png, "unknown kind of PNG");
  state->samples = malloc(stride * picture->height);
  state->rows = malloc(sizeof(png_bytep) * picture->height);
  if (!state->samples || !state->rows) png_error(png, "out of memory");
  for (size_t row = 0; row < picture->height; row++)
    state->rows[row] = state->samples + stride * row;
  png_read_image(png, state->rows);
  png_read_end(png, NULL);
}

int png_decode(const void *bytes, size_t count, png_picture *picture, png_message *message) {
  note(message, "out of memory");
  transfer *state = calloc(1, sizeof *state);
  if (!state) return 1;
  *state = (transfer){.source = bytes, .remaining = count, .message = message};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, state, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    release(state);
    return 1;
  }
  png_set_read_fn(png, state, read_bytes);
  png_read_info(png, info);
  picture->width = png_get_image_width(png, info);
  picture->height = png_get_image_height(png, info);
  decode_rows(png, info, state, picture);
  png_destroy_read_struct(&png, &info, NULL);
  picture->samples = state->samples;
  state->samples = NULL;
  release(state);
  return 0;
}

// MARK: Encoding

static void write_bytes(png_structp png, png_bytep source, size_t count) {
  transfer *state = png_get_io_ptr(png);
  if (state->filled + count > state->capacity) {
    size_t capacity = 2 * (state->filled + count);
    unsigned char *target = realloc(state->target, capacity);
    if (!target) png_error(png, "out of memory");
    state->target = target;
    state->capacity = capacity;
  }
  memcpy(state->target + state->filled, source, count);
  state->filled += count;
}

static void flush(png_structp png) { (void)png; }

static void encode_rows(png_structp png, png_infop info, const png_picture *picture) {
  int type = picture->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
  png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, picture->bits,
               type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  if (picture->bits == 16 && is_little_endian()) png_set_swap(png);
  size_t stride = picture->width * picture->channels * (picture->bits == 16 ? 2 : 1);
  for (size_t row = 0; row < picture->height; row++)
    png_write_row(png, (png_const_bytep)picture->samples + stride * row);
  png_write_end(png, NULL);
}

int png_encode(const png_picture *picture, void **bytes, size_t *count, png_message *message) {
  note(message, "out of memory");
  transfer *state = calloc(1, sizeof *state);
  if (!state) return 1;
  state->message = message;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, state, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    release(state);
    return 1;
  }
  png_set_write_fn(png, state, write_bytes, flush);
  encode_rows(png, info, picture);
  png_destroy_write_struct(&png, &info);
  *bytes = state->target;
  *count = state->filled;
  state->target = NULL;
  release(state);
  return 0;
}
