/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "unit-state.h"

#include "unit-name.h"

#include <string.h>

/* Counters of a unit's control group, decimal; G_MAXUINT64 stands for "not counted". */
static const char *const counters[] = {
  "MemoryCurrent", "CPUUsageNSec", "TasksCurrent", "IPIngressBytes", "IPEgressBytes", "IOReadBytes", "IOWriteBytes",
};

/**
 * unit_state_new:
 * @name: the name of a unit
 *
 * Returns: (transfer full): a unit of which nothing else is known
 */
UnitState *
unit_state_new (const char *name)
{
  UnitState *state = g_new0 (UnitState, 1);

  state->name = g_strdup (name);
  return state;
}

/**
 * unit_state_free:
 * @state: (transfer full): a unit
 */
void
unit_state_free (UnitState *state)
{
  g_free (state->name);
  g_free (state->description);
  g_free (state->load_state);
  g_free (state->active_state);
  g_free (state->sub_state);
  g_free (state->path);
  g_free (state->file_state);
  g_clear_pointer (&state->details, g_variant_unref);
  g_free (state);
}

/**
 * unit_table_new:
 *
 * Returns: (transfer full) (element-type utf8 UnitState): no units yet
 */
GHashTable *
unit_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) unit_state_free);
}

static UnitState *
ensure (GHashTable *table, const char *name)
{
  UnitState *state = g_hash_table_lookup (table, name);

  if (state == NULL)
    {
      state = unit_state_new (name);
      g_hash_table_insert (table, state->name, state);
    }
  return state;
}

/**
 * unit_table_take_files:
 * @table: (element-type utf8 UnitState): units
 * @answer: what ListUnitFilesByPatterns answered
 *
 * Takes the units that have a file.  Other names of a unit are no units of their own, and templates are none.
 */
void
unit_table_take_files (GHashTable *table, GVariant *answer)
{
  g_autoptr(GVariantIter) files = NULL;
  const char *path, *file_state;

  g_variant_get (answer, "(a(ss))", &files);
  while (g_variant_iter_next (files, "(&s&s)", &path, &file_state))
    {
      const char *slash = strrchr (path, '/');
      const char *name = slash != NULL ? slash + 1 : path;
      UnitState *state;

      if (!unit_name_is_shown (name) || strcmp (file_state, "alias") == 0)
        continue;
      state = ensure (table, name);
      g_free (state->file_state);
      state->file_state = g_strdup (file_state);
    }
}

/**
 * unit_table_take_units:
 * @table: (element-type utf8 UnitState): units
 * @answer: what ListUnitsByPatterns answered
 *
 * Takes the units that are loaded.  What others only name, without that it is there, is left out.
 */
