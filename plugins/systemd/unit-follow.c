/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "systemd-plugin.h"

#include "unit-name.h"
#include "unit-state.h"

#include <string.h>

/* Follows what others do to units.  systemd tells each change of state with the state; of files and of names it only
 * tells that something is other than it was, so both lists are asked for again, and compared with what was known. */

/* A change of files comes with a storm of signals; it is looked at once when it has passed.  And as looking at many
 * files may keep systemd busy for seconds, there is a pause after it that is some times as long.  (Tests
 * have a delay of their own.) */
#ifndef LOOK_DELAY_MS
#define LOOK_DELAY_MS 500
#endif
#define LOOK_PAUSE 3

struct _UnitFollow {
  GHashTable *known;         /* (nullable) (element-type utf8 UnitState): until the first look */
  guint       timer;
  gint64      began;         /* microseconds: the last look */
  gint64      next;          /* the earliest time of the next one */
  gboolean    looking;
  gboolean    again;
};

static void look (Systemd *self);

/* ---- What is told ---- */

static void
tell (Systemd *self, const char *root, const char *unit, const char *leaf, OmaChangeKind kind)
{
  g_autofree char *name = systemd_escape (unit);
  g_autofree char *uri = g_strconcat (root, "/", name, leaf != NULL ? "/" : NULL, leaf, NULL);

  oma_plugin_host_changed (self->host, uri, kind);
}

/* A timer of the administrator's list has a node of its own as well. */
static gboolean
is_task (const char *unit)
{
  g_autoptr(GHashTable) allowed = g_str_has_suffix (unit, ".timer") ? unit_allow_load (UNIT_ALLOW_FILE, NULL) : NULL;

  return allowed != NULL && g_hash_table_contains (allowed, unit);
}

static void
tell_leaf (Systemd *self, const UnitState *state, const char *leaf, gboolean of_task)
{
  tell (self, SERVICES_URI, state->name, leaf, OMA_CHANGE_REPLACED);
  if (of_task && is_task (state->name))
    tell (self, TASKS_URI, state->name, leaf, OMA_CHANGE_REPLACED);
}

static void
tell_unit (Systemd *self, const char *unit, OmaChangeKind kind)
{
  tell (self, SERVICES_URI, unit, NULL, kind);
  if (is_task (unit))
    tell (self, TASKS_URI, unit, NULL, kind);
}

static const char *
text_or (const char *text, const char *otherwise)
{
  return text != NULL ? text : otherwise;
}

static void
tell_difference (Systemd *self, const UnitState *old, const UnitState *new)
{
  if (strcmp (text_or (old->active_state, "inactive"), text_or (new->active_state, "inactive")) != 0)
    tell_leaf (self, new, "ActiveState", FALSE);
  if (strcmp (text_or (old->sub_state, "dead"), text_or (new->sub_state, "dead")) != 0)
    tell_leaf (self, new, "SubState", FALSE);
  if (unit_state_is_running (old) != unit_state_is_running (new))
    tell_leaf (self, new, "State", TRUE);
  if (g_strcmp0 (old->file_state, new->file_state) != 0)
    tell_leaf (self, new, "UnitFileState", FALSE);
  if (unit_state_is_enabled (old) != unit_state_is_enabled (new))
    tell_leaf (self, new, "Enabled", TRUE);
  if (unit_state_is_masked (old) != unit_state_is_masked (new))
    tell_leaf (self, new, "Masked", FALSE);
}

/* ---- Looking ---- */

static void
compare (Systemd *self, GHashTable *old, GHashTable *new)
{
  GHashTableIter iter;
  gpointer name, state;

  g_hash_table_iter_init (&iter, old);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (new, name))
      tell_unit (self, name, OMA_CHANGE_DELETED);
  g_hash_table_iter_init (&iter, new);
  while (g_hash_table_iter_next (&iter, &name, &state))
    {
      const UnitState *before = g_hash_table_lookup (old, name);

      if (before == NULL)
        tell_unit (self, name, OMA_CHANGE_ADDED);
      else if (!unit_state_equal (before, state))
        tell_difference (self, before, state);
    }
}

static gboolean
look_later_cb (gpointer user_data)
{
  Systemd *self = user_data;

  self->follow->timer = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
look_later (Systemd *self)
{
  UnitFollow *follow = self->follow;
  gint64 pause = (follow->next - g_get_monotonic_time ()) / 1000;

  if (follow->looking)
    follow->again = TRUE;
  else if (follow->timer == 0)
    follow->timer = g_timeout_add ((guint) MAX (pause, LOOK_DELAY_MS), look_later_cb, self);
}

static void
looked_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Systemd *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) table = unit_query_finish (result, &error);
  UnitFollow *follow = self->follow;

  if (follow == NULL)
    {
      systemd_unref (self);
      return;
    }
  follow->looking = FALSE;
  follow->next = g_get_monotonic_time ();
  follow->next += LOOK_PAUSE * (follow->next - follow->began);
  if (table == NULL)
    g_info ("The units cannot be followed now: %s", error->message);
  else
    {
      if (follow->known != NULL)
        compare (self, follow->known, table);
      g_clear_pointer (&follow->known, g_hash_table_unref);
      follow->known = g_steal_pointer (&table);
    }
  if (follow->again)
    look_later (self);
  follow->again = FALSE;
  systemd_unref (self);
}

