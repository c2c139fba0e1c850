/** Private to store: what lies where in a bundle file, for its writer and its reader. */
#ifndef GRIDWALK_STORE_BUNDLE_LAYOUT_H
#define GRIDWALK_STORE_BUNDLE_LAYOUT_H

#include "gridwalk/market/panel.h"
#include "h5.h"

#define GW_BUNDLE_FORMAT "gridwalk-bundle/1"

/** The groups; the root is one. */
enum gw_bundle_group {
    GW_BUNDLE_ROOT,
    GW_BUNDLE_DIGEST,
    GW_BUNDLE_ACTION,
    GW_BUNDLE_ASSET,
    GW_BUNDLE_GROUPS
};
extern const char *const gw_bundle_group_name[GW_BUNDLE_GROUPS];

/** What an array has one element for. */
enum gw_bundle_axis { GW_AXIS_SESSION, GW_AXIS_SYMBOL, GW_AXIS_EVENT };

/** Element types in the file, little-endian. KIND is an int32 in memory. */
enum gw_bundle_type { GW_PART_INT32, GW_PART_KIND, GW_PART_DOUBLE, GW_PART_TEXT };

/** A one-dimensional array: one field of the panel's sessions, assets or actions. */
struct gw_bundle_part {
    enum gw_bundle_group group;
    const char *name;
    enum gw_bundle_axis axis;
    enum gw_bundle_type type;
    size_t offset; /* of the field in its record */
    size_t size;   /* bytes of an element in the file */
    bool dates;    /* days since 1970-01-01 */
};

/** In the order of the content digest; the first two are the dimensions of the root. */
enum { GW_PART_SESSION, GW_PART_SYMBOL, GW_PART_FIRST_FIELD, GW_BUNDLE_PARTS = 13 };
extern const struct gw_bundle_part gw_bundle_part[GW_BUNDLE_PARTS];

/** Elements of a part. */
size_t gw_bundle_part_count(const struct gw_bundle_part *part,
                            const struct gw_panel_dims *dims);

/** The file's type of a part; H5Tclose it. */
hid_t gw_bundle_part_type(const struct gw_bundle_part *part);

/** A part's bytes as they are stored, [count * size], from a panel and back. */
void gw_bundle_pack(const struct gw_panel *panel,
                    const struct gw_bundle_part *part,
                    unsigned char *out);
void gw_bundle_unpack(const unsigned char *bytes,
                      const struct gw_bundle_part *part,
                      struct gw_panel *panel);

/** The digests of all columns of one field, [N][GW_XXH128_SIZE]; free them. */
uint8_t *gw_bundle_column_digests(const struct gw_panel *panel, enum gw_field field);

/** The content digest, from the digests of each field's columns. */
void gw_bundle_root_digest(const struct gw_panel *panel,
                           uint8_t *const columns[GW_FIELDS],
                           char hex_out[GW_SHA256_HEX]);

#endif
