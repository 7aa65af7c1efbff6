/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "notify/oma-notification.h"

#include <gnutls/gnutls.h>
#include <string.h>

G_DEFINE_QUARK (oma-notification-error-quark, oma_notification_error)

/* Our reading: the specification's value of VER was not to be had.  Those beside it are taken, and told of. */
#define VERSION 1
#define VERSION_TOLERANCE 1
/* Our reading, after the format this one looks like: a length of so many says that an octet with the rest follows. */
#define LONG_LENGTH 15
#define LONGEST (LONG_LENGTH + 255)
/* Our reading: one octet a type, and there are four types. */
#define MAX_CONNECTION_TYPES 4
/* Our reading: seconds in as many octets, big endian; the longer one once the shorter one is too short. */
#define TIMESTAMP_SIZE 4
#define LONG_TIMESTAMP_SIZE 8
/* NOTIFICATION-ID has 16 bits. */
#define ID_SIZE 2
#define DIGEST_SIZE 32
#define HEADER_SIZE 2

/* The options by their numbers (DM Protocol 2.0, package 0). */
typedef enum {
  OPTION_SERVER_ID = 1,
  OPTION_CONNECTION_TYPE,
  OPTION_ID,
  OPTION_DIGEST,
  OPTION_TIMESTAMP,
  OPTION_OBJECTS,
} OptionNumber;

typedef struct {
  guint         number;
  const guint8 *value;
  gsize         size;
} Option;

typedef struct {
  const guint8 *next;
  const guint8 *end;
  guint         n_left;
  guint         number;   /* of the last option */
} Reader;

G_GNUC_PRINTF (2, 3) static gboolean
malformed (GError **error, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_MALFORMED, "The notification %s", text);
  return FALSE;
}

/* The header: VER, 4 bits; OC, 5; reserved, 7. */
static gboolean
reader_init (Reader *reader, GBytes *octets, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (octets, &size);
  int version;

  if (size < HEADER_SIZE)
    return malformed (error, "is too short");
  if (size > OMA_NOTIFICATION_MAX_SIZE)
    return malformed (error, "is longer than %d octets", OMA_NOTIFICATION_MAX_SIZE);
  version = data[0] >> 4;
  if (ABS (version - VERSION) > VERSION_TOLERANCE)
    return malformed (error, "is of version %d, which is not known", version);
  if (version != VERSION)
    g_message ("A notification is of version %d, and read as one of version %d", version, VERSION);
  *reader = (Reader) { data + HEADER_SIZE, data + size, (guint) (data[0] & 0xf) << 1 | data[1] >> 7, 0 };
  return TRUE;
}

/* An option: how much its number is above the last one's, 4 bits; length, 4 bits, more of it in one more octet. */
static gboolean
reader_next (Reader *reader, Option *option, GError **error)
{
  gsize size;

  if (reader->next == reader->end)
    return malformed (error, "has less options than it says");
  if (reader->next[0] >> 4 == 0)
    return malformed (error, "has options that are not in order");
  reader->number += reader->next[0] >> 4;
  size = *reader->next++ & 0xf;
  if (size == LONG_LENGTH)
    {
      if (reader->next == reader->end)
        return malformed (error, "ends within an option");
      size += *reader->next++;
    }
  if (size > (gsize) (reader->end - reader->next))
    return malformed (error, "ends within an option");
  *option = (Option) { reader->number, reader->next, size };
  reader->next += size;
  reader->n_left--;
  return TRUE;
}

static guint64
read_number (const Option *option)
{
  guint64 number = 0;

  for (gsize i = 0; i < option->size; i++)
    number = number << 8 | option->value[i];
  return number;
}

