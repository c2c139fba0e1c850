#include "calibrate.h"

#include "compute.h"
#include "intake.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/files.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For a look at some places; for all tiles, and for a look when there are too many after
 * all; for taking in. */
static const double BUDGET_SECONDS = 1.5, ALL_SECONDS = 1, LATE_SECONDS = 0.75;
static const double ACCEPT_BUDGET_SECONDS = 0.5;

/* Above that no results file is made to try, and payloads are not kept. */
static const double RESULTS_MOST = 256e6;
static const size_t PAYLOADS_MOST = (size_t)64 << 20;

/* Taking in a tile that was not tried: coordination_seconds in FILE.run.json of a run on
 * one rank, over tiles: 1.5 ms for 315 kB (journal and results). */
static const double ACCEPT_SECONDS = 20e-6, ACCEPT_BYTES_PER_SECOND = 2e8;

enum { WEIGHTS = 4096 }; /* tiles whose weights stand for all */

struct sample {
    uint64_t tile;
    size_t at, length; /* in bytes */
};

/** Of the batches that count. */
struct counted {
    uint64_t batch; /* the largest */
    uint64_t tiles;
    double weight, seconds, bars;
};

struct calibration {
    const struct gw_source *source;
    struct gw_compute compute;
    void *payload;
    struct gw_text bytes; /* of the samples */
    struct sample *sample;
    size_t samples, room;
    uint64_t *tile; /* [tiles] all that were computed, some twice */
    size_t tiles, tile_room;
    double payload_bytes, rows, failed;
    bool reference;

    struct counted counted;
};

/** Spread over the grid, wherever one stops: multiples of the golden ratio. */
static uint64_t spread(uint64_t tiles, uint64_t i)
{
    double at = (double)i * 0.6180339887498949;
    uint64_t tile = (uint64_t)((at - floor(at)) * (double)tiles);
    return tile < tiles ? tile : tiles - 1;
}

/** Rows that failed are cheap, and the run then ends with an error. */
static void count_rows(struct calibration *self, size_t length)
{
    const struct gw_plan *plan = self->source->plan;
    const struct gw_compute *compute = &self->compute;
    const struct gw_payload *made =
        &compute->payload[self->tile[self->tiles - 1] - compute->first];
    size_t cells = made->combinations * made->tile.windows;
    struct gw_payload_reader reader;
    gw_payload_open(&reader, plan, made->combinations, made->tile.windows, self->payload,
                    length);
    for (size_t i = 0; i < cells * plan->segments; i++) {
        size_t cell = i / plan->segments;
        self->failed +=
            gw_payload_status(&reader, cell / reader.windows, cell % reader.windows,
                              i % plan->segments) == GW_ROW_FAILED
                ? 1
                : 0;
    }
    self->rows += (double)(cells * plan->segments);
    gw_payload_close(&reader);
}

static void keep_sample(struct calibration *self, uint64_t tile, size_t length)
{
    self->tile =
        gw_grow(self->tile, &self->tile_room, self->tiles + 1, sizeof *self->tile);
    self->tile[self->tiles++] = tile;
    self->payload_bytes += (double)length;
    count_rows(self, length);
    if (self->bytes.length + length > PAYLOADS_MOST) {
        return;
    }
    self->sample =
        gw_grow(self->sample, &self->room, self->samples + 1, sizeof *self->sample);
    self->sample[self->samples++] = (struct sample){tile, self->bytes.length, length};
    gw_text_append(&self->bytes, self->payload, length);
}

static void drop_samples(struct calibration *self)
{
    self->counted = (struct counted){0};
    self->samples = self->tiles = 0;
    self->payload_bytes = self->rows = self->failed = 0;
    self->bytes.length = 0;
}

