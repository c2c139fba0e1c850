/**
 * Private to store: HDF5 as this project uses it. Files that come out byte-identical when
 * written twice and that xarray opens with named dimensions; files read as untrusted.
 *
 * Every function that can fail leaves its one-line text in h5->err and returns
 * h5->failure: GW_SYSTEM for a file being written, GW_DATA for one being read (GW_SYSTEM
 * where the system refused it). The caller closes the groups and datasets that it gets
 * with H5Gclose and H5Dclose; those still open when the file is closed are closed with
 * it, so that a failure may just return.
 */
#ifndef GRIDWALK_STORE_H5_H
#define GRIDWALK_STORE_H5_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <hdf5.h>
#include <hdf5_hl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GW_H5_RANK = 3 }; /* most axes of an array */

/** A file being written or read. */
struct gw_h5 {
    hid_t file;
    const char *path;       /* for messages; borrowed */
    uint64_t bytes;         /* of the file on disk, when reading */
    enum gw_status failure; /* what a failure of HDF5 counts as */
    struct gw_error *err;
};

/** A dataset as it is made or must be found. */
struct gw_h5_array {
    const char *name;
    hid_t type; /* in the file: H5T_IEEE_F64LE, H5T_STD_I32LE, gw_h5_text_type()... */
    int rank;   /* 0 = scalar */
    hsize_t size[GW_H5_RANK];
};

/** A size that gw_h5_array_open accepts as it is and fills in. */
#define GW_H5_ANY ((hsize_t)-1)

/**
 * Fail with h5->failure: "PATH: " + the text + ": " + HDF5's innermost reason (for a
 * system error the system's words). Call it before any other HDF5 call, which would clear
 * the reason. A refused file lock becomes GW_SYSTEM, with a hint at
 * HDF5_USE_FILE_LOCKING.
 */
enum gw_status gw_h5_fail(struct gw_h5 *h5, const char *format, ...) GW_PRINTF(2, 3);

/** Fail with h5->failure and "PATH: " + the text alone: a fact that HDF5 did not refuse.
 */
enum gw_status gw_h5_refuse(struct gw_h5 *h5, const char *format, ...) GW_PRINTF(2, 3);

/** Make HDF5 silent, without filter plug-ins and without an exit handler. The functions
 * that open or create a file call it. */
void gw_h5_start(void);

/** A new UTF-8 string type: NUL-padded of `size` bytes, or of any length for
 * H5T_VARIABLE. H5Tclose it. */
hid_t gw_h5_text_type(size_t size);

/* ---- writing ---- */

/** Create a file (creation order kept, no times, version bounds fixed); fills *h5.
 * Messages name `path`; set h5->path afterwards to name another. */
enum gw_status
gw_h5_create(const char *path, struct gw_h5 *h5, struct gw_error *err) GW_MUST_CHECK;

/** Flush and close the file; both are checked. What is left is gw_file_commit. */
enum gw_status gw_h5_finish(struct gw_h5 *h5) GW_MUST_CHECK;

/** Close a file of either kind, whatever its state: after a failure, or after reading. */
void gw_h5_close(struct gw_h5 *h5);

/** A new group; H5Gclose it. */
enum gw_status gw_h5_group(struct gw_h5 *h5,
                           hid_t parent,
                           const char *name,
                           hid_t *group_out) GW_MUST_CHECK;

/** A text attribute, fixed UTF-8, of any length (above 64 KiB too). */
enum gw_status gw_h5_attribute_text(struct gw_h5 *h5,
                                    hid_t object,
                                    const char *name,
                                    const char *text) GW_MUST_CHECK;

/** A scalar double attribute. */
enum gw_status gw_h5_attribute_double(struct gw_h5 *h5,
                                      hid_t object,
                                      const char *name,
                                      double value) GW_MUST_CHECK;

/** A scalar integer attribute. */
enum gw_status gw_h5_attribute_int(struct gw_h5 *h5,
                                   hid_t object,
                                   const char *name,
                                   int64_t value) GW_MUST_CHECK;

/** Change one that gw_h5_attribute_int has made, in its place. */
enum gw_status gw_h5_attribute_int_change(struct gw_h5 *h5,
                                          hid_t object,
                                          const char *name,
                                          int64_t value) GW_MUST_CHECK;

/** The values of an attribute: `type` is both in the file and in memory; an array, also
 * of one. */
struct gw_h5_values {
    hid_t type;
    size_t count;
    const void *values;
};
enum gw_status gw_h5_attribute_values(struct gw_h5 *h5,
                                      hid_t object,
                                      const char *name,
                                      struct gw_h5_values values) GW_MUST_CHECK;

/**
 * A new dataset of fixed size, contiguous, its space given out at once. `scale` holds one
 * dimension scale an axis, or is NULL; an element < 0 leaves that axis alone. Everything
 * in it must be written.
 */
