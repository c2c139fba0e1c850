/* Values of the JSON files that gridwalk writes. Keys are plain ASCII. */
#ifndef GRIDWALK_STORE_JSON_H
#define GRIDWALK_STORE_JSON_H

#include <jansson.h>
#include <stdint.h>

/* NULL, and text that is not UTF-8 (a path may be anything), becomes null. */
void gw_json_text(json_t *object, const char *key, const char *text);

/* A number that JSON cannot hold becomes null. */
void gw_json_real(json_t *object, const char *key, double number);
void gw_json_count(json_t *object, const char *key, uint64_t count);

#endif
