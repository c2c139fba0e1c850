/* functions: the expression language, from its own table. */
#include "command.h"

#include "gridwalk/expr/functions.h"

#include <stdio.h>
#include <string.h>

static void signature(const struct gw_function *function, char *out, size_t size)
{
    if (function->is_operator) {
        snprintf(out, size, "%s%s%s%s%s",
                 function->series == 2 ? function->series_name[0] : "",
                 function->series == 2 ? " " : "", function->name,
                 function->name[0] == '-' && function->series == 1 ? "" : " ",
                 function->series_name[function->series - 1]);
        return;
    }
    size_t at = (size_t)snprintf(out, size, "%s(", function->name);
    for (unsigned i = 0; i < function->series && at < size; i++) {
        at += (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "",
                               function->series_name[i]);
    }
    for (unsigned i = 0; i < function->numbers && at < size; i++) {
        const struct gw_number_rule *rule = &function->number[i];
        if (rule->optional) {
            at += (size_t)snprintf(out + at, size - at, ", %s = %g", rule->name,
                                   rule->standard);
        } else {
            at += (size_t)snprintf(out + at, size - at, ", %s", rule->name);
        }
    }
    snprintf(out + at, at < size ? size - at : 0, ")");
}

static void print_lookback(const struct gw_function *function, struct gw_text *out)
{
    if (function->back == GW_BACK_0 || function->back == GW_BACK_1) {
        gw_text_printf(out, "%s", function->back == GW_BACK_0 ? "none" : "1 bar");
    } else {
        gw_text_printf(out, "%s%s bars", function->number[0].name,
                       function->back == GW_BACK_N_1 ? " - 1" : "");
    }
}

static void describe(const struct gw_function *function, struct gw_text *out)
{
    char head[128];
    signature(function, head, sizeof head);
    gw_text_printf(out, "%s\n  %s\n  formula   %s\n  warm-up   ", head, function->doc,
                   function->formula);
    print_lookback(function, out);
    gw_text_printf(out, " beyond its operands%s\n",
                   function->infinite ? "; memory without end" : "");
    for (unsigned i = 0; i < function->numbers; i++) {
        const struct gw_number_rule *rule = &function->number[i];
        gw_text_printf(out, "  %-9s a %snumber from %g to %g, of parameters alone%s\n",
                       rule->name, rule->whole ? "whole " : "", rule->low, rule->high,
                       rule->optional ? " (may be left out)" : "");
    }
    gw_text_printf(out, "  result    %s\n",
                   function->result == GW_BOOLEAN ? "true or false" : "a number");
}

static void list_all(struct gw_text *out)
{
    size_t count;
    const struct gw_function *function = gw_functions(&count);
    for (size_t i = 0; i < count; i++) {
        char head[128];
        signature(&function[i], head, sizeof head);
        gw_text_printf(out, "%-24s %s\n", head, function[i].doc);
    }
    gw_text_printf(out,
                   "\nfields: open high low close volume in the run's price basis; "
                   "raw.close etc. as traded.\n'gridwalk functions sma' tells more.\n");
}

static enum gw_status run_functions(const struct gw_arguments *arguments,
                                    struct gw_error *err)
{
    struct gw_text text = {0};
    const char *name = arguments->positional[0];
    size_t count, found = 0;
    const struct gw_function *function = gw_functions(&count);
    if (name == NULL) {
        list_all(&text);
    }
    for (size_t i = 0; i < count && name != NULL; i++) {
        if (strcmp(function[i].name, name) == 0) {
            describe(&function[i], &text);
            found++;
        }
    }
    if (name != NULL && found == 0) {
        const char *near = gw_function_nearest(name);
        return gw_fail(err, GW_USAGE, "no function '%s'%s%s%s", name,
                       near != NULL ? "; did you mean '"
                                    : "; 'gridwalk functions' lists them",
                       near != NULL ? near : "", near != NULL ? "'?" : "");
    }
    return gw_print(&text, err);
}

static const struct gw_option no_options[] = {{NULL, 0, NULL, NULL}};

const struct gw_command gw_command_functions = {
    .name = "functions",
    .positional = "[NAME]",
    .help = "the expression language: functions and operators, warm-up, formula",
    .option = no_options,
    .run = run_functions,
};
