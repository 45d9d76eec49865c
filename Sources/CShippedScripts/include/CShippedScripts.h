#pragma once
// The Lua files that travel inside of the program, so that it finds them wherever it is copied.
#include <stddef.h>

/// One file: its path from the package's root, and its text.
typedef struct shipped_script {
  const char *_Nonnull path;
  const char *_Nonnull text;
  size_t size;
} shipped_script;

/// How many files there are.
size_t shipped_script_count(void);
/// One of them.
shipped_script shipped_script_at(size_t index);
