/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ts-device.h"
#include "ts-misbehaviour.h"

G_BEGIN_DECLS

/* Media types of the packages (DM Protocol 2.0, HTTP binding). */
#define TS_DM2_TYPE_INITIATION "application/vnd.oma.dm.initiation+json"
#define TS_DM2_TYPE_REQUEST "application/vnd.oma.dm.request+json"
#define TS_DM2_TYPE_RESPONSE "application/vnd.oma.dm.response+json"
#define TS_DM2_DEVICE_HEADER "OMADM-DevID"
#define TS_DM2_ACCEPT_HEADER "OMADM-Accept"

/**
 * TsDm2:
 *
 * The server's side of the DM 2.0 sessions of one device: packages 1 and 3 in, packages 2 out.
 */
typedef struct _TsDm2 TsDm2;

TsDm2   *ts_dm2_new     (TsDevice *device);
void     ts_dm2_free    (TsDm2 *dm2);
guint    ts_dm2_begin   (TsDm2 *dm2);
guint    ts_dm2_find    (const TsDm2 *dm2, guint number);
GBytes  *ts_dm2_handle  (TsDm2 *dm2, guint number, gboolean is_initiation, GBytes *body, const TsFault *fault,
                         GError **error);
gboolean ts_dm2_is_open (const TsDm2 *dm2);
char    *ts_dm2_summarise (GBytes *package);

/* ts-dm2-command.c */
gboolean   ts_dm2_is_list        (JsonNode *node);
GPtrArray *ts_dm2_commands_parse (JsonNode *node, GError **error);
gboolean   ts_dm2_is_break       (JsonNode *command);
gboolean   ts_dm2_is_end         (JsonNode *command);
const char *ts_dm2_get_parameter (JsonNode *command, guint index);

/* ts-dm2-record.c */
void     ts_dm2_record_error   (TsDevice *device, guint session, const char *text);
void     ts_dm2_record_objects (TsDevice *device, guint session, JsonObject *package);
guint    ts_dm2_record_alerts  (TsDevice *device, guint session, JsonObject *package);
void     ts_dm2_record_status  (TsDevice *device, guint session, JsonObject *package, const GPtrArray *sent);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsDm2, ts_dm2_free)

G_END_DECLS