/* Net-Unicode is UTF-8 without control characters; an identifier has none, be they allowed or not. */
static gboolean
read_server_id (OmaNotification *notification, const Option *option, GError **error)
{
  if (option->size == 0 || !g_utf8_validate ((const char *) option->value, (gssize) option->size, NULL))
    return malformed (error, "has a SERVER-ID that is no text");
  notification->server_id = g_strndup ((const char *) option->value, option->size);
  for (const char *p = notification->server_id; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return malformed (error, "has a SERVER-ID with control characters");
  return TRUE;
}

static gboolean
read_timestamp (OmaNotification *notification, const Option *option, GError **error)
{
  guint64 seconds = read_number (option);

  if ((option->size != TIMESTAMP_SIZE && option->size != LONG_TIMESTAMP_SIZE) || seconds > G_MAXINT64)
    return malformed (error, "has a TIMESTAMP that is none");
  notification->timestamp = (gint64) seconds;
  return TRUE;
}

/* Options that are not known are skipped. */
static gboolean
read_option (OmaNotification *notification, const Option *option, GError **error)
{
  switch ((OptionNumber) option->number)
    {
    case OPTION_SERVER_ID:
      return read_server_id (notification, option, error);
    case OPTION_CONNECTION_TYPE:
      if (option->size == 0 || option->size > MAX_CONNECTION_TYPES)
        return malformed (error, "has a PREFERRED-CON-TYPE of %zu octets", option->size);
      notification->connection_types = g_bytes_new (option->value, option->size);
      return TRUE;
    case OPTION_ID:
      if (option->size != ID_SIZE)
        return malformed (error, "has a NOTIFICATION-ID of %zu octets", option->size);
      notification->id = (int) read_number (option);
      return TRUE;
    case OPTION_DIGEST:
      if (option->size != DIGEST_SIZE)
        return malformed (error, "has a digest of %zu octets", option->size);
      notification->digest = g_bytes_new (option->value, option->size);
      return TRUE;
    case OPTION_TIMESTAMP:
      return read_timestamp (notification, option, error);
    case OPTION_OBJECTS:
      notification->wants_objects = TRUE;
      return option->size == 0 || malformed (error, "has a REQ-MOS with a value");
    default:
      return TRUE;
    }
}

/**
 * oma_notification_read:
 * @octets: package 0
 * @error: return location for an %OMA_NOTIFICATION_ERROR
 *
 * Reads a notification (DM Protocol 2.0, package 0).  That it comes from the server whose name it
 * bears is not said thereby: see oma_notification_check_digest().
 *
 * Returns: (transfer full): the notification, which has a server, or %NULL with
 *   %OMA_NOTIFICATION_ERROR_MALFORMED
 */
OmaNotification *
oma_notification_read (GBytes *octets, GError **error)
{
  g_autoptr(OmaNotification) notification = NULL;
  Reader reader;
  Option option;

  if (!reader_init (&reader, octets, error))
    return NULL;
  notification = g_new0 (OmaNotification, 1);
  notification->id = -1;
  notification->timestamp = -1;
  while (reader.n_left > 0)
    if (!reader_next (&reader, &option, error) || !read_option (notification, &option, error))
      return NULL;
  /* Our reading: what is behind the last option belongs to no notification. */
  if (reader.next != reader.end)
    malformed (error, "goes on after its last option");
  else if (notification->server_id == NULL)
    malformed (error, "has no SERVER-ID");
  else
    return g_steal_pointer (&notification);
  return NULL;
}

/**
 * oma_notification_free:
 * @notification: (transfer full): a notification
 */
void
oma_notification_free (OmaNotification *notification)
{
  g_free (notification->server_id);
  g_clear_pointer (&notification->connection_types, g_bytes_unref);
  g_clear_pointer (&notification->digest, g_bytes_unref);
  g_free (notification);
}

/* Returns: where the digest stands in @octets, or %NULL */
static const guint8 *
find_digest (GBytes *octets)
{
  Reader reader;
  Option option;

  if (!reader_init (&reader, octets, NULL))
    return NULL;
  while (reader.n_left > 0 && reader_next (&reader, &option, NULL))
    if (option.number == OPTION_DIGEST)
      return option.size == DIGEST_SIZE ? option.value : NULL;
  return NULL;
}

static void
update (GChecksum *checksum, GBytes *octets)
{
  if (octets != NULL && g_bytes_get_size (octets) > 0)
    g_checksum_update (checksum, g_bytes_get_data (octets, NULL), (gssize) g_bytes_get_size (octets));
}

/* SHA-256 of the secret, of the message with zeros for the @n_before octets on, and of the data. */
static void
make_digest (GBytes *octets, gsize n_before, GBytes *secret, GBytes *data, guint8 digest[DIGEST_SIZE])
{
  static const guint8 zeros[DIGEST_SIZE];
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr(GBytes) before = g_bytes_new_from_bytes (octets, 0, n_before);
  g_autoptr(GBytes) after = g_bytes_new_from_bytes (octets, n_before + DIGEST_SIZE,
                                                    g_bytes_get_size (octets) - n_before - DIGEST_SIZE);
  gsize size = DIGEST_SIZE;

  update (checksum, secret);
  update (checksum, before);
  g_checksum_update (checksum, zeros, DIGEST_SIZE);
  update (checksum, after);
  update (checksum, data);
  g_checksum_get_digest (checksum, digest, &size);
}

/**
 * oma_notification_check_digest:
 * @notification: what was read of @octets
 * @octets: package 0
 * @secret: Auth/Noti/Secret of the account
 * @data: (nullable): Auth/Noti/Data
 *
 * Returns: whether there is a digest and it is the one of who knows the secret
 */
gboolean
oma_notification_check_digest (const OmaNotification *notification, GBytes *octets, GBytes *secret, GBytes *data)
{
  const guint8 *place = find_digest (octets);
  guint8 digest[DIGEST_SIZE];

  if (notification->digest == NULL || place == NULL)
    return FALSE;
  make_digest (octets, (gsize) (place - (const guint8 *) g_bytes_get_data (octets, NULL)), secret, data, digest);
  return gnutls_memcmp (digest, place, DIGEST_SIZE) == 0;
}

static void
write_option (GByteArray *octets, guint *last, OptionNumber number, const guint8 *value, gsize size)
{
  guint8 head[2] = { (guint8) ((number - *last) << 4 | MIN (size, LONG_LENGTH)), (guint8) (size - LONG_LENGTH) };

  g_byte_array_append (octets, head, size >= LONG_LENGTH ? 2 : 1);
  if (size > 0)
    g_byte_array_append (octets, value, (guint) size);
  *last = number;
}

static void
write_bytes (GByteArray *octets, guint *last, OptionNumber number, GBytes *value)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (value, &size);

  write_option (octets, last, number, data, size);
}

