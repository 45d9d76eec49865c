#pragma once
// What the host machine and operating system are asked for, free of any library.
#include <signal.h>
#include <stdbool.h>
#include "child.h"

/// The x86-64 level of this processor: 1 (baseline), 3 (AVX2 and FMA) or 4 (AVX-512);
/// always 1 on other architectures.
int platform_processor_level(void);

/// Processors that this process may run on, at least 1.
int platform_processor_count(void);

/// Whether the user asked to stop (Ctrl-C). Set by a signal handler; polled by every solver loop
/// once an iteration; cleared by whoever acts on it.
bool platform_stop_requested(void);
void platform_request_stop(void);
void platform_clear_stop(void);

/// Whether the process was asked to end (SIGTERM), which is a request to stop too. It stays: who acts on
/// it ends the process.
bool platform_termination_requested(void);
void platform_request_termination(void);

/// Scripts write below the working directory only, from now on until told otherwise.
void platform_confine_writing(bool confined);
/// Whether a script may create, change or remove the file at the path: always unless confined.
/// Symbolic links and `..` are followed first.
bool platform_may_write(const char *path);

/// Seconds of a monotonic clock, and of the calling thread's processor time.
double platform_seconds(void);
double platform_thread_seconds(void);

/// Bytes of memory that this process has held at most.
long platform_peak_memory(void);

// ---- The terminal

/// Lets prints of this process go above the block that is shown at the foot of the terminal, where
/// standard output is one. Once, before anybody has kept a standard stream.
void platform_guard_terminal(void);
/// Shows the lines, each ended by a newline, as the block; NULL takes it away.
void platform_show_block(const char *lines);
/// Makes what the block shows ordinary text, and forgets the block.
void platform_leave_block(void);
/// Columns of the terminal; 80 where there is none.
int platform_terminal_width(void);
/// Writes a line to standard error, after what standard output holds back.
void platform_complain(const char *line);
