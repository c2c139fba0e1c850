/* Whose a journal is: the text in its header, and what to say when it is another's. */
#include "journal_file.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/base/time.h"
#include "gridwalk/plan/experiment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* As much of a canonical form as goes into a header: the digest decides, this explains.
 */
enum { LONGEST_FORM = GW_JOURNAL_TEXT / 2, VALUE_SIZE = 72, KEY_SIZE = 64 };

/* The order in which differences are named. */
void gw_journal_header(const struct gw_run_identity *identity,
                       uint64_t tiles,
                       size_t payload_max,
                       struct gw_text *out)
{
    unsigned char start[GW_JOURNAL_START] = GW_JOURNAL_MAGIC, hash[GW_JOURNAL_HASH];
    size_t form = strlen(identity->canonical);
    gw_text_append(out, (const char *)start, sizeof start);
    gw_text_printf(out, "format=gridwalk-journal/1\nbundle=%s\nengine=%s\n",
                   identity->bundle_digest, identity->engine);
    gw_text_printf(out, "program=%s\nsemantics=%s\nexperiment=%s\n", identity->program,
                   identity->semantics, identity->experiment_digest);
    gw_text_append(out, identity->canonical, form < LONGEST_FORM ? form : LONGEST_FORM);
    gw_text_printf(out, "tiles=%" PRIu64 "\npayload_max=%zu\n", tiles, payload_max);

    unsigned char *bytes = (unsigned char *)out->data;
    gw_put_little(bytes + 8, GW_JOURNAL_VERSION, 4);
    gw_put_little(bytes + 12, out->length - GW_JOURNAL_START, 4);
    gw_put_little(bytes + 16, gw_xxh64(bytes, 16), GW_JOURNAL_HASH);
    gw_put_little(hash, gw_xxh64(bytes, out->length), GW_JOURNAL_HASH);
    gw_text_append(out, (const char *)hash, sizeof hash);
}

/* A line "key=value" without its end; without a '=' all of it is the key. */
struct line {
    const char *key, *value;
    size_t key_length, value_length;
};

static bool next_line(const char **at, const char *end, struct line *out)
{
    if (*at == end) {
        return false;
    }
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    const char *next = stop != NULL ? stop + 1 : end;
    stop = stop != NULL ? stop : end;
    const char *equals = memchr(*at, '=', (size_t)(stop - *at));
    equals = equals != NULL ? equals : stop;
    out->key = *at;
    out->key_length = (size_t)(equals - *at);
    out->value = equals < stop ? equals + 1 : stop;
    out->value_length = (size_t)(stop - out->value);
    *at = next;
    return true;
}

static bool same_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool is_key(const struct line *line, const char *key)
{
    return same_bytes(line->key, line->key_length, key, strlen(key));
}

static bool begins(const struct line *line, const char *with)
{
    size_t length = strlen(with);
    return line->key_length >= length && memcmp(line->key, with, length) == 0;
}

/* Row of the table of an experiment's keys; its count when there is none. */
static size_t row_of(const struct line *line)
{
    size_t row = 0;
    while (row < gw_experiment_schema.count &&
           !is_key(line, gw_experiment_schema.key[row].path)) {
        row++;
    }
    return row;
}

/* Both lists of conditions and single ones stand for the nodes before them. */
static bool is_expression(const struct line *line)
{
    size_t row = row_of(line);
    return is_key(line, "strategy.constraints") ||
           (row < gw_experiment_schema.count &&
            gw_experiment_schema.key[row].type == GW_KEY_EXPRESSION &&
            !begins(line, "objective.")); /* short: it stands on the line */
}

/* The key whose expression a line is part of; its count when of none. */
static size_t expression_of(struct line line, const char *at, const char *end)
{
    while (begins(&line, "node ") && next_line(&at, end, &line)) {
    }
    return is_expression(&line) ? row_of(&line) : gw_experiment_schema.count;
}

static void write_choice(const char *choices, int64_t index, char out[VALUE_SIZE])
{
    for (; index > 0 && choices != NULL; index--) {
        const char *bar = strchr(choices, '|');
        choices = bar != NULL ? bar + 1 : NULL;
    }
    if (index == 0 && choices != NULL) {
        snprintf(out, VALUE_SIZE, "%.*s", (int)strcspn(choices, "|"), choices);
    }
}

