/** How a run goes, for people: its status file as lines of text. */
#ifndef GRIDWALK_REPORT_LIVE_H
#define GRIDWALK_REPORT_LIVE_H

#include "gridwalk/base/text.h"
#include "gridwalk/store/live.h"

struct gw_live_view {
    double age;    /* seconds since the file was renewed */
    bool gone;     /* its process is no more: gw_live_gone */
    size_t height; /* lines there are, 0 = any number: ranks are left out for it, and
                      where hardly any would be left, lines of the run */
    size_t width;  /* columns there are, 0 = any number: lines are cut to it */
    bool colour;   /* lost ranks in red */
};

/** What `gridwalk top` prints: the run, then a line a rank. Where not all ranks have
 *  room the lost ones come first, then those not heard of for longest. A run that has not
 *  ended but was not renewed for 10 s is "silent", one that is gone "killed". */
void gw_live_show(const struct gw_live_record *record,
                  const struct gw_live_view *view,
                  struct gw_text *out);

/** Whether a run in this state writes no more. */
bool gw_live_final(const struct gw_live_record *record);

#endif
