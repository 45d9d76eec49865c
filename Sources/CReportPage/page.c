#include "CReportPage.h"

// #embed is C23; clang has it in every C mode, and rebuilds when a file changes.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char page[] = {
#embed "page/report.html"
};
static const char style[] = {
#embed "page/report.css"
};
static const char elements[] = {
#embed "page/elements.js"
};
static const char chart[] = {
#embed "page/chart.js"
};
static const char pictures[] = {
#embed "page/pictures.js"
};
static const char script[] = {
#embed "page/script.js"
};
static const char runs[] = {
#embed "page/runs.js"
};
static const char sections[] = {
#embed "page/sections.js"
};
static const char live[] = {
#embed "page/live.js"
};
static const char whole[] = {
#embed "page/page.js"
};

#define PART(text) {text, sizeof text}
static const report_page_part scripts[] = {
  PART(elements), PART(chart), PART(pictures), PART(script), PART(runs), PART(sections), PART(live),
  PART(whole),
};

report_page_part report_page_template(void) { return (report_page_part)PART(page); }
report_page_part report_page_style(void) { return (report_page_part)PART(style); }
size_t report_page_script_count(void) { return sizeof scripts / sizeof *scripts; }
report_page_part report_page_script_at(size_t index) { return scripts[index]; }
