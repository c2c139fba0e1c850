/* What FILE.status.json holds, for its writer and its reader. */
#ifndef GRIDWALK_STORE_LIVE_FIELD_H
#define GRIDWALK_STORE_LIVE_FIELD_H

#include "gridwalk/store/live.h"

#define GW_LIVE_FORMAT "gridwalk-status/1"
#define GW_LIVE_SUFFIX ".status.json"

enum { GW_LIVE_NAME = 64, GW_LIVE_TIME = 24, GW_LIVE_CONDITIONS = 4 };

extern const char *const gw_live_condition[GW_LIVE_CONDITIONS];

/* How a member of a record stands in the file. */
enum gw_live_kind {
    GW_LIVE_STATE,     /* enum gw_run_state: its name */
    GW_LIVE_CONDITION, /* const char *: a name of the list above */
    GW_LIVE_CODE,      /* int from 0 to 255; -1 is null */
    GW_LIVE_PLACE,     /* int64_t from 0 up; -1 is null */
    GW_LIVE_NUMBER,    /* int64_t from 0 up */
    GW_LIVE_COUNT,     /* uint64_t */
    GW_LIVE_REAL,      /* double from 0 up */
    GW_LIVE_WAIT,      /* double from 0 up; -1 is null */
    GW_LIVE_TEXT,      /* const char *, or null */
    GW_LIVE_NAMED,     /* char[GW_LIVE_NAME]; null is empty */
    GW_LIVE_MOMENT     /* char[GW_LIVE_TIME], UTC */
};

struct gw_live_field {
    const char *key; /* NULL ends a list */
    size_t at;       /* in the record */
    enum gw_live_kind kind;
};

/* In the order of the file. */
extern const struct gw_live_field gw_live_record_field[], gw_live_rank_field[];

#endif
