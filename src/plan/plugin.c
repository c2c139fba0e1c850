/* strategy.plugin: which library, and that it is the one meant. */
#include "node.h"
#include "parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 65536 };

static enum gw_status
digest(const char *path, char hex_out[GW_SHA256_HEX], struct gw_error *err)
{
    char block[BLOCK];
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) { /* a pipe would block */
        return gw_fail(err, GW_CONFIG, "%s is no file", path);
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return gw_fail_errno(err, GW_CONFIG, errno, "%s", path);
    }
    struct gw_sha256 *sha = gw_sha256_new();
    size_t count;
    while ((count = fread(block, 1, sizeof block, file)) > 0) {
        gw_sha256_add(sha, block, count);
    }
    gw_sha256_end(sha, hex_out);
    bool read = ferror(file) == 0;
    fclose(file);
    return read ? GW_OK : gw_fail(err, GW_CONFIG, "%s cannot be read", path);
}

enum gw_status gw_parse_plugin(struct gw_parse *parse)
{
    struct gw_plugin_file *plugin = &parse->experiment->rules.plugin;
    const struct gw_yaml *node = gw_yaml_find(parse->root, "strategy.plugin.library");
    const struct gw_yaml *sha256 = gw_yaml_find(parse->root, "strategy.plugin.sha256");
    struct gw_error why;
    char *path = gw_parse_path(parse->experiment->file, parse->record.library);
    plugin->library = realpath(path, NULL);
    parse->experiment->plugin_place = node->place;
    plugin->timeout = parse->record.timeout;
    enum gw_status status =
        plugin->library != NULL
            ? digest(plugin->library, plugin->sha256, &why)
            : gw_fail_errno(&why, GW_CONFIG, errno, "no library at %s", path);
    free(path);
    if (status != GW_OK) {
        return gw_fail_at(parse->err, status, node->place, "%s", why.text);
    }
    if (sha256 == NULL || strcmp(sha256->text, plugin->sha256) == 0) {
        return GW_OK;
    }
    return gw_fail_at(parse->err, GW_CONFIG, sha256->place,
                      "the SHA-256 of %s is %s, not '%.64s'", plugin->library,
                      plugin->sha256, sha256->text);
}
