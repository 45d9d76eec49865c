#ifdef __linux__
#define _GNU_SOURCE
#include <sys/prctl.h>
#endif
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_both(int ends[2]) {
  close(ends[0]);
  close(ends[1]);
}

// A pipe that no program inherits, with an end for reading that does not block.
static int make_pipe(int ends[2]) {
  if (pipe(ends) != 0) return errno;
  for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return 0;
}

static int start(
  const char *path, char *const *arguments, char *const *environment, int output, int errors,
  int *process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, usual;
  int code = posix_spawn_file_actions_init(&actions);
  if (code != 0) return code;
  code = posix_spawnattr_init(&attributes);
  if (code == 0) {
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    pid_t number = 0;
    code = posix_spawn(&number, path, &actions, &attributes, arguments, environment);
    *process = (int)number;
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

int platform_start_child(
  const char *path, char *const *arguments, char *const *environment, platform_child *child) {
  int output[2], errors[2];
  int code = make_pipe(output);
  if (code != 0) return code;
  code = make_pipe(errors);
  if (code != 0) {
    close_both(output);
    return code;
  }
  code = start(path, arguments, environment, output[1], errors[1], &child->process);
  close(output[1]);
  close(errors[1]);
  child->output = output[0];
  child->errors = errors[0];
  if (code == 0) return 0;
  close(output[0]);
  close(errors[0]);
  return code;
}

bool platform_child_has_ended(int process, bool wait, int *status) {
  int raw = 0;
  pid_t ended;
  do ended = waitpid(process, &raw, wait ? 0 : WNOHANG);
  while (ended < 0 && errno == EINTR);
  if (ended == 0) return false;
  *status = ended < 0 ? 1 : WIFSIGNALED(raw) ? -WTERMSIG(raw) : WEXITSTATUS(raw);
  return true;
}

void platform_end_with_parent(void) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
}
