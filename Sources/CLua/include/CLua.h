#pragma once
// The border between Lua and Swift. Only this C code is ever unwound by a Lua error; Swift frames
// never are. What lua.h offers as a macro or variadic function is here as an inline function.
#include <stdbool.h>
#include <stddef.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#pragma clang assume_nonnull begin

// ---- The state ---------------------------------------------------------------------------

/// What belongs to one Lua state and all of its coroutines.
typedef struct clua_host {
  size_t used;               // bytes on Lua's heap
  size_t limit;              // of used + external; 0 = none
  size_t external;           // bytes held by Swift objects behind userdata
  size_t debt;               // external bytes that the collector was not told of yet
  int swift_depth;           // > 0 while Swift is on top of the stack: allocation must not fail then
  bool over_limit;           // the limit was passed while Swift was on top
  bool stopping;             // an interrupt is unwinding the script: no pcall may keep it
  bool raised_again;         // the error being raised has its traceback already
  bool unacknowledged;       // an iterator's element is on its way to the script
  bool warns;                // warnings are on
  bool warning_goes_on;      // the next piece belongs to the same warning
  lua_State *_Nullable volatile running;  // the coroutine that runs now; NULL outside of scripts
  void *_Nullable owner;     // the Swift object that owns the state
  void (*_Nullable acknowledge)(void *_Nullable owner);  // told that the element has arrived
} clua_host;

/// A state whose memory is counted and limited by the host; NULL without memory.
lua_State *_Nullable clua_new_state(clua_host *host);
/// The host of a state or coroutine.
static inline clua_host *clua_host_of(lua_State *L) { return *(clua_host **)lua_getextraspace(L); }
/// Calls with `arguments` values on top, as lua_pcall with a traceback handler; all results stay.
/// On an error the stack holds the error value and, above it, the traceback (a string or nil).
int clua_call(lua_State *L, int arguments);
/// Loads text (never bytecode) as a function; on failure leaves the message.
int clua_load(lua_State *L, const char *text, size_t size, const char *chunk_name);
/// Makes pcall, xpcall, coroutine.resume and coroutine.wrap pass interrupts on.
void clua_open_control(lua_State *L);
/// Opens the standard libraries, protected, without a look at the environment where it is to be
/// ignored; returns a status.
int clua_open_libraries(lua_State *L, bool ignores_environment);
/// Lets warnings be written to standard error, as `warn("@on")`.
void clua_turn_warnings_on(lua_State *L);
/// Takes away what untrusted scripts may not do; returns a status.
int clua_close_sandbox(lua_State *L);
/// Gives an error that is to be raised again its traceback, which is on top; pops it.
void clua_restore_traceback(lua_State *L);

// ---- Swift in Lua ------------------------------------------------------------------------

enum {
  CLUA_ERROR = -1,  // raise the message on top, at the script's line
  CLUA_RAISE = -2,  // raise the value on top again, as it is
};
/// Called with the arguments on the stack; returns the number of results on top, or one of the above.
typedef int (*clua_function)(lua_State *L, void *_Nullable context);
typedef void (*clua_release)(void *object);

/// A full userdata that retains one Swift object.
typedef struct clua_box {
  void *_Nullable object;  // NULL once closed or collected
  size_t external;         // bytes of its own outside of Lua's heap
} clua_box;

/// Pushes a userdata without a metatable that retains `object`.
void clua_push_box(lua_State *L, void *object, size_t external);
/// Pushes a function; `context` is retained until Lua drops the function.
void clua_push_function(lua_State *L, clua_function function, void *context);
/// Pushes the metatable of a class: __gc, __close, and __index that looks in the table of methods
/// below the top first and calls the fallback function on top otherwise. Pops both.
void clua_push_class(lua_State *L, const char *name);
/// The box at an index if it is an instance of a class made here, else NULL.
clua_box *_Nullable clua_to_box(lua_State *L, int index);
/// Says how the Swift objects in boxes are released. Once, before the first push.
void clua_set_release(lua_State *L, clua_release release);

// ---- Interrupts --------------------------------------------------------------------------

/// Ctrl-C from now on stops the script of this host, or the kernel that it runs; a second one
/// before `clua_rearm_interrupt` ends the process.
void clua_install_interrupt(lua_State *L);
/// Ctrl-C is no longer this host's; it ends the process again.
void clua_remove_interrupt(lua_State *L);
/// Makes the next Ctrl-C the first one again, and forgets a request to stop; for the main state.
void clua_rearm_interrupt(lua_State *L);
/// Whether an interrupt is unwinding, or has unwound, the script since the last rearming.
static inline bool clua_was_interrupted(lua_State *L) { return clua_host_of(L)->stopping; }

// ---- What lua.h has as macros ------------------------------------------------------------

#define CLUA_INLINE static inline __attribute__((always_inline))
CLUA_INLINE int clua_registry(void) { return LUA_REGISTRYINDEX; }
CLUA_INLINE void clua_pop(lua_State *L, int count) { lua_settop(L, -count - 1); }
CLUA_INLINE void clua_new_table(lua_State *L) { lua_createtable(L, 0, 0); }
CLUA_INLINE void clua_insert(lua_State *L, int index) { lua_insert(L, index); }
CLUA_INLINE void clua_remove(lua_State *L, int index) { lua_remove(L, index); }
CLUA_INLINE int clua_collect(lua_State *L) { return lua_gc(L, LUA_GCCOLLECT); }
CLUA_INLINE void clua_push_globals(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
/// table[name] = value on top, without metamethods; pops the value.
void clua_raw_set(lua_State *L, int table, const char *name);
/// Pushes table[name], without metamethods; returns its type.
int clua_raw_get(lua_State *L, int table, const char *name);

#pragma clang assume_nonnull end
