#include "CShippedScripts.h"

// #embed is C23; clang has it in every C mode, and rebuilds when a file changes.
#pragma clang diagnostic ignored "-Wc23-extensions"

// To ship a file, add its array and its line in the table; a test compares the table with the folders.
static const char stdlib_cli[] = {
#embed "../../Stdlib/bilevel/cli.lua"
};
static const char stdlib_denoising[] = {
#embed "../../Stdlib/bilevel/denoising.lua"
};
static const char stdlib_report[] = {
#embed "../../Stdlib/bilevel/report.lua"
};

#define SHIPPED(path, text) {path, text, sizeof text}
static const shipped_script scripts[] = {
  SHIPPED("Stdlib/bilevel/cli.lua", stdlib_cli),
  SHIPPED("Stdlib/bilevel/denoising.lua", stdlib_denoising),
  SHIPPED("Stdlib/bilevel/report.lua", stdlib_report),
};

size_t shipped_script_count(void) { return sizeof scripts / sizeof *scripts; }
shipped_script shipped_script_at(size_t index) { return scripts[index]; }
