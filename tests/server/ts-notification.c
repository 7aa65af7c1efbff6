/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-notification.h"

#include <string.h>

/* Package 0 (DM Protocol 2.0, notification), written from the specification on its own: nothing of src/notify is in
 * it, so that a mistake there does not agree with itself. */
#define OPTION_SERVER_ID 1
#define OPTION_CONNECTION_TYPE 2
#define OPTION_NOTIFICATION_ID 3
#define OPTION_DIGEST 4
#define OPTION_TIMESTAMP 5
#define OPTION_OBJECTS 6

#define VERSION 1            /* Our reading: of the format. */
#define LONG_LENGTH 15       /* Our reading: this length says that another octet follows with what is beyond it. */
#define MAX_LENGTH (LONG_LENGTH + 255)
#define DIGEST_SIZE 32

typedef struct {
  GByteArray *octets;
  guint       n_options;
  guint       last;         /* number of the option before */
  guint       digest;       /* where it stands; 0: nowhere */
} Writer;

static void
put_octet (Writer *writer, guint octet)
{
  const guint8 value = (guint8) octet;

  g_byte_array_append (writer->octets, &value, 1);
}

static void
put_option (Writer *writer, guint number, gconstpointer value, gsize length)
{
  guint delta = number - writer->last;

  put_octet (writer, delta << 4 | MIN ((guint) length, LONG_LENGTH));
  if (length >= LONG_LENGTH)
    put_octet (writer, (guint) length - LONG_LENGTH);
  if (number == OPTION_DIGEST)
    writer->digest = writer->octets->len;
  if (length > 0)
    g_byte_array_append (writer->octets, value, (guint) length);
  writer->last = number;
  writer->n_options++;
}

static gboolean
fail (GError **error, const char *text)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "notification: %s", text);
  return FALSE;
}

static gboolean
get_number (JsonObject *object, const char *member, gint64 otherwise, gint64 *number, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);

  *number = otherwise;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return fail (error, "a number is none");
  *number = json_node_get_int (node);
  return TRUE;
}

/* Octets: a text, or "MEMBER-base64". */
static GBytes *
get_octets (JsonObject *object, const char *member)
{
  g_autofree char *encoded = g_strconcat (member, "-base64", NULL);
  const char *text = json_object_get_string_member_with_default (object, member, NULL);
  guchar *octets;
  gsize size;

  if (text != NULL)
    return g_bytes_new (text, strlen (text));
  text = json_object_get_string_member_with_default (object, encoded, NULL);
  if (text == NULL)
    return NULL;
  octets = g_base64_decode (text, &size);
  return g_bytes_new_take (octets, size);
}

static gboolean
put_server_id (Writer *writer, JsonObject *object, const char *otherwise, GError **error)
{
  const char *id = json_object_get_string_member_with_default (object, "server-id", otherwise);

  if (id == NULL || strlen (id) > MAX_LENGTH)
    return fail (error, "the server's identifier is no text, or too long");
  put_option (writer, OPTION_SERVER_ID, id, strlen (id));
  return TRUE;
}

static gboolean
put_number (Writer *writer, JsonObject *object, const char *member, guint option, guint size, gint64 otherwise,
            GError **error)
{
  gint64 number;
  guint64 value;

  if (!get_number (object, member, otherwise, &number, error))
    return FALSE;
  if (number < 0)
    return TRUE;      /* left out */
  value = GUINT64_TO_BE ((guint64) number);
  put_option (writer, option, (const guint8 *) &value + sizeof value - size, size);
  return TRUE;
}

/* SHA-256 over the secret, the message with a digest of zeros, and the authentication data. */
static void
put_digest (Writer *writer, GBytes *secret, GBytes *data, gboolean wrong)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 *place = writer->octets->data + writer->digest;
  gsize size = DIGEST_SIZE;

  g_checksum_update (checksum, g_bytes_get_data (secret, NULL), (gssize) g_bytes_get_size (secret));
  g_checksum_update (checksum, writer->octets->data, writer->octets->len);
  if (data != NULL)
    g_checksum_update (checksum, g_bytes_get_data (data, NULL), (gssize) g_bytes_get_size (data));
  g_checksum_get_digest (checksum, place, &size);
  if (wrong)
    place[0] ^= 1;
}

static gboolean
put_options (Writer *writer, JsonObject *object, const char *server_id, gboolean with_digest, GError **error)
{
  static const guint8 zeros[DIGEST_SIZE];
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gint64 time;

  if (!get_number (object, "time", now, &time, error) ||
      !put_server_id (writer, object, server_id, error) ||
      !put_number (writer, object, "connection-type", OPTION_CONNECTION_TYPE, 1, 0, error) ||
      !put_number (writer, object, "id", OPTION_NOTIFICATION_ID, 2, now & G_MAXUINT16, error))
    return FALSE;
  if (with_digest)
    put_option (writer, OPTION_DIGEST, zeros, sizeof zeros);
  if (!put_number (writer, object, "time", OPTION_TIMESTAMP, time > G_MAXUINT32 ? 8 : 4, now, error))
    return FALSE;
  if (json_object_get_boolean_member_with_default (object, "objects", FALSE))
    put_option (writer, OPTION_OBJECTS, NULL, 0);
  return TRUE;
}

/**
 * ts_notification_make:
 * @node: what was posted to /notifications; see omadm-testserver(1)
 * @server_id: SERVER-ID when it names none
 * @error: return location for %G_IO_ERROR_INVALID_DATA
 *
 * Returns: (transfer full): package 0, or %NULL
 */
GBytes *
ts_notification_make (JsonNode *node, const char *server_id, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autoptr(GBytes) secret = object != NULL ? get_octets (object, "secret") : NULL;
  g_autoptr(GBytes) data = object != NULL ? get_octets (object, "data") : NULL;
  g_autoptr(GByteArray) octets = g_byte_array_new ();
  Writer writer = { .octets = octets };

  if (object == NULL)
    {
      fail (error, "no object");
      return NULL;
    }
  put_octet (&writer, 0);
  put_octet (&writer, 0);
  if (!put_options (&writer, object, server_id, secret != NULL, error))
    return NULL;
  /* VER:4, OC:5, RESERVED:7 */
  octets->data[0] = (guint8) (VERSION << 4 | writer.n_options >> 1);
  octets->data[1] = (guint8) (writer.n_options << 7);
  if (secret != NULL)
    put_digest (&writer, secret, data, json_object_get_boolean_member_with_default (object, "wrong-digest", FALSE));
  return g_byte_array_free_to_bytes (g_steal_pointer (&octets));
}
