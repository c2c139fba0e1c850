#include "check.h"
#include "gridwalk/plan/keys.h"

#include <float.h>
#include <stddef.h>

struct record {
    const char *name, *rule;
    int32_t day;
    int64_t count;
    double share, size;
    int colour;
};

static const struct gw_key key_table[] = {
    {"name", GW_KEY_TEXT, true, NULL, 0, 0, NULL, "a name",
     (int)offsetof(struct record, name)},
    {"day", GW_KEY_DATE, false, "1970-01-03", 0, 0, NULL, "a day",
     (int)offsetof(struct record, day)},
    {"box", GW_KEY_MAP, false, NULL, 0, 0, NULL, "a box", -1},
    {"box.count", GW_KEY_INT, true, NULL, 1, 10, NULL, "how many",
     (int)offsetof(struct record, count)},
    {"box.share", GW_KEY_REAL, false, "0.5", DBL_TRUE_MIN, INFINITY, NULL, "what share",
     (int)offsetof(struct record, share)},
    {"box.size", GW_KEY_BYTES, false, "2K", 1024, 1024.0 * 1024, NULL, "how large",
     (int)offsetof(struct record, size)},
    {"colour", GW_KEY_CHOICE, false, "green", 0, 0, "red|green|blue", "which colour",
     (int)offsetof(struct record, colour)},
    {"one", GW_KEY_CHOICE, false, "only", 0, 0, "only", "no choice", -1},
    {"rule", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL, "a rule",
     (int)offsetof(struct record, rule)},
    {"free", GW_KEY_FREE_MAP, false, NULL, 0, 0, NULL, "any names", -1},
    {"list", GW_KEY_LIST, false, NULL, 0, 0, NULL, "a list", -1},
    {"any", GW_KEY_ANY, false, "none", 0, 0, NULL, "anything", -1},
};
static const struct gw_schema schema = {"spec", key_table,
                                        sizeof key_table / sizeof key_table[0]};

static enum gw_status read_text(const char *text,
                                struct gw_yaml **root,
                                struct record *record,
                                struct gw_error *err)
{
    *root = NULL;
    *record = (struct record){.count = -7};
    GW_TRY(gw_yaml_parse("f", text, strlen(text), root, err));
    return gw_keys_read(&schema, *root, record, err);
}

static void stores_values_and_defaults(void)
{
    struct gw_yaml *root;
    struct record record;
    struct gw_error err;
    CHECK_OK(
        read_text("name: x\nday: 2000-02-29\nbox: {count: 3, share: 1e-3, size: 1.5K}\n"
                  "colour: blue\nrule: a > 1\nfree: {p: 1, q: [2]}\nany: {z: 1}\n",
                  &root, &record, &err));
    CHECK_TEXT(record.name, "x");
    CU_ASSERT_EQUAL(record.day, 11016);
    CU_ASSERT_EQUAL(record.count, 3);
    CU_ASSERT_EQUAL(record.share, 1e-3);
    CU_ASSERT_EQUAL(record.size, 1536);
    CU_ASSERT_EQUAL(record.colour, 2);
    CHECK_TEXT(record.rule, "a > 1");
    gw_yaml_free(root);
    CHECK_OK(read_text("name: x\n", &root, &record, &err));
    CU_ASSERT_EQUAL(record.day, 2);
    CU_ASSERT_EQUAL(record.count, -7); /* no default: left alone */
    CU_ASSERT_EQUAL(record.share, 0.5);
    CU_ASSERT_EQUAL(record.size, 2048);
    CU_ASSERT_EQUAL(record.colour, 1);
    CU_ASSERT_PTR_NULL(record.rule);
    gw_yaml_free(root);
}

