#include "compute.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/text.h"
#include "gridwalk/engine/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TILES = 64, MOST_RUNS = 512 /* computed together */ };

/* Bytes of limits.memory in 16 parts. */
enum { COLUMNS = 11, TILE = 4, PAYLOADS = 1 };

static size_t part_of(const struct gw_plan *plan, int parts)
{
    return (size_t)(plan->experiment->memory / 16) * (size_t)parts;
}

static size_t span_bars(const struct gw_plan *plan)
{
    size_t bars = 0;
    for (size_t i = 0; i < plan->tiling.windows_per_tile * plan->segments; i++) {
        const struct gw_window *window = &plan->window[i / plan->segments];
        size_t s = i % plan->segments;
        bars += window->end[s] - window->begin[s] + 1;
    }
    return bars;
}

/* How many tiles of the same windows are worth computing together. */
static size_t batch_of(const struct gw_compute *compute)
{
    const struct gw_plan *plan = compute->plan;
    const struct gw_tiling *tiling = &plan->tiling;
    if (compute->vector == NULL || tiling->window_groups > 1) {
        return 1;
    }
    size_t runs = gw_vector_batch(
        compute->vector, tiling->windows_per_tile * plan->segments, span_bars(plan));
    runs = runs < MOST_RUNS ? runs : MOST_RUNS;
    size_t most = runs / (size_t)tiling->runs_per_tile;
    size_t payloads = part_of(plan, PAYLOADS) / (gw_payload_bytes(plan) + 1);
    most = most < payloads ? most : payloads;
    most = most < MOST_TILES ? most : MOST_TILES;
    most = most < tiling->tiles ? most : (size_t)tiling->tiles;
    return most > 0 ? most : 1;
}

static size_t spans_of(const struct gw_plan *plan)
{
    return plan->tiling.windows_per_tile * plan->segments;
}

static void make_room(struct gw_compute *compute)
{
    const struct gw_plan *plan = compute->plan;
    compute->most = batch_of(compute);
    compute->payload = gw_calloc(compute->most, sizeof *compute->payload);
    for (size_t i = 0; i < compute->most; i++) {
        gw_payload_init(&compute->payload[i], plan);
    }
    compute->runs_most = compute->most * (size_t)plan->tiling.runs_per_tile;
    compute->run = gw_calloc(compute->runs_most, sizeof *compute->run);
    compute->place = gw_calloc(compute->runs_most, sizeof *compute->place);
    compute->span = gw_calloc(spans_of(plan), sizeof *compute->span);
    if (compute->plugin != NULL) {
        size_t rows = spans_of(plan) * GW_LANES;
        compute->asked = gw_calloc(rows, sizeof *compute->asked);
        compute->made = gw_calloc(rows, sizeof *compute->made);
    }
}

void gw_compute_init(struct gw_compute *compute,
                     const struct gw_plan *plan,
                     const struct gw_portal *portal,
                     const struct gw_compute_options *options)
{
    struct gw_engine_setup setup = gw_plan_setup(plan, portal);
    setup.tile_bytes = part_of(plan, TILE);
    *compute = (struct gw_compute){.plan = plan, .options = *options};
    if (plan->plugin.name[0] != '\0') {
        setup.cache_bytes = part_of(plan, COLUMNS);
        const struct gw_plugin_setup asked = gw_plan_plugin(plan, &setup);
        compute->plugin = gw_plugin_new(&asked);
        make_room(compute);
        return;
    }
    bool both = !options->reference && options->verify > 0;
    setup.cache_bytes = part_of(plan, COLUMNS) / (both ? 2 : 1);
    if (!options->reference) {
        compute->vector = gw_vector_new(&setup);
    }
    if (options->reference || both) {
        compute->reference = gw_reference_new(&setup);
    }
    make_room(compute);
}

void gw_compute_clear(struct gw_compute *compute)
{
    for (size_t i = 0; i < compute->most; i++) {
        gw_payload_clear(&compute->payload[i]);
    }
    gw_vector_free(compute->vector);
    gw_reference_free(compute->reference);
    gw_plugin_free(compute->plugin);
    free(compute->asked);
    free(compute->made);
    free(compute->payload);
    free(compute->run);
    free(compute->place);
    free(compute->span);
    *compute = (struct gw_compute){0};
}

