#include "bundle_layout.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/store/bundle.h"

#include <stdlib.h>
#include <string.h>

const char *const gw_bundle_group_name[GW_BUNDLE_GROUPS] = {"/", "digest", "action",
                                                            "asset"};

#define ASSET(field) offsetof(struct gw_asset, field)
#define ACTION(field) offsetof(struct gw_action, field)
const struct gw_bundle_part gw_bundle_part[GW_BUNDLE_PARTS] = {
    {GW_BUNDLE_ROOT, "session", GW_AXIS_SESSION, GW_PART_INT32, 0, 4, true},
    {GW_BUNDLE_ROOT, "symbol", GW_AXIS_SYMBOL, GW_PART_TEXT, ASSET(symbol),
     GW_SYMBOL_SIZE, false},
    {GW_BUNDLE_ACTION, "asset", GW_AXIS_EVENT, GW_PART_INT32, ACTION(asset), 4, false},
    {GW_BUNDLE_ACTION, "session", GW_AXIS_EVENT, GW_PART_INT32, ACTION(session), 4,
     false},
    {GW_BUNDLE_ACTION, "kind", GW_AXIS_EVENT, GW_PART_KIND, ACTION(kind), 1, false},
    {GW_BUNDLE_ACTION, "value", GW_AXIS_EVENT, GW_PART_DOUBLE, ACTION(value), 8, false},
    {GW_BUNDLE_ASSET, "name", GW_AXIS_SYMBOL, GW_PART_TEXT, ASSET(name), GW_NAME_SIZE,
     false},
    {GW_BUNDLE_ASSET, "exchange", GW_AXIS_SYMBOL, GW_PART_TEXT, ASSET(exchange),
     GW_EXCHANGE_SIZE, false},
    {GW_BUNDLE_ASSET, "first", GW_AXIS_SYMBOL, GW_PART_INT32, ASSET(first), 4, true},
    {GW_BUNDLE_ASSET, "last", GW_AXIS_SYMBOL, GW_PART_INT32, ASSET(last), 4, true},
    {GW_BUNDLE_ASSET, "delisting_return", GW_AXIS_SYMBOL, GW_PART_DOUBLE,
     ASSET(delisting_return), 8, false},
    {GW_BUNDLE_ASSET, "tick", GW_AXIS_SYMBOL, GW_PART_DOUBLE, ASSET(tick), 8, false},
    {GW_BUNDLE_ASSET, "multiplier", GW_AXIS_SYMBOL, GW_PART_DOUBLE, ASSET(multiplier), 8,
     false},
};
#undef ASSET
#undef ACTION

size_t gw_bundle_part_count(const struct gw_bundle_part *part,
                            const struct gw_panel_dims *dims)
{
    const uint64_t count[] = {[GW_AXIS_SESSION] = dims->bars,
                              [GW_AXIS_SYMBOL] = dims->assets,
                              [GW_AXIS_EVENT] = dims->actions};
    return (size_t)count[part->axis];
}

hid_t gw_bundle_part_type(const struct gw_bundle_part *part)
{
    switch (part->type) {
    case GW_PART_INT32:
        return H5Tcopy(H5T_STD_I32LE);
    case GW_PART_KIND:
        return H5Tcopy(H5T_STD_I8LE);
    case GW_PART_DOUBLE:
        return H5Tcopy(H5T_IEEE_F64LE);
    case GW_PART_TEXT:
        break;
    }
    return gw_h5_text_type(part->size);
}

/* ---- bytes as they are stored ---- */

static void put_little_endian(uint64_t bits, size_t size, unsigned char *out)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = (unsigned char)(bits >> (8 * i));
    }
}

static uint64_t get_little_endian(const unsigned char *bytes, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) {
        bits |= (uint64_t)bytes[i] << (8 * i);
    }
    return bits;
}

/* The field of record i. */
static void *
field_at(const struct gw_panel *panel, const struct gw_bundle_part *part, size_t i)
{
    char *record = NULL;
    switch (part->axis) {
    case GW_AXIS_SESSION:
        record = (char *)&panel->session[i];
        break;
    case GW_AXIS_SYMBOL:
        record = (char *)&panel->asset[i];
        break;
    case GW_AXIS_EVENT:
        record = (char *)&panel->action[i];
        break;
    }
    return record + part->offset;
}

