#include "border.h"
#include "CPlatform.h"

#include <pthread.h>
#include <signal.h>

// ---- Ctrl-C, and SIGTERM, which is a cluster's warning
// A permanent hook would halve Lua's speed. So the signal handler installs one, on the coroutine
// that runs at that moment; Swift kernels poll platform_stop_requested() instead. A second signal of
// the same kind ends the process at once.

static clua_host *volatile interrupted_host;
static pthread_t script_thread;

static void raise_interrupted(lua_State *L) {
  lua_sethook(L, NULL, 0, 0);
  platform_clear_stop();
  clua_host_of(L)->stopping = true;
  clua_host_of(L)->unacknowledged = false;
  lua_pushliteral(L, "interrupted");
  lua_error(L);
}

static void stop_hook(lua_State *L, lua_Debug *frame) {
  (void)frame;
  raise_interrupted(L);
}

void clua_check_stop(lua_State *L) {
  // Within a script of no interruptible host a request is somebody else's to answer.
  if (platform_stop_requested() && clua_host_of(L) == interrupted_host) raise_interrupted(L);
}

// ---- Elements of iterators, none of which Ctrl-C may take from the loop that they are meant for
// Swift keeps an element until it is acknowledged, and hands it out again if it never was.

void clua_acknowledge(lua_State *L) {
  clua_host *host = clua_host_of(L);
  if (!host->unacknowledged) return;
  host->unacknowledged = false;
  host->swift_depth++;
  host->acknowledge(host->owner);
  host->swift_depth--;
}

// The first instruction after the call, in a loop that of its body, is about to be executed.
static void arrival_hook(lua_State *L, lua_Debug *frame) {
  (void)frame;
  lua_sethook(L, NULL, 0, 0);
  clua_check_stop(L);  // the signal may have come before its hook was taken away
  clua_acknowledge(L);
}

void clua_await_acknowledgement(lua_State *L) {
  lua_Hook hook = lua_gethook(L);
  bool is_foreign = hook && hook != stop_hook && hook != arrival_hook;  // a debugger's
  if (!is_foreign) lua_sethook(L, arrival_hook, LUA_MASKCOUNT, 1);
  clua_check_stop(L);
  if (is_foreign) clua_acknowledge(L);
}

static void on_interrupt(int signal_number) {
  if (!pthread_equal(pthread_self(), script_thread)) {
    pthread_kill(script_thread, signal_number);  // Lua may be touched on its own thread only
    return;
  }
  signal(signal_number, SIG_DFL);
  if (signal_number == SIGTERM) platform_request_termination();
  platform_request_stop();
  clua_host *host = interrupted_host;
  lua_State *running = host ? host->running : NULL;
  if (running)
    lua_sethook(running, stop_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

void clua_install_interrupt(lua_State *L) {
  interrupted_host = clua_host_of(L);
  script_thread = pthread_self();
  sigset_t signals;  // a thread of a pool may have them blocked
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
  clua_rearm_interrupt(L);
}

void clua_remove_interrupt(lua_State *L) {
  if (interrupted_host != clua_host_of(L)) return;
  interrupted_host = NULL;
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
}

void clua_rearm_interrupt(lua_State *L) {
  platform_clear_stop();
  clua_host_of(L)->stopping = false;
  lua_sethook(L, NULL, 0, 0);  // one that came too late for the call it was meant for
  if (interrupted_host != clua_host_of(L)) return;
  struct sigaction action = {.sa_handler = on_interrupt};  // no SA_RESTART: a prompt's read ends
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  if (!platform_termination_requested()) sigaction(SIGTERM, &action, NULL);
}

// ---- pcall and xpcall, as in lbaselib.c, but an interrupt passes through

static int finish_pcall(lua_State *L, int status, lua_KContext skipped) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)skipped;
  clua_host_of(L)->raised_again = false;
  if (clua_host_of(L)->stopping) {
    lua_pushliteral(L, "interrupted");  // whatever a handler made of it
    return lua_error(L);
  }
  lua_pushboolean(L, false);
  lua_pushvalue(L, -2);
  return 2;
}

static int protected_call(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, true);
  lua_insert(L, 1);
  return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall), 0);
}

static int extended_call(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushboolean(L, true);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return finish_pcall(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_pcall), 2);
}

// ---- coroutine.resume and wrap, as in lcorolib.c, but the host knows which coroutine runs

static int resume(lua_State *L, lua_State *coroutine, int arguments) {
  if (!lua_checkstack(coroutine, arguments)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  clua_host *host = clua_host_of(L);
  int results;
  lua_xmove(L, coroutine, arguments);
  host->running = coroutine;
  int status = lua_resume(coroutine, L, arguments, &results);
  host->running = L;
  if (host->unacknowledged) clua_await_acknowledgement(L);
  if (status == LUA_OK || status == LUA_YIELD) {
    if (lua_checkstack(L, results + 1)) {
      lua_xmove(coroutine, L, results);
      return results;
    }
    lua_pop(coroutine, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(coroutine, L, 1);
  host->raised_again = false;
  if (host->stopping) lua_error(L);
  return -1;
}

static int resume_coroutine(lua_State *L) {
  lua_State *coroutine = lua_tothread(L, 1);
  luaL_argexpected(L, coroutine, 1, "coroutine");
  int results = resume(L, coroutine, lua_gettop(L) - 1);
  lua_pushboolean(L, results >= 0);
  if (results < 0) {
    lua_insert(L, -2);
    return 2;
  }
  lua_insert(L, -(results + 1));
  return results + 1;
}

static int call_wrapped(lua_State *L) {
  lua_State *coroutine = lua_tothread(L, lua_upvalueindex(1));
  int results = resume(L, coroutine, lua_gettop(L));
  if (results >= 0) return results;
  int status = lua_status(coroutine);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_resetthread(coroutine);  // closes its variables
    lua_xmove(coroutine, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int wrap_coroutine(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *coroutine = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, coroutine, 1);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

void clua_open_control(lua_State *L) {
  lua_pushcfunction(L, protected_call);
  lua_setglobal(L, "pcall");
  lua_pushcfunction(L, extended_call);
  lua_setglobal(L, "xpcall");
  lua_getglobal(L, "coroutine");
  lua_pushcfunction(L, resume_coroutine);
  lua_setfield(L, -2, "resume");
  lua_pushcfunction(L, wrap_coroutine);
  lua_setfield(L, -2, "wrap");
  lua_pop(L, 1);
}
