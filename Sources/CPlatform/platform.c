#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "CPlatform.h"

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

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
double platform_seconds(void) { return seconds(CLOCK_MONOTONIC); }
double platform_thread_seconds(void) { return seconds(CLOCK_THREAD_CPUTIME_ID); }
