/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-notification-record.h"

typedef struct {
  gint64 time;   /* seconds since the epoch */
  int    id;     /* NOTIFICATION-ID, -1: none */
} Entry;

struct _OmaNotificationRecord {
  GArray *entries;   /* (element-type Entry): the latest last */
};

static gboolean
parse_entry (const char *line, Entry *entry)
{
  g_auto(GStrv) words = g_strsplit (line, " ", -1);
  gint64 id;

  if (g_strv_length (words) != 2 || !g_ascii_string_to_signed (words[0], 10, 0, G_MAXINT64, &entry->time, NULL) ||
      !g_ascii_string_to_signed (words[1], 10, -1, G_MAXUINT16, &id, NULL))
    return FALSE;
  entry->id = (int) id;
  return TRUE;
}

/**
 * oma_notification_record_new:
 * @text: (nullable): what oma_notification_record_to_text() gave; what cannot be read of it is left out
 *
 * Returns: (transfer full): the record
 */
OmaNotificationRecord *
oma_notification_record_new (const char *text)
{
  OmaNotificationRecord *record = g_new (OmaNotificationRecord, 1);
  g_auto(GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", OMA_NOTIFICATION_MAX_RECENT + 1);
  Entry entry;

  record->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  for (guint i = 0; lines[i] != NULL && i < OMA_NOTIFICATION_MAX_RECENT; i++)
    if (parse_entry (lines[i], &entry))
      g_array_append_val (record->entries, entry);
  return record;
}

/**
 * oma_notification_record_free:
 * @record: (transfer full): a record
 */
void
oma_notification_record_free (OmaNotificationRecord *record)
{
  g_array_unref (record->entries);
  g_free (record);
}

/**
 * oma_notification_record_to_text:
 * @record: a record
 *
 * Returns: (transfer full): a line with the time and the identifier of each, the latest last
 */
char *
oma_notification_record_to_text (const OmaNotificationRecord *record)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < record->entries->len; i++)
    {
      const Entry *entry = &g_array_index (record->entries, Entry, i);

      g_string_append_printf (text, "%s%" G_GINT64_FORMAT " %d", i > 0 ? "\n" : "", entry->time, entry->id);
    }
  return g_string_free (text, FALSE);
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error (error, OMA_NOTIFICATION_ERROR, OMA_NOTIFICATION_ERROR_REPLAYED, "The notification %s", reason);
  return FALSE;
}

/* A clock that was set back leaves entries of a time to come. */
static void
forget_old (OmaNotificationRecord *record, gint64 time)
{
  for (guint i = record->entries->len; i > 0; i--)
    if (ABS (time - g_array_index (record->entries, Entry, i - 1).time) > OMA_NOTIFICATION_WINDOW)
      g_array_remove_index (record->entries, i - 1);
}

/**
 * oma_notification_record_accept:
 * @record: a record
 * @time: when the notification was sent, or came in; seconds since the epoch
 * @id: NOTIFICATION-ID, -1: none, which is one of its own here: such ones cannot be told from each other
 * @in_order: one of before the last is refused
 * @error: return location for %OMA_NOTIFICATION_ERROR_REPLAYED
 *
 * Takes a notification down, unless it is a repeat.
 *
 * Our reading: one that is older than the last one of its server is none of now, and a NOTIFICATION-ID does not come
 * again within %OMA_NOTIFICATION_WINDOW, be the time of the notification another one (DM Protocol 2.0, package 0).
 *
 * Returns: whether it is new; else the record is as it was
 */
gboolean
oma_notification_record_accept (OmaNotificationRecord *record, gint64 time, int id, gboolean in_order, GError **error)
{
  const Entry entry = { time, id };
  guint recent = 0;

  for (guint i = 0; i < record->entries->len; i++)
    {
      const Entry *other = &g_array_index (record->entries, Entry, i);

      if (in_order && time < other->time)
        return refuse (error, "is older than the last one of its server");
      if (ABS (time - other->time) > OMA_NOTIFICATION_WINDOW)
        continue;
      recent++;
      if (id == other->id)
        return refuse (error, id >= 0 ? "came in before" : "has no identifier, and there was such a one a short while ago");
    }
  if (recent >= OMA_NOTIFICATION_MAX_RECENT)
    return refuse (error, "is one of too many in a short while");
  forget_old (record, time);
  g_array_append_val (record->entries, entry);
  return TRUE;
}

/**
 * oma_notification_check_time:
 * @notification: a notification with a TIMESTAMP
 * @now: seconds since the epoch
 * @error: return location for %OMA_NOTIFICATION_ERROR_REPLAYED
 *
 * Returns: whether it was sent now, as far as clocks go
 */
gboolean
oma_notification_check_time (const OmaNotification *notification, gint64 now, GError **error)
{
  if (notification->timestamp > now && notification->timestamp - now > OMA_NOTIFICATION_WINDOW)
    return refuse (error, "is of a time to come; the clocks of its server and of this machine differ");
  return notification->timestamp >= now - OMA_NOTIFICATION_WINDOW || refuse (error, "is too old");
}
