/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-status.h"
#include "base/oma-value.h"
#include "codec/oma-codec.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Media types of the packages (DM Protocol 2.0, HTTP binding). */
#define OMA_DM2_TYPE_INITIATION "application/vnd.oma.dm.initiation+json"   /* package 1 */
#define OMA_DM2_TYPE_REQUEST "application/vnd.oma.dm.request+json"         /* package 2 */
#define OMA_DM2_TYPE_RESPONSE "application/vnd.oma.dm.response+json"       /* package 3 */

/* What is read of a package 2. */
#define OMA_DM2_MAX_PACKAGE (8 * 1024 * 1024)   /* octets */
#define OMA_DM2_MAX_COMMANDS 10000
#define OMA_DM2_MAX_PARAMETERS 1000             /* of one command */

/* Our reading: member of a Status that carries what GET read; the specification's own was not to be had. */
#define OMA_DM2_RESULT_MEMBER "MOData"
/* Our reading: member of Data of the start alert that carries NOTIFICATION-ID. */
#define OMA_DM2_NOTIFICATION_MEMBER "NotificationID"

/**
 * OmaDm2CommandType:
 *
 * The commands of package 2 (DM Protocol 2.0, commands).
 */
typedef enum {
  OMA_DM2_COMMAND_UNKNOWN,
  OMA_DM2_COMMAND_HGET,
  OMA_DM2_COMMAND_HPUT,
  OMA_DM2_COMMAND_HPOST,
  OMA_DM2_COMMAND_DELETE,
  OMA_DM2_COMMAND_EXEC,
  OMA_DM2_COMMAND_GET,
  OMA_DM2_COMMAND_SHOW,
  OMA_DM2_COMMAND_CONT,
  OMA_DM2_COMMAND_END,
  OMA_DM2_COMMAND_DEFAULT,
  OMA_DM2_COMMAND_SUB,
  OMA_DM2_COMMAND_UNSUB,
} OmaDm2CommandType;

/**
 * OmaDm2Command:
 * @type: which command
 * @name: (nullable): as the server wrote it, %NULL when it is no text
 * @server_uri: (nullable): the http or https URI among its parameters
 * @client_uris: (array zero-terminated=1): the others in their order: ClientURIs, or the MOID of DEFAULT
 * @status: %OMA_STATUS_NONE: it can be run; else what it is answered with: 400 for a missing or surplus
 *   parameter or one that is no text, 501 for an unknown name
 * @reason: (nullable): why, for the log
 *
 * One entry of CMD.
 */
typedef struct {
  OmaDm2CommandType type;
  char             *name;
  char             *server_uri;
  char            **client_uris;
  OmaStatus         status;
  char             *reason;
} OmaDm2Command;

GPtrArray *oma_dm2_commands_read (gconstpointer data, gsize size, GError **error);   /* (element-type OmaDm2Command) */
const char *oma_dm2_command_type_to_name (OmaDm2CommandType type);

/**
 * OmaDm2Object:
 * @moid: management object identifier
 * @ddf: (nullable): URL of its DDF
 * @miids: (array zero-terminated=1): the instances
 *
 * One entry of MOS in package 1.
 */
typedef struct {
  char  *moid;
  char  *ddf;
  char **miids;
} OmaDm2Object;

void oma_dm2_object_free (OmaDm2Object *object);

/**
 * OmaDm2Alert:
 * @type: AlertType
 * @source_uri, @target_uri, @mark, @data_type: (nullable)
 * @data: (nullable): value that travels as {"DM1x": value}; ignored when @notification_id is set
 * @notification_id: NOTIFICATION-ID that the session answers, -1: none
 *
 * One entry of Alert in packages 1 and 3.  Strings are borrowed.
 */
typedef struct {
  const char     *type;
  const char     *source_uri;
  const char     *target_uri;
  const char     *mark;
  const char     *data_type;
  const OmaValue *data;
  int             notification_id;
} OmaDm2Alert;

/**
 * OmaDm2Answer:
 * @status: sc
 * @uris: (nullable) (array zero-terminated=1): URI
 * @mo_data: (nullable): of GET: the array of MO data as JSON text, as oma_mo_data_write_json() makes it
 *
 * One entry of Status in package 3.
 */
typedef struct {
  OmaStatus  status;
  char     **uris;
  GBytes    *mo_data;
} OmaDm2Answer;

void    oma_dm2_answer_clear       (OmaDm2Answer *answer);
GBytes *oma_dm2_write_initiation   (const GPtrArray *objects, const OmaDm2Alert *alerts, guint n_alerts);
GBytes *oma_dm2_write_response     (const OmaDm2Answer *answers, guint n_answers, const OmaDm2Alert *alerts,
                                    guint n_alerts);

char   *oma_dm2_describe           (gboolean sent, gconstpointer data, gsize size, OmaSecrecyFunc get_secrecy,
                                    gpointer user_data);

G_END_DECLS
