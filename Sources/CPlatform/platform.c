#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "CPlatform.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int platform_processor_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd"))
    return 4;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2"))
    return 3;
#endif
  return 1;
}

int platform_processor_count(void) {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
    return CPU_COUNT(&allowed);
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

static volatile sig_atomic_t stop_requested = 0;
bool platform_stop_requested(void) { return stop_requested != 0; }
void platform_request_stop(void) { stop_requested = 1; }
void platform_clear_stop(void) { stop_requested = 0; }

static volatile sig_atomic_t termination_requested = 0;
bool platform_termination_requested(void) { return termination_requested != 0; }
void platform_request_termination(void) { termination_requested = 1; }

static volatile bool writing_is_confined = false;
void platform_confine_writing(bool confined) { writing_is_confined = confined; }

static bool is_below(const char *path, const char *directory) {
  size_t length = strlen(directory);
  if (length == 1) return true;  // the root
  return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool platform_may_write(const char *path) {
  char working[PATH_MAX], resolved[PATH_MAX], parent[PATH_MAX];
  if (!writing_is_confined) return true;
  if (!getcwd(working, sizeof working) || !realpath(working, resolved)) return false;
  memcpy(working, resolved, sizeof working);
  struct stat information;
  if (lstat(path, &information) == 0)  // a link to nowhere cannot be judged by where it leads
    return realpath(path, resolved) && is_below(resolved, working);
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof parent) return false;
  memcpy(parent, path, length + 1);
  // Up to the nearest folder that exists; what follows it must be plain names.
  for (;;) {
    char *slash = strrchr(parent, '/');
    const char *name = slash ? slash + 1 : parent;
    if (strcmp(name, "..") == 0) return false;
    if (!slash) return true;
    slash[slash == parent] = '\0';
    if (realpath(parent, resolved)) return is_below(resolved, working);
    if (slash == parent) return false;
  }
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
double platform_seconds(void) { return seconds(CLOCK_MONOTONIC); }
double platform_thread_seconds(void) { return seconds(CLOCK_THREAD_CPUTIME_ID); }

long platform_peak_memory(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return usage.ru_maxrss;
#else
  return usage.ru_maxrss * 1024;  // kibibytes
#endif
}
