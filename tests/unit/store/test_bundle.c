#include "check.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/store/bundle.h"
#include "scratch.h"

#include <hdf5.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { T = 7, N = 3, ACTIONS = 4 };

#ifdef __SANITIZE_ADDRESS__
enum { FLIPS = 300 }; /* a fork is ten times slower */
#else
enum { FLIPS = 3000 };
#endif

static const char *const symbol[N] = {"B", "A", "Zürich"};

/* Prices that differ everywhere, with undefined ones, and actions of several kinds. */
static struct gw_panel *make_panel(void)
{
    const struct gw_panel_dims dims = {T, N, ACTIONS};
    struct gw_panel *panel = gw_panel_new(&dims);
    static const struct gw_action actions[ACTIONS] = {{2, 0, GW_OTHER, 1.5},
                                                      {0, 3, GW_DIVIDEND, 0.25},
                                                      {0, 3, GW_DIVIDEND, 0.5},
                                                      {1, 3, GW_SPLIT, 0.5}};
    for (int t = 0; t < T; t++) {
        panel->session[t] = 10957 + 3 * t;
    }
    for (size_t n = 0; n < N; n++) {
        strcpy(panel->asset[n].symbol, symbol[n]);
        strcpy(panel->asset[n].name, n == 1 ? "A Company & Söhne" : "");
        strcpy(panel->asset[n].exchange, "XNYS");
        panel->asset[n].delisting_return = -0.1 * (double)n;
        panel->asset[n].tick = 0.01;
        panel->asset[n].multiplier = (double)n + 1;
        for (int field = 0; field < GW_FIELDS; field++) {
            for (size_t t = n; t < T; t++) {
                gw_panel_column(panel, (enum gw_field)field, n)[t] =
                    100.0 * field + 10.0 * (double)n + 0.1 * (double)t + 1;
            }
        }
    }
    memcpy(panel->action, actions, sizeof actions);
    gw_panel_set_listing(panel);
    panel->header->periods = 365;
    strcpy(panel->header->calendar, "union");
    strcpy(panel->header->description, "made up");
    return panel;
}

/* All but the description, which no digest covers. */
static bool same_content(const struct gw_panel *a, const struct gw_panel *b)
{
    bool same = memcmp(&a->header->dims, &b->header->dims, sizeof a->header->dims) == 0 &&
                a->header->periods == b->header->periods &&
                strcmp(a->header->calendar, b->header->calendar) == 0 &&
                strcmp(a->header->frequency, b->header->frequency) == 0 &&
                strcmp(a->header->digest, b->header->digest) == 0 &&
                memcmp(a->session, b->session, a->T * sizeof *a->session) == 0 &&
                memcmp(a->asset, b->asset, a->N * sizeof *a->asset) == 0;
    for (int field = 0; same && field < GW_FIELDS; field++) {
        for (size_t i = 0; same && i < a->T * a->N; i++) {
            same = check_close(a->column[field][i], b->column[field][i], 0);
        }
    }
    for (size_t i = 0; same && i < a->actions; i++) {
        same = a->action[i].asset == b->action[i].asset &&
               a->action[i].session == b->action[i].session &&
               a->action[i].kind == b->action[i].kind &&
               a->action[i].value == b->action[i].value;
    }
    return same;
}

/* Write a panel as DIRECTORY/name and return the path as scratch_path does. */
static const char *
write_bundle(struct scratch *scratch, const char *name, struct gw_panel *panel)
{
    struct gw_error err = {0};
    const char *path = scratch_path(scratch, name);
    CHECK_OK(gw_bundle_write(path, panel, "", &err));
    return path;
}

