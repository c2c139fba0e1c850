#include "gridwalk/store/bundle.h"

#include "bundle_check.h"
#include "bundle_layout.h"
#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SLICE_BYTES = 8 << 20 }; /* of a chunked array, read at once */

/* A bundle while it is walked. The child that probes it and the parent that reads it make
 * the same calls; the child has no panel and skips what lies in one piece. */
struct reader {
    struct gw_h5 *h5;
    struct gw_panel_dims dims;
    hid_t group[GW_BUNDLE_GROUPS];
    struct gw_panel *panel;      /* NULL in the child */
    uint8_t *digests[GW_FIELDS]; /* as stored; NULL in the child */
};

/* ---- arrays ---- */

/* Chunks are found through the file's metadata, so that the child must go through them
 * too; slices bound its memory. */
static enum gw_status read_slices(struct gw_h5 *h5,
                                  hid_t dataset,
                                  const struct gw_h5_array *array,
                                  unsigned char *out)
{
    hsize_t row = H5Tget_size(array->type);
    for (int axis = 1; axis < array->rank; axis++) {
        row *= array->size[axis];
    }
    struct gw_h5_box box = {.count = {SLICE_BYTES / row + 1}};
    for (int axis = 1; axis < array->rank; axis++) {
        box.count[axis] = array->size[axis];
    }
    const hsize_t step = box.count[0] < array->size[0] ? box.count[0] : array->size[0];
    unsigned char *slice = out == NULL ? gw_calloc(step, row) : NULL;
    enum gw_status status = GW_OK;
    for (hsize_t at = 0; status == GW_OK && at < array->size[0]; at += step) {
        box.first[0] = at;
        box.count[0] = step < array->size[0] - at ? step : array->size[0] - at;
        status = gw_h5_read_box(h5, dataset, &box, array->type,
                                out == NULL ? slice : out + at * row);
    }
    free(slice);
    return status;
}

/* Open and check an array and read it into `out`, in the file's type; NULL in the child.
 */
static enum gw_status read_array(struct reader *reader,
                                 enum gw_bundle_group group,
                                 struct gw_h5_array *array,
                                 void *out)
{
    hid_t dataset;
    GW_TRY(gw_h5_array_open(reader->h5, reader->group[group], array, &dataset));
    enum gw_status status = GW_OK;
    if (!gw_h5_contiguous(dataset)) {
        status = read_slices(reader->h5, dataset, array, out);
    } else if (out != NULL) {
        status = gw_h5_read(reader->h5, dataset, array->type, out);
    }
    H5Dclose(dataset);
    return status;
}

/* ---- the parts ---- */

static enum gw_status read_part(struct reader *reader, const struct gw_bundle_part *part)
{
    size_t count = gw_bundle_part_count(part, &reader->dims);
    hid_t type = gw_bundle_part_type(part);
    struct gw_h5_array array = {part->name, type, 1, {count}};
    unsigned char *bytes = reader->panel != NULL ? gw_calloc(count, part->size) : NULL;
    enum gw_status status = read_array(reader, part->group, &array, bytes);
    if (status == GW_OK && reader->panel != NULL) {
        gw_bundle_unpack(bytes, part, reader->panel);
    }
    free(bytes);
    H5Tclose(type);
    return status;
}

static enum gw_status read_columns(struct reader *reader)
{
    for (int field = 0; field < GW_FIELDS; field++) {
        struct gw_h5_array prices = {gw_field_name[field],
                                     H5T_IEEE_F64LE,
                                     2,
                                     {reader->dims.assets, reader->dims.bars}};
        double *out = reader->panel != NULL ? reader->panel->column[field] : NULL;
        GW_TRY(read_array(reader, GW_BUNDLE_ROOT, &prices, out));
    }
    return GW_OK;
}

static enum gw_status read_digests(struct reader *reader)
{
    for (int field = 0; field < GW_FIELDS; field++) {
        struct gw_h5_array digests = {
            gw_field_name[field], H5T_STD_U8LE, 2, {reader->dims.assets, GW_XXH128_SIZE}};
        GW_TRY(read_array(reader, GW_BUNDLE_DIGEST, &digests, reader->digests[field]));
    }
    return GW_OK;
}

/* ---- the header ---- */

static enum gw_status read_source(struct gw_h5 *h5, char hex_out[GW_SHA256_HEX])
{
    hex_out[0] = '\0';
    htri_t there = H5Aexists(h5->file, "source");
    if (there < 0) {
        return gw_h5_fail(h5, "attribute 'source'");
    }
    return there == 0 ? GW_OK
                      : gw_h5_read_name(h5, h5->file, "source", hex_out, GW_SHA256_HEX);
}

static enum gw_status read_header(struct reader *reader, struct gw_panel_header *header)
{
    struct gw_h5 *h5 = reader->h5;
    char format[GW_SYMBOL_SIZE], source[GW_SHA256_HEX];
    if (gw_h5_read_name(h5, h5->file, "format", format, sizeof format) != GW_OK ||
        strcmp(format, GW_BUNDLE_FORMAT) != 0) {
        return gw_h5_refuse(h5, "not a bundle: it does not say format " GW_BUNDLE_FORMAT);
    }
    GW_TRY(gw_h5_read_name(h5, h5->file, "description", header->description,
                           sizeof header->description));
    GW_TRY(gw_h5_read_name(h5, h5->file, "calendar", header->calendar,
                           sizeof header->calendar));
    GW_TRY(gw_h5_read_name(h5, h5->file, "frequency", header->frequency,
                           sizeof header->frequency));
    GW_TRY(
        gw_h5_read_name(h5, h5->file, "digest", header->digest, sizeof header->digest));
    GW_TRY(read_source(h5, source));
    return gw_h5_read_number(h5, h5->file, "periods", &header->periods);
}