static void
write_number (GByteArray *octets, guint *last, OptionNumber number, guint64 value, gsize size)
{
  guint64 big_endian = GUINT64_TO_BE (value);

  write_option (octets, last, number, (const guint8 *) &big_endian + sizeof big_endian - size, size);
}

static void
write_header (GByteArray *octets, guint n_options)
{
  const guint8 header[HEADER_SIZE] = { (guint8) (VERSION << 4 | n_options >> 1), (guint8) (n_options << 7) };

  memcpy (octets->data, header, sizeof header);
}

/* What oma_notification_read() would refuse is not written. */
static gboolean
is_sound (const OmaNotification *notification)
{
  gsize n_types = notification->connection_types != NULL ? g_bytes_get_size (notification->connection_types) : 1;

  return notification->server_id != NULL && notification->server_id[0] != '\0' &&
         strlen (notification->server_id) <= LONGEST && n_types > 0 && n_types <= MAX_CONNECTION_TYPES &&
         notification->id >= -1 && notification->id <= G_MAXUINT16 &&
         (notification->digest == NULL || g_bytes_get_size (notification->digest) == DIGEST_SIZE);
}

/* Returns: where the digest stands, 0: nowhere */
static gsize
write_options (GByteArray *octets, const OmaNotification *notification, gboolean with_digest)
{
  static const guint8 zeros[DIGEST_SIZE];
  guint last = 0, n = 1;
  gsize place = 0;

  write_option (octets, &last, OPTION_SERVER_ID, (const guint8 *) notification->server_id,
                strlen (notification->server_id));
  if (notification->connection_types != NULL && ++n)
    write_bytes (octets, &last, OPTION_CONNECTION_TYPE, notification->connection_types);
  if (notification->id != -1 && ++n)
    write_number (octets, &last, OPTION_ID, (guint64) notification->id, ID_SIZE);
  if ((with_digest || notification->digest != NULL) && ++n)
    {
      write_option (octets, &last, OPTION_DIGEST,
                    with_digest ? zeros : g_bytes_get_data (notification->digest, NULL), DIGEST_SIZE);
      place = octets->len - DIGEST_SIZE;
    }
  if (notification->timestamp >= 0 && ++n)
    write_number (octets, &last, OPTION_TIMESTAMP, (guint64) notification->timestamp,
                  notification->timestamp > G_MAXUINT32 ? LONG_TIMESTAMP_SIZE : TIMESTAMP_SIZE);
  if (notification->wants_objects && ++n)
    write_option (octets, &last, OPTION_OBJECTS, NULL, 0);
  write_header (octets, n);
  return place;
}

/**
 * oma_notification_write:
 * @notification: what it says
 * @secret: (nullable): with which a digest is made; without it that of @notification is written, if there is one
 * @data: (nullable): Auth/Noti/Data, with @secret
 *
 * The server's side, for servers of trials and for tests.
 *
 * Returns: (transfer full) (nullable): package 0, or %NULL when it cannot be written: a server
 *   identifier of more than 270 octets, a member out of its bounds
 */
GBytes *
oma_notification_write (const OmaNotification *notification, GBytes *secret, GBytes *data)
{
  g_autoptr(GByteArray) octets = NULL;
  g_autoptr(GBytes) zero_form = NULL;
  guint8 digest[DIGEST_SIZE];
  gsize place;

  if (!is_sound (notification))
    return NULL;
  octets = g_byte_array_new ();
  g_byte_array_set_size (octets, HEADER_SIZE);
  place = write_options (octets, notification, secret != NULL);
  if (secret != NULL)
    {
      zero_form = g_bytes_new (octets->data, octets->len);
      make_digest (zero_form, place, secret, data, digest);
      memcpy (octets->data + place, digest, DIGEST_SIZE);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&octets));
}
