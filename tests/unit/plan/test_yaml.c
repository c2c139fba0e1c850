#include "check.h"
#include "gridwalk/plan/yaml.h"

#include <stdlib.h>

static struct gw_yaml *parse(const char *text)
{
    struct gw_yaml *root = NULL;
    struct gw_error err = {.status = GW_OK};
    CHECK_OK(gw_yaml_parse("f", text, strlen(text), &root, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    return root;
}

static void refuse_bytes(const char *bytes, size_t length, const char *message)
{
    struct gw_yaml *root = NULL;
    struct gw_error err = {.status = GW_OK};
    CU_ASSERT_EQUAL(gw_yaml_parse("f", bytes, length, &root, &err), GW_CONFIG);
    CHECK_TEXT(err.text, message);
    CU_ASSERT_PTR_NULL(root);
}

static void refuse(const char *text, const char *message)
{
    refuse_bytes(text, strlen(text), message);
}

static void check_place(const struct gw_yaml *node, int line, int column)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(node);
    CU_ASSERT_EQUAL(node->place.line, line);
    CU_ASSERT_EQUAL(node->place.column, column);
    CU_ASSERT_STRING_EQUAL(node->place.file, "f");
}

static void builds_a_tree_with_places(void)
{
    struct gw_yaml *root = parse("a: 1\n"
                                 "b:\n"
                                 "  - 'two'\n"
                                 "  - \"thr\\u00e9e\"\n"
                                 "c: {d: x y, e: [1, 2]}\n"
                                 "f:\n"
                                 "g: |\n"
                                 "  text\n");
    CU_ASSERT_EQUAL(root->kind, GW_YAML_MAP);
    CU_ASSERT_EQUAL(root->count, 5);
    check_place(gw_yaml_get(root, "a"), 1, 4);
    const struct gw_yaml *b = gw_yaml_get(root, "b");
    CU_ASSERT_EQUAL(b->kind, GW_YAML_LIST);
    CU_ASSERT_EQUAL(b->count, 2);
    check_place(b, 3, 3);
    CU_ASSERT_EQUAL(b->key_place.line, 2);
    CU_ASSERT_EQUAL(b->key_place.column, 1);
    check_place(b->item[0], 3, 6); /* behind the quote */
    CHECK_TEXT(b->item[0]->text, "two");
    CHECK_TEXT(b->item[1]->text, "thr\xc3\xa9"
                                 "e");
    CU_ASSERT_TRUE(b->item[0]->quoted);
    CU_ASSERT_FALSE(b->item[0]->flow);
    const struct gw_yaml *c = gw_yaml_get(root, "c");
    check_place(gw_yaml_get(c, "d"), 5, 8);
    CHECK_TEXT(gw_yaml_get(c, "d")->text, "x y");
    CU_ASSERT_TRUE(gw_yaml_get(c, "d")->flow);
    check_place(gw_yaml_get(c, "e")->item[1], 5, 20);
    CU_ASSERT_TRUE(gw_yaml_get(c, "e")->item[1]->flow);
    CHECK_TEXT(gw_yaml_get(root, "f")->text, "");
    CU_ASSERT_FALSE(gw_yaml_get(root, "f")->quoted);
    CU_ASSERT_TRUE(gw_yaml_get(root, "g")->quoted);
    CHECK_TEXT(gw_yaml_get(root, "g")->text, "text\n");
    CU_ASSERT_PTR_NULL(gw_yaml_get(root, "h"));
    CU_ASSERT_PTR_NULL(gw_yaml_get(b, "h"));
    CU_ASSERT_PTR_NULL(gw_yaml_get(NULL, "h"));
    gw_yaml_free(root);
}

static void counts_columns_in_characters(void)
{
    /* two letters of two bytes and one of three; a byte order mark takes no column */
    struct gw_yaml *root = parse("\xef\xbb\xbf"
                                 "{a: '\xc3\xa9\xc3\xa9\xe2\x82\xac', b: 1}\r\n");
    check_place(gw_yaml_get(root, "a"), 1, 6);
    check_place(gw_yaml_get(root, "b"), 1, 15);
    gw_yaml_free(root);
}

static void refuses_what_is_not_plain_data(void)
{
    refuse("a: &x 1\n",
           "f:1:4: anchors are not allowed; quote a text that begins with '&'");
    refuse("a: &x [1]\n",
           "f:1:4: anchors are not allowed; quote a text that begins with '&'");
    refuse("a: *x\n",
           "f:1:4: aliases are not allowed; quote a text that begins with '*'");
    refuse("a: !!str 1\n", "f:1:4: tags are not allowed; write 'not' instead of '!'");
    refuse("a: !t {b: 1}\n", "f:1:4: tags are not allowed; write 'not' instead of '!'");
    refuse("a: 1\nb: ! close > open\n",
           "f:2:4: tags are not allowed; write 'not' instead of '!'");
    refuse("a: ! 'x'\n", "f:1:4: tags are not allowed; write 'not' instead of '!'");
    refuse("a: !\n", "f:1:4: tags are not allowed; write 'not' instead of '!'");
    refuse("a: 1\n---\nb: 2\n",
           "f:2:1: a second document begins here; only one is allowed");
    refuse("", "f: the file is empty");
    refuse("# nothing\n", "f: the file is empty");
}

static void accepts_signs_inside_quotes(void)
{
    struct gw_yaml *root = parse("a: '!x'\nb: \"*y\"\nc: '&z'\nd: x !y\n");
    CHECK_TEXT(gw_yaml_get(root, "a")->text, "!x");
    CHECK_TEXT(gw_yaml_get(root, "b")->text, "*y");
    CHECK_TEXT(gw_yaml_get(root, "c")->text, "&z");
    CHECK_TEXT(gw_yaml_get(root, "d")->text, "x !y");
    gw_yaml_free(root);
}

static void refuses_bad_keys(void)
{
    refuse("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
           "f:5:3: the key 'c' is repeated; it stands in line 3 already");
    refuse("a: 1\nb: 2\nb: 2\na: 1\n",
           "f:3:1: the key 'b' is repeated; it stands in line 2 already");
    refuse("a b: 1\n",
           "f:1:1: a key must be a plain word of letters, digits, '_' and '-', "
           "not 'a b'");
    refuse("'a': 1\n",
           "f:1:1: a key must be a plain word of letters, digits, '_' and '-', "
           "not 'a'");
    refuse("a.b: 1\n",
           "f:1:1: a key must be a plain word of letters, digits, '_' and '-', "
           "not 'a.b'");
    refuse("1a: 1\n",
           "f:1:1: a key must be a plain word of letters, digits, '_' and '-', "
           "not '1a'");
    refuse("? [a]\n: 1\n", "f:1:3: a key must be a plain word, not a list or map");
    refuse("a: 1\n<<: {b: 1}\n",
           "f:2:1: a key must be a plain word of letters, digits, '_' and '-', not '<<'");
}

static void says_where_a_comma_cut_a_map_value(void)
{
    refuse(
        "s: {a: max(x, 2) > 1}\n",
        "f:1:13: this comma ended the value; quote the expression or put it on its own "
        "line");
    struct gw_yaml *root = parse("s: {a: 'max(x, 2) > 1', b: max(x) > 1}\n");
    CU_ASSERT_EQUAL(gw_yaml_get(root, "s")->count, 2);
    gw_yaml_free(root);
}

static void nested(char *text, size_t depth, char open, char close)
{
    memset(text, open, depth);
    memset(text + depth, close, depth);
    text[2 * depth] = '\0';
}

static void limits_the_nesting(void)
{
    static char text[200001];
    nested(text, 32, '[', ']');
    struct gw_yaml *root = parse(text);
    gw_yaml_free(root);
    nested(text, 33, '[', ']');
    refuse(text, "f:1:33: nested more than 32 deep");
    nested(text, 100000, '[', ']');
    refuse(text, "f:1:33: nested more than 32 deep");
    strcpy(text, "a:\n");
    for (int i = 0; i < 40; i++) {
        snprintf(text + strlen(text), 80, "%*sa:\n", i + 1, "");
    }
    refuse(text, "f:33:33: nested more than 32 deep");
}

static void limits_the_size(void)
{
    size_t most = 256 * 1024;
    char *text = malloc(most + 1);
    memset(text, '#', most + 1);
    memcpy(text, "a: 1\n", 5);
    struct gw_yaml *root = NULL;
    struct gw_error err;
    CHECK_OK(gw_yaml_parse("f", text, most, &root, &err));
    gw_yaml_free(root);
    refuse_bytes(text, most + 1, "f: larger than 256 KiB");
    free(text);
}

static void survives_many_keys_quickly(void)
{
    enum { KEYS = 30000 };
    char *text = malloc(KEYS * 9 + 1), *at = text;
    for (int i = 0; i < KEYS; i++) {
        at += sprintf(at, "k%d:\n", i);
    }
    struct gw_yaml *root = parse(text);
    CU_ASSERT_EQUAL(root->count, KEYS);
    gw_yaml_free(root);
    strcpy(at, "k7:\n");
    refuse(text, "f:30001:1: the key 'k7' is repeated; it stands in line 8 already");
    free(text);
}

static void refuses_bytes_that_are_no_text(void)
{
    refuse_bytes("a: 1\nb\0c: 2\n", 12, "f:2:2: a NUL byte: this is no text file");
    refuse("a: \"x\\0y\"\n", "f:1:4: a text holds a NUL byte");
    refuse("a: 1\nb: \xff\n", "f:2:4: not UTF-8 text: invalid leading UTF-8 octet");
    refuse("a: \x01\n", "f:1:4: not UTF-8 text: control characters are not allowed");
    refuse("a:\n\tb: 1\n", "f:2:1: a tab; indent with spaces");
}

static void names_the_place_of_a_syntax_error(void)
{
    struct gw_yaml *root = NULL;
    struct gw_error err;
    static const char text[] = "a: [1, 2\nb: 3\n";
    CU_ASSERT_EQUAL(gw_yaml_parse("f", text, strlen(text), &root, &err), GW_CONFIG);
    CU_ASSERT_EQUAL(err.line, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not YAML"));
}

static void set(struct gw_yaml *root, const char *path, const char *value)
{
    struct gw_error err = {.status = GW_OK};
    CHECK_OK(gw_yaml_set(root, path, value, &err));
}

static void sets_values_by_path(void)
{
    struct gw_yaml *root = parse("a: {b: 1}\nlist: [x, y]\n");
    set(root, "a.b", "2");
    set(root, "a.c.d", "[3, 4]");
    set(root, "list.1", "'z'");
    set(root, "new", "");
    struct gw_text text = {0};
    gw_yaml_emit(root, &text);
    CHECK_TEXT(text.data, "a:\n  b: 2\n  c:\n    d:\n    - 3\n    - 4\n"
                          "list:\n- x\n- \"z\"\nnew:\n");
    const struct gw_yaml *b = gw_yaml_get(gw_yaml_get(root, "a"), "b");
    CHECK_TEXT(b->place.file, "--set a.b=2");
    CU_ASSERT_EQUAL(b->place.line, 0);
    set(root, "a", "7"); /* the maps made on the way go with their places */
    CHECK_TEXT(gw_yaml_get(root, "a")->text, "7");
    gw_text_clear(&text);
    gw_yaml_free(root);
}

static void refuses_bad_paths(void)
{
    static const struct {
        const char *path, *value, *message;
    } bad[] = {
        {"a.b.c", "1", "--set a.b.c=1: 'b' is no map"},
        {"list.2", "1", "--set list.2=1: '2' is no element of a list of 2"},
        {"list.x", "1", "--set list.x=1: 'x' is no element of a list of 2"},
        {"a..b", "1", "--set a..b=1: the path has an empty part"},
        {"", "1", "--set =1: the path has an empty part"},
        {"a", "[1",
         "--set a=[1: not YAML: did not find expected ',' or ']' while parsing "
         "a flow sequence"},
        {"a", "*x",
         "--set a=*x: aliases are not allowed; quote a text that begins with "
         "'*'"},
        {"a", "{b: 1, b: 2}", "--set a={b: 1, b: 2}: the key 'b' is repeated"},
    };
    struct gw_yaml *root = parse("a: {b: 1}\nlist: [x, y]\n");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct gw_error err = {.status = GW_OK};
        CU_ASSERT_EQUAL(gw_yaml_set(root, bad[i].path, bad[i].value, &err), GW_CONFIG);
        CHECK_TEXT(err.text, bad[i].message);
        CU_ASSERT_EQUAL(err.line, 0);
    }
    CHECK_TEXT(gw_yaml_get(gw_yaml_get(root, "a"), "b")->text, "1");
    gw_yaml_free(root);
}

static void check_equal(const struct gw_yaml *a, const struct gw_yaml *b)
{
    CU_ASSERT_EQUAL_FATAL(a->kind, b->kind);
    CU_ASSERT_EQUAL_FATAL(a->count, b->count);
    CU_ASSERT_EQUAL(a->quoted, b->quoted);
    if (a->kind == GW_YAML_SCALAR) {
        CHECK_TEXT(a->text, b->text);
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->kind == GW_YAML_MAP) {
            CHECK_TEXT(a->item[i]->key, b->item[i]->key);
        }
        check_equal(a->item[i], b->item[i]);
    }
}

