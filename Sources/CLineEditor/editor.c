#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "CLineEditor.h"
#include "CPlatform.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static EditLine *editor;
static History *past;
static line_editor_owner owner;
static const char *prompt = "";
static volatile sig_atomic_t is_resized;
// Where the cursor was before a listing; what is listed.
static int cursor_before_listing;
static char *listing;

// Functions of the editor's own that ours hand over to are reached by keys that nobody can press.
#define ENTER_KEY "\033[bl-enter~"
#define UP_LINE_KEY "\033[bl-up-line~"
#define UP_ENTRY_KEY "\033[bl-up-entry~"
#define DOWN_LINE_KEY "\033[bl-down-line~"
#define DOWN_ENTRY_KEY "\033[bl-down-entry~"
#define LIST_KEY "\033[bl-list~"

static char *current_prompt(EditLine *unused) {
  (void)unused;
  return (char *)prompt;
}

static char *copy(const char *start, const char *end) { return strndup(start, (size_t)(end - start)); }

static void move_to(const char *place) {
  const LineInfo *line = el_line(editor);
  // Counted in characters: a byte that continues one is none.
  int distance = 0;
  for (const char *c = line->cursor; c < place; c++) distance += (*c & 0xC0) != 0x80;
  for (const char *c = place; c < line->cursor; c++) distance -= (*c & 0xC0) != 0x80;
  el_cursor(editor, distance);
}

// ---- Keys

static unsigned char enter(EditLine *el, int key) {
  (void)key;
  const LineInfo *line = el_line(el);
  char *text = copy(line->buffer, line->lastchar);
  bool is_incomplete = text && owner.is_incomplete(owner.context, text);
  free(text);
  if (is_incomplete) return el_insertstr(el, "\n") == 0 ? CC_REFRESH : CC_ERROR;
  el_push(el, ENTER_KEY);
  return CC_NORM;
}

static unsigned char complete(EditLine *el, int key) {
  (void)key;
  const LineInfo *line = el_line(el);
  char *text = copy(line->buffer, line->cursor);
  if (!text) return CC_ERROR;
  // At the start of a line Tab indents, which also keeps pasted text as it is.
  const char *start = strrchr(text, '\n');
  start = start ? start + 1 : text;
  if (start[strspn(start, " \t")] == '\0') {
    free(text);
    return el_insertstr(el, "  ") == 0 ? CC_REFRESH : CC_ERROR;
  }
  free(listing);
  listing = NULL;
  char *insertion = owner.complete(owner.context, text, &listing);
  free(text);
  bool is_inserted = insertion && *insertion && el_insertstr(el, insertion) == 0;
  free(insertion);
  if (is_inserted) return CC_REFRESH;
  if (!listing) return CC_REFRESH_BEEP;
  line = el_line(el);
  cursor_before_listing = 0;
  for (const char *c = line->cursor; c < line->lastchar; c++)
    cursor_before_listing += (*c & 0xC0) != 0x80;
  move_to(line->lastchar);
  el_push(el, LIST_KEY);
  return CC_REFRESH;
}

// The cursor is behind the text: what is listed goes below, and the text is drawn anew below that.
static unsigned char list(EditLine *el, int key) {
  (void)key;
  if (!listing) return CC_NORM;
  printf("\n%s\n", listing);
  fflush(stdout);
  free(listing);
  listing = NULL;
  el_cursor(el, -cursor_before_listing);
  el_set(el, EL_REFRESH);
  return CC_NORM;
}

static unsigned char up(EditLine *el, int key) {
  (void)key;
  const LineInfo *line = el_line(el);
  bool is_first = !memchr(line->buffer, '\n', (size_t)(line->cursor - line->buffer));
  el_push(el, is_first ? UP_ENTRY_KEY : UP_LINE_KEY);
  return CC_NORM;
}

static unsigned char down(EditLine *el, int key) {
  (void)key;
  const LineInfo *line = el_line(el);
  bool is_last = !memchr(line->cursor, '\n', (size_t)(line->lastchar - line->cursor));
  el_push(el, is_last ? DOWN_ENTRY_KEY : DOWN_LINE_KEY);
  return CC_NORM;
}

// Within a block, the line's start and end.
static unsigned char line_start(EditLine *el, int key) {
  (void)key;
  const LineInfo *line = el_line(el);
  const char *place = line->cursor;
  while (place > line->buffer && place[-1] != '\n') place--;
  move_to(place);
  return CC_REFRESH;
}

static unsigned char line_end(EditLine *el, int key) {
  (void)key;
  const LineInfo *line = el_line(el);
  const char *place = line->cursor;
  while (place < line->lastchar && *place != '\n') place++;
  move_to(place);
  return CC_REFRESH;
}

static void bind_key(const char *key, const char *command) {
  el_set(editor, EL_BIND, key, command, NULL);
}

