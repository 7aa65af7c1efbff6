/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-subscribers.h"

#include "service/oma-dbus-error.h"
#include "test-bus.h"

#define CLIENTS 3

typedef struct {
  GTestDBus       *bus;
  GDBusConnection *service;
  GDBusConnection *clients[CLIENTS];
  GString         *heard[CLIENTS];      /* what each client got */
  guint            pings;
  OmaSubscribers  *subscribers;
  GString         *monitors;            /* what the monitors function was told */
} Fixture;

static void
heard_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED, const char *path,
          const char *interface G_GNUC_UNUSED, const char *signal, GVariant *parameters, gpointer user_data)
{
  g_autofree char *printed = g_variant_print (parameters, FALSE);

  g_string_append_printf (user_data, "%s %s%s;", path + strlen ("/org/omadm/Agent1"), signal, printed);
}

static void
monitors_cb (gboolean any, gpointer user_data)
{
  g_string_append_c (((Fixture *) user_data)->monitors, any ? '+' : '-');
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->bus = test_bus_new ();
  f->service = test_bus_connect (f->bus);
  for (guint i = 0; i < CLIENTS; i++)
    {
      f->clients[i] = test_bus_connect (f->bus);
      f->heard[i] = g_string_new (NULL);
      /* with a match rule for everything, a broadcast would be heard too */
      g_dbus_connection_signal_subscribe (f->clients[i], g_dbus_connection_get_unique_name (f->service), NULL, NULL,
                                          NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, heard_cb, f->heard[i], NULL);
    }
  f->monitors = g_string_new (NULL);
  f->subscribers = oma_subscribers_new (f->service);
  oma_subscribers_set_monitors_func (f->subscribers, monitors_cb, f);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_subscribers_free (f->subscribers);
  g_string_free (f->monitors, TRUE);
  for (guint i = 0; i < CLIENTS; i++)
    {
      g_dbus_connection_close_sync (f->clients[i], NULL, NULL);
      g_clear_object (&f->clients[i]);
      g_string_free (f->heard[i], TRUE);
    }
  g_dbus_connection_close_sync (f->service, NULL, NULL);
  g_clear_object (&f->service);
  g_test_dbus_down (f->bus);
  g_clear_object (&f->bus);
}

static const char *
name (Fixture *f, guint client)
{
  return g_dbus_connection_get_unique_name (f->clients[client]);
}

static void
count_ping (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  g_assert_nonnull (reply);
  ((Fixture *) user_data)->pings++;
}

/* What the service sent before it sends a call to a client arrives before the call. */
static void
settle (Fixture *f)
{
  f->pings = 0;
  for (guint i = 0; i < CLIENTS; i++)
    g_dbus_connection_call (f->service, name (f, i), "/", "org.freedesktop.DBus.Peer", "Ping", NULL, NULL,
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, count_ping, f);
  while (f->pings < CLIENTS || g_main_context_pending (NULL))
    g_main_context_iteration (NULL, TRUE);
}

static void
add_uri (Fixture *f, guint client, const char *uri)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_subscribers_add_uri (f->subscribers, name (f, client), uri, &error));
  g_assert_no_error (error);
}

static void
tell_change (Fixture *f, const char *uri, OmaChangeKind kind)
{
  oma_subscribers_tell_changes (f->subscribers, &(OmaTreeEvent) { uri, kind }, 1);
}

static void
test_changes_reach_subscribers_only (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_uri (f, 0, "./A");
  add_uri (f, 0, "./A/B");
  add_uri (f, 1, ".");
  tell_change (f, "./A/B/C", OMA_CHANGE_REPLACED);
  tell_change (f, "./AB", OMA_CHANGE_ADDED);
  settle (f);
  g_assert_cmpstr (f->heard[0]->str, ==, " Changed('./A/B/C', 'replaced');");
  g_assert_cmpstr (f->heard[1]->str, ==, " Changed('./A/B/C', 'replaced'); Changed('./AB', 'added');");
  g_assert_cmpstr (f->heard[2]->str, ==, "");
}

static void
test_deletion_above_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_uri (f, 0, "./A/B");
  tell_change (f, "./A", OMA_CHANGE_REPLACED);
  tell_change (f, "./A", OMA_CHANGE_DELETED);
  settle (f);
  g_assert_cmpstr (f->heard[0]->str, ==, " Changed('./A', 'deleted');");
}

