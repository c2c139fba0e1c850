#include "h5.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REASON_SIZE = 300 };

/* ---- errors ---- */

/* The system's words out of "... errno = 28, error message = 'No space left on device',
 * ..."; the rest of such a text holds times and addresses. */
static bool system_words(const char *text, char *out, size_t size)
{
    static const char lead[] = "error message = '";
    const char *words = strstr(text, lead);
    if (words == NULL) {
        return false;
    }
    words += sizeof lead - 1;
    snprintf(out, size, "%.*s", (int)strcspn(words, "'"), words);
    return true;
}

static herr_t take_innermost(unsigned depth, const H5E_error2_t *entry, void *reason)
{
    if (depth != 0) {
        return 0;
    }
    const char *text = entry->desc != NULL ? entry->desc : "";
    if (strstr(text, "unable to lock file") != NULL) {
        snprintf(reason, REASON_SIZE, "unable to lock file");
    } else if (!system_words(text, reason, REASON_SIZE)) {
        snprintf(reason, REASON_SIZE, "%s", text);
    }
    return 0;
}

enum gw_status gw_h5_fail(struct gw_h5 *h5, const char *format, ...)
{
    char reason[REASON_SIZE] = "", line[REASON_SIZE];
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, reason);
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (strcmp(reason, "unable to lock file") == 0) {
        return gw_fail(h5->err, GW_SYSTEM,
                       "%s: %s: the file system refuses a lock, or another program is "
                       "writing the file; if none is, set HDF5_USE_FILE_LOCKING=FALSE",
                       h5->path, line);
    }
    return gw_fail(h5->err, h5->failure, "%s: %s%s%s", h5->path, line,
                   reason[0] != '\0' ? ": " : "", reason);
}

enum gw_status gw_h5_refuse(struct gw_h5 *h5, const char *format, ...)
{
    char line[REASON_SIZE];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    return gw_fail(h5->err, h5->failure, "%s: %s", h5->path, line);
}

void gw_h5_start(void)
{
    /* After a full disk HDF5's own exit handler prints and loops; our files are closed.
     */
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
}

/* ---- property lists and types ---- */

hid_t gw_h5_text_type(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5T_CSET_UTF8);
    if (size != H5T_VARIABLE) {
        H5Tset_strpad(type, H5T_STR_NULLPAD);
    }
    return type;
}

/* A creation list of this class whose objects keep order and no times, as byte-identical
 * files need. */
static hid_t creation_list(hid_t list_class)
{
    hid_t list = H5Pcreate(list_class);
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    H5Pset_attr_creation_order(list, order);
    H5Pset_obj_track_times(list, 0);
    if (H5Pisa_class(list, H5P_GROUP_CREATE) > 0) {
        H5Pset_link_creation_order(list, order);
    }
    return list;
}

/* ---- writing ---- */

enum gw_status gw_h5_create(const char *path, struct gw_h5 *h5, struct gw_error *err)
{
    gw_h5_start();
    *h5 = (struct gw_h5){.path = path, .failure = GW_SYSTEM, .err = err};
    hid_t creation = creation_list(H5P_FILE_CREATE);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    /* Else every short line of a box is 64 KiB read and written. */
    H5Pset_sieve_buf_size(access, 0);
    h5->file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    enum gw_status status = h5->file >= 0 ? GW_OK : gw_h5_fail(h5, "cannot create it");
    H5Pclose(creation);
    H5Pclose(access);
    return status;
}

enum gw_status gw_h5_finish(struct gw_h5 *h5)
{
    if (H5Fflush(h5->file, H5F_SCOPE_LOCAL) < 0) {
        enum gw_status status = gw_h5_fail(h5, "cannot write it");
        gw_h5_close(h5);
        return status;
    }
    hid_t file = h5->file;
    h5->file = -1;
    return H5Fclose(file) >= 0 ? GW_OK : gw_h5_fail(h5, "cannot close it");
}

