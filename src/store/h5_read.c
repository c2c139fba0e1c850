#include "h5.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK_LIMIT = 64 << 20 }; /* bytes of one chunk that a reader is asked to hold */

enum gw_status gw_h5_open(const char *path, struct gw_h5 *h5, struct gw_error *err)
{
    gw_h5_start();
    *h5 = (struct gw_h5){.file = -1, .path = path, .failure = GW_DATA, .err = err};
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return gw_fail_errno(err, GW_DATA, errno, "%s", path);
    }
    if (!S_ISREG(facts.st_mode)) {
        return gw_h5_refuse(h5, "not a regular file");
    }
    h5->bytes = (uint64_t)facts.st_size;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    h5->file = H5Fopen(path, H5F_ACC_RDONLY, access);
    enum gw_status status =
        h5->file >= 0 ? GW_OK : gw_h5_fail(h5, "cannot open it as HDF5");
    H5Pclose(access);
    return status;
}

/* ---- links ---- */

static herr_t is_hard(hid_t group, const char *name, const H5L_info_t *info, void *bad)
{
    (void)group;
    char **found = (char **)bad;
    if (info->type == H5L_TYPE_HARD) {
        return 0;
    }
    *found = gw_strdup(name);
    return 1;
}

enum gw_status gw_h5_check_links(struct gw_h5 *h5, hid_t group)
{
    char *bad = NULL;
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, is_hard, &bad) < 0) {
        free(bad);
        return gw_h5_fail(h5, "cannot list a group");
    }
    if (bad == NULL) {
        return GW_OK;
    }
    enum gw_status status =
        gw_h5_refuse(h5, "'%s' is a soft or external link, which is not allowed", bad);
    free(bad);
    return status;
}

static enum gw_status check_link(struct gw_h5 *h5, hid_t parent, const char *name)
{
    if (H5Lexists(parent, name, H5P_DEFAULT) <= 0) {
        return gw_h5_refuse(h5, "'%s' is missing", name);
    }
    H5L_info_t info;
    if (H5Lget_info(parent, name, &info, H5P_DEFAULT) < 0) {
        return gw_h5_fail(h5, "'%s'", name);
    }
    return info.type == H5L_TYPE_HARD
               ? GW_OK
               : gw_h5_refuse(h5, "'%s' is a soft or external link, which is not allowed",
                              name);
}

enum gw_status
gw_h5_group_open(struct gw_h5 *h5, hid_t parent, const char *name, hid_t *group_out)
{
    GW_TRY(check_link(h5, parent, name));
    *group_out = H5Gopen2(parent, name, H5P_DEFAULT);
    return *group_out >= 0 ? gw_h5_check_links(h5, *group_out)
                           : gw_h5_fail(h5, "cannot open group '%s'", name);
}

/* ---- datasets ---- */

static bool filters_allowed(hid_t creation)
{
    int filters = H5Pget_nfilters(creation);
    for (int i = 0; i < filters; i++) {
        unsigned flags;
        size_t values = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
            filter != H5Z_FILTER_FLETCHER32) {
            return false;
        }
    }
    return filters >= 0;
}

/* Bytes of an array, or UINT64_MAX when they overflow. */
static uint64_t array_bytes(const struct gw_h5_array *array)
{
    uint64_t bytes = H5Tget_size(array->type);
    for (int axis = 0; axis < array->rank; axis++) {
        if (__builtin_mul_overflow(bytes, array->size[axis], &bytes)) {
            return UINT64_MAX;
        }
    }
    return bytes;
}

static enum gw_status
check_type_and_size(struct gw_h5 *h5, hid_t dataset, struct gw_h5_array *array)
{
    hid_t type = H5Dget_type(dataset);
    bool equal = type >= 0 && H5Tequal(type, array->type) > 0;
    H5Tclose(type);
    if (!equal) {
        return gw_h5_refuse(h5, "dataset '%s' has the wrong type", array->name);
    }
    hid_t space = H5Dget_space(dataset);
    hsize_t size[H5S_MAX_RANK] = {0};
    H5S_class_t kind = H5Sget_simple_extent_type(space);
    int rank = H5Sget_simple_extent_dims(space, size, NULL);
    H5Sclose(space);
    bool same = rank == array->rank && kind == (rank == 0 ? H5S_SCALAR : H5S_SIMPLE);
    for (int axis = 0; same && axis < rank; axis++) {
        if (array->size[axis] == GW_H5_ANY) {
            array->size[axis] = size[axis];
        }
        same = array->size[axis] == size[axis];
    }
    return same ? GW_OK
                : gw_h5_refuse(h5, "dataset '%s' has the wrong shape", array->name);
}

