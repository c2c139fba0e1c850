/**
 * The bundle file (HDF5, format gridwalk-bundle/1; docs/formats.md): written atomically,
 * read as untrusted.
 */
#ifndef GRIDWALK_STORE_BUNDLE_H
#define GRIDWALK_STORE_BUNDLE_H

#include "gridwalk/market/panel.h"

/** Fill panel->header->digest: hex SHA-256 as docs/formats.md defines the content digest.
 */
void gw_bundle_digest(struct gw_panel *panel);

/**
 * Write a panel; sets its content digest first. `source` is the hex digest of the spec it
 * came from ("" for none).
 */
enum gw_status gw_bundle_write(const char *path,
                               struct gw_panel *panel,
                               const char *source,
                               struct gw_error *err) GW_MUST_CHECK;

/**
 * Walk a bundle in a child process with limits, because HDF5 1.10 can crash on a damaged
 * file, and return its dimensions. Refuses anything but hard links, the exact types and
 * shapes, contiguous or chunked storage without plug-in filters; sizes are checked
 * against the file. Errors   GW_DATA, one line with the file's name and what is wrong.
 */
enum gw_status gw_bundle_probe(const char *path,
                               struct gw_panel_dims *dims_out,
                               struct gw_error *err) GW_MUST_CHECK;

/** The hex digest of the spec that a bundle was made from; "" when it has none. Probe
 * first. */
enum gw_status gw_bundle_source(const char *path,
                                char hex_out[GW_SHA256_HEX],
                                struct gw_error *err) GW_MUST_CHECK;

/**
 * Read a probed bundle into a block of gw_panel_bytes(dims) and verify its digests: per
 * column and root. Bars must ascend, actions be sorted and refer to existing assets and
 * sessions.
 */
enum gw_status gw_bundle_read(const char *path,
                              const struct gw_panel_dims *dims,
                              void *block,
                              struct gw_error *err) GW_MUST_CHECK;

/** Probe and read into a heap panel. */
enum gw_status gw_bundle_load(const char *path,
                              struct gw_panel **out,
                              struct gw_error *err) GW_MUST_CHECK;

#endif
