#include "border.h"

#include <stdio.h>
#include <string.h>

// `warn`, as in lauxlib.c: off until "@on"; a message may come in pieces.
static void warn(void *data, const char *message, int is_continued) {
  clua_host *host = data;
  if (!host->warning_goes_on && !is_continued && *message == '@') {
    if (strcmp(message, "@on") == 0) host->warns = true;
    if (strcmp(message, "@off") == 0) host->warns = false;
    return;
  }
  if (host->warns) {
    if (!host->warning_goes_on) fflush(stdout);
    fprintf(stderr, "%s%s%s", host->warning_goes_on ? "" : "Lua warning: ", message,
            is_continued ? "" : "\n");
  }
  host->warning_goes_on = is_continued != 0;
}

void clua_open_warnings(lua_State *L) { lua_setwarnf(L, warn, clua_host_of(L)); }

void clua_turn_warnings_on(lua_State *L) { lua_warning(L, "@on", 0); }