static void bind_keys(void) {
  el_set(editor, EL_ADDFN, "bl-enter", "Adds a line, or ends a complete statement", enter);
  el_set(editor, EL_ADDFN, "bl-complete", "Completes the word before the cursor", complete);
  el_set(editor, EL_ADDFN, "bl-list", "Lists completions", list);
  el_set(editor, EL_ADDFN, "bl-up", "A line up, or to the last entry", up);
  el_set(editor, EL_ADDFN, "bl-line-start", "To the start of the line", line_start);
  el_set(editor, EL_ADDFN, "bl-line-end", "To the end of the line", line_end);
  el_set(editor, EL_ADDFN, "bl-down", "A line down, or to the next entry", down);
  static const char *const keys[][2] = {
    {ENTER_KEY, "ed-newline"},         {UP_LINE_KEY, "ed-prev-line"},
    {UP_ENTRY_KEY, "ed-prev-history"}, {DOWN_LINE_KEY, "ed-next-line"},
    {DOWN_ENTRY_KEY, "ed-next-history"}, {LIST_KEY, "bl-list"},
    {"^M", "bl-enter"},                {"^J", "bl-enter"},
    {"^I", "bl-complete"},             {"^R", "em-inc-search-prev"},
    {"\033[A", "bl-up"},               {"\033OA", "bl-up"},
    {"\033[B", "bl-down"},             {"\033OB", "bl-down"},
    {"^A", "bl-line-start"},           {"^E", "bl-line-end"},
    {"^P", "bl-up"},                   {"^N", "bl-down"},
    {"\033[H", "bl-line-start"},      {"\033[F", "bl-line-end"},
    {"\033[1~", "bl-line-start"},     {"\033[4~", "bl-line-end"},
    {"\033[3~", "ed-delete-next-char"},
    {"\033[1;5C", "em-next-word"},     {"\033[1;5D", "ed-prev-word"},
  };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) bind_key(keys[i][0], keys[i][1]);
}

// ---- Input

static void note_resize(int signal_number) {
  (void)signal_number;
  is_resized = 1;
}

// Cells before the cursor decide how many rows are above it; terminals wrap them anew when resized.
static void draw_resized(EditLine *el) {
  el_resize(el);
  const LineInfo *line = el_line(el);
  int width = platform_terminal_width(), rows = 0, cells = (int)strlen(prompt);
  for (const char *c = line->buffer; c < line->cursor; c++) {
    if (*c == '\n') {
      rows += cells / width + 1;
      cells = 0;
    } else {
      cells += (*c & 0xC0) != 0x80;
    }
  }
  rows += cells / width;
  printf("\r");
  if (rows > 0) printf("\033[%dA", rows);
  printf("\033[J");
  fflush(stdout);
  el_set(el, EL_REFRESH);
}

// A character; 0 at the end, -1 with EINTR where Ctrl-C was pressed.
static int read_character(EditLine *el, wchar_t *character) {
  mbstate_t state = {0};
  for (;;) {
    char byte;
    if (is_resized) {
      is_resized = 0;
      draw_resized(el);
    }
    ssize_t count = read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR && !platform_stop_requested()) continue;
    if (count <= 0) return (int)count;
    size_t size = mbrtowc(character, &byte, 1, &state);
    if (size == (size_t)-2) continue;  // there is more of it
    if (size != (size_t)-1) return 1;
    memset(&state, 0, sizeof state);  // no character: passed over
  }
}

bool line_editor_open(const char *program, line_editor_owner its_owner, int history_size) {
  const char *terminal = getenv("TERM");
  if (!terminal || !*terminal || strcmp(terminal, "dumb") == 0) return false;
  // libedit reads characters by the locale; scripts keep bytes, whatever that is.
  if (!setlocale(LC_CTYPE, "C.UTF-8") && !setlocale(LC_CTYPE, "UTF-8")) setlocale(LC_CTYPE, "");
  owner = its_owner;
  editor = el_init_fd(program, stdin, stdout, stderr, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
  past = history_init();
  if (!editor || !past) return false;
  HistEvent event;
  history(past, &event, H_SETSIZE, history_size);
  history(past, &event, H_SETUNIQUE, 1);
  el_set(editor, EL_PROMPT, current_prompt);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_SIGNAL, 0);
  el_set(editor, EL_HIST, history, past);
  el_set(editor, EL_GETCFN, read_character);
  bind_keys();
  el_source(editor, NULL);  // the user's own keys, from ~/.editrc
  struct sigaction action = {.sa_handler = note_resize};
  sigemptyset(&action.sa_mask);
  sigaction(SIGWINCH, &action, NULL);
  return true;
}

line_editor_result line_editor_read(const char *its_prompt, char **text) {
  prompt = its_prompt;
  *text = NULL;
  fflush(stdout);
  int count = 0;
  const char *line = el_gets(editor, &count);
  if (platform_stop_requested()) {
    printf("^C\n\033[J");  // what of a block was below the cursor goes
    fflush(stdout);
    return line_editor_interrupted;
  }
  if (!line || count <= 0) return line_editor_end;
  if (line[count - 1] == '\n') count--;
  *text = strndup(line, (size_t)count);
  return *text ? line_editor_text : line_editor_end;
}

void line_editor_remember(const char *entry) {
  HistEvent event;
  history(past, &event, H_ENTER, entry);
}
