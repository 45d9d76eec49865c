#include "border.h"
#include "CPlatform.h"

#include <string.h>

// Scripts come by mail: until the user says --trusted they may compute, read files, and write below
// the working directory. A guard checks and then runs the original C function in its own frame, so
// that the original's messages still name the script's line.

static int original(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

static void check_output_path(lua_State *L, int index) {
  const char *path = luaL_checkstring(L, index);
  if (platform_may_write(path)) return;
  clua_push_where(L);
  lua_pushfstring(
    L, "'%s' is not below the working directory (--trusted opens other places)", path);
  lua_concat(L, 2);
  lua_error(L);
}

static int open_file(lua_State *L) {
  if (strpbrk(luaL_optstring(L, 2, "r"), "wa+")) check_output_path(L, 1);
  return original(L);
}

static int set_output(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING) check_output_path(L, 1);
  return original(L);
}

static int remove_file(lua_State *L) {
  check_output_path(L, 1);
  return original(L);
}

static int rename_file(lua_State *L) {
  check_output_path(L, 1);
  check_output_path(L, 2);
  return original(L);
}

// Bytecode can crash the machine: the mode is always text.
static int force_text(lua_State *L, int mode) {
  if (lua_type(L, mode) == LUA_TSTRING && !strchr(lua_tostring(L, mode), 't')) {
    luaL_pushfail(L);
    lua_pushliteral(L, "only text can be loaded (--trusted opens bytecode)");
    return 2;
  }
  if (lua_gettop(L) < mode) lua_settop(L, mode);
  lua_pushliteral(L, "t");
  lua_replace(L, mode);
  return original(L);
}

static int load_text(lua_State *L) { return force_text(L, 3); }
static int load_file(lua_State *L) { return force_text(L, 2); }

static int do_file_rest(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L) - 1;
}

static int do_file(lua_State *L) {
  const char *name = luaL_optstring(L, 1, NULL);
  lua_settop(L, 1);
  if (luaL_loadfilex(L, name, "t") != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, do_file_rest);
  return do_file_rest(L, 0, 0);
}

// The second searcher of `require`: files along package.path, as text.
static int search_file(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_getfield(L, lua_upvalueindex(1), "searchpath");
  lua_pushvalue(L, 1);
  lua_getfield(L, lua_upvalueindex(1), "path");
  lua_call(L, 2, 2);
  if (lua_isnil(L, 2)) return 1;  // where it was looked for
  lua_settop(L, 2);
  const char *file = lua_tostring(L, 2);
  if (luaL_loadfilex(L, file, "t") != LUA_OK)
    return luaL_error(L, "module '%s' in '%s':\n\t%s", name, file, lua_tostring(L, -1));
  lua_pushvalue(L, 2);
  return 2;
}

static int refuse(lua_State *L) {
  clua_push_where(L);
  lua_pushfstring(
    L, "%s is not open to scripts (--trusted opens it)", lua_tostring(L, lua_upvalueindex(1)));
  lua_concat(L, 2);
  return lua_error(L);
}

typedef struct guard {
  const char *library, *name;
  lua_CFunction function;
} guard;

static const guard guards[] = {
  {"_G", "load", load_text},     {"_G", "loadfile", load_file}, {"_G", "dofile", do_file},
  {"io", "open", open_file},     {"io", "output", set_output},  {"os", "remove", remove_file},
  {"os", "rename", rename_file},
};

static const guard refused[] = {
  {"os", "execute", refuse}, {"os", "tmpname", refuse},      {"io", "popen", refuse},
  {"io", "tmpfile", refuse}, {"package", "loadlib", refuse}, {"string", "dump", refuse},
  {"os", "setlocale", refuse},  // it is the whole process's
};

static int close_sandbox(lua_State *L) {
  for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
    lua_getglobal(L, guards[i].library);
    lua_getfield(L, -1, guards[i].name);
    lua_pushcclosure(L, guards[i].function, 1);
    lua_setfield(L, -2, guards[i].name);
  }
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    lua_getglobal(L, refused[i].library);
    lua_pushfstring(L, "%s.%s", refused[i].library, refused[i].name);
    lua_pushcclosure(L, refused[i].function, 1);
    lua_setfield(L, -2, refused[i].name);
  }
  lua_settop(L, 0);
  // debug can reach everything: only its traceback stays.
  lua_getglobal(L, "debug");
  lua_createtable(L, 0, 1);
  lua_getfield(L, 1, "traceback");
  lua_setfield(L, 2, "traceback");
  lua_pushvalue(L, 2);
  lua_setglobal(L, "debug");
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "debug");
  lua_settop(L, 0);
  // require: what is preloaded, then text files; no C libraries.
  lua_getglobal(L, "package");
  lua_createtable(L, 3, 0);
  lua_getfield(L, 1, "searchers");
  lua_rawgeti(L, -1, 1);
  lua_rawseti(L, 2, 1);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, search_file, 1);
  lua_rawseti(L, 2, 2);
  // The searchers are replaced in place: require holds on to the package table only.
  lua_pushvalue(L, 2);
  lua_setfield(L, 1, "searchers");
  lua_pushliteral(L, "");
  lua_setfield(L, 1, "cpath");
  return 0;
}

int clua_close_sandbox(lua_State *L) {
  lua_settop(L, 0);
  lua_pushcfunction(L, close_sandbox);
  return clua_call(L, 0);
}
