/* What the rows of a table of keys say in words. */
#include "keys_print.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const char *const type_name[] = {
    [GW_KEY_MAP] = "map",
    [GW_KEY_FREE_MAP] = "map of names",
    [GW_KEY_LIST] = "list",
    [GW_KEY_TEXT] = "text",
    [GW_KEY_EXPRESSION] = "expression",
    [GW_KEY_DATE] = "date",
    [GW_KEY_INT] = "whole number",
    [GW_KEY_REAL] = "number",
    [GW_KEY_BYTES] = "bytes",
    [GW_KEY_LENGTH] = "bars or calendar",
    [GW_KEY_CHOICE] = "choice",
    [GW_KEY_TERM] = "number or expression",
    [GW_KEY_ANY] = "see help",
};

static void print_bound(struct gw_text *out, enum gw_key_type type, double value)
{
    static const char unit[] = "KMGT";
    char number[32];
    size_t u = 0;
    while (type == GW_KEY_BYTES && u < sizeof unit - 1 && value >= 1024 &&
           fmod(value, 1024) == 0) {
        value /= 1024;
        u++;
    }
    gw_format_double(value, number, sizeof number);
    gw_text_printf(out, "%s%.*s", number, u > 0, &unit[u > 0 ? u - 1 : 0]);
}

void gw_key_range(const struct gw_key *key, struct gw_text *out)
{
    if (key->low == 0 && key->high == 0) {
        return;
    }
    if (key->low == DBL_TRUE_MIN) {
        gw_text_printf(out, "above 0");
        if (key->high != INFINITY) {
            gw_text_printf(out, " and at most ");
            print_bound(out, key->type, key->high);
        }
        return;
    }
    gw_text_printf(out, key->high == INFINITY ? "at least " : "from ");
    print_bound(out, key->type, key->low);
    if (key->high != INFINITY) {
        gw_text_printf(out, " to ");
        print_bound(out, key->type, key->high);
    }
}

void gw_key_choices(const char *choices, const char *quote, struct gw_text *out)
{
    while (*choices != '\0') {
        size_t length = strcspn(choices, "|");
        gw_text_printf(out, "%s%.*s%s", quote, (int)length, choices, quote);
        choices += length;
        if (*choices == '|') {
            choices++;
            gw_text_printf(out, strchr(choices, '|') != NULL ? ", " : " or ");
        }
    }
}

static void document_row(const struct gw_key *row, struct gw_text *out)
{
    gw_text_printf(out, "| `%s` | %s | ", row->path, type_name[row->type]);
    if (row->required) {
        gw_text_printf(out, "required");
    } else if (row->standard != NULL) {
        gw_text_printf(out, "`%s`", row->standard);
    }
    gw_text_printf(out, " | ");
    if (row->choices != NULL) {
        gw_key_choices(row->choices, "`", out);
    } else {
        gw_key_range(row, out);
    }
    gw_text_printf(out, " | %s |\n", row->help);
}

void gw_keys_document(const struct gw_schema *schema, struct gw_text *out)
{
    gw_text_printf(out, "| key | type | default | values | meaning |\n"
                        "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < schema->count; i++) {
        document_row(&schema->key[i], out);
    }
}
