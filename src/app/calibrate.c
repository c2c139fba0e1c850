#include "calibrate.h"

#include "compute.h"
#include "intake.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double BUDGET_SECONDS = 1.5;

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
    uint64_t tiles; /* computed, all of them */
    double payload_bytes;

    struct counted counted;
};

/** Spread over the grid, wherever one stops: multiples of the golden ratio. */
static uint64_t spread(uint64_t tiles, uint64_t i)
{
    double at = (double)i * 0.6180339887498949;
    uint64_t tile = (uint64_t)((at - floor(at)) * (double)tiles);
    return tile < tiles ? tile : tiles - 1;
}

static void keep_sample(struct calibration *self, uint64_t tile, size_t length)
{
    self->tiles++;
    self->payload_bytes += (double)length;
    if (self->bytes.length + length > PAYLOADS_MOST) {
        return;
    }
    self->sample =
        gw_grow(self->sample, &self->room, self->samples + 1, sizeof *self->sample);
    self->sample[self->samples++] = (struct sample){tile, self->bytes.length, length};
    gw_text_append(&self->bytes, self->payload, length);
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
    *seconds_out = seconds;
    return GW_OK;
}

/** A batch to warm up at each place, and the one behind it, which counts. The first of
 *  all warms up a rank. */
static enum gw_status sample_places(struct calibration *self,
                                    uint64_t batch,
                                    double *first_seconds,
                                    struct gw_error *err)
{
    uint64_t tiles = self->source->plan->tiling.tiles;
    double deadline = gw_clock() + BUDGET_SECONDS, warming, seconds;
    struct counted counted = {0};
    for (uint64_t i = 0; i == 0 || gw_clock() < deadline; i++) {
        uint64_t first = spread(tiles, i), last = tiles - 2 * batch;
        first = first < last ? first : last;
        GW_TRY(compute_batch(self, first, batch, &warming, err));
        self->counted = counted;
        GW_TRY(compute_batch(self, first + batch, batch, &seconds, err));
        counted = self->counted;
        *first_seconds += i == 0 ? fmax(0, warming - seconds) : 0;
    }
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

/** All tiles when there is time for that, else some at places spread over the grid. */
static enum gw_status compute_samples(struct calibration *self,
                                      struct gw_calibration *out,
                                      struct gw_error *err)
{
    uint64_t tiles = self->source->plan->tiling.tiles;
    double first, again, seconds;
    GW_TRY(compute_batch(self, 0, 1, &first, err));
    if (tiles == 1 || first > 2 * BUDGET_SECONDS) {
        return GW_OK;
    }
    self->counted = (struct counted){0}; /* the first has filled the caches */
    GW_TRY(compute_batch(self, 1, 1, &again, err));
    out->first_seconds = fmax(0, first - again);
    if (first + again > BUDGET_SECONDS) {
        return GW_OK;
    }
    if ((double)tiles * again > BUDGET_SECONDS || tiles > WEIGHTS) {
        return sample_places(self, batch_of(self, again), &out->first_seconds, err);
    }
    self->counted = (struct counted){0};
    self->samples = 0;
    self->bytes.length = 0;
    for (uint64_t tile = 0; tile < tiles;) {
        uint64_t batch = self->compute.most;
        batch = batch < tiles - tile ? batch : tiles - tile;
        GW_TRY(compute_batch(self, tile, batch, &seconds, err));
        tile += batch;
    }
    return GW_OK;
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
    return counted->weight > 0
               ? sum / (double)count / (counted->weight / (double)counted->tiles)
               : 1;
}

static void conclude(const struct calibration *self, struct gw_calibration *out)
{
    const struct counted *counted = &self->counted;
    out->tiles = self->tiles;
    out->tile_seconds = counted->seconds / (double)counted->tiles * weight_ratio(self);
    out->bars_per_second = counted->seconds > 0 ? counted->bars / counted->seconds : 0;
    out->payload_bytes = self->payload_bytes / (double)self->tiles;
    out->accept_seconds = ACCEPT_SECONDS + out->payload_bytes / ACCEPT_BYTES_PER_SECOND;
}

/* ---- taking in ---- */

static enum gw_status accept_samples(const struct calibration *self,
                                     struct gw_intake *intake,
                                     struct gw_calibration *out,
                                     struct gw_error *err)
{
    uint64_t accepted = 0;
    double begin = gw_clock();
    for (size_t i = 0; i < self->samples && gw_clock() - begin < BUDGET_SECONDS; i++) {
        const struct sample *sample = &self->sample[i];
        if (gw_results_has(intake->writer, sample->tile)) {
            continue;
        }
        GW_TRY(gw_intake_accept(intake, sample->tile, self->bytes.data + sample->at,
                                sample->length, err));
        accepted++;
    }
    GW_TRY(gw_intake_commit(intake, err));
    if (accepted == 0) {
        return GW_OK;
    }
    double seconds = gw_clock() - begin, tiles = (double)accepted;
    /* A run commits once a second: that of fewer tiles is not charged to them alone. */
    double committing = gw_intake_facts(intake).commit_seconds;
    seconds -= committing * (1 - fmin(1, tiles * out->tile_seconds));
    out->accept_seconds = seconds / tiles;
    out->accept_measured = true;
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
                                             .engine = "vector",
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

/** Where it cannot be tried, the estimate stands. */
static void time_intake(const struct calibration *self,
                        const char *output,
                        struct gw_calibration *out)
{
    const struct gw_plan *plan = self->source->plan;
    double column =
        8 * (double)gw_space_count(&plan->space).count * (double)plan->windows;
    double need = gw_results_bytes(plan) + column + (double)self->bytes.length;
    double space = gw_file_space(output);
    if (fmax(need, (double)plan->space.total) > RESULTS_MOST || need > space / 2) {
        return;
    }
    const char *slash = strrchr(output, '/');
    struct gw_text directory = {0}, file = {0};
    struct gw_error ignored;
    struct gw_calibration tried = *out;
    gw_text_append(&directory, output, slash != NULL ? (size_t)(slash - output) + 1 : 0);
    gw_text_printf(&directory, ".gridwalk-plan-XXXXXX");
    if (mkdtemp(directory.data) != NULL) {
        gw_text_printf(&file, "%s/results.h5", directory.data);
        if (open_intake(self, file.data, &tried, &ignored) == GW_OK) {
            *out = tried;
        }
        gw_text_printf(&file, ".journal");
        unlink(file.data);
        rmdir(directory.data);
    }
    gw_text_clear(&directory);
    gw_text_clear(&file);
}

enum gw_status gw_calibrate(const struct gw_source *source,
                            const char *output,
                            struct gw_calibration *out,
                            struct gw_error *err)
{
    double begin = gw_clock();
    *out = (struct gw_calibration){0};
    struct calibration self = {
        .source = source, .payload = gw_calloc(1, gw_plan_payload_max(source->plan))};
    gw_compute_init(&self.compute, source->plan, source->portal,
                    &(struct gw_compute_options){0});
    enum gw_status status = compute_samples(&self, out, err);
    gw_compute_clear(&self.compute);
    if (status == GW_OK) {
        conclude(&self, out);
        time_intake(&self, output, out);
        out->seconds = gw_clock() - begin;
    }
    gw_text_clear(&self.bytes);
    free(self.sample);
    free(self.payload);
    return status;
}
