/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-progress.h"

#include <string.h>

typedef struct {
  guint percent;
  char *message;
} Entry;

struct _OmaPluginProgress {
  GHashTable *entries;      /* URI -> Entry */
};

static void
entry_free (Entry *entry)
{
  g_free (entry->message);
  g_free (entry);
}

/**
 * oma_plugin_progress_new:
 *
 * Returns: (transfer full): nothing is under way
 */
OmaPluginProgress *
oma_plugin_progress_new (void)
{
  OmaPluginProgress *progress = g_new (OmaPluginProgress, 1);

  progress->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) entry_free);
  return progress;
}

/**
 * oma_plugin_progress_free:
 * @progress: (transfer full): progress of a plugin
 */
void
oma_plugin_progress_free (OmaPluginProgress *progress)
{
  g_hash_table_unref (progress->entries);
  g_free (progress);
}

/**
 * oma_plugin_progress_set:
 * @progress: progress of a plugin
 * @uri: a node
 * @percent: how much is done there, 0 to 100; 100 is the end
 * @message: what is being done
 *
 * Returns: whether that is news
 */
gboolean
oma_plugin_progress_set (OmaPluginProgress *progress, const char *uri, guint percent, const char *message)
{
  const Entry *known = g_hash_table_lookup (progress->entries, uri);
  Entry *entry;

  if (known != NULL && known->percent == percent && strcmp (known->message, message) == 0)
    return FALSE;
  if (percent >= 100)
    {
      g_hash_table_remove (progress->entries, uri);
      return TRUE;
    }
  if (known == NULL && g_hash_table_size (progress->entries) >= OMA_PLUGIN_PROGRESS_MAX_NODES)
    g_hash_table_remove_all (progress->entries);
  entry = g_new (Entry, 1);
  entry->percent = percent;
  entry->message = g_strdup (message);
  g_hash_table_replace (progress->entries, g_strdup (uri), entry);
  return TRUE;
}

/**
 * oma_plugin_progress_end:
 * @progress: progress of a plugin
 * @uri: a node whose operation is over, however it ended
 */
void
oma_plugin_progress_end (OmaPluginProgress *progress, const char *uri)
{
  g_hash_table_remove (progress->entries, uri);
}

/**
 * oma_plugin_progress_foreach:
 * @progress: progress of a plugin
 * @func: called for each node where something is under way
 * @user_data: for @func
 */
void
oma_plugin_progress_foreach (OmaPluginProgress *progress, OmaPluginProgressEachFunc func, gpointer user_data)
{
  GHashTableIter iter;
  gpointer uri, entry;

  g_hash_table_iter_init (&iter, progress->entries);
  while (g_hash_table_iter_next (&iter, &uri, &entry))
    func (uri, ((const Entry *) entry)->percent, ((const Entry *) entry)->message, user_data);
}
