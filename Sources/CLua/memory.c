#include "border.h"

#include <stdio.h>
#include <stdlib.h>

// Counts bytes and keeps to the limit. While a Swift frame is on top the limit is overshot and
// noted instead, because an error raised there would unwind Swift.
static void *allocate(void *data, void *block, size_t old_size, size_t new_size) {
  clua_host *host = data;
  size_t held = block ? old_size : 0;
  if (new_size == 0) {
    free(block);
    host->used -= held;
    return NULL;
  }
  if (host->limit && new_size > held) {
    size_t heap = host->used - held + new_size;
    if (heap > host->limit && host->swift_depth == 0)
      return NULL;  // Lua collects, tries again, then raises
    // What objects hold outside of the heap is let go by finalizers, which do not run in the
    // collection of a failed allocation: that they are over the limit is noted for clua_settle.
    if (heap + host->external > host->limit) host->over_limit = true;
  }
  void *moved = realloc(block, new_size);
  if (!moved) {
    if (host->swift_depth == 0) return NULL;
    fputs("bilevel-lua: the machine is out of memory\n", stderr);
    abort();
  }
  host->used += new_size - held;
  return moved;
}

// Reached only if Swift forgot to call Lua in protected mode.
static int panic(lua_State *L) {
  const char *message = lua_tostring(L, -1);
  fprintf(stderr, "bilevel-lua: unprotected Lua error: %s\n", message ? message : "(no message)");
  return 0;
}

lua_State *clua_new_state(clua_host *host) {
  host->swift_depth = 1;
  lua_State *L = lua_newstate(allocate, host);
  if (!L) return NULL;
  *(clua_host **)lua_getextraspace(L) = host;  // copied to every coroutine by lua_newthread
  lua_atpanic(L, panic);
  return L;
}

// Lua sees only small userdata: without being told of the bytes behind them it would collect
// far too late. Raises if the limit is passed for good. Called when no Swift frame is on top.
void clua_settle(lua_State *L) {
  clua_host *host = clua_host_of(L);
  if (host->debt >= 1024) {
    size_t kibibytes = host->debt >> 10;
    host->debt = 0;
    lua_gc(L, LUA_GCSTEP, kibibytes > INT_MAX ? INT_MAX : (int)kibibytes);
  }
  if (!host->limit) return;
  if (!host->over_limit && host->used + host->external <= host->limit) return;
  host->over_limit = false;
  lua_gc(L, LUA_GCCOLLECT);
  if (host->used + host->external > host->limit)
    luaL_error(L, "not enough memory (the limit is %d MiB)", (int)(host->limit >> 20));
}
