#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *gw_argument(const struct gw_arguments *arguments, const char *name)
{
    for (size_t i = arguments->count; i-- > 0;) {
        if (strcmp(arguments->given[i].option->name, name) == 0) {
            return arguments->given[i].value;
        }
    }
    return NULL;
}

bool gw_switch(const struct gw_arguments *arguments, const char *name)
{
    return gw_argument(arguments, name) != NULL;
}

enum gw_status gw_argument_count(const struct gw_arguments *arguments,
                                 const char *name,
                                 size_t low,
                                 size_t standard,
                                 size_t *out,
                                 struct gw_error *err)
{
    const char *value = gw_argument(arguments, name);
    int64_t number = (int64_t)standard;
    if (value != NULL &&
        (!gw_parse_int(value, strlen(value), &number) || number < (int64_t)low)) {
        return gw_fail(err, GW_USAGE, "--%s must be a whole number from %zu up, not '%s'",
                       name, low, value);
    }
    *out = (size_t)number;
    return GW_OK;
}

static const struct gw_option *
find_option(const struct gw_command *command, const char *name, size_t length)
{
    const struct gw_option *option = command->option;
    while (option->name != NULL &&
           (strlen(option->name) != length || memcmp(option->name, name, length) != 0)) {
        option++;
    }
    return option->name != NULL ? option : NULL;
}

static const struct gw_option *find_letter(const struct gw_command *command, char letter)
{
    const struct gw_option *option = command->option;
    while (option->name != NULL && option->letter != letter) {
        option++;
    }
    return option->name != NULL ? option : NULL;
}

static enum gw_status
unknown_option(const struct gw_command *command, const char *word, struct gw_error *err)
{
    const char *names[GW_GIVEN];
    size_t count = 0;
    for (const struct gw_option *option = command->option;
         option->name != NULL && count < GW_GIVEN; option++) {
        names[count++] = option->name;
    }
    const char *name = word + strspn(word, "-");
    const char *near = gw_nearest(name, names, count);
    if (near != NULL) {
        return gw_fail(err, GW_USAGE, "%s: unknown option '%s'; did you mean '--%s'?",
                       command->name, word, near);
    }
    return gw_fail(err, GW_USAGE,
                   "%s: unknown option '%s'; 'gridwalk %s --help' lists the options",
                   command->name, word, command->name);
}

/* Take the option at word[*at]; moves *at on when it takes the next word as its value. */
static enum gw_status take_option(const struct gw_command *command,
                                  int count,
                                  char **word,
                                  int *at,
                                  struct gw_arguments *out,
                                  struct gw_error *err)
{
    const char *text = word[*at];
    bool is_long = text[1] == '-';
    const char *equals = is_long ? strchr(text, '=') : NULL;
    size_t length = equals != NULL ? (size_t)(equals - text) - 2 : strlen(text) - 2;
    const struct gw_option *option =
        is_long ? find_option(command, text + 2, length) : find_letter(command, text[1]);
    if (option == NULL || (!is_long && text[2] != '\0' && option->argument == NULL)) {
        return unknown_option(command, text, err);
    }
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (!is_long && text[2] != '\0') {
        value = text + 2;
    }
    if (option->argument == NULL && value != NULL) {
        return gw_fail(err, GW_USAGE, "%s: --%s takes no value", command->name,
                       option->name);
    }
    if (option->argument != NULL && value == NULL) {
        if (*at + 1 >= count) {
            return gw_fail(err, GW_USAGE, "%s: --%s needs a value: --%s %s",
                           command->name, option->name, option->name, option->argument);
        }
        value = word[++*at];
    }
    if (out->count == GW_GIVEN) {
        return gw_fail(err, GW_USAGE, "%s: more than %d options", command->name,
                       GW_GIVEN);
    }
    out->given[out->count].option = option;
    out->given[out->count++].value = value != NULL ? value : "";
    return GW_OK;
}

enum gw_status gw_arguments_parse(const struct gw_command *command,
                                  int count,
                                  char **word,
                                  struct gw_arguments *out,
                                  struct gw_error *err)
{
    *out = (struct gw_arguments){.count = 0};
    bool many = strstr(command->positional, "...") != NULL;
    size_t most = many ? GW_POSITIONALS : command->positional[0] != '\0';
    bool needed = most > 0 && command->positional[0] != '[';
    for (int i = 0; i < count; i++) {
        if (word[i][0] == '-' && word[i][1] != '\0') {
            GW_TRY(take_option(command, count, word, &i, out, err));
        } else if (out->positionals == most) {
            return gw_fail(err, GW_USAGE, "%s: one argument too many: '%s'",
                           command->name, word[i]);
        } else {
            out->positional[out->positionals++] = word[i];
        }
    }
    if (needed && out->positionals == 0) {
        return gw_fail(err, GW_USAGE, "%s: which %s? usage: gridwalk %s %s",
                       command->name, command->positional, command->name,
                       command->positional);
    }
    return GW_OK;
}

void gw_command_help(const struct gw_command *command, struct gw_text *out)
{
    bool positional = command->positional[0] != '\0';
    gw_text_printf(out, "usage: gridwalk %s%s%s%s\n\n%s\n", command->name,
                   positional ? " " : "", command->positional,
                   command->option->name != NULL ? " [OPTION]..." : "", command->help);
    if (command->more != NULL) {
        gw_text_printf(out, "\n%s", command->more);
    }
    if (command->option->name != NULL) {
        gw_text_printf(out, "\noptions:\n");
    }
    for (const struct gw_option *option = command->option; option->name != NULL;
         option++) {
        char left[64], letter[5] = "    ";
        if (option->letter != 0) {
            snprintf(letter, sizeof letter, "-%c, ", option->letter);
        }
        snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name,
                 option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
        gw_text_printf(out, "  %-26s %s\n", left, option->help);
    }
}

enum gw_status gw_print(struct gw_text *text, struct gw_error *err)
{
    const char *bytes = text->data != NULL ? text->data : "";
    bool taken =
        fwrite(bytes, 1, text->length, stdout) == text->length && fflush(stdout) == 0;
    int number = errno;
    gw_text_clear(text);
    if (taken || number == EPIPE) { /* a reader like head has seen enough */
        return GW_OK;
    }
    return gw_fail_errno(err, GW_SYSTEM, number, "cannot write to standard output");
}

void gw_print_error(const struct gw_error *err)
{
    char line[sizeof err->text + 32];
    int length = snprintf(line, sizeof line, "gridwalk: %s%s\n",
                          err->status == GW_INTERRUPTED ? "" : "error: ", err->text);
    ssize_t written = write(STDERR_FILENO, line, (size_t)length);
    (void)written; /* there is nowhere left to complain */
}
