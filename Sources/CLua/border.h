#pragma once
// Shared by the C files of the border.
#include <limits.h>
#include "CLua.h"

/// Pays the collector's debt and raises if the memory limit is passed.
void clua_settle(lua_State *L);
/// Raises "interrupted" if Ctrl-C was pressed.
void clua_check_stop(lua_State *L);
/// Tells Swift that the script has the iterator's element that is on its way, if there is one.
void clua_acknowledge(lua_State *L);
/// Does so when the script that is given it takes its next instruction, unless Ctrl-C comes first.
void clua_await_acknowledgement(lua_State *L);
/// Pushes "file:line: " of the innermost line of a script, or "".
void clua_push_where(lua_State *L);
/// Pushes the lines of scripts that are active, innermost first.
void clua_push_traceback(lua_State *L);
/// Gives `warn` somewhere to write.
void clua_open_warnings(lua_State *L);
