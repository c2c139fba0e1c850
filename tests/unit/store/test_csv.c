#include "check.h"
#include "gridwalk/base/text.h"
#include "gridwalk/store/csv.h"
#include "scratch.h"

#include <zlib.h>

/* Every record as "LINE:field|field;" or the error's text. */
static void read_all(const char *path, struct gw_text *out)
{
    struct gw_csv *csv;
    struct gw_error err = {0};
    gw_text_append(out, "", 0);
    if (gw_csv_open(path, &csv, &err) != GW_OK) {
        gw_text_printf(out, "cannot open");
        return;
    }
    for (;;) {
        const char *fields[GW_CSV_FIELDS];
        size_t count;
        if (gw_csv_next(csv, fields, &count, &err) != GW_OK) {
            CU_ASSERT_EQUAL(err.status, GW_DATA);
            gw_text_printf(out, "!%s", strrchr(err.text, '/') + 1);
            break;
        }
        if (count == 0) {
            break;
        }
        gw_text_printf(out, "%d:", gw_csv_line(csv));
        for (size_t i = 0; i < count; i++) {
            gw_text_printf(out, "%s%s", i == 0 ? "" : "|", fields[i]);
        }
        gw_text_append(out, ";", 1);
    }
    gw_csv_close(csv);
}

static void parses_what_spreadsheets_write(void)
{
    static const struct {
        const char *bytes, *expected;
    } table[] = {
        {"", ""},
        {"\n\r\n\n", ""},
        {"a,b\nc,d\n", "1:a|b;2:c|d;"},
        {"a,b\nc,d", "1:a|b;2:c|d;"},
        {"a,b\r\nc,d\r", "1:a|b;2:c|d;"},
        {"a\n\n\r\nb\n", "1:a;4:b;"},
        {"\xef\xbb\xbf"
         "a,b\n",
         "1:a|b;"},
        {",\n", "1:|;"},
        {"a,", "1:a|;"},
        {"a,,c\n", "1:a||c;"},
        {" a , b \n", "1: a | b ;"},
        {"\"a,b\",c\n", "1:a,b|c;"},
        {"\"a\"\"b\"\n", "1:a\"b;"},
        {"\"\"\"\"\n", "1:\";"},
        {"\"\",x\n", "1:|x;"},
        {"\"a\nb\",c\r\nd\n", "1:a\nb|c;3:d;"},
        {"\"a\"", "1:a;"},
        {"\"a\"\r", "1:a;"},
        {"a\"b,c\n", "1:a\"b|c;"},
        {"a\rb\n", "1:a\rb;"},
        {"\"a\r\"\n", "1:a\r;"},
    };
    struct scratch scratch;
    scratch_open(&scratch);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct gw_text seen = {0};
        read_all(scratch_text(&scratch, "t.csv", table[i].bytes), &seen);
        CHECK_TEXT(seen.data, table[i].expected);
        gw_text_clear(&seen);
    }
    scratch_close(&scratch);
}

static void refuses_broken_records_with_their_line(void)
{
    static const struct {
        const char *bytes, *expected;
    } table[] = {
        {"a\n\"b\nc\n", "1:a;!t.csv:2: a quote that is not closed"},
        {"a\n\n\"b\"c\n", "1:a;!t.csv:3: text behind a closing quote"},
        {"\"", "!t.csv:1: a quote that is not closed"},
    };
    struct scratch scratch;
    scratch_open(&scratch);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct gw_text seen = {0};
        read_all(scratch_text(&scratch, "t.csv", table[i].bytes), &seen);
        CHECK_TEXT(seen.data, table[i].expected);
        gw_text_clear(&seen);
    }
    static const char nul[] = "a\nb\0c\n", quoted_nul[] = "\"a\0\"\n";
    struct gw_text seen = {0};
    read_all(scratch_bytes(&scratch, "t.csv", nul, sizeof nul - 1), &seen);
    CHECK_TEXT(seen.data, "1:a;!t.csv:2: a NUL byte");
    gw_text_clear(&seen);
    read_all(scratch_bytes(&scratch, "t.csv", quoted_nul, sizeof quoted_nul - 1), &seen);
    CHECK_TEXT(seen.data, "!t.csv:1: a NUL byte");
    gw_text_clear(&seen);
    scratch_close(&scratch);
}

static void takes_64_fields_and_no_more(void)
{
    char line[200] = "";
    for (int i = 0; i < 63; i++) {
        strcat(line, "x,");
    }
    strcat(line, "x\n");
    struct scratch scratch;
    struct gw_text seen = {0};
    scratch_open(&scratch);
    read_all(scratch_text(&scratch, "t.csv", line), &seen);
    CU_ASSERT_EQUAL(seen.length, 2 + 64 + 63 + 1);
    gw_text_clear(&seen);
    strcpy(line + strlen(line) - 1, ",x\n");
    read_all(scratch_text(&scratch, "t.csv", line), &seen);
    CHECK_TEXT(seen.data, "!t.csv:1: more than 64 fields");
    gw_text_clear(&seen);
    scratch_close(&scratch);
}

