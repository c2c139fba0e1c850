#include "gridwalk/store/bundle.h"

#include "bundle_layout.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/store/files.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { METADATA_BYTES = 256 << 10 };

struct writer {
    struct gw_h5 h5;
    const struct gw_panel *panel;
    uint8_t *digests[GW_FIELDS]; /* [N][16] each */
    hid_t group[GW_BUNDLE_GROUPS];
    hid_t scale[3];   /* by enum gw_bundle_axis */
    hid_t byte_scale; /* of the digests */
};

static enum gw_status write_root_attributes(struct writer *writer, const char *source)
{
    const struct gw_panel_header *header = writer->panel->header;
    const char *const text[][2] = {{"format", GW_BUNDLE_FORMAT},
                                   {"description", header->description},
                                   {"calendar", header->calendar},
                                   {"frequency", header->frequency},
                                   {"digest", header->digest}};
    struct gw_h5 *h5 = &writer->h5;
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        GW_TRY(gw_h5_attribute_text(h5, h5->file, text[i][0], text[i][1]));
    }
    if (source[0] != '\0') {
        GW_TRY(gw_h5_attribute_text(h5, h5->file, "source", source));
    }
    return gw_h5_attribute_double(h5, h5->file, "periods", header->periods);
}

static enum gw_status make_groups(struct writer *writer)
{
    writer->group[GW_BUNDLE_ROOT] = writer->h5.file;
    for (int i = GW_BUNDLE_ROOT + 1; i < GW_BUNDLE_GROUPS; i++) {
        GW_TRY(gw_h5_group(&writer->h5, writer->h5.file, gw_bundle_group_name[i],
                           &writer->group[i]));
    }
    return GW_OK;
}

/* A scale 0, 1, ... count - 1 for an axis that has no better name for its elements. */
static enum gw_status number_scale(struct writer *writer,
                                   enum gw_bundle_group group,
                                   const char *name,
                                   size_t count,
                                   hid_t *scale_out)
{
    const struct gw_h5_array array = {name, H5T_STD_I32LE, 1, {count}};
    int32_t *number = gw_calloc(count, sizeof *number);
    for (size_t i = 0; i < count; i++) {
        number[i] = (int32_t)i;
    }
    enum gw_status status =
        gw_h5_scale_create(&writer->h5, writer->group[group], &array, number, scale_out);
    free(number);
    return status;
}

static enum gw_status mark_dates(struct writer *writer, hid_t dataset)
{
    GW_TRY(gw_h5_attribute_text(&writer->h5, dataset, "units", "days since 1970-01-01"));
    return gw_h5_attribute_text(&writer->h5, dataset, "calendar", "proleptic_gregorian");
}

static enum gw_status write_array(struct writer *writer,
                                  const struct gw_bundle_part *part,
                                  const struct gw_h5_array *array,
                                  const void *bytes)
{
    struct gw_h5 *h5 = &writer->h5;
    hid_t parent = writer->group[part->group], dataset;
    hid_t *scale = &writer->scale[part->axis];
    if (part->group == GW_BUNDLE_ROOT) {
        GW_TRY(gw_h5_scale_create(h5, parent, array, bytes, &dataset));
        *scale = dataset; /* stays open until the file is closed */
        return part->dates ? mark_dates(writer, dataset) : GW_OK;
    }
    GW_TRY(gw_h5_array_create(h5, parent, array, scale, &dataset));
    GW_TRY(gw_h5_write(h5, dataset, array->type, bytes));
    if (part->dates) {
        GW_TRY(mark_dates(writer, dataset));
    }
    H5Dclose(dataset);
    return GW_OK;
}

static enum gw_status write_part(struct writer *writer, const struct gw_bundle_part *part)
{
    size_t count = gw_bundle_part_count(part, &writer->panel->header->dims);
    unsigned char *bytes = gw_calloc(count, part->size);
    gw_bundle_pack(writer->panel, part, bytes);
    hid_t type = gw_bundle_part_type(part);
    const struct gw_h5_array array = {part->name, type, 1, {count}};
    enum gw_status status = write_array(writer, part, &array, bytes);
    H5Tclose(type);
    free(bytes);
    return status;
}

static enum gw_status write_column(struct writer *writer, enum gw_field field)
{
    const struct gw_panel *panel = writer->panel;
    struct gw_h5 *h5 = &writer->h5;
    const struct gw_h5_array prices = {
        gw_field_name[field], H5T_IEEE_F64LE, 2, {panel->N, panel->T}};
    const hid_t axes[] = {writer->scale[GW_AXIS_SYMBOL], writer->scale[GW_AXIS_SESSION]};
    hid_t dataset;
    GW_TRY(gw_h5_array_create(h5, h5->file, &prices, axes, &dataset));
    GW_TRY(
        gw_h5_attribute_text(h5, dataset, "long_name",
                             field == GW_VOLUME ? "shares traded" : "price as traded"));
    GW_TRY(gw_h5_write(h5, dataset, H5T_NATIVE_DOUBLE, panel->column[field]));
    H5Dclose(dataset);
    return GW_OK;
}

