#pragma once
// The parts of the page that shows runs, inside of the program.
#include <stddef.h>

/// One file of the page.
typedef struct {
  const char *text;
  size_t size;
} report_page_part;

/// The page with places for style, script and data.
report_page_part report_page_template(void);
/// The style sheet.
report_page_part report_page_style(void);
/// How many files make the script, and the one at an index in the order in which they follow.
size_t report_page_script_count(void);
report_page_part report_page_script_at(size_t index);