/* Tiles [first, first + count) begun, their runs and spans laid out; returns the runs. */
static size_t begin_tiles(struct gw_compute *compute, uint64_t first, size_t count)
{
    const struct gw_plan *plan = compute->plan;
    size_t runs = 0;
    for (size_t i = 0; i < count; i++) {
        struct gw_payload *payload = &compute->payload[i];
        gw_payload_begin(payload, first + i);
        for (size_t r = 0; r < payload->tile.runs; r++) {
            struct gw_run_lanes *run = &compute->run[runs];
            double *column[GW_MAX_PARAMETERS];
            run->count = payload->first[r + 1] - payload->first[r];
            if (run->count == 0) {
                continue;
            }
            for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
                column[a] = run->value[a];
            }
            gw_space_values(&plan->space, payload->k + payload->first[r], run->count,
                            column);
            compute->place[runs++] = (struct gw_run_place){i, payload->first[r]};
        }
    }
    const struct gw_tile *tile = &compute->payload[0].tile;
    for (size_t i = 0; i < tile->windows * plan->segments; i++) {
        const struct gw_window *window =
            &plan->window[tile->first_window + i / plan->segments];
        size_t s = i % plan->segments;
        compute->span[i] = (struct gw_span){window->begin[s], window->end[s]};
    }
    compute->first = first;
    compute->ready = count;
    return runs;
}

/* ---- rows that both engines make ---- */

/* Chosen by number alone: the same rows whoever computes them. */
static bool is_verified(const struct gw_compute *compute, uint64_t k, size_t cell)
{
    const uint64_t key[2] = {k, cell};
    double at = (double)(gw_xxh64(key, sizeof key) >> 11) * 0x1p-53;
    return compute->options.verify > 0 && at < compute->options.verify;
}

/* What differs, in which row, by the engine and by the judge. */
static void disagree(struct gw_compute *compute,
                     uint64_t k,
                     const struct gw_vector_row *row,
                     const char *what,
                     const double *values)
{
    const struct gw_plan *plan = compute->plan;
    struct gw_text place = {0};
    gw_space_print(&plan->space, k, &place);
    if (plan->experiment->walk_forward.present) {
        gw_text_printf(&place, "; window %zu, %s",
                       compute->payload[0].tile.first_window + row->span / plan->segments,
                       gw_segment_name[row->span % plan->segments]);
    }
    gw_fail(&compute->wrong, GW_SYSTEM,
            compute->plugin != NULL
                ? "combination %llu (%s): the plug-in is not the same when it is asked "
                  "again, as one that keeps anything outside its state: %s is %.17g, "
                  "then %.17g"
                : "combination %llu (%s): the engines disagree: %s is %.17g, the "
                  "reference engine has %.17g",
            (unsigned long long)k, place.data, what, values[0], values[1]);
    gw_text_clear(&place);
}

/* A row by the judge: the reference engine, or the plug-in once more. */
static bool
judge(struct gw_compute *compute, const struct gw_vector_row *row, struct gw_row *out)
{
    const struct gw_span *span = &compute->span[row->span];
    struct gw_plugin_row asked = {.begin = span->begin, .end = span->end};
    for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
        asked.value[a] = compute->run[row->run].value[a][row->lane];
    }
    compute->verified++;
    if (compute->plugin != NULL) {
        return gw_plugin_run(compute->plugin, &asked, 1, out, &compute->wrong) == GW_OK;
    }
    gw_reference_run(compute->reference, asked.value, asked.begin, asked.end, out);
    return true;
}

/* Engines agree within rounding, a plug-in with itself to the bit. */
static bool agrees(const struct gw_compute *compute, enum gw_metric m, double a, double b)
{
    return compute->plugin != NULL ? a == b || (isnan(a) && isnan(b))
                                   : gw_agrees(m, a, b);
}

static void
verify(struct gw_compute *compute, uint64_t k, const struct gw_vector_row *row)
{
    const struct gw_experiment *experiment = compute->plan->experiment;
    struct gw_row expected;
    if (!judge(compute, row, &expected)) {
        return;
    }
    if (expected.status != row->status) {
        const double status[2] = {row->status, expected.status};
        disagree(compute, k, row, "status", status);
        return;
    }
    for (size_t i = 0; i < experiment->metrics; i++) {
        enum gw_metric m = experiment->metric[i];
        const double both[2] = {row->metric[m], expected.metric[m]};
        if (!agrees(compute, m, both[0], both[1])) {
            disagree(compute, k, row, gw_metric_info[m].name, both);
            return;
        }
    }
}

static void put_row(void *context, const struct gw_vector_row *row)
{
    struct gw_compute *compute = context;
    size_t segments = compute->plan->segments;
    const struct gw_run_place *place = &compute->place[row->run];
    struct gw_payload *payload = &compute->payload[place->tile];
    size_t combination = place->combination + row->lane;
    size_t window = row->span / segments, segment = row->span % segments;
    gw_payload_row(payload, combination, window, segment, row->status, row->metric);
    uint64_t k = payload->k[combination];
    size_t cell = (payload->tile.first_window + window) * segments + segment;
    bool by_lanes = compute->vector != NULL && !row->by_reference;
    if ((by_lanes || compute->plugin != NULL) && row->status != GW_ROW_FAILED &&
        compute->wrong.status == GW_OK && is_verified(compute, k, cell)) {
        verify(compute, k, row);
    }
}

