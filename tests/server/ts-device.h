/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-command.h"
#include "ts-command.h"

G_BEGIN_DECLS

/**
 * TsDevice:
 * @id: Source of its messages
 * @queue: (element-type TsCommand): what it still has to do in sessions of DM 1.x
 * @queue2: (element-type JsonNode): the same for sessions of DM 2.0
 * @results: JSON objects, the oldest first: what it answered
 * @messages: JSON objects, the oldest first: what went over the wire
 * @info: its DevInfo
 * @client_nonce: (nullable): the nonce that it has to use next
 * @server_nonce: (nullable): the nonce that the server has to use next
 *
 * A device, known since its first message or since somebody queued commands for it.
 */
typedef struct {
  char       *id;
  GQueue      queue;
  GQueue      queue2;
  GQueue      results;
  GQueue      messages;
  gsize       message_octets;
  GHashTable *info;
  GBytes     *client_nonce;
  GBytes     *server_nonce;
  guint       n_sessions;
} TsDevice;

TsDevice *ts_device_new         (const char *id);
void      ts_device_free        (TsDevice *device);
void      ts_device_queue       (TsDevice *device, GPtrArray *commands);
void      ts_device_queue2      (TsDevice *device, GPtrArray *commands);
void      ts_device_queue_first (TsDevice *device, GPtrArray *commands);
void      ts_device_add_result  (TsDevice *device, JsonObject *result);
void      ts_device_add_message (TsDevice *device, gboolean from_client, const char *session_id, GBytes *body);
void      ts_device_clear       (TsDevice *device);
void      ts_device_clear_queues (TsDevice *device);
void      ts_json_set_octets    (JsonObject *object, const char *data, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsDevice, ts_device_free)

/**
 * TsDevices:
 *
 * All devices, at most 10,000.
 */
typedef struct _TsDevices TsDevices;

TsDevices *ts_devices_new    (GPtrArray *first_commands);
void       ts_devices_free   (TsDevices *devices);
TsDevice  *ts_devices_find   (TsDevices *devices, const char *id);
TsDevice  *ts_devices_ensure (TsDevices *devices, const char *id);
GList     *ts_devices_list   (TsDevices *devices);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsDevices, ts_devices_free)

G_END_DECLS