static enum gw_status check_chunks(struct gw_h5 *h5,
                                   hid_t creation,
                                   const struct gw_h5_array *array,
                                   uint64_t bytes)
{
    struct gw_h5_array chunk = *array;
    if (H5Pget_chunk(creation, GW_H5_RANK, chunk.size) != array->rank ||
        array_bytes(&chunk) > CHUNK_LIMIT) {
        return gw_h5_refuse(h5, "dataset '%s' has unusable chunks", array->name);
    }
    /* Deflate makes nothing smaller than a 1032nd. */
    return bytes / 1100 <= h5->bytes
               ? GW_OK
               : gw_h5_refuse(h5, "dataset '%s' is larger than the file", array->name);
}

static enum gw_status check_storage(struct gw_h5 *h5,
                                    hid_t dataset,
                                    hid_t creation,
                                    const struct gw_h5_array *array)
{
    uint64_t bytes = array_bytes(array);
    switch (H5Pget_layout(creation)) {
    case H5D_COMPACT:
        return bytes <= h5->bytes
                   ? GW_OK
                   : gw_h5_refuse(h5, "dataset '%s' is larger than the file",
                                  array->name);
    case H5D_CHUNKED:
        return check_chunks(h5, creation, array, bytes);
    case H5D_CONTIGUOUS:
        break;
    default:
        return gw_h5_refuse(h5, "dataset '%s' is not stored in the file itself",
                            array->name);
    }
    haddr_t offset = H5Dget_offset(dataset);
    if (bytes != 0 &&
        (offset == HADDR_UNDEF || offset > h5->bytes || bytes > h5->bytes - offset)) {
        return gw_h5_refuse(h5, "dataset '%s' reaches past the end of the file",
                            array->name);
    }
    return GW_OK;
}

static enum gw_status
check_dataset(struct gw_h5 *h5, hid_t dataset, struct gw_h5_array *array)
{
    GW_TRY(check_type_and_size(h5, dataset, array));
    hid_t creation = H5Dget_create_plist(dataset);
    enum gw_status status = GW_OK;
    if (creation < 0) {
        return gw_h5_fail(h5, "dataset '%s'", array->name);
    }
    if (H5Pget_external_count(creation) != 0) {
        status = gw_h5_refuse(h5, "dataset '%s' is not stored in the file itself",
                              array->name);
    } else if (!filters_allowed(creation)) {
        status = gw_h5_refuse(h5, "dataset '%s' needs a filter plug-in", array->name);
    } else {
        status = check_storage(h5, dataset, creation, array);
    }
    H5Pclose(creation);
    return status;
}

enum gw_status gw_h5_array_open(struct gw_h5 *h5,
                                hid_t parent,
                                struct gw_h5_array *array,
                                hid_t *dataset_out)
{
    GW_TRY(check_link(h5, parent, array->name));
    *dataset_out = H5Dopen2(parent, array->name, H5P_DEFAULT);
    if (*dataset_out < 0) {
        return gw_h5_fail(h5, "cannot open dataset '%s'", array->name);
    }
    return check_dataset(h5, *dataset_out, array);
}

bool gw_h5_contiguous(hid_t dataset)
{
    return H5Dget_offset(dataset) != HADDR_UNDEF; /* which chunks and headers have not */
}

enum gw_status
gw_h5_read(struct gw_h5 *h5, hid_t dataset, hid_t memory_type, void *values)
{
    return H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0
               ? GW_OK
               : gw_h5_fail(h5, "cannot read it");
}

enum gw_status gw_h5_read_box(struct gw_h5 *h5,
                              hid_t dataset,
                              const struct gw_h5_box *box,
                              hid_t memory_type,
                              void *values)
{
    hid_t there, here;
    bool got = gw_h5_select(dataset, box, &there, &here) &&
               H5Dread(dataset, memory_type, here, there, H5P_DEFAULT, values) >= 0;
    enum gw_status status = got ? GW_OK : gw_h5_fail(h5, "cannot read it");
    H5Sclose(there);
    H5Sclose(here);
    return status;
}

