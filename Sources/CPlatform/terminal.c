#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "CPlatform.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

// The block at the foot of a terminal. Whatever is printed goes above it: the standard streams are
// replaced by ones that take the block away, print, and put it back. Between two writes the cursor is
// at the start of the line below the block, so that whoever takes over finds a clean line.

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *block;      // what is to be shown, whole lines; NULL for nothing
static char *shown;      // what is on the screen now
static bool is_mid_line; // the last print did not end its line

int platform_terminal_width(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

static void write_all(int descriptor, const char *text, size_t size) {
  while (size > 0) {
    ssize_t count = write(descriptor, text, size);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return;
    if (count <= 0) continue;
    text += count;
    size -= (size_t)count;
  }
}

// Rows that the text takes now: terminals wrap what is on the screen anew when they get narrower.
static int rows(const char *text) {
  int width = platform_terminal_width(), rows = 0, cells = 0;
  for (; *text; text++) {
    if (*text == '\n') {
      rows += cells > width ? (cells + width - 1) / width : 1;
      cells = 0;
    } else if (*text == '\x1b') {
      while (*text && *text != 'm') text++;
    } else if (((unsigned char)*text & 0xC0) != 0x80) {
      cells++;
    }
  }
  return rows;
}

static void erase(void) {
  if (!shown) return;
  char move[32];
  int size = snprintf(move, sizeof move, "\r\x1b[%dA\x1b[J", rows(shown));
  write_all(STDOUT_FILENO, move, (size_t)size);
  free(shown);
  shown = NULL;
}

static void draw(void) {
  if (!block || is_mid_line) return;
  write_all(STDOUT_FILENO, block, strlen(block));
  shown = strdup(block);
}

void platform_show_block(const char *lines) {
  pthread_mutex_lock(&lock);
  free(block);
  block = lines ? strdup(lines) : NULL;
  erase();
  if (block && is_mid_line) {
    write_all(STDOUT_FILENO, "\n", 1);
    is_mid_line = false;
  }
  draw();
  pthread_mutex_unlock(&lock);
}

void platform_leave_block(void) {
  pthread_mutex_lock(&lock);
  free(block);
  free(shown);
  block = shown = NULL;
  pthread_mutex_unlock(&lock);
}

static void print_around(int descriptor, const char *text, size_t size) {
  pthread_mutex_lock(&lock);
  erase();
  write_all(descriptor, text, size);
  if (size > 0) is_mid_line = text[size - 1] != '\n';
  draw();
  pthread_mutex_unlock(&lock);
}

#ifdef __linux__
static ssize_t write_stream(void *cookie, const char *text, size_t size) {
  print_around((int)(intptr_t)cookie, text, size);
  return (ssize_t)size;
}
static FILE *open_stream(int descriptor) {
  cookie_io_functions_t functions = {.write = write_stream};
  return fopencookie((void *)(intptr_t)descriptor, "w", functions);
}
#else
static int write_stream(void *cookie, const char *text, int size) {
  print_around((int)(intptr_t)cookie, text, (size_t)size);
  return size;
}
static FILE *open_stream(int descriptor) {
  return funopen((void *)(intptr_t)descriptor, NULL, write_stream, NULL, NULL);
}
#endif

void platform_guard_terminal(void) {
  if (!isatty(STDOUT_FILENO)) return;
  fflush(stdout);
  FILE *output = open_stream(STDOUT_FILENO);
  if (!output) return;
  setvbuf(output, NULL, _IOLBF, BUFSIZ);
  stdout = output;
  if (!isatty(STDERR_FILENO)) return;
  FILE *errors = open_stream(STDERR_FILENO);
  if (!errors) return;
  setvbuf(errors, NULL, _IONBF, 0);
  stderr = errors;
}

void platform_complain(const char *line) {
  fflush(stdout);
  fprintf(stderr, "%s\n", line);
}