static const struct {
    const char *text, *message;
} bad_table[] = {
    {"[1]\n", "f:1:1: the spec must be a map of keys"},
    {"day: 2000-01-01\n", "f: the key 'name' is missing (a name)"},
    {"name: x\nbox:\n  share: 1\n", "f:2:1: the key 'box.count' is missing (how many)"},
    {"name: x\ncolur: red\n", "f:2:1: unknown key 'colur' in spec; did you mean "
                              "'colour'?"},
    {"name: x\nbox: {cuont: 1}\n",
     "f:2:7: unknown key 'cuont' in box; did you mean 'count'?"},
    {"name: x\nshare: 1\n", "f:2:1: unknown key 'share' in spec; it belongs at "
                            "box.share"},
    {"name: x\nbox: {elephant: 1}\n",
     "f:2:7: unknown key 'elephant' in box; known are count, share, size"},
    {"name: [x]\n", "f:1:7: name must be a text, not a list"},
    {"name:\n", "f:1:6: name must be a text, but it is empty"},
    {"name: x\nbox: 3\n", "f:2:6: box must be a map, not '3'"},
    {"name: x\nbox: {count: 1.5}\n", "f:2:14: box.count must be a whole number, not "
                                     "'1.5'"},
    {"name: x\nbox: {count: '1'}\n", "f:2:15: box.count must be a whole number, not "
                                     "the quoted text '1'"},
    {"name: x\nbox: {count: 010}\n", "f:2:14: box.count must be a whole number, not "
                                     "'010'"},
    {"name: x\nbox: {count: 11}\n", "f:2:14: box.count must be from 1 to 10, not '11'"},
    {"name: x\nbox: {count: 0}\n", "f:2:14: box.count must be from 1 to 10, not '0'"},
    {"name: x\nbox: {count: 1, share: 0}\n",
     "f:2:24: box.share must be above 0, not '0'"},
    {"name: x\nbox: {count: 1, share: .inf}\n",
     "f:2:24: box.share must be a number, not '.inf'"},
    {"name: x\nbox: {count: 1, share: 1e400}\n",
     "f:2:24: box.share must be a number, not '1e400'"},
    {"name: x\nbox: {count: 1, share: 0x10}\n",
     "f:2:24: box.share must be a number, not '0x10'"},
    {"name: x\nbox: {count: 1, size: 1}\n",
     "f:2:23: box.size must be from 1K to 1M, not '1'"},
    {"name: x\nbox: {count: 1, size: 1X}\n",
     "f:2:23: box.size must be a number of bytes such as 256M or 1.5G, not '1X'"},
    {"name: x\nbox: {count: 1, size: M}\n",
     "f:2:23: box.size must be a number of bytes such as 256M or 1.5G, not 'M'"},
    {"name: x\nday: 2000-02-30\n",
     "f:2:6: day must be a date YYYY-MM-DD, not '2000-02-30'"},
    {"name: x\ncolour: yellow\n",
     "f:2:9: colour must be red, green or blue, not 'yellow'"},
    {"name: x\ncolour: redder\n",
     "f:2:9: colour must be red, green or blue, not 'redder'"},
    {"name: x\ncolour: re\n", "f:2:9: colour must be red, green or blue, not 're'"},
    {"name: x\none: two\n", "f:2:6: one must be only, not 'two'"},
    {"name: x\none: {a: 1}\n", "f:2:6: one must be only, not a map"},
    {"name: x\nlist: a\n", "f:2:7: list must be a list, not 'a'"},
    {"name: x\nfree: [a]\n", "f:2:7: free must be a map, not a list"},
    {"name: x\nrule: [a]\n", "f:2:7: rule must be an expression, not a list"},
};

static void names_place_and_remedy(void)
{
    for (size_t i = 0; i < sizeof bad_table / sizeof bad_table[0]; i++) {
        struct gw_yaml *root;
        struct record record;
        struct gw_error err = {.status = GW_OK};
        CU_ASSERT_EQUAL(read_text(bad_table[i].text, &root, &record, &err), GW_CONFIG);
        CHECK_TEXT(err.text, bad_table[i].message);
        gw_yaml_free(root);
    }
}

static void reports_the_first_error_of_the_file(void)
{
    struct gw_yaml *root;
    struct record record;
    struct gw_error err;
    CU_ASSERT_EQUAL(read_text("box: {count: 99}\nzzz: 1\n", &root, &record, &err),
                    GW_CONFIG);
    CHECK_TEXT(err.text, "f:1:14: box.count must be from 1 to 10, not '99'");
    CU_ASSERT_EQUAL(err.line, 1);
    CU_ASSERT_EQUAL(err.column, 14);
    gw_yaml_free(root);
}

static void documents_every_key_in_a_table(void)
{
    struct gw_text text = {0};
    gw_keys_document(&schema, &text);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "| `name` | text | required |  | a name |\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "| `box.count` | whole number | required | from 1 to 10 | how "
                          "many |\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "| `box.share` | number | `0.5` | above 0 | what share |\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "| `box.size` | bytes | `2K` | from 1K to 1M | how large |\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "| `colour` | choice | `green` | `red`, "
                                             "`green` or `blue` | which colour |\n"));
    size_t lines = 0;
    for (const char *c = text.data; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    CU_ASSERT_EQUAL(lines, 2 + schema.count);
    gw_text_clear(&text);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"stores_values_and_defaults", stores_values_and_defaults},
        {"names_place_and_remedy", names_place_and_remedy},
        {"reports_the_first_error_of_the_file", reports_the_first_error_of_the_file},
        {"documents_every_key_in_a_table", documents_every_key_in_a_table},
    };
    return CHECK_RUN("keys", tests);
}