/** Compute consecutive tiles together, as a run does. */
static enum gw_status compute_batch(struct calibration *self,
                                    uint64_t first,
                                    uint64_t count,
                                    double *seconds_out,
                                    struct gw_error *err)
{
    uint64_t bars = gw_compute_stats(&self->compute).bars;
    double seconds = 0, weight = 0;
    for (uint64_t tile = first; tile < first + count; tile++) {
        const struct gw_compute_tile asked = {.tile = tile,
                                              .ahead = first + count - tile};
        size_t length;
        double begin = gw_clock();
        GW_TRY(gw_compute_tile(&self->compute, &asked, self->payload, &length, err));
        seconds += gw_clock() - begin;
        keep_sample(self, tile, length);
        weight += gw_plan_weight(self->source->plan, tile);
    }
    self->counted.seconds += seconds;
    self->counted.weight += weight;
    self->counted.bars += (double)(gw_compute_stats(&self->compute).bars - bars);
    self->counted.tiles += count;
    self->counted.batch = count;
    *seconds_out = seconds;
    return GW_OK;
}

/** How many tiles a batch may have: what the engine computes together, a quarter of the
 *  time at most, and half of all. */
static uint64_t batch_of(const struct calibration *self, double tile_seconds)
{
    uint64_t tiles = self->source->plan->tiling.tiles, batch = self->compute.most;
    double most = fmax(1, BUDGET_SECONDS / 4 / fmax(tile_seconds, 1e-9));
    batch = (double)batch > most ? (uint64_t)most : batch;
    return batch <= tiles / 2 ? batch : tiles / 2;
}

/** A batch to warm up at each place, and the one behind it, which counts. The first of a
 *  size warms up a rank. Batches grow to what a run computes together only where there
 * was something to compute: tiles of one grid may cost very different times. */
static enum gw_status sample_places(struct calibration *self,
                                    double budget,
                                    double tile_seconds,
                                    double *first_seconds,
                                    struct gw_error *err)
{
    uint64_t tiles = self->source->plan->tiling.tiles;
    double deadline = gw_clock() + budget, warming, seconds;
    struct counted counted = {0};
    for (uint64_t i = 0, most = 4; i == 0 || gw_clock() < deadline; i++) {
        uint64_t batch = batch_of(self, tile_seconds);
        batch = batch < most ? batch : most;
        uint64_t first = spread(tiles, i), last = tiles - 2 * batch;
        first = first < last ? first : last;
        self->counted = (struct counted){0};
        GW_TRY(compute_batch(self, first, batch, &warming, err));
        if (warming > budget) {
            counted = self->counted; /* better than nothing */
            break;
        }
        bool grown = batch > counted.batch;
        self->counted = grown ? (struct counted){0} : counted;
        double bars = self->counted.bars;
        GW_TRY(compute_batch(self, first + batch, batch, &seconds, err));
        counted = self->counted;
        *first_seconds = fmax(*first_seconds, grown ? warming - seconds : 0);
        tile_seconds = fmax(tile_seconds / 4, seconds / (double)batch);
        most *= batch == most && self->counted.bars > bars ? 4 : 1;
    }
    self->counted = counted;
    return GW_OK;
}

/** All tiles, as long as they are as quick as they looked. */
static enum gw_status
compute_all(struct calibration *self, bool *done_out, struct gw_error *err)
{
    uint64_t tiles = self->source->plan->tiling.tiles, tile = 0;
    double deadline = gw_clock() + ALL_SECONDS, seconds = ALL_SECONDS / 8;
    drop_samples(self);
    for (uint64_t batch = 1; tile < tiles && gw_clock() < deadline; tile += batch) {
        double most = (double)batch * ALL_SECONDS / 4 / fmax(seconds, 1e-9);
        batch = most < (double)self->compute.most ? (uint64_t)fmax(1, most)
                                                  : self->compute.most;
        batch = batch < tiles - tile ? batch : tiles - tile;
        GW_TRY(compute_batch(self, tile, batch, &seconds, err));
    }
    *done_out = tile == tiles;
    return GW_OK;
}

