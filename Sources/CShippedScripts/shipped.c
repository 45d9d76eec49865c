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
static const char stdlib_models[] = {
#embed "../../Stdlib/bilevel/models.lua"
};
static const char stdlib_pretty[] = {
#embed "../../Stdlib/bilevel/pretty.lua"
};
static const char stdlib_reconstruction[] = {
#embed "../../Stdlib/bilevel/reconstruction.lua"
};
static const char stdlib_report[] = {
#embed "../../Stdlib/bilevel/report.lua"
};
static const char stdlib_sweep[] = {
#embed "../../Stdlib/bilevel/sweep.lua"
};
static const char stdlib_table[] = {
#embed "../../Stdlib/bilevel/table.lua"
};
static const char stdlib_tomography[] = {
#embed "../../Stdlib/bilevel/tomography.lua"
};
static const char stdlib_transfer[] = {
#embed "../../Stdlib/bilevel/transfer.lua"
};
static const char stdlib_tutorial[] = {
#embed "../../Stdlib/tutorial.md"
};
static const char scripts_compare_regularizers[] = {
#embed "../../Scripts/compare_regularizers.lua"
};
static const char scripts_crr_ct[] = {
#embed "../../Scripts/crr_ct.lua"
};
static const char scripts_crr_denoise[] = {
#embed "../../Scripts/crr_denoise.lua"
};
static const char scripts_crr_inpaint[] = {
#embed "../../Scripts/crr_inpaint.lua"
};
static const char scripts_deblur[] = {
#embed "../../Scripts/deblur.lua"
};
static const char scripts_denoise_image[] = {
#embed "../../Scripts/denoise_image.lua"
};
static const char scripts_evaluate[] = {
#embed "../../Scripts/evaluate.lua"
};
static const char scripts_foe_ct[] = {
#embed "../../Scripts/foe_ct.lua"
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
static const char scripts_foe_sweep[] = {
#embed "../../Scripts/foe_sweep.lua"
};
static const char scripts_hypercleaning[] = {
#embed "../../Scripts/hypercleaning.lua"
};
static const char scripts_icnn_ct[] = {
#embed "../../Scripts/icnn_ct.lua"
};
static const char scripts_icnn_isgd_vs_iadam[] = {
#embed "../../Scripts/icnn_isgd_vs_iadam.lua"
};
static const char scripts_logistic_regression[] = {
#embed "../../Scripts/logistic_regression.lua"
};
static const char scripts_maid_bounds[] = {
#embed "../../Scripts/maid_bounds.lua"
};
static const char scripts_mri_sampling[] = {
#embed "../../Scripts/mri_sampling.lua"
};
static const char scripts_phantom_ct[] = {
#embed "../../Scripts/phantom_ct.lua"
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
static const char scripts_tv_mri[] = {
#embed "../../Scripts/tv_mri.lua"
};

#define SHIPPED(path, text) {path, text, sizeof text}
static const shipped_script scripts[] = {
  SHIPPED("Stdlib/bilevel/classification.lua", stdlib_classification),
  SHIPPED("Stdlib/bilevel/cli.lua", stdlib_cli),
  SHIPPED("Stdlib/bilevel/comparison.lua", stdlib_comparison),
  SHIPPED("Stdlib/bilevel/denoising.lua", stdlib_denoising),
  SHIPPED("Stdlib/bilevel/models.lua", stdlib_models),
  SHIPPED("Stdlib/bilevel/pretty.lua", stdlib_pretty),
  SHIPPED("Stdlib/bilevel/reconstruction.lua", stdlib_reconstruction),
  SHIPPED("Stdlib/bilevel/report.lua", stdlib_report),
  SHIPPED("Stdlib/bilevel/sweep.lua", stdlib_sweep),
  SHIPPED("Stdlib/bilevel/table.lua", stdlib_table),
  SHIPPED("Stdlib/bilevel/tomography.lua", stdlib_tomography),
  SHIPPED("Stdlib/bilevel/transfer.lua", stdlib_transfer),
  SHIPPED("Stdlib/tutorial.md", stdlib_tutorial),
  SHIPPED("Scripts/compare_regularizers.lua", scripts_compare_regularizers),
  SHIPPED("Scripts/crr_ct.lua", scripts_crr_ct),
  SHIPPED("Scripts/crr_denoise.lua", scripts_crr_denoise),
  SHIPPED("Scripts/crr_inpaint.lua", scripts_crr_inpaint),
  SHIPPED("Scripts/deblur.lua", scripts_deblur),
  SHIPPED("Scripts/denoise_image.lua", scripts_denoise_image),
  SHIPPED("Scripts/evaluate.lua", scripts_evaluate),
  SHIPPED("Scripts/foe_ct.lua", scripts_foe_ct),
  SHIPPED("Scripts/foe_denoise.lua", scripts_foe_denoise),
  SHIPPED("Scripts/foe_isgd_vs_maid.lua", scripts_foe_isgd_vs_maid),
  SHIPPED("Scripts/foe_maid_vs_hoag.lua", scripts_foe_maid_vs_hoag),
  SHIPPED("Scripts/foe_sweep.lua", scripts_foe_sweep),
  SHIPPED("Scripts/hypercleaning.lua", scripts_hypercleaning),
  SHIPPED("Scripts/icnn_ct.lua", scripts_icnn_ct),
  SHIPPED("Scripts/icnn_isgd_vs_iadam.lua", scripts_icnn_isgd_vs_iadam),
  SHIPPED("Scripts/logistic_regression.lua", scripts_logistic_regression),
  SHIPPED("Scripts/maid_bounds.lua", scripts_maid_bounds),
  SHIPPED("Scripts/mri_sampling.lua", scripts_mri_sampling),
  SHIPPED("Scripts/phantom_ct.lua", scripts_phantom_ct),
  SHIPPED("Scripts/quadratic.lua", scripts_quadratic),
  SHIPPED("Scripts/schedules.lua", scripts_schedules),
  SHIPPED("Scripts/tv_1d_dfols.lua", scripts_tv_1d_dfols),
  SHIPPED("Scripts/tv_denoise.lua", scripts_tv_denoise),
  SHIPPED("Scripts/tv_maid_vs_dfols.lua", scripts_tv_maid_vs_dfols),
  SHIPPED("Scripts/tv_mri.lua", scripts_tv_mri),
};

size_t shipped_script_count(void) { return sizeof scripts / sizeof *scripts; }
shipped_script shipped_script_at(size_t index) { return scripts[index]; }
