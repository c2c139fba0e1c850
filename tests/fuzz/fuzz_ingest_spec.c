/* A spec of sources or of made-up prices, in a directory with two files that it may name.
 * TMPDIR says where that directory is made; who starts the fuzzer removes it. */
#include "fuzz.h"

#include "gridwalk/store/files.h"
#include "gridwalk/store/ingest.h"

#include <limits.h>

enum { MOST_CELLS = 20000 };

static const char prices[] = "symbol,date,open,high,low,close,volume\n"
                             "AA,2001-01-02,1,2,1,2,100\n"
                             "BB,2001-01-02,3,3,3,3,0\n"
                             "AA,2001-01-03,2,2,1,1,50\n";
static const char actions[] = "symbol,date,kind,value\nAA,2001-01-03,split,0.5\n";

static void put(const char *directory, const char *name, const void *bytes, size_t length)
{
    char path[PATH_MAX];
    struct gw_error err;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (gw_file_write(path, bytes, length, &err) != GW_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

/* The directory, made once for the process. */
static const char *directory(void)
{
    static char path[PATH_MAX];
    if (path[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/spec-XXXXXX", parent != NULL ? parent : "/tmp");
        if (mkdtemp(path) == NULL) {
            perror(path);
            exit(1);
        }
        put(path, "prices.csv", prices, sizeof prices - 1);
        put(path, "actions.csv", actions, sizeof actions - 1);
    }
    return path;
}

/* A slash beyond that of `format` could lead out of the directory. */
static bool stays_inside(const uint8_t *data, size_t size)
{
    const uint8_t *slash = size > 0 ? memchr(data, '/', size) : NULL;
    size_t behind = slash != NULL ? (size_t)(data + size - slash) - 1 : 0;
    return slash == NULL || memchr(slash + 1, '/', behind) == NULL;
}

static double number_of(const struct gw_yaml *root, const char *key)
{
    const struct gw_yaml *node = gw_yaml_get(root, key);
    double value = 1;
    bool known = node != NULL && node->kind == GW_YAML_SCALAR &&
                 gw_parse_double(node->text, strlen(node->text), &value);
    return known ? value : 1;
}

/* Whether so few prices are asked for that they are made in no time. */
static bool is_small(const uint8_t *data, size_t size)
{
    struct gw_yaml *root = NULL;
    struct gw_error err;
    if (gw_yaml_parse("spec.yaml", (const char *)data, size, &root, &err) != GW_OK) {
        return true;
    }
    double cells = number_of(root, "bars") * number_of(root, "assets");
    gw_yaml_free(root);
    return cells <= MOST_CELLS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gw_die_hook(fuzz_die);
    if (!stays_inside(data, size) || !is_small(data, size)) {
        return 0;
    }
    char path[PATH_MAX + 16], hex[GW_SHA256_HEX];
    struct gw_panel *panel = NULL;
    struct gw_ingest_report report;
    struct gw_error err = {.status = GW_OK};
    put(directory(), "spec.yaml", data, size);
    snprintf(path, sizeof path, "%s/spec.yaml", directory());
    enum gw_status digested = gw_spec_digest(path, hex, &err);
    enum gw_status status = gw_spec_load(path, &panel, &report, &err);
    if (status != GW_OK) {
        fuzz_refused(status, GW_DATA, &err);
        assert(panel == NULL);
    } else {
        assert(digested == GW_OK && panel->T > 0 && panel->N > 0);
    }
    gw_panel_free(panel);
    gw_ingest_report_clear(&report);
    return 0;
}