/* One run row by row through the reference engine. */
static void
put_run(struct gw_compute *compute, const struct gw_vector_work *work, size_t run)
{
    const struct gw_run_lanes *lanes = &compute->run[run];
    for (size_t i = 0; i < lanes->count * work->spans; i++) {
        double value[GW_MAX_PARAMETERS];
        struct gw_row made;
        struct gw_vector_row row = {
            .run = run, .lane = i / work->spans, .span = i % work->spans};
        for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
            value[a] = lanes->value[a][row.lane];
        }
        const struct gw_span *span = &compute->span[row.span];
        gw_reference_run(compute->reference, value, span->begin, span->end, &made);
        compute->bars += (span->end - span->begin + 1) * compute->plan->assets;
        row.status = made.status;
        row.metric = made.metric;
        work->put(work->context, &row);
    }
}

/* One run by the plug-in. */
static enum gw_status
put_run_plugin(struct gw_compute *compute, const struct gw_vector_work *work, size_t run)
{
    const struct gw_run_lanes *lanes = &compute->run[run];
    size_t rows = lanes->count * work->spans;
    for (size_t i = 0; i < rows; i++) {
        struct gw_plugin_row *asked = &compute->asked[i];
        const struct gw_span *span = &compute->span[i % work->spans];
        asked->begin = span->begin;
        asked->end = span->end;
        for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
            asked->value[a] = lanes->value[a][i / work->spans];
        }
        compute->bars += (span->end - span->begin + 1) * compute->plan->assets;
    }
    GW_TRY(gw_plugin_run(compute->plugin, compute->asked, rows, compute->made,
                         &compute->wrong));
    for (size_t i = 0; i < rows; i++) {
        const struct gw_vector_row row = {.run = run,
                                          .lane = i / work->spans,
                                          .span = i % work->spans,
                                          .status = compute->made[i].status,
                                          .metric = compute->made[i].metric};
        work->put(work->context, &row);
    }
    return GW_OK;
}

static void put_plugin(struct gw_compute *compute,
                       const struct gw_compute_tile *asked,
                       const struct gw_vector_work *work)
{
    gw_plugin_set_poll(compute->plugin, asked->poll, asked->poll_context);
    gw_plugin_begin_tile(compute->plugin);
    enum gw_status status = GW_OK;
    for (size_t run = 0; run < work->runs && status == GW_OK; run++) {
        status = put_run_plugin(compute, work, run);
    }
}

static void compute_tiles(struct gw_compute *compute,
                          const struct gw_compute_tile *asked,
                          size_t count)
{
    struct gw_vector_work work = {.run = compute->run,
                                  .runs = begin_tiles(compute, asked->tile, count),
                                  .span = compute->span,
                                  .put = put_row,
                                  .context = compute};
    work.spans = compute->payload[0].tile.windows * compute->plan->segments;
    if (compute->plugin != NULL) {
        put_plugin(compute, asked, &work);
        return;
    }
    if (compute->reference != NULL) {
        gw_reference_set_poll(compute->reference, asked->poll, asked->poll_context);
    }
    if (compute->vector != NULL) {
        gw_vector_set_poll(compute->vector, asked->poll, asked->poll_context);
        gw_vector_run(compute->vector, &work);
        return;
    }
    for (size_t run = 0; run < work.runs; run++) {
        put_run(compute, &work, run);
    }
}

enum gw_status gw_compute_tile(struct gw_compute *compute,
                               const struct gw_compute_tile *asked,
                               void *out,
                               size_t *length_out,
                               struct gw_error *err)
{
    if (compute->ready == 0 || asked->tile < compute->first ||
        asked->tile - compute->first >= compute->ready) {
        size_t count =
            asked->ahead < compute->most ? (size_t)asked->ahead : compute->most;
        compute_tiles(compute, asked, count > 0 ? count : 1);
    }
    if (compute->wrong.status != GW_OK) {
        *err = compute->wrong;
        return err->status;
    }
    size_t i = (size_t)(asked->tile - compute->first);
    *length_out = gw_payload_end(&compute->payload[i], asked->bound, out);
    return GW_OK;
}

struct gw_vector_stats gw_compute_stats(const struct gw_compute *compute)
{
    if (compute->vector != NULL) {
        return gw_vector_stats(compute->vector);
    }
    if (compute->plugin != NULL) {
        return (struct gw_vector_stats){.cache = gw_plugin_stats(compute->plugin),
                                        .bars = compute->bars};
    }
    return (struct gw_vector_stats){.cache = gw_reference_stats(compute->reference),
                                    .bars = compute->bars};
}