static void what_was_written_is_read(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel(), *read = NULL;
    const char *path = write_bundle(&scratch, "b.h5", panel);
    CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 1);
    struct gw_panel_dims dims = {0};
    CHECK_OK(gw_bundle_probe(path, &dims, &err));
    CU_ASSERT_EQUAL(dims.bars, T);
    CU_ASSERT_EQUAL(dims.assets, N);
    CU_ASSERT_EQUAL(dims.actions, ACTIONS);
    CHECK_OK(gw_bundle_load(path, &read, &err));
    CU_ASSERT_FATAL(read != NULL);
    CU_ASSERT(same_content(panel, read));
    CHECK_TEXT(read->header->description, "made up");
    CU_ASSERT_EQUAL(strlen(read->header->digest), 64);
    gw_panel_free(read);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

static void a_block_that_held_something_else_comes_out_the_same(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel(), attached;
    const char *path = write_bundle(&scratch, "b.h5", panel);
    const struct gw_panel_dims dims = {T, N, ACTIONS};
    size_t bytes = gw_panel_bytes(&dims);
    void *block = aligned_alloc(64, bytes);
    memset(block, 0xa5, bytes);
    CHECK_OK(gw_bundle_read(path, &dims, block, &err));
    gw_panel_attach(block, &dims, &attached);
    CU_ASSERT(same_content(panel, &attached));
    const struct gw_panel_dims other = {T, N, ACTIONS - 1};
    CU_ASSERT_EQUAL(gw_bundle_read(path, &other, block, &err), GW_DATA);
    free(block);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

static void a_panel_without_actions_and_of_one_bar_is_kept(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    scratch_open(&scratch);
    const struct gw_panel_dims dims = {1, 1, 0};
    struct gw_panel *panel = gw_panel_new(&dims), *read = NULL;
    strcpy(panel->asset->symbol, "ONE");
    panel->session[0] = -5;
    panel->column[GW_CLOSE][0] = 1;
    const char *path = write_bundle(&scratch, "b.h5", panel);
    CHECK_OK(gw_bundle_load(path, &read, &err));
    CU_ASSERT_FATAL(read != NULL);
    CU_ASSERT(same_content(panel, read));
    gw_panel_free(read);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

static void two_writes_are_the_same_bytes(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel();
    size_t length[2];
    char *bytes[2];
    bytes[0] = scratch_read(write_bundle(&scratch, "a.h5", panel), &length[0]);
    sleep(1); /* times in HDF5 files count seconds */
    usleep(100000);
    bytes[1] = scratch_read(write_bundle(&scratch, "other.h5", panel), &length[1]);
    CU_ASSERT_EQUAL(length[0], length[1]);
    CU_ASSERT_EQUAL(memcmp(bytes[0], bytes[1], length[0]), 0);
    free(bytes[0]);
    free(bytes[1]);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

static void the_source_is_kept_where_there_is_one(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    char hex[GW_SHA256_HEX], source[GW_SHA256_HEX];
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel();
    const char *path = write_bundle(&scratch, "b.h5", panel);
    CHECK_OK(gw_bundle_source(path, hex, &err));
    CHECK_TEXT(hex, "");
    memset(source, 'c', 64);
    source[64] = '\0';
    CHECK_OK(gw_bundle_write(path, panel, source, &err));
    CHECK_OK(gw_bundle_source(path, hex, &err));
    CHECK_TEXT(hex, source);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

/* ---- the digest, from the file alone, as docs/formats.md says ---- */

static void add_dataset(struct gw_sha256 *sha, hid_t file, const char *name)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    CU_ASSERT_FATAL(dataset >= 0);
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    size_t size = H5Tget_size(type);
    size_t bytes = size * (size_t)H5Sget_simple_extent_npoints(space);
    unsigned char *buffer = gw_calloc(bytes, 1);
    CU_ASSERT(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer) >= 0);
    gw_sha256_add(sha, buffer, bytes);
    free(buffer);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
}

static void check_column_digest(hid_t file)
{
    static const unsigned char nan[8] = {0, 0, 0, 0, 0, 0, 0xf8, 0x7f};
    unsigned char bytes[N][T][8], stored[N][16], expected[16];
    hid_t dataset = H5Dopen2(file, "close", H5P_DEFAULT);
    H5Dread(dataset, H5T_IEEE_F64LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
    H5Dclose(dataset);
    dataset = H5Dopen2(file, "digest/close", H5P_DEFAULT);
    H5Dread(dataset, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, stored);
    H5Dclose(dataset);
    for (int n = 0; n < N; n++) {
        for (int t = 0; t < n; t++) {
            memcpy(bytes[n][t], nan, sizeof nan); /* asset n has no bar before bar n */
        }
        gw_xxh128(bytes[n], sizeof bytes[n], expected);
        CU_ASSERT_EQUAL(memcmp(stored[n], expected, sizeof expected), 0);
    }
}

static void the_digest_is_the_documented_one(void)
{
    static const char *const order[] = {
        "session",        "symbol",          "digest/open",   "digest/high",
        "digest/low",     "digest/close",    "digest/volume", "action/asset",
        "action/session", "action/kind",     "action/value",  "asset/name",
        "asset/exchange", "asset/first",     "asset/last",    "asset/delisting_return",
        "asset/tick",     "asset/multiplier"};
    static const unsigned char periods[8] = {0, 0, 0, 0, 0, 0xd0, 0x76, 0x40}; /* 365 */
    struct scratch scratch;
    char hex[GW_SHA256_HEX];
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel();
    hid_t file =
        H5Fopen(write_bundle(&scratch, "b.h5", panel), H5F_ACC_RDONLY, H5P_DEFAULT);
    check_column_digest(file);
    struct gw_sha256 *sha = gw_sha256_new();
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        add_dataset(sha, file, order[i]);
    }
    gw_sha256_add(sha,
                  "union\0"
                  "1d\0",
                  9);
    gw_sha256_add(sha, periods, sizeof periods);
    gw_sha256_end(sha, hex);
    CHECK_TEXT(panel->header->digest, hex);
    H5Fclose(file);
    char before[GW_SHA256_HEX];
    strcpy(before, panel->header->digest);
    strcpy(panel->header->description, "another");
    gw_bundle_digest(panel);
    CHECK_TEXT(panel->header->digest, before);
    panel->column[GW_LOW][T * N - 1] += 1e-12;
    gw_bundle_digest(panel);
    CU_ASSERT(strcmp(panel->header->digest, before) != 0);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

/* ---- files that lie ---- */

/* A new dataset of rank 2 in place of `name`; closes the type and the list. */
static void replace(hid_t file,
                    const char *name,
                    hid_t type,
                    hsize_t rows,
                    hsize_t columns,
                    hid_t creation)
{
    const hsize_t size[2] = {rows, columns};
    hid_t space = H5Screate_simple(2, size, NULL);
    H5Ldelete(file, name, H5P_DEFAULT);
    hid_t dataset =
        H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    CU_ASSERT(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(creation);
}

static hid_t new_list(void)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    return creation;
}

static void external_storage(hid_t file)
{
    hid_t creation = new_list();
    H5Pset_external(creation, "/etc/passwd", 0, N * T * 8);
    replace(file, "close", H5T_IEEE_F64LE, N, T, creation);
}

static void virtual_storage(hid_t file)
{
    const hsize_t size[2] = {N, T};
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE),
          space = H5Screate_simple(2, size, NULL);
    H5Pset_virtual(creation, space, "other.h5", "close", space);
    H5Sclose(space);
    replace(file, "close", H5T_IEEE_F64LE, N, T, creation);
}

static void soft_link(hid_t file)
{
    H5Ldelete(file, "close", H5P_DEFAULT);
    H5Lcreate_soft("/open", file, "close", H5P_DEFAULT, H5P_DEFAULT);
}

static void external_link(hid_t file)
{
    H5Ldelete(file, "close", H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/close", file, "close", H5P_DEFAULT, H5P_DEFAULT);
}

static void soft_link_beside(hid_t file)
{
    H5Lcreate_soft("/open", file, "asset/extra", H5P_DEFAULT, H5P_DEFAULT);
}

static void soft_group(hid_t file)
{
    H5Lmove(file, "asset", file, "hidden", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/hidden", file, "asset", H5P_DEFAULT, H5P_DEFAULT);
}

static void narrow_type(hid_t file)
{
    replace(file, "close", H5T_IEEE_F32LE, N, T, new_list());
}

static void swapped_type(hid_t file)
{
    replace(file, "close", H5T_IEEE_F64BE, N, T, new_list());
}

static void integer_type(hid_t file)
{
    replace(file, "close", H5T_STD_I64LE, N, T, new_list());
}

static void transposed(hid_t file)
{
    replace(file, "close", H5T_IEEE_F64LE, T, N, new_list());
}

static void one_bar_more(hid_t file)
{
    replace(file, "close", H5T_IEEE_F64LE, N, T + 1, new_list());
}

static void never_allocated(hid_t file)
{
    replace(file, "close", H5T_IEEE_F64LE, N, T, H5Pcreate(H5P_DATASET_CREATE));
}

static void strange_filter(hid_t file)
{
    const hsize_t chunk[2] = {1, T};
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);
    H5Pset_scaleoffset(creation, H5Z_SO_FLOAT_DSCALE, 2);
    replace(file, "close", H5T_IEEE_F64LE, N, T, creation);
}

static void text_of_any_length(hid_t file)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Ldelete(file, "asset/name", H5P_DEFAULT);
    const hsize_t size = N;
    hid_t space = H5Screate_simple(1, &size, NULL);
    H5Dclose(H5Dcreate2(file, "asset/name", type, space, H5P_DEFAULT, H5P_DEFAULT,
                        H5P_DEFAULT));
    H5Sclose(space);
    H5Tclose(type);
}

static void missing_column(hid_t file)
{
    H5Ldelete(file, "volume", H5P_DEFAULT);
}

static void missing_group(hid_t file)
{
    H5Ldelete(file, "action", H5P_DEFAULT);
}

static void group_for_a_column(hid_t file)
{
    H5Ldelete(file, "low", H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "low", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void missing_attribute(hid_t file)
{
    H5Adelete(file, "calendar");
}

static void other_format(hid_t file)
{
    H5Adelete(file, "format");
}

static void overwrite(hid_t file, const char *name, hid_t type, const void *values)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    CU_ASSERT(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
}

static void overwrite_symbols(hid_t file, const char *const names[N])
{
    char bytes[N][GW_SYMBOL_SIZE] = {{0}};
    for (int n = 0; n < N; n++) {
        memcpy(bytes[n], names[n], strnlen(names[n], GW_SYMBOL_SIZE));
    }
    hid_t dataset = H5Dopen2(file, "symbol", H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
    H5Tclose(type);
    H5Dclose(dataset);
}

static void duplicate_symbol(hid_t file)
{
    static const char *const names[N] = {"A", "B", "A"};
    overwrite_symbols(file, names);
}

static void endless_symbol(hid_t file)
{
    static const char *const names[N] = {"A", "B", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"};
    overwrite_symbols(file, names);
}

static void empty_symbol(hid_t file)
{
    static const char *const names[N] = {"A", "", "C"};
    overwrite_symbols(file, names);
}

static void descending_sessions(hid_t file)
{
    static const int32_t days[T] = {1, 2, 3, 5, 4, 6, 7};
    overwrite(file, "session", H5T_NATIVE_INT32, days);
}

static void repeated_session(hid_t file)
{
    static const int32_t days[T] = {1, 2, 3, 4, 5, 5, 7};
    overwrite(file, "session", H5T_NATIVE_INT32, days);
}

static void action_of_no_asset(hid_t file)
{
    static const int32_t asset[ACTIONS] = {2, 0, 0, N};
    overwrite(file, "action/asset", H5T_NATIVE_INT32, asset);
}

static void action_on_no_session(hid_t file)
{
    static const int32_t session[ACTIONS] = {-1, 3, 3, 3};
    overwrite(file, "action/session", H5T_NATIVE_INT32, session);
}

static void action_of_no_kind(hid_t file)
{
    static const int8_t kind[ACTIONS] = {4, 1, 5, 0};
    overwrite(file, "action/kind", H5T_NATIVE_INT8, kind);
}

static void actions_out_of_order(hid_t file)
{
    static const int32_t session[ACTIONS] = {4, 3, 3, 3};
    overwrite(file, "action/session", H5T_NATIVE_INT32, session);
}

static void action_without_value(hid_t file)
{
    static const double value[ACTIONS] = {1.5, 0.25, NAN, 0.5};
    overwrite(file, "action/value", H5T_NATIVE_DOUBLE, value);
}

static void changed_price(hid_t file)
{
    double close[N][T];
    hid_t dataset = H5Dopen2(file, "close", H5P_DEFAULT);
    H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, close);
    H5Dclose(dataset);
    close[1][3] += 1e-9;
    overwrite(file, "close", H5T_NATIVE_DOUBLE, close);
}

static void changed_tick(hid_t file)
{
    static const double tick[N] = {0.01, 0.01, 0.02};
    overwrite(file, "asset/tick", H5T_NATIVE_DOUBLE, tick);
}

static void changed_periods(hid_t file)
{
    const double periods = 364;
    hid_t attribute = H5Aopen(file, "periods", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_DOUBLE, &periods);
    H5Aclose(attribute);
}

/* Write a good bundle and let `spoil` change it. */
static const char *
spoil_bundle(struct scratch *scratch, struct gw_panel *panel, void (*spoil)(hid_t file))
{
    const char *path = write_bundle(scratch, "b.h5", panel);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    CU_ASSERT_FATAL(file >= 0);
    spoil(file);
    CU_ASSERT(H5Fclose(file) >= 0);
    return path;
}

static void what_lies_is_refused_with_a_reason(void)
{
    static const struct {
        void (*spoil)(hid_t file);
        const char *said;
    } table[] = {
        {external_storage, "dataset 'close' is not stored in the file itself"},
        {virtual_storage, "dataset 'close' is not stored in the file itself"},
        {soft_link, "'close' is a soft or external link"},
        {external_link, "'close' is a soft or external link"},
        {soft_link_beside, "'extra' is a soft or external link"},
        {soft_group, "'asset' is a soft or external link"},
        {narrow_type, "dataset 'close' has the wrong type"},
        {swapped_type, "dataset 'close' has the wrong type"},
        {integer_type, "dataset 'close' has the wrong type"},
        {transposed, "dataset 'close' has the wrong shape"},
        {one_bar_more, "dataset 'close' has the wrong shape"},
        {never_allocated, "dataset 'close' reaches past the end"},
        {strange_filter, "dataset 'close' needs a filter plug-in"},
        {text_of_any_length, "dataset 'name' has the wrong type"},
        {missing_column, "'volume' is missing"},
        {missing_group, "'action' is missing"},
        {group_for_a_column, "cannot open dataset 'low'"},
        {missing_attribute, "attribute 'calendar' is missing"},
        {other_format, "not a bundle"},
        {duplicate_symbol, "symbol A occurs twice"},
        {endless_symbol, "of asset 2 is no text"},
        {empty_symbol, "of asset 1 is no text"},
        {descending_sessions, "session 4 does not come after"},
        {repeated_session, "session 5 does not come after"},
        {action_of_no_asset, "action 3 is of no asset or session"},
        {action_on_no_session, "action 0 is of no asset or session"},
        {action_of_no_kind, "action 2 has no known kind"},
        {actions_out_of_order, "action 1 is out of order"},
        {action_without_value, "action 2 has no known kind or value"},
        {changed_price, "close of A does not match its digest"},
        {changed_tick, "its content does not match its digest"},
        {changed_periods, "its content does not match its digest"},
    };
    struct scratch scratch;
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct gw_error err = {0};
        struct gw_panel *read = NULL;
        const char *path = spoil_bundle(&scratch, panel, table[i].spoil);
        CU_ASSERT_EQUAL(gw_bundle_load(path, &read, &err), GW_DATA);
        CU_ASSERT_EQUAL(strncmp(err.text, path, strlen(path)), 0);
        if (strstr(err.text, table[i].said) == NULL) {
            fprintf(stderr, "\"%s\" does not say \"%s\"\n", err.text, table[i].said);
        }
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, table[i].said));
        CU_ASSERT_PTR_NULL(read);
    }
    gw_panel_free(panel);
    scratch_close(&scratch);
}

static void in_chunks(hid_t file)
{
    const hsize_t chunk[2] = {2, 3};
    double close[N][T];
    hid_t dataset = H5Dopen2(file, "close", H5P_DEFAULT);
    H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, close);
    H5Dclose(dataset);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 1);
    H5Pset_fletcher32(creation);
    replace(file, "close", H5T_IEEE_F64LE, N, T, creation);
    overwrite(file, "close", H5T_NATIVE_DOUBLE, close);
}

