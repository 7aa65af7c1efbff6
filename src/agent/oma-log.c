/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The writer may run on any thread. */
static int threshold = G_LOG_LEVEL_INFO;   /* (atomic) */
static gboolean to_journal;                /* set once, before there are threads */

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0 && fields[i].length < 0)
      return fields[i].value;
  return NULL;
}

/* What G_MESSAGES_DEBUG names is written whatever the level is. */
static gboolean
is_wanted (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  if ((level & G_LOG_LEVEL_MASK) <= g_atomic_int_get (&threshold))
    return TRUE;
  return g_getenv ("G_MESSAGES_DEBUG") != NULL &&
         !g_log_writer_default_would_drop (level, find_field (fields, n_fields, "GLIB_DOMAIN"));
}

static const char *
get_level_name (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return "error: ";
  if (level & G_LOG_LEVEL_WARNING)
    return "warning: ";
  return level & G_LOG_LEVEL_DEBUG ? "debug: " : "";
}

/* One message is one line: what a server sent must not look like a message of ours. */
static void
write_line (GLogLevelFlags level, const char *message)
{
  g_autoptr(GString) line = g_string_new (g_get_prgname () != NULL ? g_get_prgname () : "omadmd");

  g_string_append_printf (line, ": %s", get_level_name (level));
  while (*message != '\0')
    {
      gunichar c = g_utf8_get_char_validated (message, -1);
      gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;

      if (valid && !g_unichar_iscntrl (c))
        g_string_append_unichar (line, c);
      else
        g_string_append_printf (line, "\\x%02x", (guchar) *message);
      message = valid ? g_utf8_next_char (message) : message + 1;
    }
  g_string_append_c (line, '\n');
  fputs (line->str, stderr);
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data G_GNUC_UNUSED)
{
  const char *message = find_field (fields, n_fields, "MESSAGE");

  if (!is_wanted (level, fields, n_fields))
    return G_LOG_WRITER_HANDLED;
  if (to_journal && g_log_writer_journald (level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  write_line (level, message != NULL ? message : "");
  return G_LOG_WRITER_HANDLED;
}

/**
 * oma_log_init:
 * @debug: write debug messages, too
 *
 * Sends all that is logged to the journal, with its fields, when standard error is connected
 * to it, else to standard error as text.  Call it once, before anything is logged.
 */
void
oma_log_init (gboolean debug)
{
  to_journal = g_log_writer_is_journald (fileno (stderr));
  if (debug)
    oma_log_set_level (G_LOG_LEVEL_DEBUG);
  g_log_set_writer_func (write_log, NULL, NULL);
}

/**
 * oma_log_set_level:
 * @level: the least important level that is written
 */
void
oma_log_set_level (GLogLevelFlags level)
{
  g_atomic_int_set (&threshold, (int) level);
  /* Asked by whoever spares the work of a message that nobody will see. */
  g_log_set_debug_enabled (level >= G_LOG_LEVEL_DEBUG);
}

/**
 * oma_log_event:
 * @level: how important it is
 * @message_id: (nullable): MESSAGE_ID, one of the above
 * @account: (nullable): name of the account that it is about
 * @session: number of the session that it is about, 0 for none
 * @format: the text, without secrets
 *
 * Logs with the fields that one filters by: OMADM_ACCOUNT and OMADM_SESSION.
 */
void
oma_log_event (GLogLevelFlags level, const char *message_id, const char *account, gint64 session, const char *format,
               ...)
{
  /* From G_LOG_LEVEL_ERROR on, as GLib maps them. */
  static const char *const priorities[] = { "3", "4", "4", "5", "6", "7" };
  g_autofree char *message = NULL;
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, session);
  GLogField fields[6];
  gsize n = 0;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  fields[n++] = (GLogField) { "MESSAGE", message, -1 };
  fields[n++] = (GLogField) { "PRIORITY", priorities[g_bit_nth_lsf (level, 1) - 2], -1 };
  fields[n++] = (GLogField) { "GLIB_DOMAIN", G_LOG_DOMAIN, -1 };
  if (message_id != NULL)
    fields[n++] = (GLogField) { "MESSAGE_ID", message_id, -1 };
  if (account != NULL)
    fields[n++] = (GLogField) { "OMADM_ACCOUNT", account, -1 };
  if (session != 0)
    fields[n++] = (GLogField) { "OMADM_SESSION", number, -1 };
  g_assert (n <= G_N_ELEMENTS (fields));
  g_log_structured_array (level, fields, n);
}