static void
look (Systemd *self)
{
  self->follow->looking = TRUE;
  self->follow->began = g_get_monotonic_time ();
  unit_query_async (self, NULL, FALSE, self->cancellable, looked_cb, systemd_ref (self));
}

/* ---- Listening ---- */

static void
set_text (char **member, GVariant *properties, const char *name)
{
  const char *text;

  if (!g_variant_lookup (properties, name, "&s", &text))
    return;
  g_free (*member);
  *member = g_strdup (text);
}

static void
unit_properties_changed (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path,
                         const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED,
                         GVariant *parameters, gpointer user_data)
{
  Systemd *self = user_data;
  g_autofree char *unit = unit_name_from_path (object_path);
  g_autoptr(GVariant) properties = NULL;
  g_autoptr(UnitState) before = NULL;
  UnitState *state;

  if (unit == NULL || !unit_name_is_shown (unit) || self->follow->known == NULL ||
      !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  state = g_hash_table_lookup (self->follow->known, unit);
  if (state == NULL)
    return;
  properties = g_variant_get_child_value (parameters, 1);
  before = unit_state_new (unit);
  before->active_state = g_strdup (state->active_state);
  before->sub_state = g_strdup (state->sub_state);
  before->file_state = g_strdup (state->file_state);
  set_text (&state->active_state, properties, "ActiveState");
  set_text (&state->sub_state, properties, "SubState");
  tell_difference (self, before, state);
}

/* Units with a file come and go as systemd loads them and drops them, which shows nowhere. */
static void
unit_came_or_went (Systemd *self, GVariant *parameters, gboolean came)
{
  const UnitState *state;
  const char *unit;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(so)")))
    return;
  g_variant_get (parameters, "(&so)", &unit, NULL);
  if (!unit_name_is_shown (unit) || self->follow->known == NULL)
    return;
  state = g_hash_table_lookup (self->follow->known, unit);
  if (came ? state == NULL : state != NULL && state->file_state == NULL)
    look_later (self);
}

/* systemd says when it begins to read all files again, and when it has. */
static gboolean
is_begin_of_reload (const char *signal_name, GVariant *parameters)
{
  gboolean begins = FALSE;

  if (strcmp (signal_name, "Reloading") == 0 && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    g_variant_get (parameters, "(b)", &begins);
  return begins;
}

static void
manager_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
                const char *interface_name G_GNUC_UNUSED, const char *signal_name, GVariant *parameters,
                gpointer user_data)
{
  Systemd *self = user_data;

  if (strcmp (signal_name, "JobRemoved") == 0)
    unit_jobs_removed (self, parameters);
  else if (strcmp (signal_name, "UnitNew") == 0 || strcmp (signal_name, "UnitRemoved") == 0)
    unit_came_or_went (self, parameters, strcmp (signal_name, "UnitNew") == 0);
  else if (strcmp (signal_name, "UnitFilesChanged") == 0 || strcmp (signal_name, "Reloading") == 0)
    {
      unit_query_forget_files (self);
      if (!is_begin_of_reload (signal_name, parameters))
        look_later (self);
    }
}

static void
subscribed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  Systemd *self = user_data;

  /* One that kept the subscription over a start of its own says so, as an error. */
  self->subscribed = answer != NULL ||
                     g_strcmp0 (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (source), result),
                                SYSTEMD_NAME ".AlreadySubscribed") == 0;
  if (!self->subscribed)
    g_info ("systemd tells nothing of its units: %s", error->message);
  systemd_unref (self);
}

/* Without it systemd sends no signals. */
static void
subscribe (Systemd *self)
{
  oma_plugin_host_call_async (self->host, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", NULL, NULL,
                              self->cancellable, subscribed_cb, systemd_ref (self));
}

static void
owner_changed (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
               const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED, GVariant *parameters,
               gpointer user_data)
{
  Systemd *self = user_data;
  const char *owner;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get (parameters, "(&s&s&s)", NULL, NULL, &owner);
  self->subscribed = FALSE;
  unit_query_forget_files (self);
  if (*owner == '\0')
    return;
  subscribe (self);
  unit_jobs_check (self);
  look_later (self);
}

/**
 * unit_follow_start:
 * @self: the plugin
 *
 * Begins to listen, and looks at what there is.
 */
void
unit_follow_start (Systemd *self)
{
  self->follow = g_new0 (UnitFollow, 1);
  oma_plugin_host_subscribe (self->host, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, NULL, NULL, manager_signal, self);
  oma_plugin_host_subscribe (self->host, SYSTEMD_NAME, NULL, PROPERTIES_INTERFACE, "PropertiesChanged",
                             "org.freedesktop.systemd1.Unit", unit_properties_changed, self);
  oma_plugin_host_subscribe (self->host, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                             "NameOwnerChanged", SYSTEMD_NAME, owner_changed, self);
  subscribe (self);
  look (self);
}

/**
 * unit_follow_stop:
 * @self: the plugin
 */
void
unit_follow_stop (Systemd *self)
{
  UnitFollow *follow = g_steal_pointer (&self->follow);

  g_clear_handle_id (&follow->timer, g_source_remove);
  g_clear_pointer (&follow->known, g_hash_table_unref);
  g_free (follow);
}
