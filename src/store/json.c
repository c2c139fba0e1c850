#include "json.h"

#include <math.h>

void gw_json_text(json_t *object, const char *key, const char *text)
{
    json_t *value = text != NULL ? json_string(text) : NULL;
    json_object_set_new_nocheck(object, key, value != NULL ? value : json_null());
}

void gw_json_real(json_t *object, const char *key, double number)
{
    json_object_set_new_nocheck(object, key,
                                isfinite(number) ? json_real(number) : json_null());
}

void gw_json_count(json_t *object, const char *key, uint64_t count)
{
    json_object_set_new_nocheck(object, key, json_integer((json_int_t)count));
}
