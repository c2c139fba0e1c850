/* Attributes as this project writes them. */
#include "h5.h"

#include <string.h>

/* Takes `space` over. */
static enum gw_status write_attribute(struct gw_h5 *h5,
                                      hid_t object,
                                      const char *name,
                                      hid_t space,
                                      struct gw_h5_values values)
{
    hid_t memory = H5Tget_native_type(values.type, H5T_DIR_ASCEND);
    hid_t attribute =
        H5Acreate2(object, name, values.type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool written = attribute >= 0 && H5Awrite(attribute, memory, values.values) >= 0;
    enum gw_status status =
        written ? GW_OK : gw_h5_fail(h5, "cannot write attribute '%s'", name);
    if (attribute >= 0) {
        H5Aclose(attribute);
    }
    H5Tclose(memory);
    H5Sclose(space);
    return status;
}

enum gw_status
gw_h5_attribute_text(struct gw_h5 *h5, hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    enum gw_status status =
        write_attribute(h5, object, name, H5Screate(H5S_SCALAR),
                        (struct gw_h5_values){.type = type, .count = 1, .values = text});
    H5Tclose(type);
    return status;
}

enum gw_status
gw_h5_attribute_double(struct gw_h5 *h5, hid_t object, const char *name, double value)
{
    return write_attribute(
        h5, object, name, H5Screate(H5S_SCALAR),
        (struct gw_h5_values){.type = H5T_IEEE_F64LE, .count = 1, .values = &value});
}

enum gw_status
gw_h5_attribute_int(struct gw_h5 *h5, hid_t object, const char *name, int64_t value)
{
    return write_attribute(
        h5, object, name, H5Screate(H5S_SCALAR),
        (struct gw_h5_values){.type = H5T_STD_I64LE, .count = 1, .values = &value});
}

enum gw_status gw_h5_attribute_int_change(struct gw_h5 *h5,
                                          hid_t object,
                                          const char *name,
                                          int64_t value)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    bool written = attribute >= 0 && H5Awrite(attribute, H5T_NATIVE_INT64, &value) >= 0;
    enum gw_status status =
        written ? GW_OK : gw_h5_fail(h5, "cannot write attribute '%s'", name);
    if (attribute >= 0) {
        H5Aclose(attribute);
    }
    return status;
}

enum gw_status gw_h5_attribute_values(struct gw_h5 *h5,
                                      hid_t object,
                                      const char *name,
                                      struct gw_h5_values values)
{
    hsize_t count = values.count;
    return write_attribute(h5, object, name, H5Screate_simple(1, &count, NULL), values);
}
