#include "border.h"

#include <string.h>

// Calls Swift, and raises only after the Swift frame is gone.
// Upvalues: the function pointer, the box of its context.
static int trampoline(lua_State *L) {
  clua_function function = (clua_function)lua_touserdata(L, lua_upvalueindex(1));
  clua_box *context = lua_touserdata(L, lua_upvalueindex(2));
  clua_host *host = clua_host_of(L);
  if (!context->object) return luaL_error(L, "the interpreter is closing");
  clua_acknowledge(L);  // whoever calls has what was handed out before
  host->swift_depth++;
  int results = function(L, context->object);
  host->swift_depth--;
  bool hands_out = host->unacknowledged;
  host->unacknowledged = false;
  clua_check_stop(L);
  clua_settle(L);
  if (hands_out) {
    host->unacknowledged = true;
    clua_await_acknowledgement(L);
  }
  if (results >= 0) return results;
  if (results == CLUA_RAISE) {
    host->raised_again = true;
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    clua_push_where(L);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static const char release_key;

void clua_set_release(lua_State *L, clua_release release) {
  lua_pushlightuserdata(L, (void *)release);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &release_key);
}

// __gc and __close of every box: whoever comes first releases.
static int release_box(lua_State *L) {
  clua_box *box = lua_touserdata(L, 1);
  if (!box || !box->object) return 0;
  clua_host *host = clua_host_of(L);
  void *object = box->object;
  box->object = NULL;
  host->external -= box->external;
  box->external = 0;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &release_key);
  clua_release release = (clua_release)lua_touserdata(L, -1);
  lua_settop(L, 0);
  host->swift_depth++;
  release(object);
  host->swift_depth--;
  return 0;
}

void clua_push_box(lua_State *L, void *object, size_t external) {
  clua_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  clua_host *host = clua_host_of(L);
  box->object = object;
  box->external = external;
  host->external += external;
  host->debt += external;
}

static const char context_key;

void clua_push_function(lua_State *L, clua_function function, void *context) {
  lua_pushlightuserdata(L, (void *)function);
  clua_push_box(L, context, 0);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &context_key) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, release_box);
    clua_raw_set(L, -2, "__gc");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &context_key);
  }
  lua_setmetatable(L, -2);
  lua_pushcclosure(L, trampoline, 2);
}

// ---- Classes

static const char class_key;

// Upvalues: the table of methods, the fallback for properties and elements.
static int index_object(lua_State *L) {
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_pop(L, 1);
  }
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  lua_call(L, 2, LUA_MULTRET);
  return lua_gettop(L);
}

void clua_push_class(lua_State *L, const char *name) {
  lua_pushcclosure(L, index_object, 2);
  lua_createtable(L, 0, 8);
  lua_insert(L, -2);
  clua_raw_set(L, -2, "__index");
  lua_pushstring(L, name);
  clua_raw_set(L, -2, "__name");
  lua_pushstring(L, name);
  clua_raw_set(L, -2, "__metatable");  // what getmetatable answers, so that scripts cannot change it
  lua_pushcfunction(L, release_box);
  clua_raw_set(L, -2, "__gc");
  lua_pushcfunction(L, release_box);
  clua_raw_set(L, -2, "__close");
  lua_pushboolean(L, true);
  lua_rawsetp(L, -2, &class_key);
}

clua_box *clua_to_box(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
  bool is_class = lua_rawgetp(L, -1, &class_key) == LUA_TBOOLEAN;
  lua_pop(L, 2);
  return is_class ? lua_touserdata(L, index) : NULL;
}

void clua_raw_set(lua_State *L, int table, const char *name) {
  table = lua_absindex(L, table);
  lua_pushstring(L, name);
  lua_insert(L, -2);
  lua_rawset(L, table);
}

int clua_raw_get(lua_State *L, int table, const char *name) {
  table = lua_absindex(L, table);
  lua_pushstring(L, name);
  return lua_rawget(L, table);
}