enum gw_status gw_h5_array_create(struct gw_h5 *h5,
                                  hid_t parent,
                                  const struct gw_h5_array *array,
                                  const hid_t *scale,
                                  hid_t *dataset_out) GW_MUST_CHECK;

/** A new one-dimensional dataset, written from `values` (the file's type in memory, or
 * for variable-length text char *[]) and made a dimension scale of its own name. */
enum gw_status gw_h5_scale_create(struct gw_h5 *h5,
                                  hid_t parent,
                                  const struct gw_h5_array *array,
                                  const void *values,
                                  hid_t *dataset_out) GW_MUST_CHECK;

/** Write a whole dataset from memory of `memory_type` (H5T_NATIVE_DOUBLE...). */
enum gw_status gw_h5_write(struct gw_h5 *h5,
                           hid_t dataset,
                           hid_t memory_type,
                           const void *values) GW_MUST_CHECK;

/** A box of a dataset: first index and length along each of its axes. */
struct gw_h5_box {
    hsize_t first[GW_H5_RANK], count[GW_H5_RANK];
};
/** The file's and the memory's dataspace of a box: false when it does not fit. Close
 * both. */
bool gw_h5_select(hid_t dataset,
                  const struct gw_h5_box *box,
                  hid_t *file_space_out,
                  hid_t *memory_space_out);
enum gw_status gw_h5_write_box(struct gw_h5 *h5,
                               hid_t dataset,
                               const struct gw_h5_box *box,
                               hid_t memory_type,
                               const void *values) GW_MUST_CHECK;

/* ---- reading ---- */

/** Open a regular file for reading, no filter plug-ins; fills *h5. */
enum gw_status
gw_h5_open(const char *path, struct gw_h5 *h5, struct gw_error *err) GW_MUST_CHECK;

/**
 * Walks a file that may be malicious or damaged: checks it, and reads all that will be
 * read later by the same calls, but for the values of contiguous arrays. Fills *result.
 */
typedef enum gw_status gw_h5_walk_fn(struct gw_h5 *h5, void *result);

/**
 * Open `path` and run `walk` on it in a child process with limits on time and memory,
 * because HDF5 1.10 can crash on a damaged file. `result`, a plain record of `size`
 * bytes, comes back from the child when the walk ends well; at the start the child has
 * the caller's bytes in it. Errors   what the walk failed with; GW_DATA when the child
 * died.
 */
enum gw_status gw_h5_probe(const char *path,
                           gw_h5_walk_fn *walk,
                           void *result,
                           size_t size,
                           struct gw_error *err) GW_MUST_CHECK;

/** Every link of the group must be a hard one. */
enum gw_status gw_h5_check_links(struct gw_h5 *h5, hid_t group) GW_MUST_CHECK;

/** Open a group that is hard-linked under its parent, and check its links. */
enum gw_status gw_h5_group_open(struct gw_h5 *h5,
                                hid_t parent,
                                const char *name,
                                hid_t *group_out) GW_MUST_CHECK;

/**
 * Open a dataset and check it: a hard link, exactly the type, rank and sizes of *array,
 * its bytes in the file itself (not external, not virtual; filters deflate, shuffle and
 * fletcher32 alone), its size not larger than the file can hold. Sizes of GW_H5_ANY are
 * filled in.
 */
enum gw_status gw_h5_array_open(struct gw_h5 *h5,
                                hid_t parent,
                                struct gw_h5_array *array,
                                hid_t *dataset_out) GW_MUST_CHECK;

/** True for a dataset in one piece: reading it touches no metadata of the file. */
bool gw_h5_contiguous(hid_t dataset);

/** Read a whole dataset, or a box of it, into memory of `memory_type`. */
enum gw_status gw_h5_read(struct gw_h5 *h5,
                          hid_t dataset,
                          hid_t memory_type,
                          void *values) GW_MUST_CHECK;
enum gw_status gw_h5_read_box(struct gw_h5 *h5,
                              hid_t dataset,
                              const struct gw_h5_box *box,
                              hid_t memory_type,
                              void *values) GW_MUST_CHECK;

/** A fixed-length text attribute of at most `limit` bytes, appended to *out. */
enum gw_status gw_h5_read_text(struct gw_h5 *h5,
                               hid_t object,
                               const char *name,
                               size_t limit,
                               struct gw_text *out) GW_MUST_CHECK;

/** The same into a buffer of `size` bytes, NUL included; a longer text is refused. */
enum gw_status gw_h5_read_name(struct gw_h5 *h5,
                               hid_t object,
                               const char *name,
                               char *out,
                               size_t size) GW_MUST_CHECK;

/** Scalar number attributes. */
enum gw_status gw_h5_read_number(struct gw_h5 *h5,
                                 hid_t object,
                                 const char *name,
                                 double *value_out) GW_MUST_CHECK;
enum gw_status gw_h5_read_int(struct gw_h5 *h5,
                              hid_t object,
                              const char *name,
                              int64_t *value_out) GW_MUST_CHECK;

#endif