void gw_bundle_pack(const struct gw_panel *panel,
                    const struct gw_bundle_part *part,
                    unsigned char *out)
{
    size_t count = gw_bundle_part_count(part, &panel->header->dims);
    for (size_t i = 0; i < count; i++) {
        const void *field = field_at(panel, part, i);
        unsigned char *to = out + i * part->size;
        int32_t whole;
        uint64_t bits;
        switch (part->type) {
        case GW_PART_TEXT:
            memcpy(to, field, part->size);
            break;
        case GW_PART_DOUBLE:
            memcpy(&bits, field, sizeof bits);
            put_little_endian(bits, sizeof bits, to);
            break;
        default:
            memcpy(&whole, field, sizeof whole);
            put_little_endian((uint32_t)whole, part->size, to);
        }
    }
}

void gw_bundle_unpack(const unsigned char *bytes,
                      const struct gw_bundle_part *part,
                      struct gw_panel *panel)
{
    size_t count = gw_bundle_part_count(part, &panel->header->dims);
    for (size_t i = 0; i < count; i++) {
        void *field = field_at(panel, part, i);
        const unsigned char *from = bytes + i * part->size;
        uint64_t bits =
            part->type == GW_PART_TEXT ? 0 : get_little_endian(from, part->size);
        int32_t whole =
            part->type == GW_PART_KIND ? (int8_t)bits : (int32_t)(uint32_t)bits;
        switch (part->type) {
        case GW_PART_TEXT:
            memcpy(field, from, part->size);
            break;
        case GW_PART_DOUBLE:
            memcpy(field, &bits, sizeof bits);
            break;
        default:
            memcpy(field, &whole, sizeof whole);
        }
    }
}

/* ---- digests ---- */

uint8_t *gw_bundle_column_digests(const struct gw_panel *panel, enum gw_field field)
{
    uint8_t *digest = gw_calloc(panel->N, GW_XXH128_SIZE);
    for (size_t n = 0; n < panel->N; n++) {
        gw_xxh128_doubles(gw_panel_column(panel, field, n), panel->T,
                          digest + n * GW_XXH128_SIZE);
    }
    return digest;
}

static void add_part(struct gw_sha256 *sha,
                     const struct gw_panel *panel,
                     const struct gw_bundle_part *part)
{
    size_t count = gw_bundle_part_count(part, &panel->header->dims);
    unsigned char *bytes = gw_calloc(count, part->size);
    gw_bundle_pack(panel, part, bytes);
    gw_sha256_add(sha, bytes, count * part->size);
    free(bytes);
}

void gw_bundle_root_digest(const struct gw_panel *panel,
                           uint8_t *const columns[GW_FIELDS],
                           char hex_out[GW_SHA256_HEX])
{
    struct gw_sha256 *sha = gw_sha256_new();
    for (size_t i = 0; i < GW_PART_FIRST_FIELD; i++) {
        add_part(sha, panel, &gw_bundle_part[i]);
    }
    for (int field = 0; field < GW_FIELDS; field++) {
        gw_sha256_add(sha, columns[field], panel->N * GW_XXH128_SIZE);
    }
    for (size_t i = GW_PART_FIRST_FIELD; i < GW_BUNDLE_PARTS; i++) {
        add_part(sha, panel, &gw_bundle_part[i]);
    }
    const struct gw_panel_header *header = panel->header;
    unsigned char bytes[8];
    uint64_t bits;
    memcpy(&bits, &header->periods, sizeof bits);
    put_little_endian(bits, sizeof bytes, bytes);
    gw_sha256_add(sha, header->calendar, strlen(header->calendar) + 1);
    gw_sha256_add(sha, header->frequency, strlen(header->frequency) + 1);
    gw_sha256_add(sha, bytes, sizeof bytes);
    gw_sha256_end(sha, hex_out);
}

void gw_bundle_digest(struct gw_panel *panel)
{
    uint8_t *columns[GW_FIELDS];
    for (enum gw_field field = 0; field < GW_FIELDS; field++) {
        columns[field] = gw_bundle_column_digests(panel, field);
    }
    gw_bundle_root_digest(panel, columns, panel->header->digest);
    for (int field = 0; field < GW_FIELDS; field++) {
        free(columns[field]);
    }
}
