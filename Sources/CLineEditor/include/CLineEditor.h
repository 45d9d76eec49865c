#pragma once
// A statement of one or several lines, edited on the terminal with libedit. A started block stays in
// the editor as a whole: Enter adds a line to it until it is complete, and the history keeps it as one
// entry, its lines between newlines.
#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

/// What the editor asks its owner.
typedef struct line_editor_owner {
  void *context;
  /// Whether Enter starts a further line of the text.
  bool (*is_incomplete)(void *context, const char *text);
  /// What Tab does with the text before the cursor: answers what it inserts, as memory to be freed, or
  /// NULL; and leaves in `listing` what it shows below, likewise.
  char *_Nullable (*_Nonnull complete)(
    void *context, const char *text, char *_Nullable *_Nonnull listing);
} line_editor_owner;

typedef enum line_editor_result { line_editor_text, line_editor_end, line_editor_interrupted } line_editor_result;

/// Takes the terminal; false where it is not fit for editing. Once in a process.
bool line_editor_open(const char *program, line_editor_owner owner, int history_size);
/// Reads a statement; `*text` is memory to be freed, without the last newline.
line_editor_result line_editor_read(const char *prompt, char *_Nullable *_Nonnull text);
/// Adds an entry to what the arrow keys and Ctrl-R find; one like the last is not added again.
void line_editor_remember(const char *entry);

#pragma clang assume_nonnull end
