/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-call.h"

#include <string.h>

/* What a unit of work noted about nodes of plugins, as long as no answer of the plugin shows it. */

static void
intent_free (gpointer data)
{
  OmaIntent *intent = data;

  g_clear_pointer (&intent->value, oma_value_unref);
  g_free (intent);
}

/* Internal: (transfer full): canonical URI -> OmaIntent. */
GHashTable *
oma_work_make_intents (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, intent_free);
}

static void
note_intent (OmaWork *work, const OmaNodeRef *ref, gboolean present, gboolean fresh, OmaValue *value)
{
  OmaIntent *old = g_hash_table_lookup (work->intents, oma_node_ref_get_uri (ref));
  OmaIntent *intent = g_new (OmaIntent, 1);

  *intent = (OmaIntent) { present, fresh || (present && old != NULL && old->fresh),
                          value != NULL ? oma_value_ref (value) : NULL };
  g_hash_table_replace (work->intents, g_strdup (oma_node_ref_get_uri (ref)), intent);
}

/* What was noted below a node goes with it, or follows it to its new name. */
static void
move_intents_below (OmaWork *work, const char *uri, const char *new_uri)
{
  g_autoptr(GHashTable) moved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize length = strlen (uri);
  GHashTableIter iter;
  gpointer key, intent;

  g_hash_table_iter_init (&iter, work->intents);
  while (g_hash_table_iter_next (&iter, &key, &intent))
    {
      if (strncmp (key, uri, length) != 0 || ((char *) key)[length] != '/')
        continue;
      if (new_uri != NULL)
        {
          g_hash_table_insert (moved, g_strconcat (new_uri, (char *) key + length, NULL), intent);
          g_hash_table_iter_steal (&iter);
          g_free (key);
        }
      else
        g_hash_table_iter_remove (&iter);
    }
  g_hash_table_iter_init (&iter, moved);
  while (g_hash_table_iter_next (&iter, &key, &intent))
    g_hash_table_replace (work->intents, g_strdup (key), intent);
}

/* Internal: notes what a call of a plugin does, as long as no answer of the plugin shows it. */
void
oma_work_note_call (OmaWork *work, const OmaCall *call)
{
  switch (call->kind)
    {
    case OMA_CALL_ADD:
      note_intent (work, call->ref, TRUE, TRUE, call->value);
      break;
    case OMA_CALL_REPLACE:
      note_intent (work, call->ref, TRUE, FALSE, call->value);
      break;
    case OMA_CALL_COPY:
      note_intent (work, call->target, TRUE, FALSE, call->value);
      break;
    case OMA_CALL_REMOVE:
      note_intent (work, call->ref, FALSE, FALSE, NULL);
      move_intents_below (work, oma_node_ref_get_uri (call->ref), NULL);
      break;
    case OMA_CALL_RENAME:
      move_intents_below (work, oma_node_ref_get_uri (call->ref), oma_node_ref_get_uri (call->target));
      note_intent (work, call->ref, FALSE, FALSE, NULL);
      note_intent (work, call->target, TRUE, TRUE, NULL);
      break;
    default:
      break;
    }
}

/* Internal: (transfer full): a copy of what was noted, to add to for the time of one run. */
GHashTable *
oma_work_copy_intents (const OmaWork *work)
{
  GHashTable *copy = oma_work_make_intents ();
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, work->intents);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      OmaIntent *intent = g_memdup2 (value, sizeof *intent);

      if (intent->value != NULL)
        oma_value_ref (intent->value);
      g_hash_table_insert (copy, g_strdup (key), intent);
    }
  return copy;
}
