#include "border.h"

#include <string.h>

// Chunks of the program itself are named [so]; users are shown the lines of their scripts only.
static bool is_script(const lua_Debug *frame) {
  return frame->currentline > 0 && frame->short_src[0] != '[';
}

static bool is_text(const lua_Debug *frame) {
  return frame->currentline > 0 && strncmp(frame->short_src, "[string", 7) == 0;
}

void clua_push_where(lua_State *L) {
  lua_Debug frame;
  for (int level = 1; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (is_script(&frame) || is_text(&frame)) {
      lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
      return;
    }
  }
  lua_pushliteral(L, "");
}

static void add_frame(luaL_Buffer *buffer, lua_State *L, const lua_Debug *frame) {
  lua_pushfstring(L, "\n  %s:%d: in ", frame->short_src, frame->currentline);
  luaL_addvalue(buffer);
  if (*frame->what == 'm') lua_pushliteral(L, "main chunk");
  else if (*frame->namewhat) lua_pushfstring(L, "%s '%s'", frame->namewhat, frame->name);
  else lua_pushfstring(L, "function <%s:%d>", frame->short_src, frame->linedefined);
  luaL_addvalue(buffer);
}

void clua_push_traceback(lua_State *L) {
  enum { most_frames = 24 };  // enough to see a recursion without filling the screen
  lua_Debug frame;
  luaL_Buffer buffer;
  int shown = 0, level = 1;
  luaL_buffinit(L, &buffer);
  for (; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Slnt", &frame);
    if (!is_script(&frame) && !is_text(&frame)) continue;
    if (++shown > most_frames) break;
    add_frame(&buffer, L, &frame);
  }
  if (shown > most_frames) luaL_addstring(&buffer, "\n  …");
  luaL_pushresult(&buffer);
}

// The traceback of the error that is being raised, until clua_call hands it out.
static const char traceback_key;

static int handle_error(lua_State *L) {
  clua_host *host = clua_host_of(L);
  if (host->raised_again) {
    host->raised_again = false;  // the innermost handler saw the whole stack
    return 1;
  }
  clua_push_traceback(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  return 1;
}

int clua_call(lua_State *L, int arguments) {
  clua_host *host = clua_host_of(L);
  int depth = host->swift_depth, base = lua_gettop(L) - arguments;
  lua_State *caller = host->running;
  lua_pushcfunction(L, handle_error);
  lua_insert(L, base);
  host->running = L;
  host->swift_depth = 0;
  int status = lua_pcall(L, arguments, LUA_MULTRET, base);
  host->swift_depth = depth;
  host->running = caller;
  host->raised_again = false;
  clua_acknowledge(L);
  lua_remove(L, base);
  if (status == LUA_OK) return status;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  return status;
}

void clua_restore_traceback(lua_State *L) { lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key); }

int clua_load(lua_State *L, const char *text, size_t size, const char *chunk_name) {
  clua_host *host = clua_host_of(L);
  int depth = host->swift_depth;
  host->swift_depth = 0;
  int status = luaL_loadbufferx(L, text, size, chunk_name, "t");
  host->swift_depth = depth;
  return status;
}

static int open_libraries(lua_State *L) {
  if (lua_toboolean(L, 1)) {
    lua_pushboolean(L, true);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  luaL_openlibs(L);
  clua_open_control(L);
  return 0;
}

int clua_open_libraries(lua_State *L, bool ignores_environment) {
  clua_open_warnings(L);
  lua_pushcfunction(L, open_libraries);
  lua_pushboolean(L, ignores_environment);
  return clua_call(L, 1);
}