void gw_h5_close(struct gw_h5 *h5)
{
    if (h5->file >= 0) {
        H5Fclose(h5->file);
        h5->file = -1;
    }
}

enum gw_status
gw_h5_group(struct gw_h5 *h5, hid_t parent, const char *name, hid_t *group_out)
{
    hid_t creation = creation_list(H5P_GROUP_CREATE);
    *group_out = H5Gcreate2(parent, name, H5P_DEFAULT, creation, H5P_DEFAULT);
    enum gw_status status =
        *group_out >= 0 ? GW_OK : gw_h5_fail(h5, "cannot make group '%s'", name);
    H5Pclose(creation);
    return status;
}

static hid_t array_space(const struct gw_h5_array *array)
{
    assert(array->rank >= 0 && array->rank <= GW_H5_RANK);
    return array->rank == 0 ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(array->rank, array->size, NULL);
}

enum gw_status gw_h5_array_create(struct gw_h5 *h5,
                                  hid_t parent,
                                  const struct gw_h5_array *array,
                                  const hid_t *scale,
                                  hid_t *dataset_out)
{
    hid_t creation = creation_list(H5P_DATASET_CREATE);
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    if (H5Tis_variable_str(array->type) <=
        0) { /* HDF5 needs a fill value for that text */
        H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
    }
    hid_t space = array_space(array);
    hid_t dataset = H5Dcreate2(parent, array->name, array->type, space, H5P_DEFAULT,
                               creation, H5P_DEFAULT);
    bool made = dataset >= 0;
    for (int axis = 0; made && scale != NULL && axis < array->rank; axis++) {
        made = scale[axis] < 0 ||
               H5DSattach_scale(dataset, scale[axis], (unsigned)axis) >= 0;
    }
    enum gw_status status =
        made ? GW_OK : gw_h5_fail(h5, "cannot make dataset '%s'", array->name);
    H5Sclose(space);
    H5Pclose(creation);
    *dataset_out = dataset;
    return status;
}

enum gw_status gw_h5_scale_create(struct gw_h5 *h5,
                                  hid_t parent,
                                  const struct gw_h5_array *array,
                                  const void *values,
                                  hid_t *dataset_out)
{
    assert(array->rank == 1);
    GW_TRY(gw_h5_array_create(h5, parent, array, NULL, dataset_out));
    hid_t memory = H5Tget_native_type(array->type, H5T_DIR_ASCEND);
    enum gw_status status = gw_h5_write(h5, *dataset_out, memory, values);
    H5Tclose(memory);
    if (status == GW_OK && H5DSset_scale(*dataset_out, array->name) < 0) {
        status = gw_h5_fail(h5, "cannot make '%s' a dimension", array->name);
    }
    return status;
}

enum gw_status
gw_h5_write(struct gw_h5 *h5, hid_t dataset, hid_t memory_type, const void *values)
{
    return H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0
               ? GW_OK
               : gw_h5_fail(h5, "cannot write it");
}

bool gw_h5_select(hid_t dataset,
                  const struct gw_h5_box *box,
                  hid_t *file_space_out,
                  hid_t *memory_space_out)
{
    *file_space_out = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(*file_space_out);
    *memory_space_out = H5Screate_simple(rank, box->count, NULL);
    return rank > 0 && H5Sselect_hyperslab(*file_space_out, H5S_SELECT_SET, box->first,
                                           NULL, box->count, NULL) >= 0;
}

enum gw_status gw_h5_write_box(struct gw_h5 *h5,
                               hid_t dataset,
                               const struct gw_h5_box *box,
                               hid_t memory_type,
                               const void *values)
{
    hid_t there, here;
    bool written = gw_h5_select(dataset, box, &there, &here) &&
                   H5Dwrite(dataset, memory_type, here, there, H5P_DEFAULT, values) >= 0;
    enum gw_status status = written ? GW_OK : gw_h5_fail(h5, "cannot write it");
    H5Sclose(there);
    H5Sclose(here);
    return status;
}
