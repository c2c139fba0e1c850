/* The program: finds the command, prints its one line of error, returns its exit code. */
#include "command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct gw_command *const command_table[] = {
    &gw_command_init,   &gw_command_ingest, &gw_command_synth,     &gw_command_info,
    &gw_command_check,  &gw_command_plan,   &gw_command_run,       &gw_command_show,
    &gw_command_replay, &gw_command_top,    &gw_command_functions, &gw_command_bench,
};
enum { COMMANDS = sizeof command_table / sizeof command_table[0] };

/* Rank by the launcher's environment: commands that need no MPI do not start it. */
static int launched_rank(void)
{
    static const char *const variable[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK",
                                           "PMI_RANK"};
    for (size_t i = 0; i < sizeof variable / sizeof variable[0]; i++) {
        const char *text = getenv(variable[i]);
        if (text != NULL) {
            return atoi(text);
        }
    }
    return 0;
}

static void help(struct gw_text *out)
{
    gw_text_printf(out,
                   "gridwalk %s: parameter grids and walk-forward windows of trading "
                   "strategies, over MPI\n\n"
                   "usage: gridwalk COMMAND [ARGUMENT] [OPTION]...\n"
                   "       mpirun -n 4 gridwalk run EXPERIMENT.yaml\n\ncommands:\n",
                   GW_VERSION);
    for (size_t i = 0; i < COMMANDS; i++) {
        char left[48];
        snprintf(left, sizeof left, "%s %s", command_table[i]->name,
                 command_table[i]->positional);
        gw_text_printf(out, "  %-22s %s\n", left, command_table[i]->help);
    }
    gw_text_printf(out, "\n'gridwalk COMMAND --help' tells more. exit codes:\n");
#define X(name, code, meaning) gw_text_printf(out, "  %2d  %s\n", code, meaning);
    GW_STATUS_LIST(X)
#undef X
}

static const struct gw_command *find_command(const char *name, struct gw_error *err)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) {
        names[i] = command_table[i]->name;
        if (strcmp(names[i], name) == 0) {
            return command_table[i];
        }
    }
    const char *near = gw_nearest(name, names, COMMANDS);
    gw_fail(err, GW_USAGE, "unknown command '%s'%s%s%s", name,
            near != NULL ? "; did you mean '" : "; 'gridwalk --help' lists them",
            near != NULL ? near : "", near != NULL ? "'?" : "");
    return NULL;
}

static bool is_any(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static enum gw_status dispatch(int count, char **word, int rank, struct gw_error *err)
{
    struct gw_text text = {0};
    if (count < 2 || is_any(word[1], "--help", "-h") || strcmp(word[1], "help") == 0) {
        help(&text);
        return rank == 0 ? gw_print(&text, err) : GW_OK;
    }
    if (is_any(word[1], "--version", "-V")) {
        gw_text_printf(&text, "gridwalk %s\n", GW_VERSION);
        return rank == 0 ? gw_print(&text, err) : GW_OK;
    }
    const struct gw_command *command = find_command(word[1], err);
    if (command == NULL) {
        return err->status;
    }
    for (int i = 2; i < count; i++) {
        if (is_any(word[i], "--help", "-h")) {
            gw_command_help(command, &text);
            return rank == 0 ? gw_print(&text, err) : GW_OK;
        }
    }
    struct gw_arguments arguments;
    GW_TRY(gw_arguments_parse(command, count - 2, word + 2, &arguments, err));
    if (rank != 0 && !command->collective) {
        return GW_OK;
    }
    return command->run(&arguments, err);
}

int main(int count, char **word)
{
    struct gw_error err = {.status = GW_OK};
    int rank = launched_rank();
    /* A closed pipe or a limit on file sizes is for the write to report. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    enum gw_status status = dispatch(count, word, rank, &err);
    /* Under a launcher only rank 0 speaks and only its exit code counts. */
    if (status != GW_OK && rank == 0) {
        gw_print_error(&err);
        return (int)status;
    }
    return 0;
}