/* A value as the experiment would say it, or else as it stands, a long one cut. */
static void write_value(const struct line *line, char out[VALUE_SIZE])
{
    const char *value = line->value;
    size_t length = line->value_length, row = row_of(line);
    if (is_key(line, "asset") && memchr(value, ' ', length) != NULL) {
        value = (const char *)memchr(value, ' ', length) + 1; /* behind its length */
        length -= (size_t)(value - line->value);
    }
    while (length > 0 && value[length - 1] == ' ') {
        length--;
    }
    enum gw_key_type type = row < gw_experiment_schema.count
                                ? gw_experiment_schema.key[row].type
                                : GW_KEY_ANY;
    snprintf(out, VALUE_SIZE, "%.*s%s", (int)(length < 60 ? length : 60), value,
             length < 60 ? "" : "...");
    int64_t whole;
    double real;
    if ((type == GW_KEY_REAL || type == GW_KEY_TERM || type == GW_KEY_BYTES) &&
        gw_parse_double(value, length, &real)) {
        gw_format_double(real, out, VALUE_SIZE);
    } else if (!gw_parse_int(value, length, &whole)) {
        return;
    } else if (type == GW_KEY_DATE && (whole <= INT32_MIN || whole >= INT32_MAX)) {
        snprintf(out, VALUE_SIZE, "open");
    } else if (type == GW_KEY_DATE) {
        gw_date_format((int32_t)whole, out);
    } else if (type == GW_KEY_CHOICE) {
        write_choice(gw_experiment_schema.key[row].choices, whole, out);
    } else if (is_key(line, "output.keep")) {
        snprintf(out, VALUE_SIZE, whole == 0 ? "all" : "top %" PRId64, whole);
    }
}

static void write_key(const struct line *line, char out[KEY_SIZE])
{
    snprintf(out, KEY_SIZE, "%.*s", (int)(line->key_length < 60 ? line->key_length : 60),
             line->key);
}

/* What differs between two experiments whose forms first differ in these lines. */
static void describe(const struct line *theirs,
                     const struct line *ours,
                     size_t expression,
                     struct gw_text *out)
{
    char was[VALUE_SIZE], is[VALUE_SIZE], their_key[KEY_SIZE], our_key[KEY_SIZE];
    write_value(theirs, was);
    write_value(ours, is);
    write_key(theirs, their_key);
    write_key(ours, our_key);
    const bool same = strcmp(their_key, our_key) == 0;
    if (begins(theirs, "parameter ") || begins(ours, "parameter ")) {
        if (same) {
            gw_text_printf(out, "the values of %s changed", our_key);
        } else if (!begins(ours, "parameter ")) {
            gw_text_printf(out, "%s is gone", their_key);
        } else if (!begins(theirs, "parameter ")) {
            gw_text_printf(out, "%s is new", our_key);
        } else {
            gw_text_printf(out, "it has %s, this one %s", their_key, our_key);
        }
    } else if (expression < gw_experiment_schema.count) {
        gw_text_printf(out, "%s changed", gw_experiment_schema.key[expression].path);
    } else if (same) {
        gw_text_printf(out, "%s was %s, is %s", our_key, was, is);
    } else {
        gw_text_printf(out, "it has %s: %s, this one %s: %s", their_key, was, our_key,
                       is);
    }
}

/* The same of the lines that are not the experiment's. */
static bool
describe_run(const struct line *theirs, const struct line *ours, struct gw_text *out)
{
    static const struct {
        const char *key, *text;
    } known[] = {
        {"bundle", "prices in the bundle changed (digest was %.12s, is %.12s)"},
        {"engine", "belongs to a run with --engine %s, this one has --engine %s"},
        {"program", "was written by %s, this is %s"},
        {"semantics", "follows version %s of the rules, this program version %s"},
        {"tiles", "has tiles of another size (%s in all, here %s)"},
        {"payload_max", "has tiles of another size (up to %s bytes, here %s)"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!is_key(theirs, known[i].key) || !is_key(ours, known[i].key)) {
            continue;
        }
        char was[VALUE_SIZE], is[VALUE_SIZE], line[3 * VALUE_SIZE];
        write_value(theirs, was);
        write_value(ours, is);
        snprintf(line, sizeof line, known[i].text, was, is);
        gw_text_append(out, line, strlen(line));
        return true;
    }
    return false;
}

enum gw_status gw_journal_foreign(const char *path,
                                  const char *theirs,
                                  size_t length,
                                  const struct gw_text *header,
                                  struct gw_error *err)
{
    const char *their_end = theirs + length, *ours = header->data + GW_JOURNAL_START;
    const char *our_end = header->data + header->length - GW_JOURNAL_HASH;
    struct line their_line, our_line;
    struct gw_text what = {0};
    while (next_line(&theirs, their_end, &their_line) &&
           next_line(&ours, our_end, &our_line)) {
        if (same_bytes(their_line.key, (size_t)(theirs - their_line.key), our_line.key,
                       (size_t)(ours - our_line.key)) ||
            (is_key(&their_line, "experiment") && is_key(&our_line, "experiment"))) {
            continue;
        }
        if (!describe_run(&their_line, &our_line, &what)) {
            size_t a = expression_of(their_line, theirs, their_end);
            size_t b = expression_of(our_line, ours, our_end);
            gw_text_printf(&what, "belongs to another experiment: ");
            describe(&their_line, &our_line, a < b ? a : b, &what);
        }
        break;
    }
    gw_fail(err, GW_DATA, "%s: %s; --fresh starts over, -o FILE keeps both", path,
            what.data != NULL ? what.data : "belongs to another experiment");
    gw_text_clear(&what);
    return GW_DATA;
}
