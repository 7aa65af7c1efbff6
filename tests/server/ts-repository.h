/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ts-misbehaviour.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define TS_DATA "/data/"              /* below it: the data repository */
#define TS_BOOTSTRAP "/bootstrap"     /* the bootstrap document */

/**
 * TsRepository:
 *
 * A data repository of DM 2.0: documents by path, in memory.
 */
typedef struct _TsRepository TsRepository;

TsRepository *ts_repository_new       (const char *types);
void          ts_repository_free      (TsRepository *repository);
gboolean      ts_repository_has_path  (const char *path);
gboolean      ts_repository_put       (TsRepository *repository, const char *path, const char *media_type, GBytes *body);
gboolean      ts_repository_remove    (TsRepository *repository, const char *path);
GBytes       *ts_repository_get       (TsRepository *repository, const char *path, const char **media_type);
JsonArray    *ts_repository_list      (TsRepository *repository);
void          ts_repository_serve     (TsRepository *repository, SoupServerMessage *http, const char *path,
                                       const TsFault *fault);

gboolean      ts_accept_has             (const char *list, const char *type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsRepository, ts_repository_free)

G_END_DECLS