void
unit_table_take_units (GHashTable *table, GVariant *answer)
{
  g_autoptr(GVariantIter) units = NULL;
  const char *name, *description, *load_state, *active_state, *sub_state, *path;

  g_variant_get (answer, "(a(ssssssouso))", &units);
  while (g_variant_iter_next (units, "(&s&s&s&s&s&s&ou&s&o)", &name, &description, &load_state, &active_state,
                              &sub_state, NULL, &path, NULL, NULL, NULL))
    {
      UnitState *state;

      if (!unit_name_is_shown (name) ||
          (strcmp (load_state, "not-found") == 0 && !g_hash_table_contains (table, name)))
        continue;
      state = ensure (table, name);
      if (state->path != NULL)
        continue;
      state->description = g_utf8_make_valid (description, -1);
      state->load_state = g_strdup (load_state);
      state->active_state = g_strdup (active_state);
      state->sub_state = g_strdup (sub_state);
      state->path = g_strdup (path);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (((const UnitState *) a)->name, ((const UnitState *) b)->name);
}

/**
 * unit_table_list:
 * @table: (element-type utf8 UnitState): units
 *
 * Returns: (transfer container) (element-type UnitState): them, by name
 */
GList *
unit_table_list (GHashTable *table)
{
  return g_list_sort (g_hash_table_get_values (table), compare);
}

/**
 * unit_state_is_enabled:
 * @state: a unit
 *
 * Returns: whether it is started by what it was enabled for
 */
gboolean
unit_state_is_enabled (const UnitState *state)
{
  return g_strcmp0 (state->file_state, "enabled") == 0 || g_strcmp0 (state->file_state, "enabled-runtime") == 0;
}

/**
 * unit_state_is_masked:
 * @state: a unit
 *
 * Returns: whether it cannot be started
 */
gboolean
unit_state_is_masked (const UnitState *state)
{
  return g_strcmp0 (state->file_state, "masked") == 0 || g_strcmp0 (state->file_state, "masked-runtime") == 0;
}

/**
 * unit_state_is_running:
 * @state: a unit
 *
 * Returns: whether it is, or is about to be
 */
gboolean
unit_state_is_running (const UnitState *state)
{
  return g_strcmp0 (state->active_state, "active") == 0 || g_strcmp0 (state->active_state, "reloading") == 0 ||
         g_strcmp0 (state->active_state, "activating") == 0;
}

/**
 * unit_state_equal:
 * @a: a unit
 * @b: the same unit, at another time
 *
 * Returns: whether its followed nodes say the same
 */
gboolean
unit_state_equal (const UnitState *a, const UnitState *b)
{
  const char *active_a = a->active_state != NULL ? a->active_state : "inactive";
  const char *active_b = b->active_state != NULL ? b->active_state : "inactive";
  const char *sub_a = a->sub_state != NULL ? a->sub_state : "dead";
  const char *sub_b = b->sub_state != NULL ? b->sub_state : "dead";

  return strcmp (active_a, active_b) == 0 && strcmp (sub_a, sub_b) == 0 &&
         g_strcmp0 (a->file_state, b->file_state) == 0;
}

/* ---- Nodes ---- */

static void
add (OmaNodeList *nodes, const char *base, const char *name, OmaValue *value)
{
  g_autofree char *uri = *base != '\0' ? g_strconcat (base, "/", name, NULL) : g_strdup (name);

  oma_node_list_add (nodes, uri, value);
}

/* %NULL: there is no such node. */
static void
add_text (OmaNodeList *nodes, const char *base, const char *name, const char *text)
{
  if (text != NULL)
    add (nodes, base, name, oma_value_new_string (text));
}

/**
 * unit_format_time:
 * @usec: microseconds since 1970
 *
 * Returns: (transfer full): the time as ISO 8601 has it, in UTC; nothing for 0 and for what is no time
 */
char *
unit_format_time (guint64 usec)
{
  g_autoptr(GDateTime) time = NULL;

  if (usec != 0 && usec != G_MAXUINT64)
    time = g_date_time_new_from_unix_utc ((gint64) (usec / G_USEC_PER_SEC));
  return time != NULL ? g_date_time_format (time, "%Y%m%dT%H%M%SZ") : g_strdup ("");
}

static void
add_counters (const UnitState *state, const char *base, OmaNodeList *nodes)
{
  g_autofree char *resources = *base != '\0' ? g_strconcat (base, "/Resources", NULL) : g_strdup ("Resources");

  oma_node_list_add (nodes, resources, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      g_autofree char *text = NULL;
      guint64 count;

      if (!g_variant_lookup (state->details, counters[i], "t", &count) || count == G_MAXUINT64)
        continue;
      text = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
      add_text (nodes, resources, counters[i], text);
    }
}

static void
add_details (const UnitState *state, const char *base, OmaNodeList *nodes)
{
  g_autofree char *time = NULL;
  const char *result = NULL;
  guint64 usec = 0;
  guint32 pid;

  g_variant_lookup (state->details, "Result", "&s", &result);
  add_text (nodes, base, "Result", result);
  if (g_variant_lookup (state->details, "MainPID", "u", &pid))
    add (nodes, base, "MainPID", oma_value_new_int ((gint32) pid));
  g_variant_lookup (state->details, "ActiveEnterTimestamp", "t", &usec);
  time = unit_format_time (usec);
  add_text (nodes, base, "ActiveEnterTime", time);
  add_counters (state, base, nodes);
}

/**
 * unit_state_add_nodes:
 * @state: a unit
 * @base: its URI, below the node that is read; "" when it is that node
 * @nodes: gets its nodes, but not the node of the unit itself
 */
void
unit_state_add_nodes (const UnitState *state, const char *base, OmaNodeList *nodes)
{
  add_text (nodes, base, "Description", state->description);
  add_text (nodes, base, "LoadState", state->load_state != NULL ? state->load_state : "stub");
  add_text (nodes, base, "ActiveState", state->active_state != NULL ? state->active_state : "inactive");
  add_text (nodes, base, "SubState", state->sub_state != NULL ? state->sub_state : "dead");
  add_text (nodes, base, "State", unit_state_is_running (state) ? "running" : "stopped");
  if (state->file_state != NULL)
    {
      add_text (nodes, base, "UnitFileState", state->file_state);
      add (nodes, base, "Enabled", oma_value_new_bool (unit_state_is_enabled (state)));
      add (nodes, base, "Masked", oma_value_new_bool (unit_state_is_masked (state)));
    }
  if (state->details != NULL)
    add_details (state, base, nodes);
  /* Below it there is nothing to read. */
  add (nodes, base, "Operations", NULL);
}
