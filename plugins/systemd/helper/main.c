/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "unit-files.h"
#include "unit-name.h"

#include <glib-unix.h>
#include <signal.h>

/* omadm-unit-files: started by the bus for a call, ended when nothing was asked for a while.  It gives the name up
 * first and serves what came until then; what comes after that starts it again. */

#define BUS_NAME "org.omadm.UnitFiles1"
#define IDLE_S 10
#define LAST_S 1

typedef struct {
  GMainLoop *loop;
  UnitFiles *files;
  guint      name;
  guint      calls;
  guint      timer;
  gboolean   ending;
  int        status;
} Helper;

static void set_timer (Helper *helper);

static void
end (Helper *helper)
{
  helper->ending = TRUE;
  g_clear_handle_id (&helper->name, g_bus_unown_name);
  set_timer (helper);
}

static gboolean
idle_cb (gpointer user_data)
{
  Helper *helper = user_data;

  helper->timer = 0;
  if (helper->ending)
    g_main_loop_quit (helper->loop);
  else
    end (helper);
  return G_SOURCE_REMOVE;
}

static void
set_timer (Helper *helper)
{
  g_clear_handle_id (&helper->timer, g_source_remove);
  if (helper->calls == 0)
    helper->timer = g_timeout_add_seconds (helper->ending ? LAST_S : IDLE_S, idle_cb, helper);
}

static void
activity_cb (gboolean begins, gpointer user_data)
{
  Helper *helper = user_data;

  helper->calls += begins ? 1 : -1;
  set_timer (helper);
}

static void
bus_cb (GDBusConnection *connection, const char *name G_GNUC_UNUSED, gpointer user_data)
{
  Helper *helper = user_data;
  g_autoptr(GError) error = NULL;

  helper->files = unit_files_new (connection, UNIT_ALLOW_FILE, activity_cb, helper, &error);
  if (helper->files != NULL)
    return;
  g_warning ("%s", error->message);
  helper->status = 1;
  g_main_loop_quit (helper->loop);
}

static void
name_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user_data)
{
  Helper *helper = user_data;

  set_timer (helper);
}

static void
lost_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Helper *helper = user_data;

  g_warning ("%s: the name cannot be had%s", name, connection == NULL ? ", there is no system bus" : "");
  helper->status = 1;
  g_main_loop_quit (helper->loop);
}

static gboolean
terminate_cb (gpointer user_data)
{
  end (user_data);
  return G_SOURCE_CONTINUE;
}

int
main (void)
{
  Helper helper = { 0 };

  helper.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, terminate_cb, &helper);
  g_unix_signal_add (SIGINT, terminate_cb, &helper);
  helper.name = g_bus_own_name (G_BUS_TYPE_SYSTEM, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, bus_cb, name_cb,
                                lost_cb, &helper, NULL);
  g_main_loop_run (helper.loop);
  g_clear_handle_id (&helper.name, g_bus_unown_name);
  g_clear_handle_id (&helper.timer, g_source_remove);
  g_clear_pointer (&helper.files, unit_files_free);
  g_main_loop_unref (helper.loop);
  return helper.status;
}
