#include "CShippedScripts.h"

// #embed is C23; clang has it in every C mode, and rebuilds when a file changes.
#pragma clang diagnostic ignored "-Wc23-extensions"

// To ship a file, add its array and its line in the table; a test compares the table with the folders.
static const char stdlib_classification[] = {
#embed "../../Stdlib/bilevel/classification.lua"
};
static const char stdlib_cli[] = {
#embed "../../Stdlib/bilevel/cli.lua"
};
static const char stdlib_comparison[] = {
#embed "../../Stdlib/bilevel/comparison.lua"
};
static const char stdlib_denoising[] = {
#embed "../../Stdlib/bilevel/denoising.lua"
};
static const char stdlib_report[] = {
#embed "../../Stdlib/bilevel/report.lua"
};
static const char scripts_denoise_image[] = {
#embed "../../Scripts/denoise_image.lua"
};
static const char scripts_foe_denoise[] = {
#embed "../../Scripts/foe_denoise.lua"
};
static const char scripts_foe_isgd_vs_maid[] = {
#embed "../../Scripts/foe_isgd_vs_maid.lua"
};
static const char scripts_foe_maid_vs_hoag[] = {
#embed "../../Scripts/foe_maid_vs_hoag.lua"
};
static const char scripts_hypercleaning[] = {
#embed "../../Scripts/hypercleaning.lua"
};
static const char scripts_icnn_isgd_vs_iadam[] = {
#embed "../../Scripts/icnn_isgd_vs_iadam.lua"
};
static const char scripts_logistic_regression[] = {
#embed "../../Scripts/logistic_regression.lua"
};
static const char scripts_quadratic[] = {
#embed "../../Scripts/quadratic.lua"
};
static const char scripts_schedules[] = {
#embed "../../Scripts/schedules.lua"
};
static const char scripts_tv_1d_dfols[] = {
#embed "../../Scripts/tv_1d_dfols.lua"
};
static const char scripts_tv_denoise[] = {
#embed "../../Scripts/tv_denoise.lua"
};
static const char scripts_tv_maid_vs_dfols[] = {
#embed "../../Scripts/tv_maid_vs_dfols.lua"
};

#define SHIPPED(path, text) {path, text, sizeof text}
static const shipped_script scripts[] = {
  SHIPPED("Stdlib/bilevel/classification.lua", stdlib_classification),
  SHIPPED("Stdlib/bilevel/cli.lua", stdlib_cli),
  SHIPPED("Stdlib/bilevel/comparison.lua", stdlib_comparison),
  SHIPPED("Stdlib/bilevel/denoising.lua", stdlib_denoising),
  SHIPPED("Stdlib/bilevel/report.lua", stdlib_report),
  SHIPPED("Scripts/denoise_image.lua", scripts_denoise_image),
  SHIPPED("Scripts/foe_denoise.lua", scripts_foe_denoise),
  SHIPPED("Scripts/foe_isgd_vs_maid.lua", scripts_foe_isgd_vs_maid),
  SHIPPED("Scripts/foe_maid_vs_hoag.lua", scripts_foe_maid_vs_hoag),
  SHIPPED("Scripts/hypercleaning.lua", scripts_hypercleaning),
  SHIPPED("Scripts/icnn_isgd_vs_iadam.lua", scripts_icnn_isgd_vs_iadam),
  SHIPPED("Scripts/logistic_regression.lua", scripts_logistic_regression),
  SHIPPED("Scripts/quadratic.lua", scripts_quadratic),
  SHIPPED("Scripts/schedules.lua", scripts_schedules),
  SHIPPED("Scripts/tv_1d_dfols.lua", scripts_tv_1d_dfols),
  SHIPPED("Scripts/tv_denoise.lua", scripts_tv_denoise),
  SHIPPED("Scripts/tv_maid_vs_dfols.lua", scripts_tv_maid_vs_dfols),
};

size_t shipped_script_count(void) { return sizeof scripts / sizeof *scripts; }
shipped_script shipped_script_at(size_t index) { return scripts[index]; }
