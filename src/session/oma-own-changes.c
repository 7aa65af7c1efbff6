/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-own-changes.h"

#include <string.h>

/* So long after a unit of work changed a node the service may tell of that. */
#define ECHO_TIME (1 * G_TIME_SPAN_SECOND)

/* When units of work changed a node and those below it; %G_MININT64: never. */
typedef struct {
  gint64 at;
  gint64 below;
} Own;

struct _OmaOwnChanges {
  GHashTable *by_uri;     /* uri -> Own */
};

/**
 * oma_own_changes_new:
 *
 * Returns: (transfer full): no changes
 */
OmaOwnChanges *
oma_own_changes_new (void)
{
  OmaOwnChanges *changes = g_new (OmaOwnChanges, 1);

  changes->by_uri = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return changes;
}

/**
 * oma_own_changes_free:
 * @changes: (transfer full): changes
 */
void
oma_own_changes_free (OmaOwnChanges *changes)
{
  g_hash_table_unref (changes->by_uri);
  g_free (changes);
}

static Own *
ensure_own (OmaOwnChanges *changes, const char *uri)
{
  Own *own = g_hash_table_lookup (changes->by_uri, uri);

  if (own == NULL)
    {
      own = g_new (Own, 1);
      *own = (Own) { G_MININT64, G_MININT64 };
      g_hash_table_insert (changes->by_uri, g_strdup (uri), own);
    }
  return own;
}

static gboolean
go_up (char *uri)
{
  char *slash = strrchr (uri, '/');

  if (slash == NULL)
    return FALSE;
  *slash = '\0';
  return strcmp (uri, ".") != 0;
}

static gboolean
is_old (gpointer uri G_GNUC_UNUSED, gpointer value, gpointer user_data)
{
  const Own *own = value;

  return MAX (own->at, own->below) < *(gint64 *) user_data - 2 * ECHO_TIME;
}

/**
 * oma_own_changes_forget_old:
 * @changes: changes
 * @now: monotonic time
 *
 * Forgets those of which no service will tell any more.
 */
void
oma_own_changes_forget_old (OmaOwnChanges *changes, gint64 now)
{
  g_hash_table_foreach_remove (changes->by_uri, is_old, &now);
}

/**
 * oma_own_changes_add:
 * @changes: changes
 * @uri: canonical URI of a node that a unit of work changed
 * @now: monotonic time
 *
 * Notes a change.
 */
void
oma_own_changes_add (OmaOwnChanges *changes, const char *uri, gint64 now)
{
  g_autofree char *above = g_strdup (uri);

  ensure_own (changes, uri)->at = now;
  while (go_up (above))
    ensure_own (changes, above)->below = now;
}

static gboolean
comes_after (gint64 time, gint64 own)
{
  return own != G_MININT64 && time <= own + ECHO_TIME;
}

/**
 * oma_own_changes_explain:
 * @changes: changes
 * @notice: what a service told
 *
 * Returns: whether a unit of work changed the node, one above or, if it is not said to have come or gone, one below
 *   it a short time before, or since
 */
gboolean
oma_own_changes_explain (OmaOwnChanges *changes, const OmaNotice *notice)
{
  const Own *own = g_hash_table_lookup (changes->by_uri, notice->uri);
  g_autofree char *above = NULL;

  if (g_hash_table_size (changes->by_uri) == 0)
    return FALSE;
  if (own != NULL && (comes_after (notice->time, own->at) ||
                      (notice->kind == OMA_CHANGE_REPLACED && comes_after (notice->time, own->below))))
    return TRUE;
  above = g_strdup (notice->uri);
  while (go_up (above))
    {
      own = g_hash_table_lookup (changes->by_uri, above);
      if (own != NULL && comes_after (notice->time, own->at))
        return TRUE;
    }
  return FALSE;
}
