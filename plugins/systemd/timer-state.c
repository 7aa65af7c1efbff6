/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "timer-state.h"

#include "unit-state.h"

#include <string.h>

/**
 * timer_is_there:
 * @properties: all properties of the object that systemd has for a name
 *
 * Returns: whether there is a timer of that name: systemd has an object for any
 */
gboolean
timer_is_there (GVariant *properties)
{
  const char *load_state = "";

  g_variant_lookup (properties, "LoadState", "&s", &load_state);
  return strcmp (load_state, "loaded") == 0 || strcmp (load_state, "masked") == 0;
}

static void
add (OmaNodeList *nodes, const char *base, const char *name, OmaValue *value)
{
  g_autofree char *uri = *base != '\0' ? g_strconcat (base, "/", name, NULL) : g_strdup (name);

  oma_node_list_add (nodes, uri, value);
}

static void
add_time (OmaNodeList *nodes, const char *base, const char *name, GVariant *properties, const char *property)
{
  g_autofree char *text = NULL;
  guint64 usec = 0;

  g_variant_lookup (properties, property, "t", &usec);
  text = unit_format_time (usec);
  add (nodes, base, name, oma_value_new_string (text));
}

/* When it elapses by the calendar, one expression a line. */
static char *
join_calendar (GVariant *properties)
{
  g_autoptr(GVariant) calendar = g_variant_lookup_value (properties, "TimersCalendar", G_VARIANT_TYPE ("a(sst)"));
  GString *text = g_string_new (NULL);
  GVariantIter iter;
  const char *expression;

  if (calendar == NULL)
    return g_string_free (text, FALSE);
  g_variant_iter_init (&iter, calendar);
  while (g_variant_iter_next (&iter, "(&s&st)", NULL, &expression, NULL))
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", expression);
  return g_string_free (text, FALSE);
}

/**
 * timer_add_nodes:
 * @properties: all properties of a timer
 * @base: its URI, below the node that is read; "" when it is that node
 * @nodes: gets its nodes, but not the node of the timer itself
 */
void
timer_add_nodes (GVariant *properties, const char *base, OmaNodeList *nodes)
{
  g_autofree char *calendar = join_calendar (properties);
  const char *unit = "";
  UnitState state = { 0 };
  gboolean persistent = FALSE;

  g_variant_lookup (properties, "Unit", "&s", &unit);
  g_variant_lookup (properties, "Persistent", "b", &persistent);
  g_variant_lookup (properties, "ActiveState", "&s", &state.active_state);
  g_variant_lookup (properties, "UnitFileState", "&s", &state.file_state);
  add (nodes, base, "Unit", oma_value_new_string (unit));
  add (nodes, base, "OnCalendar", oma_value_new_string (calendar));
  add (nodes, base, "Persistent", oma_value_new_bool (persistent));
  add_time (nodes, base, "NextRun", properties, "NextElapseUSecRealtime");
  add_time (nodes, base, "LastRun", properties, "LastTriggerUSec");
  add (nodes, base, "State", oma_value_new_string (unit_state_is_running (&state) ? "running" : "stopped"));
  add (nodes, base, "Enabled", oma_value_new_bool (unit_state_is_enabled (&state)));
  add (nodes, base, "Operations", NULL);
}