/* ---- attributes ---- */

/* Open a scalar attribute of a type; `type_out` is the file's. Both are -1 on failure. */
static enum gw_status open_attribute(struct gw_h5 *h5,
                                     hid_t object,
                                     const char *name,
                                     hid_t *attribute_out,
                                     hid_t *type_out)
{
    *attribute_out = *type_out = -1;
    if (H5Aexists(object, name) <= 0) {
        return gw_h5_refuse(h5, "attribute '%s' is missing", name);
    }
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) {
        return gw_h5_fail(h5, "attribute '%s'", name);
    }
    hid_t space = H5Aget_space(attribute);
    bool one = H5Sget_simple_extent_npoints(space) == 1;
    H5Sclose(space);
    hid_t type = one ? H5Aget_type(attribute) : -1;
    if (type < 0) {
        H5Aclose(attribute);
        return gw_h5_refuse(h5, "attribute '%s' is not one value", name);
    }
    *attribute_out = attribute;
    *type_out = type;
    return GW_OK;
}

/* The bytes of a string attribute into *out, or a refusal. */
static enum gw_status take_text(
    struct gw_h5 *h5, hid_t attribute, hid_t type, size_t limit, struct gw_text *out)
{
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0) {
        return gw_h5_refuse(h5, "an attribute is not a fixed-length text");
    }
    size_t size = H5Tget_size(type);
    if (size == 0 || size - 1 > limit || size > h5->bytes) {
        return gw_h5_refuse(h5, "an attribute is too long");
    }
    char *text = gw_calloc(size + 1, 1);
    enum gw_status status = GW_OK;
    if (H5Aread(attribute, type, text) < 0) {
        status = gw_h5_fail(h5, "an attribute cannot be read");
    } else {
        gw_text_append(out, text, strlen(text));
    }
    free(text);
    return status;
}

enum gw_status gw_h5_read_text(
    struct gw_h5 *h5, hid_t object, const char *name, size_t limit, struct gw_text *out)
{
    hid_t attribute, type;
    GW_TRY(open_attribute(h5, object, name, &attribute, &type));
    enum gw_status status = take_text(h5, attribute, type, limit, out);
    H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

enum gw_status
gw_h5_read_name(struct gw_h5 *h5, hid_t object, const char *name, char *out, size_t size)
{
    struct gw_text text = {0};
    enum gw_status status = gw_h5_read_text(h5, object, name, size - 1, &text);
    if (status == GW_OK && text.length >= size) {
        status = gw_h5_refuse(h5, "attribute '%s' is too long", name);
    }
    if (status == GW_OK) {
        assert(text.data != NULL);
        memcpy(out, text.data, text.length + 1);
    }
    gw_text_clear(&text);
    return status;
}

static enum gw_status read_scalar(struct gw_h5 *h5,
                                  hid_t object,
                                  const char *name,
                                  struct gw_h5_values wanted,
                                  void *value)
{
    hid_t attribute, type;
    GW_TRY(open_attribute(h5, object, name, &attribute, &type));
    enum gw_status status = GW_OK;
    if (H5Tequal(type, wanted.type) <= 0) {
        status = gw_h5_refuse(h5, "attribute '%s' has the wrong type", name);
    } else {
        hid_t memory = H5Tget_native_type(wanted.type, H5T_DIR_ASCEND);
        if (H5Aread(attribute, memory, value) < 0) {
            status = gw_h5_fail(h5, "attribute '%s'", name);
        }
        H5Tclose(memory);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

enum gw_status
gw_h5_read_number(struct gw_h5 *h5, hid_t object, const char *name, double *value_out)
{
    return read_scalar(h5, object, name,
                       (struct gw_h5_values){.type = H5T_IEEE_F64LE, .count = 1},
                       value_out);
}

enum gw_status
gw_h5_read_int(struct gw_h5 *h5, hid_t object, const char *name, int64_t *value_out)
{
    return read_scalar(h5, object, name,
                       (struct gw_h5_values){.type = H5T_STD_I64LE, .count = 1},
                       value_out);
}
