#include "source.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/time.h"

#include <string.h>

enum { ABSENT = -1 };

/* One price file while it is read. */
struct reader {
    const struct gw_spec *spec;
    const struct gw_source *source;
    struct gw_csv *csv;
    struct gw_series_set *set;
    struct gw_ingest_report *report;
    struct gw_error *err;
    size_t width;           /* fields of the header */
    int column[GW_COLUMNS]; /* index of each in a row, or ABSENT */
    size_t series;          /* of the row before */
    const char *fields[GW_CSV_FIELDS];
};

static struct gw_place place_of(const struct reader *reader)
{
    return (struct gw_place){reader->source->name, gw_csv_line(reader->csv), 0};
}

/* ---- the header ---- */

static enum gw_status find_column(struct reader *reader, enum gw_source_column column)
{
    const char *mapped = reader->spec->column[column];
    const char *name = mapped != NULL ? mapped : gw_source_column_name[column];
    reader->column[column] = ABSENT;
    if (column == GW_COLUMN_SYMBOL && reader->source->symbol[0] != '\0') {
        return GW_OK;
    }
    for (size_t i = 0; i < reader->width; i++) {
        if (strcmp(reader->fields[i], name) == 0) {
            reader->column[column] = (int)i;
            return GW_OK;
        }
    }
    if ((enum gw_field)column == GW_VOLUME && mapped == NULL) {
        return GW_OK;
    }
    return gw_fail_at(reader->err, GW_DATA, place_of(reader),
                      "no column '%s'; say under 'columns' which one is the %s", name,
                      gw_source_column_name[column]);
}

