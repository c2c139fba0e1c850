/**
 * What the fuzzers share. A fuzzer is one function that libFuzzer calls with bytes of its
 * making; a crash, a leak, a failed assert or a death by gw_die is a finding.
 */
#ifndef GRIDWALK_TESTS_FUZZ_FUZZ_H
#define GRIDWALK_TESTS_FUZZ_FUZZ_H

#include "gridwalk/base/error.h"
#include "gridwalk/market/synth.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An abort instead of an exit, so that libFuzzer keeps the bytes. */
static inline void fuzz_die(int exit_code)
{
    (void)exit_code;
    abort();
}

/** A failure must come as one line, with one of the two statuses. */
static inline void
fuzz_refused(enum gw_status status, enum gw_status other, const struct gw_error *err)
{
    assert(status == GW_CONFIG || status == other);
    assert(err->text[0] != '\0' && strchr(err->text, '\n') == NULL);
}

/** A file in memory that `path` leads to. */
struct fuzz_file {
    int fd;
    char path[40];
};

static inline struct fuzz_file fuzz_file(const void *bytes, size_t length)
{
    struct fuzz_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
    if (file.fd < 0 || pwrite(file.fd, bytes, length, 0) != (ssize_t)length) {
        perror("memfd");
        exit(1);
    }
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    return file;
}

/** The bytes up to a line that is `mark`, and those behind it (none without the mark). */
static inline size_t
fuzz_cut(const uint8_t *data, size_t size, const char *mark, const uint8_t **rest_out)
{
    const uint8_t *at = size > 0 ? memmem(data, size, mark, strlen(mark)) : NULL;
    *rest_out = at != NULL ? at + strlen(mark) : data + size;
    return at != NULL ? (size_t)(at - data) : size;
}

enum { FUZZ_BARS = 90, FUZZ_ASSETS = 2, FUZZ_ACTIONS = 3 };

/** Two made-up assets: the first has a split, two dividends and a gap, the second comes
 * late and is delisted. */
static inline struct gw_panel *fuzz_panel(void)
{
    const struct gw_synth synth = {.kind = GW_SYNTH_WALK,
                                   .bars = FUZZ_BARS,
                                   .assets = FUZZ_ASSETS,
                                   .first = 10000,
                                   .volatility = 0.4,
                                   .periods = 252};
    static const struct gw_action action[FUZZ_ACTIONS] = {
        {0, 20, GW_SPLIT, 0.5}, {0, 30, GW_DIVIDEND, 1.5}, {0, 70, GW_DIVIDEND, 0.5}};
    const struct gw_panel_dims dims = {FUZZ_BARS, FUZZ_ASSETS, FUZZ_ACTIONS};
    struct gw_panel *made = gw_synth_make(&synth), *panel = gw_panel_new(&dims);
    const size_t cells = FUZZ_BARS * FUZZ_ASSETS * sizeof(double);
    for (int field = 0; field < GW_FIELDS; field++) {
        memcpy(panel->column[field], made->column[field], cells);
        double *first = gw_panel_column(panel, (enum gw_field)field, 0);
        double *second = gw_panel_column(panel, (enum gw_field)field, 1);
        first[40] = first[41] = NAN;
        second[0] = second[1] = second[FUZZ_BARS - 1] = NAN;
    }
    gw_panel_column(panel, GW_OPEN, 0)[50] = NAN; /* a bar without an open */
    memcpy(panel->session, made->session, FUZZ_BARS * sizeof *panel->session);
    memcpy(panel->asset, made->asset, FUZZ_ASSETS * sizeof *panel->asset);
    memcpy(panel->action, action, sizeof action);
    panel->asset[1].delisting_return = -0.3;
    gw_panel_set_listing(panel);
    gw_panel_free(made);
    return panel;
}

#endif