static void a_repacked_bundle_is_the_same_bundle(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel(), *read = NULL;
    CHECK_OK(gw_bundle_load(spoil_bundle(&scratch, panel, in_chunks), &read, &err));
    CU_ASSERT_FATAL(read != NULL);
    CU_ASSERT(same_content(panel, read));
    gw_panel_free(read);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

static void what_is_no_hdf5_file_is_refused(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    struct gw_panel *read = NULL;
    scratch_open(&scratch);
    CU_ASSERT_EQUAL(gw_bundle_load(scratch_path(&scratch, "none.h5"), &read, &err),
                    GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "none.h5: No such file"));
    CU_ASSERT_EQUAL(gw_bundle_load(scratch.directory, &read, &err), GW_DATA);
    CU_ASSERT_EQUAL(gw_bundle_load(scratch_text(&scratch, "e.h5", ""), &read, &err),
                    GW_DATA);
    CU_ASSERT_EQUAL(
        gw_bundle_load(scratch_text(&scratch, "t.h5", "a,b\n1,2\n"), &read, &err),
        GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "t.h5: cannot open it as HDF5"));
    mkfifo(scratch_path(&scratch, "pipe.h5"), 0600);
    CU_ASSERT_EQUAL(gw_bundle_load(scratch.path, &read, &err), GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not a regular file"));
    scratch_close(&scratch);
}