static void takes_lines_up_to_64_kib(void)
{
    struct scratch scratch;
    struct gw_text seen = {0}, file = {0};
    scratch_open(&scratch);
    gw_text_append(&file, "a\n", 2);
    for (int i = 0; i < 65536 - 10; i++) {
        gw_text_append(&file, "y", 1);
    }
    gw_text_append(&file, "\nb\n", 3);
    read_all(scratch_bytes(&scratch, "t.csv", file.data, file.length), &seen);
    CU_ASSERT_EQUAL(seen.length, 4 + 2 + 65526 + 1 + 4);
    gw_text_clear(&seen);
    for (int i = 0; i < 400000; i++) {
        gw_text_append(&file, "z", 1);
    }
    read_all(scratch_bytes(&scratch, "t.csv", file.data, file.length), &seen);
    CU_ASSERT_PTR_NOT_NULL(strstr(seen.data, "!t.csv:4: a line above 64 KiB"));
    gw_text_clear(&seen);
    gw_text_clear(&file);
    scratch_close(&scratch);
}

/* 30,000 lines of changing lengths: 3 MB, some ten buffers. */
static void make_long_file(struct gw_text *file, struct gw_text *expected)
{
    for (int i = 1; i <= 30000; i++) {
        int length = (i * 7919) % 199;
        gw_text_printf(file, "%d,\"%0*d\"\"\",%d\r\n", i, length, 7, -i);
        gw_text_printf(expected, "%d:%d|%0*d\"|%d;", i, i, length, 7, -i);
    }
}

static void records_survive_the_ends_of_the_buffer(void)
{
    struct scratch scratch;
    struct gw_text file = {0}, expected = {0}, seen = {0};
    scratch_open(&scratch);
    make_long_file(&file, &expected);
    read_all(scratch_bytes(&scratch, "t.csv", file.data, file.length), &seen);
    CU_ASSERT(strcmp(seen.data, expected.data) == 0);
    gw_text_clear(&seen);
    gzFile packed = gzopen(scratch_path(&scratch, "t.csv.gz"), "wb");
    CU_ASSERT_EQUAL(gzwrite(packed, file.data, (unsigned)file.length), (int)file.length);
    gzclose(packed);
    read_all(scratch_path(&scratch, "t.csv.gz"), &seen);
    CU_ASSERT(strcmp(seen.data, expected.data) == 0);
    gw_text_clear(&seen);
    gw_text_clear(&file);
    gw_text_clear(&expected);
    scratch_close(&scratch);
}

static void a_damaged_gzip_stream_is_no_short_file(void)
{
    struct scratch scratch;
    struct gw_text file = {0}, expected = {0}, seen = {0};
    scratch_open(&scratch);
    make_long_file(&file, &expected);
    gzFile packed = gzopen(scratch_path(&scratch, "t.csv.gz"), "wb");
    gzwrite(packed, file.data, (unsigned)file.length);
    gzclose(packed);
    size_t length;
    char *bytes = scratch_read(scratch_path(&scratch, "t.csv.gz"), &length);
    read_all(scratch_bytes(&scratch, "cut.csv.gz", bytes, length - 9), &seen);
    CU_ASSERT_PTR_NOT_NULL(strstr(seen.data, "!cut.csv.gz: a damaged gzip stream"));
    gw_text_clear(&seen);
    bytes[length / 2] ^= 0x10;
    read_all(scratch_bytes(&scratch, "bad.csv.gz", bytes, length), &seen);
    CU_ASSERT_PTR_NOT_NULL(strstr(seen.data, "!bad.csv.gz: a damaged gzip stream"));
    gw_text_clear(&seen);
    free(bytes);
    gw_text_clear(&file);
    gw_text_clear(&expected);
    scratch_close(&scratch);
}

static void what_is_no_file_is_refused_with_its_name(void)
{
    struct scratch scratch;
    struct gw_csv *csv;
    struct gw_error err = {0};
    scratch_open(&scratch);
    CU_ASSERT_EQUAL(gw_csv_open(scratch_path(&scratch, "none.csv"), &csv, &err), GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "none.csv: No such file"));
    CU_ASSERT_EQUAL(gw_csv_open(scratch.directory, &csv, &err), GW_DATA);
    gw_csv_close(NULL);
    scratch_close(&scratch);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"parses_what_spreadsheets_write", parses_what_spreadsheets_write},
        {"refuses_broken_records_with_their_line",
         refuses_broken_records_with_their_line},
        {"takes_64_fields_and_no_more", takes_64_fields_and_no_more},
        {"takes_lines_up_to_64_kib", takes_lines_up_to_64_kib},
        {"records_survive_the_ends_of_the_buffer",
         records_survive_the_ends_of_the_buffer},
        {"a_damaged_gzip_stream_is_no_short_file",
         a_damaged_gzip_stream_is_no_short_file},
        {"what_is_no_file_is_refused_with_its_name",
         what_is_no_file_is_refused_with_its_name},
    };
    return CHECK_RUN("csv", tests);
}