static bool is_used(const struct reader *reader, size_t i)
{
    for (int column = 0; column < GW_COLUMNS; column++) {
        if (reader->column[column] == (int)i) {
            return true;
        }
    }
    for (size_t k = 0; k < reader->spec->ignored; k++) {
        if (strcmp(reader->spec->ignore[k], reader->fields[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum gw_status refuse_unused(struct reader *reader)
{
    struct gw_text names = {0};
    for (size_t i = 0; i < reader->width; i++) {
        if (!is_used(reader, i)) {
            gw_text_printf(&names, "%s'%s'", names.length == 0 ? "" : ", ",
                           reader->fields[i]);
        }
    }
    if (names.length == 0) {
        return GW_OK;
    }
    enum gw_status status =
        gw_fail_at(reader->err, GW_DATA, place_of(reader),
                   "unknown columns %s; map them under 'columns' or list them under "
                   "'ignore'",
                   names.data);
    gw_text_clear(&names);
    return status;
}

static enum gw_status read_header(struct reader *reader)
{
    GW_TRY(gw_csv_next(reader->csv, reader->fields, &reader->width, reader->err));
    if (reader->width == 0) {
        return gw_fail(reader->err, GW_DATA, "%s: no header line", reader->source->name);
    }
    for (size_t i = 0; i < reader->width; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(reader->fields[i], reader->fields[k]) == 0) {
                return gw_fail_at(reader->err, GW_DATA, place_of(reader),
                                  "column '%s' occurs twice", reader->fields[i]);
            }
        }
    }
    for (enum gw_source_column column = 0; column < GW_COLUMNS; column++) {
        GW_TRY(find_column(reader, column));
    }
    return refuse_unused(reader);
}

/* ---- a row ---- */

static enum gw_status find_series(struct reader *reader)
{
    int column = reader->column[GW_COLUMN_SYMBOL];
    const char *symbol =
        column == ABSENT ? reader->source->symbol : reader->fields[column];
    const struct gw_series_set *set = reader->set;
    if (reader->series < set->count &&
        strcmp(set->series[reader->series].symbol, symbol) == 0) {
        return GW_OK;
    }
    size_t length = strlen(symbol);
    bool printable = length > 0 && length < GW_SYMBOL_SIZE;
    for (size_t i = 0; printable && i < length; i++) {
        printable = (unsigned char)symbol[i] > 0x20 && symbol[i] != 0x7f;
    }
    if (!printable) {
        return gw_fail_at(reader->err, GW_DATA, place_of(reader),
                          "'%.40s' is no symbol of 1 to %d bytes without blanks", symbol,
                          GW_SYMBOL_SIZE - 1);
    }
    reader->series = gw_series_place(reader->set, symbol);
    return GW_OK;
}

/* False for a row that has no place: its date is no date, or not above the one before. */
static bool
take_date(struct reader *reader, const struct gw_series *series, int32_t *date_out)
{
    const char *text = reader->fields[reader->column[GW_COLUMN_DATE]];
    if (!gw_date_parse(text, strlen(text), date_out)) {
        gw_defect_add(reader->report, GW_DEFECT_BAD_DATE, place_of(reader), "'%.40s'",
                      text);
        return false;
    }
    if (series->bars == 0 || *date_out > series->bar[series->bars - 1].date) {
        return true;
    }
    char before[GW_DATE_SIZE];
    gw_date_format(series->bar[series->bars - 1].date, before);
    if (*date_out == series->bar[series->bars - 1].date) {
        gw_defect_add(reader->report, GW_DEFECT_DUPLICATE, place_of(reader), "%s %s",
                      series->symbol, text);
    } else {
        gw_defect_add(reader->report, GW_DEFECT_DISORDER, place_of(reader),
                      "%s %s after %s", series->symbol, text, before);
    }
    return false;
}

/* The value of a cell, NaN with a defect when it is bad. */
static double take_cell(struct reader *reader, enum gw_field field)
{
    int column = reader->column[field];
    if (column == ABSENT) {
        return NAN;
    }
    const char *text = reader->fields[column];
    double value;
    if (!gw_parse_double(text, strlen(text), &value)) {
        gw_defect_add(reader->report, GW_DEFECT_NOT_A_NUMBER, place_of(reader),
                      "%s '%.40s'", gw_field_name[field], text);
        return NAN;
    }
    if (field == GW_VOLUME && value < 0) {
        gw_defect_add(reader->report, GW_DEFECT_NEGATIVE_VOLUME, place_of(reader),
                      "%s %.40s", gw_field_name[field], text);
        return NAN;
    }
    if (field != GW_VOLUME && !gw_is_price(value)) {
        gw_defect_add(reader->report, GW_DEFECT_NOT_POSITIVE, place_of(reader),
                      "%s %.40s", gw_field_name[field], text);
        return NAN;
    }
    return value;
}

static void check_range(struct reader *reader, struct gw_source_bar *bar)
{
    if (bar->value[GW_HIGH] < bar->value[GW_LOW]) {
        gw_defect_add(reader->report, GW_DEFECT_HIGH_BELOW_LOW, place_of(reader),
                      "high %.40s < low %.40s", reader->fields[reader->column[GW_HIGH]],
                      reader->fields[reader->column[GW_LOW]]);
        bar->value[GW_HIGH] = bar->value[GW_LOW] = NAN;
    }
}

static enum gw_status take_row(struct reader *reader, size_t count)
{
    reader->report->rows++;
    if (count != reader->width) {
        gw_defect_add(reader->report, GW_DEFECT_FIELD_COUNT, place_of(reader),
                      "%zu, not %zu", count, reader->width);
        return GW_OK;
    }
    GW_TRY(find_series(reader));
    struct gw_series *series = &reader->set->series[reader->series];
    struct gw_source_bar bar;
    size_t before = gw_defect_total(reader->report);
    if (!take_date(reader, series, &bar.date)) {
        return GW_OK;
    }
    for (enum gw_field field = 0; field < GW_FIELDS; field++) {
        bar.value[field] = take_cell(reader, field);
    }
    check_range(reader, &bar);
    bool good = gw_defect_total(reader->report) == before;
    /* `reject` goes on with the row, so that every defect behind it is found too. */
    if (good || reader->spec->on_defect != GW_DROP) {
        gw_series_append(series, &bar);
    }
    return GW_OK;
}

static enum gw_status read_rows(struct reader *reader)
{
    GW_TRY(read_header(reader));
    for (;;) {
        size_t count;
        GW_TRY(gw_csv_next(reader->csv, reader->fields, &count, reader->err));
        if (count == 0) {
            return GW_OK;
        }
        GW_TRY(take_row(reader, count));
    }
}

enum gw_status gw_source_read_bars(const struct gw_spec *spec,
                                   const struct gw_source *source,
                                   struct gw_series_set *set,
                                   struct gw_ingest_report *report,
                                   struct gw_error *err)
{
    struct reader reader = {.spec = spec,
                            .source = source,
                            .set = set,
                            .report = report,
                            .err = err,
                            .series = set->count};
    GW_TRY(gw_csv_open(source->path, &reader.csv, err));
    report->files++;
    enum gw_status status = read_rows(&reader);
    gw_csv_close(reader.csv);
    return status;
}