/* More than 100 changes in a subtree are one signal, whose node is as deep as can be. */
static void
test_many_changes_are_told_as_one_subtree (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GArray) events = g_array_new (FALSE, FALSE, sizeof (OmaTreeEvent));
  const OmaTreeEvent other = { "./A/C", OMA_CHANGE_DELETED };

  for (guint i = 0; i < 101; i++)
    {
      const OmaTreeEvent event = { g_strdup_printf ("./A/B/%u", i), i % 2 ? OMA_CHANGE_ADDED : OMA_CHANGE_REPLACED };

      g_array_append_val (events, event);
    }
  g_array_append_val (events, other);
  add_uri (f, 0, ".");
  add_uri (f, 1, "./A/B/7");
  add_uri (f, 2, "./A/C");
  oma_subscribers_tell_changes (f->subscribers, (const OmaTreeEvent *) events->data, events->len);
  settle (f);
  g_assert_cmpstr (f->heard[0]->str, ==, " Changed('./A/B', 'subtree'); Changed('./A/C', 'deleted');");
  g_assert_cmpstr (f->heard[1]->str, ==, " Changed('./A/B/7', 'added');");
  g_assert_cmpstr (f->heard[2]->str, ==, " Changed('./A/C', 'deleted');");
  for (guint i = 0; i < 101; i++)
    g_free ((char *) g_array_index (events, OmaTreeEvent, i).uri);
}

static void
test_progress_reaches_subscribers_and_monitors (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_uri (f, 0, "./A");
  oma_subscribers_set_monitor (f->subscribers, name (f, 1), TRUE, NULL);
  add_uri (f, 2, "./A/C");
  oma_subscribers_tell_progress (f->subscribers, "./A/B", 40, "so far");
  settle (f);
  g_assert_cmpstr (f->heard[0]->str, ==, " Progress('./A/B', 40, 'so far');");
  g_assert_cmpstr (f->heard[1]->str, ==, " Progress('./A/B', 40, 'so far');");
  g_assert_cmpstr (f->heard[2]->str, ==, "");
}

static void
test_unsubscribing_ends_it (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_uri (f, 0, "./A");
  add_uri (f, 0, "./A");
  g_assert_false (oma_subscribers_remove_uri (f->subscribers, name (f, 0), "./B"));
  g_assert_false (oma_subscribers_remove_uri (f->subscribers, name (f, 1), "./A"));
  g_assert_true (oma_subscribers_remove_uri (f->subscribers, name (f, 0), "./A"));
  g_assert_false (oma_subscribers_remove_uri (f->subscribers, name (f, 0), "./A"));
  g_assert_cmpuint (oma_subscribers_count (f->subscribers), ==, 0);
  tell_change (f, "./A", OMA_CHANGE_DELETED);
  settle (f);
  g_assert_cmpstr (f->heard[0]->str, ==, "");
}

static void
test_sessions_tell_starter_and_monitors (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  const char *path = "/org/omadm/Agent1/session/1";

  g_assert_true (oma_subscribers_add_session (f->subscribers, name (f, 0), path, &error));
  oma_subscribers_set_monitor (f->subscribers, name (f, 1), TRUE, NULL);
  oma_subscribers_tell_session (f->subscribers, path, "Ended", g_variant_new ("(ss)", "failed", "x"));
  oma_subscribers_tell_session (f->subscribers, "/org/omadm/Agent1/session/2", "Ended",
                                g_variant_new ("(ss)", "succeeded", ""));
  oma_subscribers_tell_monitors (f->subscribers, "SessionAdded", g_variant_new ("(o)", path));
  settle (f);
  g_assert_cmpstr (f->heard[0]->str, ==, "/session/1 Ended('failed', 'x');");
  g_assert_cmpstr (f->heard[1]->str, ==,
                   "/session/1 Ended('failed', 'x');/session/2 Ended('succeeded', '');"
                   " SessionAdded('/org/omadm/Agent1/session/1',);");
  g_assert_cmpstr (f->heard[2]->str, ==, "");
  oma_subscribers_drop_session (f->subscribers, path);
  g_assert_cmpuint (oma_subscribers_count (f->subscribers), ==, 1);
}

