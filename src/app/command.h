/**
 * Commands: one table defines them, their options and their help. A command returns a
 * status and an error; only main prints to stderr.
 */
#ifndef GRIDWALK_APP_COMMAND_H
#define GRIDWALK_APP_COMMAND_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { GW_POSITIONALS = 32, GW_GIVEN = 64 };

struct gw_option {
    const char *name;     /* long name, "output"; NULL ends a list */
    char letter;          /* or 0 */
    const char *argument; /* "FILE", or NULL for a switch */
    const char *help;
};

struct gw_arguments {
    const char *positional[GW_POSITIONALS];
    size_t positionals;
    struct {
        const struct gw_option *option;
        const char *value;
    } given[GW_GIVEN];
    size_t count;
};

struct gw_command {
    const char *name;
    const char *positional; /* "EXPERIMENT", "[NAME]" (optional), "[NAME]..." or "" */
    const char *help;       /* one line */
    const char *more;       /* lines for --help, or NULL */
    const struct gw_option *option;
    enum gw_status (*run)(const struct gw_arguments *arguments, struct gw_error *err);
    bool collective; /* all ranks of a launcher run it; else rank 0 alone */
};

/** The last value given for an option, or NULL; for a switch, whether it was given. */
const char *gw_argument(const struct gw_arguments *arguments, const char *name);
bool gw_switch(const struct gw_arguments *arguments, const char *name);

/** A whole number >= low given for an option, or `standard`. Errors: GW_USAGE. */
enum gw_status gw_argument_count(const struct gw_arguments *arguments,
                                 const char *name,
                                 size_t low,
                                 size_t standard,
                                 size_t *out,
                                 struct gw_error *err) GW_MUST_CHECK;

/** Parse the words behind the command's name. Errors: GW_USAGE, naming the word. */
enum gw_status gw_arguments_parse(const struct gw_command *command,
                                  int count,
                                  char **word,
                                  struct gw_arguments *out,
                                  struct gw_error *err) GW_MUST_CHECK;

/** The text of `gridwalk COMMAND --help`. */
void gw_command_help(const struct gw_command *command, struct gw_text *out);

/** Write to stdout and clear the text. Errors: GW_SYSTEM when it does not take it. */
enum gw_status gw_print(struct gw_text *text, struct gw_error *err) GW_MUST_CHECK;

/** The one line of an error, on stderr, by one write. */
void gw_print_error(const struct gw_error *err);

extern const struct gw_command gw_command_init, gw_command_ingest, gw_command_synth,
    gw_command_info, gw_command_check, gw_command_plan, gw_command_run, gw_command_show,
    gw_command_replay, gw_command_top, gw_command_functions, gw_command_bench;

#endif