static enum gw_status write_digests(struct writer *writer, enum gw_field field)
{
    struct gw_h5 *h5 = &writer->h5;
    const struct gw_h5_array digests = {
        gw_field_name[field], H5T_STD_U8LE, 2, {writer->panel->N, GW_XXH128_SIZE}};
    const hid_t axes[] = {writer->scale[GW_AXIS_SYMBOL], writer->byte_scale};
    hid_t dataset;
    GW_TRY(gw_h5_array_create(h5, writer->group[GW_BUNDLE_DIGEST], &digests, axes,
                              &dataset));
    GW_TRY(gw_h5_write(h5, dataset, H5T_NATIVE_UINT8, writer->digests[field]));
    H5Dclose(dataset);
    return GW_OK;
}

static enum gw_status write_content(struct writer *writer, const char *source)
{
    GW_TRY(write_root_attributes(writer, source));
    GW_TRY(write_part(writer, &gw_bundle_part[GW_PART_SESSION]));
    GW_TRY(write_part(writer, &gw_bundle_part[GW_PART_SYMBOL]));
    for (enum gw_field field = 0; field < GW_FIELDS; field++) {
        GW_TRY(write_column(writer, field));
    }
    GW_TRY(number_scale(writer, GW_BUNDLE_DIGEST, "byte", GW_XXH128_SIZE,
                        &writer->byte_scale));
    for (enum gw_field field = 0; field < GW_FIELDS; field++) {
        GW_TRY(write_digests(writer, field));
    }
    GW_TRY(number_scale(writer, GW_BUNDLE_ACTION, "event", writer->panel->actions,
                        &writer->scale[GW_AXIS_EVENT]));
    for (size_t i = GW_PART_FIRST_FIELD; i < GW_BUNDLE_PARTS; i++) {
        GW_TRY(write_part(writer, &gw_bundle_part[i]));
    }
    return GW_OK;
}

/* What the file will have, nearly. */
static double file_bytes(const struct gw_panel *panel)
{
    double column = 8 * (double)panel->T + GW_XXH128_SIZE;
    return (double)panel->N * (GW_FIELDS * column + sizeof(struct gw_asset)) +
           4 * (double)panel->T +
           (double)panel->actions * (sizeof(struct gw_action) + sizeof(int32_t)) +
           METADATA_BYTES;
}

static enum gw_status
check_space(const char *path, const struct gw_panel *panel, struct gw_error *err)
{
    double need = file_bytes(panel), there = gw_file_space(path);
    if (there < 0 || need <= there) {
        return GW_OK;
    }
    char need_text[32], there_text[32];
    gw_format_bytes(need, need_text, sizeof need_text);
    gw_format_bytes(there, there_text, sizeof there_text);
    return gw_fail(err, GW_SYSTEM, "%s: the bundle needs %s, the disk has %s free", path,
                   need_text, there_text);
}

static enum gw_status write_file(struct writer *writer,
                                 const char *path,
                                 const char *source,
                                 struct gw_error *err)
{
    char *temporary = gw_file_temporary(path);
    struct gw_h5 *h5 = &writer->h5;
    enum gw_status status = gw_h5_create(temporary, h5, err);
    h5->path = path;
    if (status == GW_OK) {
        status = make_groups(writer);
    }
    if (status == GW_OK) {
        status = write_content(writer, source);
    }
    if (status == GW_OK) {
        status = gw_h5_finish(h5);
    }
    gw_h5_close(h5);
    if (status == GW_OK) {
        status = gw_file_commit(temporary, path, err);
    } else {
        unlink(temporary);
    }
    free(temporary);
    return status;
}

enum gw_status gw_bundle_write(const char *path,
                               struct gw_panel *panel,
                               const char *source,
                               struct gw_error *err)
{
    assert(panel->T > 0 && panel->N > 0);
    GW_TRY(gw_file_check_output(path, err));
    GW_TRY(check_space(path, panel, err));
    struct writer writer = {.panel = panel};
    for (enum gw_field field = 0; field < GW_FIELDS; field++) {
        writer.digests[field] = gw_bundle_column_digests(panel, field);
    }
    gw_bundle_root_digest(panel, writer.digests, panel->header->digest);
    enum gw_status status = write_file(&writer, path, source, err);
    for (int field = 0; field < GW_FIELDS; field++) {
        free(writer.digests[field]);
    }
    return status;
}