/* ---- damage ---- */

static bool is_one_line(const char *text)
{
    return text[0] != '\0' && strchr(text, '\n') == NULL;
}

/* Load damaged bytes: 0 = as it was, 1 = refused properly, 2 = anything else. */
static int outcome_of(const char *path, const struct gw_panel *good)
{
    struct gw_error err = {0};
    struct gw_panel *read = NULL;
    enum gw_status status = gw_bundle_load(path, &read, &err);
    int outcome = 2;
    if (status == GW_OK) {
        outcome = same_content(good, read) ? 0 : 2;
        gw_panel_free(read);
    } else if (status == GW_DATA && is_one_line(err.text)) {
        outcome = 1;
    } else {
        fprintf(stderr, "%d: %s\n", (int)status, err.text);
    }
    return outcome;
}

static void a_truncated_bundle_is_refused(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel();
    size_t length;
    char *bytes = scratch_read(write_bundle(&scratch, "b.h5", panel), &length);
    int outcomes[3] = {0};
    for (size_t cut = 0; cut < length; cut += 97) {
        outcomes[outcome_of(scratch_bytes(&scratch, "cut.h5", bytes, cut), panel)]++;
    }
    CU_ASSERT_EQUAL(outcomes[0], 0);
    CU_ASSERT(outcomes[1] > 50);
    CU_ASSERT_EQUAL(outcomes[2], 0);
    free(bytes);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

static void put_byte(int file, off_t at, char byte)
{
    if (pwrite(file, &byte, 1, at) != 1) {
        perror("pwrite");
        exit(1);
    }
}

static void a_flipped_byte_never_changes_what_is_read(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    struct gw_panel *panel = make_panel();
    const char *path = write_bundle(&scratch, "b.h5", panel);
    size_t length;
    char *bytes = scratch_read(path, &length);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    int outcomes[3] = {0};
    uint64_t state = 1;
    for (int i = 0; i < FLIPS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t at = (size_t)(state >> 33) % length;
        char mask = (char)(1 + (state >> 20) % 255);
        put_byte(file, (off_t)at, (char)(bytes[at] ^ mask));
        outcomes[outcome_of(path, panel)]++;
        put_byte(file, (off_t)at, bytes[at]);
    }
    close(file);
    /* Neither all ignored nor all refused: gaps exist, and so do prices. */
    CU_ASSERT(outcomes[0] > FLIPS / 30);
    CU_ASSERT(outcomes[1] > FLIPS / 30);
    CU_ASSERT_EQUAL(outcomes[2], 0);
    free(bytes);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

/* ---- the system's side ---- */

static void a_lock_that_is_refused_comes_with_a_hint(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    struct gw_panel *panel = make_panel(), *read = NULL;
    scratch_open(&scratch);
    unsetenv("HDF5_USE_FILE_LOCKING");
    const char *path = write_bundle(&scratch, "b.h5", panel);
    int file = open(path, O_RDWR | O_CLOEXEC);
    CU_ASSERT_EQUAL(flock(file, LOCK_EX), 0);
    CU_ASSERT_EQUAL(gw_bundle_load(path, &read, &err), GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "set HDF5_USE_FILE_LOCKING=FALSE"));
    close(file);
    CHECK_OK(gw_bundle_load(path, &read, &err));
    gw_panel_free(read);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

/* In a child, where a file may have 4000 bytes: what a full disk does. */
static int write_on_a_full_disk(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {4000, 4000};
        struct gw_error err = {0};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        enum gw_status status = gw_bundle_write(path, make_panel(), "", &err);
        bool said = strncmp(err.text, path, strlen(path)) == 0 &&
                    strstr(err.text, "File too large") != NULL;
        if (!said) {
            fprintf(stderr, "%s\n", err.text);
        }
        _exit(said ? (int)status : 1);
    }
    int outcome = 0;
    waitpid(child, &outcome, 0);
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
}

static void a_failed_write_leaves_the_old_bundle(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    struct gw_panel *panel = make_panel(), *read = NULL;
    scratch_open(&scratch);
    const char *path = write_bundle(&scratch, "b.h5", panel);
    CU_ASSERT_EQUAL(write_on_a_full_disk(path), GW_SYSTEM);
    CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 1);
    CHECK_OK(gw_bundle_load(path, &read, &err));
    gw_panel_free(read);
    CU_ASSERT_EQUAL(gw_bundle_write(scratch_path(&scratch, "no/b.h5"), panel, "", &err),
                    GW_SYSTEM);
    gw_panel_free(panel);
    scratch_close(&scratch);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"what_was_written_is_read", what_was_written_is_read},
        {"a_block_that_held_something_else_comes_out_the_same",
         a_block_that_held_something_else_comes_out_the_same},
        {"a_panel_without_actions_and_of_one_bar_is_kept",
         a_panel_without_actions_and_of_one_bar_is_kept},
        {"two_writes_are_the_same_bytes", two_writes_are_the_same_bytes},
        {"the_source_is_kept_where_there_is_one", the_source_is_kept_where_there_is_one},
        {"the_digest_is_the_documented_one", the_digest_is_the_documented_one},
        {"what_lies_is_refused_with_a_reason", what_lies_is_refused_with_a_reason},
        {"a_repacked_bundle_is_the_same_bundle", a_repacked_bundle_is_the_same_bundle},
        {"what_is_no_hdf5_file_is_refused", what_is_no_hdf5_file_is_refused},
        {"a_truncated_bundle_is_refused", a_truncated_bundle_is_refused},
        {"a_flipped_byte_never_changes_what_is_read",
         a_flipped_byte_never_changes_what_is_read},
        {"a_lock_that_is_refused_comes_with_a_hint",
         a_lock_that_is_refused_comes_with_a_hint},
        {"a_failed_write_leaves_the_old_bundle", a_failed_write_leaves_the_old_bundle},
    };
    return CHECK_RUN("bundle", tests);
}