static enum gw_status open_groups(struct reader *reader)
{
    struct gw_h5 *h5 = reader->h5;
    GW_TRY(gw_h5_check_links(h5, h5->file));
    reader->group[GW_BUNDLE_ROOT] = h5->file;
    for (int i = GW_BUNDLE_ROOT + 1; i < GW_BUNDLE_GROUPS; i++) {
        GW_TRY(
            gw_h5_group_open(h5, h5->file, gw_bundle_group_name[i], &reader->group[i]));
    }
    return GW_OK;
}

static enum gw_status
measure(struct reader *reader, const struct gw_bundle_part *part, uint64_t *count_out)
{
    hid_t type = gw_bundle_part_type(part), dataset;
    struct gw_h5_array array = {part->name, type, 1, {GW_H5_ANY}};
    enum gw_status status =
        gw_h5_array_open(reader->h5, reader->group[part->group], &array, &dataset);
    if (status == GW_OK) {
        *count_out = array.size[0];
        H5Dclose(dataset);
    }
    H5Tclose(type);
    return status;
}

static enum gw_status measure_all(struct reader *reader)
{
    struct gw_panel_dims *dims = &reader->dims;
    GW_TRY(measure(reader, &gw_bundle_part[GW_PART_SESSION], &dims->bars));
    GW_TRY(measure(reader, &gw_bundle_part[GW_PART_SYMBOL], &dims->assets));
    GW_TRY(measure(reader, &gw_bundle_part[GW_PART_FIRST_FIELD], &dims->actions));
    return gw_panel_bytes(dims) != 0
               ? GW_OK
               : gw_h5_refuse(reader->h5, "%llu sessions of %llu symbols make no panel",
                              (unsigned long long)dims->bars,
                              (unsigned long long)dims->assets);
}

/* ---- the whole ---- */

/* All that is read from the file, in this order, by child and parent. */
static enum gw_status walk(struct reader *reader)
{
    for (size_t i = 0; i < GW_BUNDLE_PARTS; i++) {
        GW_TRY(read_part(reader, &gw_bundle_part[i]));
    }
    GW_TRY(read_columns(reader));
    return read_digests(reader);
}

static enum gw_status probe(struct gw_h5 *h5, void *result)
{
    struct reader reader = {.h5 = h5};
    struct gw_panel_header header;
    GW_TRY(read_header(&reader, &header));
    GW_TRY(open_groups(&reader));
    GW_TRY(measure_all(&reader));
    GW_TRY(walk(&reader));
    *(struct gw_panel_dims *)result = reader.dims;
    return GW_OK;
}

enum gw_status
gw_bundle_probe(const char *path, struct gw_panel_dims *dims_out, struct gw_error *err)
{
    return gw_h5_probe(path, probe, dims_out, sizeof *dims_out, err);
}

enum gw_status
gw_bundle_source(const char *path, char hex_out[GW_SHA256_HEX], struct gw_error *err)
{
    struct gw_h5 h5;
    GW_TRY(gw_h5_open(path, &h5, err));
    enum gw_status status = read_source(&h5, hex_out);
    gw_h5_close(&h5);
    return status;
}

/* Read what the probe has found good into an attached panel. */
static enum gw_status read_panel(struct gw_h5 *h5, struct gw_panel *panel)
{
    struct reader reader = {.h5 = h5, .panel = panel};
    GW_TRY(read_header(&reader, panel->header));
    GW_TRY(open_groups(&reader));
    GW_TRY(measure_all(&reader));
    if (memcmp(&reader.dims, &panel->header->dims, sizeof reader.dims) != 0) {
        return gw_h5_refuse(h5, "it changed while it was read");
    }
    for (int field = 0; field < GW_FIELDS; field++) {
        reader.digests[field] = gw_calloc(panel->N, GW_XXH128_SIZE);
    }
    enum gw_status status = walk(&reader);
    if (status == GW_OK) {
        status = gw_bundle_check(h5, panel);
    }
    if (status == GW_OK) {
        status = gw_bundle_verify(h5, panel, reader.digests);
    }
    for (int field = 0; field < GW_FIELDS; field++) {
        free(reader.digests[field]);
    }
    return status;
}

enum gw_status gw_bundle_read(const char *path,
                              const struct gw_panel_dims *dims,
                              void *block,
                              struct gw_error *err)
{
    struct gw_panel panel;
    gw_panel_attach(block, dims, &panel);
    memset(panel.header, 0, sizeof *panel.header);
    memset(panel.asset, 0, panel.N * sizeof *panel.asset);
    memset(panel.action, 0, panel.actions * sizeof *panel.action);
    panel.header->dims = *dims;
    struct gw_h5 h5;
    GW_TRY(gw_h5_open(path, &h5, err));
    enum gw_status status = read_panel(&h5, &panel);
    gw_h5_close(&h5);
    return status;
}

enum gw_status
gw_bundle_load(const char *path, struct gw_panel **out, struct gw_error *err)
{
    struct gw_panel_dims dims;
    GW_TRY(gw_bundle_probe(path, &dims, err));
    struct gw_panel *panel = gw_panel_new(&dims);
    enum gw_status status = gw_bundle_read(path, &dims, panel->header, err);
    if (status != GW_OK) {
        gw_panel_free(panel);
        return status;
    }
    *out = panel;
    return GW_OK;
}
