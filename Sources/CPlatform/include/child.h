#pragma once
// Processes that this one starts, and what it is as such a process itself.
#include <stdbool.h>

/// A process that was started: its number, and the ends of the pipes from its standard output and
/// standard error, which do not block.
typedef struct platform_child {
  int process, output, errors;
} platform_child;

/// Starts a program, without a shell: its standard input is empty, and no file but its pipes is open
/// in it. Answers 0, or an error number.
int platform_start_child(
  const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
  char *_Nullable const *_Nonnull environment, platform_child *_Nonnull child);

/// Whether a process that was started here has ended, and then how: `status` is its exit status, or
/// minus the number of the signal that ended it. With `wait` it waits for the end.
bool platform_child_has_ended(int process, bool wait, int *_Nonnull status);

/// Lets this process end with the one that started it, where the system can do that.
void platform_end_with_parent(void);