/** All tiles when there is time for that, else some at places spread over the grid. */
static enum gw_status compute_samples(struct calibration *self,
                                      struct gw_calibration *out,
                                      struct gw_error *err)
{
    uint64_t tiles = self->source->plan->tiling.tiles;
    double first, again, *filling = &out->first_seconds;
    GW_TRY(compute_batch(self, 0, 1, &first, err));
    if (tiles == 1 || first > 2 * BUDGET_SECONDS) {
        return GW_OK;
    }
    self->counted = (struct counted){0}; /* the first has filled the caches */
    GW_TRY(compute_batch(self, 1, 1, &again, err));
    *filling = fmax(0, first - again);
    if (first + again > BUDGET_SECONDS) {
        return GW_OK;
    }
    if ((double)tiles * again > ALL_SECONDS || tiles > WEIGHTS) {
        return sample_places(self, BUDGET_SECONDS, again, filling, err);
    }
    bool done;
    GW_TRY(compute_all(self, &done, err));
    if (done) {
        return GW_OK;
    }
    double mean = self->counted.seconds / (double)self->counted.tiles;
    return sample_places(self, LATE_SECONDS, mean, filling, err);
}

/** Mean weight of the job's tiles over that of the counted ones. */
static double weight_ratio(const struct calibration *self)
{
    const struct gw_plan *plan = self->source->plan;
    uint64_t tiles = plan->tiling.tiles, count = tiles < WEIGHTS ? tiles : WEIGHTS;
    double sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        sum += gw_plan_weight(plan, tiles > WEIGHTS ? spread(tiles, i) : i);
    }
    const struct counted *counted = &self->counted;
    return counted->weight > 0 && sum > 0
               ? sum / (double)count / (counted->weight / (double)counted->tiles)
               : 1;
}

static int compare_tiles(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void conclude(struct calibration *self, struct gw_calibration *out)
{
    const struct counted *counted = &self->counted;
    qsort(self->tile, self->tiles, sizeof *self->tile, compare_tiles);
    for (size_t i = 0; i < self->tiles; i++) {
        out->tiles += i == 0 || self->tile[i] != self->tile[i - 1] ? 1 : 0;
    }
    out->rows = self->rows;
    out->failed = self->failed;
    out->tile_seconds = counted->seconds / (double)counted->tiles * weight_ratio(self);
    out->bars_per_second = counted->seconds > 0 ? counted->bars / counted->seconds : 0;
    out->payload_bytes = self->payload_bytes / (double)self->tiles;
    out->accept_seconds = ACCEPT_SECONDS + out->payload_bytes / ACCEPT_BYTES_PER_SECOND;
}

/* ---- taking in ---- */

/* While there are files to remove, signals that end the process wait. */
static void hold_signals(sigset_t *before)
{
    static const int number[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1};
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        sigaddset(&held, number[i]);
    }
    sigprocmask(SIG_BLOCK, &held, before);
}

static bool signal_waits(void)
{
    sigset_t waiting;
    sigpending(&waiting);
    return sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 ||
           sigismember(&waiting, SIGHUP) == 1 || sigismember(&waiting, SIGQUIT) == 1 ||
           sigismember(&waiting, SIGUSR1) == 1;
}

static enum gw_status accept_samples(const struct calibration *self,
                                     struct gw_intake *intake,
                                     struct gw_calibration *out,
                                     struct gw_error *err)
{
    uint64_t accepted = 0;
    double begin = gw_clock();
    for (size_t i = 0; i < self->samples && !signal_waits(); i++) {
        if (gw_clock() - begin > ACCEPT_BUDGET_SECONDS) {
            break;
        }
        const struct sample *sample = &self->sample[i];
        if (gw_results_has(intake->writer, sample->tile)) {
            continue;
        }
        GW_TRY(gw_intake_accept(intake, sample->tile, self->bytes.data + sample->at,
                                sample->length, err));
        accepted++;
    }
    if (accepted == 0) {
        out->accept_guessed = "a tile is too large to keep";
        return GW_OK;
    }
    GW_TRY(gw_intake_commit(intake, err));
    double seconds = gw_clock() - begin, tiles = (double)accepted;
    /* A run commits once a second: that of fewer tiles is not charged to them alone. */
    double committing = gw_intake_facts(intake).commit_seconds;
    seconds -= committing * (1 - fmin(1, tiles * out->tile_seconds));
    out->accept_seconds = seconds / tiles;
    out->accept_guessed = NULL;
    return GW_OK;
}

