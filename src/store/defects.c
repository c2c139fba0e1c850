#include "source.h"

#include <stdarg.h>
#include <stdio.h>

enum { LISTED = 100 }; /* of each kind */

const char *const gw_defect_name[GW_DEFECTS] = {
#define X(name, text) text,
    GW_DEFECT_LIST(X)
#undef X
};

void gw_defect_add(struct gw_ingest_report *report,
                   enum gw_defect_kind kind,
                   struct gw_place place,
                   const char *format,
                   ...)
{
    if (report->count[kind]++ >= LISTED) {
        return;
    }
    char detail[200];
    va_list list;
    va_start(list, format);
    vsnprintf(detail, sizeof detail, format, list);
    va_end(list);
    for (char *c = detail; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    gw_text_printf(&report->listing, "%s:%d: %s (%s)\n", place.file, place.line,
                   gw_defect_name[kind], detail);
}

size_t gw_defect_total(const struct gw_ingest_report *report)
{
    size_t total = 0;
    for (int kind = 0; kind < GW_DEFECTS; kind++) {
        total += report->count[kind];
    }
    return total;
}

void gw_ingest_report_clear(struct gw_ingest_report *report)
{
    gw_text_clear(&report->listing);
    *report = (struct gw_ingest_report){0};
}