static void emits_what_reads_back_the_same(void)
{
    struct gw_yaml *root = parse(
        "a: [1, [2, {x: 3}], [], {}]\n"
        "b: 'it''s: #1 '\n"
        "c: \"tab\\t newline\\n end\"\n"
        "d: a long text that libyaml would fold into several lines if it were left to "
        "its own width of eighty\n"
        "e: >\n  folded\n  text\n\n  more\n"
        "f: -3\n"
        "g:\n"
        "h: ''\n"
        "i: close > 0.5 * open # comment\n"
        "j: '010'\n");
    struct gw_text text = {0}, again = {0};
    gw_yaml_emit(root, &text);
    struct gw_yaml *copy = parse(text.data);
    check_equal(root, copy);
    gw_yaml_emit(copy, &again);
    CHECK_TEXT(again.data, text.data);
    gw_yaml_free(copy);
    gw_yaml_free(root);
    gw_text_clear(&text);
    gw_text_clear(&again);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"builds_a_tree_with_places", builds_a_tree_with_places},
        {"counts_columns_in_characters", counts_columns_in_characters},
        {"refuses_what_is_not_plain_data", refuses_what_is_not_plain_data},
        {"accepts_signs_inside_quotes", accepts_signs_inside_quotes},
        {"refuses_bad_keys", refuses_bad_keys},
        {"says_where_a_comma_cut_a_map_value", says_where_a_comma_cut_a_map_value},
        {"limits_the_nesting", limits_the_nesting},
        {"limits_the_size", limits_the_size},
        {"survives_many_keys_quickly", survives_many_keys_quickly},
        {"refuses_bytes_that_are_no_text", refuses_bytes_that_are_no_text},
        {"names_the_place_of_a_syntax_error", names_the_place_of_a_syntax_error},
        {"sets_values_by_path", sets_values_by_path},
        {"refuses_bad_paths", refuses_bad_paths},
        {"emits_what_reads_back_the_same", emits_what_reads_back_the_same},
    };
    return CHECK_RUN("yaml", tests);
}