static enum gw_status open_intake(const struct calibration *self,
                                  const char *output,
                                  struct gw_calibration *out,
                                  struct gw_error *err)
{
    const struct gw_source *source = self->source;
    const struct gw_experiment *experiment = source->plan->experiment;
    const char *bundle = source->panel->header->digest;
    struct gw_text canonical = {0};
    char digest[GW_SHA256_HEX];
    gw_experiment_canonical(experiment, &canonical);
    gw_experiment_digest(experiment, bundle, digest);
    const struct gw_run_identity identity = {.program = GW_RESULTS_PROGRAM,
                                             .semantics = GW_RESULTS_SEMANTICS,
                                             .engine =
                                                 self->reference ? "reference" : "vector",
                                             .bundle_digest = bundle,
                                             .experiment_digest = digest,
                                             .canonical = canonical.data};
    const struct gw_intake_setup setup = {.output = output,
                                          .plan = source->plan,
                                          .panel = source->panel,
                                          .identity = &identity,
                                          .journal = true};
    struct gw_intake intake;
    double begin = gw_clock();
    enum gw_status status = gw_intake_open(&intake, &setup, err);
    out->create_seconds = gw_clock() - begin;
    if (status == GW_OK) {
        status = accept_samples(self, &intake, out, err);
    }
    gw_intake_close(&intake);
    gw_text_clear(&canonical);
    return status;
}

/** In a directory of its own beside the output. */
static void
try_intake(const struct calibration *self, const char *output, struct gw_calibration *out)
{
    const char *slash = strrchr(output, '/');
    struct gw_text directory = {0}, file = {0};
    struct gw_calibration tried = *out;
    struct gw_error ignored;
    sigset_t before;
    gw_text_append(&directory, output, slash != NULL ? (size_t)(slash - output) + 1 : 0);
    gw_text_printf(&directory, ".gridwalk-plan-XXXXXX");
    hold_signals(&before);
    out->accept_guessed = "nothing can be written there";
    if (mkdtemp(directory.data) != NULL) {
        gw_text_printf(&file, "%s/results.h5", directory.data);
        if (open_intake(self, file.data, &tried, &ignored) == GW_OK) {
            *out = tried;
        }
        gw_text_printf(&file, ".journal");
        unlink(file.data);
        rmdir(directory.data);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    gw_text_clear(&directory);
    gw_text_clear(&file);
}

/** Where it cannot be tried, the estimate stands. */
static void time_intake(const struct calibration *self,
                        const char *output,
                        struct gw_calibration *out)
{
    const struct gw_plan *plan = self->source->plan;
    double column =
        gw_results_column_bytes(plan, (double)gw_space_count(&plan->space).count);
    double need = gw_results_bytes(plan) + column + (double)self->bytes.length;
    double space = gw_file_space(output);
    if (space < 0) {
        out->accept_guessed = "the free space there is unknown";
    } else if ((double)plan->space.total > RESULTS_MOST) {
        out->accept_guessed = "the grid is too large to try it";
    } else if (need > RESULTS_MOST) {
        out->accept_guessed = "the results are too large to try it";
    } else if (need > space / 2) {
        out->accept_guessed = "too little space to try it";
    } else {
        try_intake(self, output, out);
    }
}

enum gw_status gw_calibrate(const struct gw_source *source,
                            const char *output,
                            bool reference,
                            struct gw_calibration *out,
                            struct gw_error *err)
{
    double begin = gw_clock();
    *out = (struct gw_calibration){0};
    struct calibration self = {.source = source,
                               .payload = gw_calloc(1, gw_plan_payload_max(source->plan)),
                               .reference = reference};
    gw_compute_init(&self.compute, source->plan, source->portal,
                    &(struct gw_compute_options){.reference = reference});
    enum gw_status status = compute_samples(&self, out, err);
    gw_compute_clear(&self.compute);
    if (status == GW_OK) {
        conclude(&self, out);
        time_intake(&self, output, out);
        out->seconds = gw_clock() - begin;
    }
    gw_text_clear(&self.bytes);
    free(self.sample);
    free(self.tile);
    free(self.payload);
    return status;
}