static void
test_first_and_last_monitor_are_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_subscribers_set_monitor (f->subscribers, name (f, 0), TRUE, NULL);
  oma_subscribers_set_monitor (f->subscribers, name (f, 0), TRUE, NULL);
  oma_subscribers_set_monitor (f->subscribers, name (f, 1), TRUE, NULL);
  g_assert_true (oma_subscribers_has_monitors (f->subscribers));
  oma_subscribers_set_monitor (f->subscribers, name (f, 0), FALSE, NULL);
  oma_subscribers_set_monitor (f->subscribers, name (f, 2), FALSE, NULL);
  g_assert_cmpstr (f->monitors->str, ==, "+");
  oma_subscribers_set_monitor (f->subscribers, name (f, 1), FALSE, NULL);
  g_assert_cmpstr (f->monitors->str, ==, "+-");
  g_assert_false (oma_subscribers_has_monitors (f->subscribers));
}

static void
test_who_leaves_the_bus_is_forgotten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GDBusConnection *guest = test_bus_connect (f->bus);
  g_autofree char *guest_name = g_strdup (g_dbus_connection_get_unique_name (guest));
  g_autoptr(GError) error = NULL;

  add_uri (f, 0, "./A");
  g_assert_true (oma_subscribers_add_uri (f->subscribers, guest_name, "./A", &error));
  oma_subscribers_set_monitor (f->subscribers, guest_name, TRUE, NULL);
  g_assert_cmpuint (oma_subscribers_count (f->subscribers), ==, 2);
  g_dbus_connection_close_sync (guest, NULL, NULL);
  g_object_unref (guest);
  while (oma_subscribers_count (f->subscribers) > 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (f->monitors->str, ==, "+-");

  /* also who had left before it was watched */
  g_assert_true (oma_subscribers_add_uri (f->subscribers, guest_name, "./A", &error));
  while (oma_subscribers_count (f->subscribers) > 1)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_subscriptions_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < OMA_MAX_SUBSCRIPTIONS; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./A/%u", i);

      add_uri (f, 0, uri);
    }
  add_uri (f, 0, "./A/1");
  g_assert_false (oma_subscribers_add_uri (f->subscribers, name (f, 0), "./B", &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED);
  g_clear_error (&error);
  g_assert_false (oma_subscribers_add_session (f->subscribers, name (f, 0), "/org/omadm/Agent1/session/1", &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED);
  add_uri (f, 1, "./B");
}

static void
test_subscribers_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  /* Names that nobody has are forgotten when the main loop runs. */
  for (guint i = 0; i < OMA_MAX_SUBSCRIBERS; i++)
    {
      g_autofree char *caller = g_strdup_printf (":9.%u", i);

      g_assert_true (oma_subscribers_add_uri (f->subscribers, caller, "./A", NULL));
    }
  g_assert_true (oma_subscribers_add_uri (f->subscribers, ":9.0", "./B", NULL));
  g_assert_false (oma_subscribers_add_uri (f->subscribers, ":8.1", "./A", &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED);
  g_clear_error (&error);
  g_assert_false (oma_subscribers_set_monitor (f->subscribers, ":8.1", TRUE, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED);
  g_assert_true (oma_subscribers_set_monitor (f->subscribers, ":8.1", FALSE, NULL));
  g_assert_true (oma_subscribers_remove_uri (f->subscribers, ":9.1", "./A"));
  g_assert_true (oma_subscribers_set_monitor (f->subscribers, ":8.1", TRUE, NULL));
}

#define ADD(path, func) g_test_add ("/subscribers/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("changes-reach-subscribers-only", test_changes_reach_subscribers_only);
  ADD ("deletion-above-is-told", test_deletion_above_is_told);
  ADD ("many-changes-are-told-as-one-subtree", test_many_changes_are_told_as_one_subtree);
  ADD ("progress-reaches-subscribers-and-monitors", test_progress_reaches_subscribers_and_monitors);
  ADD ("unsubscribing-ends-it", test_unsubscribing_ends_it);
  ADD ("sessions-tell-starter-and-monitors", test_sessions_tell_starter_and_monitors);
  ADD ("first-and-last-monitor-are-told", test_first_and_last_monitor_are_told);
  ADD ("who-leaves-the-bus-is-forgotten", test_who_leaves_the_bus_is_forgotten);
  ADD ("subscribers-are-bounded", test_subscribers_are_bounded);
  ADD ("subscriptions-are-bounded", test_subscriptions_are_bounded);
  return g_test_run ();
}
