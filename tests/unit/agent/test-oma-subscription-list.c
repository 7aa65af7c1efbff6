/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-fixture.h"

#include "agent/oma-account-private.h"
#include "agent/oma-subscription-list.h"

#include <string.h>

#define NODES "./DMAcc2/a/Ext/Omadm/Subscriptions"
#define DEFAULTS "./DMAcc2/a/Ext/Omadm/Defaults"
#define N1 "{\"ClientURI\":\"" DM2_NET "/n1/\","

typedef struct {
  Dm2Fixture           dm2;
  OmaSubscriptionList *list;
} Fixture;

static void
open_list (Fixture *f)
{
  f->list = oma_subscription_list_new (&f->dm2.context, f->dm2.base.accounts);
  oma_subscription_list_set_quiet_time (f->list, 0);
  oma_subscription_list_start (f->list, "urn:test:1");
}

static void
wait_until_idle (Fixture *f)
{
  while (oma_subscription_list_is_busy (f->list) || g_main_context_iteration (NULL, FALSE))
    g_main_context_iteration (NULL, FALSE);
}

static void
close_list (Fixture *f)
{
  oma_subscription_list_stop (f->list);
  wait_until_idle (f);
  oma_subscription_list_close (f->list);
  g_clear_object (&f->list);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  dm2_set_up (&f->dm2, data);
  f->dm2.config->retry_delay = 0;
  dm2_make_net (&f->dm2, "n1", "eth");
  dm2_reply (&f->dm2, "/told", (Dm2Reply) { .status = 204 });
  open_list (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_list (f);
  dm2_tear_down (&f->dm2, data);
}

/* As after the daemon ended, with a change in between that nobody saw. */
static void
restart (Fixture *f, const char *id)
{
  close_list (f);
  g_clear_object (&f->dm2.account);
  agent_test_reopen (&f->dm2.base);
  f->dm2.context.executor = f->dm2.base.executor;
  f->dm2.context.store = f->dm2.base.store;
  f->dm2.account = g_object_ref (oma_account_list_find (f->dm2.base.accounts, "a"));
  if (id != NULL)
    dm2_set_id (&f->dm2, "n1", id);
  open_list (f);
}

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static OmaStatus
finish (Fixture *f, GAsyncResult **result)
{
  g_autoptr(GError) error = NULL;

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (oma_subscriptions_finish (OMA_SUBSCRIPTIONS (f->list), *result, &error))
    return OMA_STATUS_OK;
  g_assert_true (error->domain == OMA_STATUS_ERROR);
  return oma_status_from_error (error);
}

static OmaStatus
subscribe (Fixture *f, const char *client_uri, const char *path)
{
  g_autofree char *uri = g_strconcat (f->dm2.url, path, NULL);
  g_autoptr(GAsyncResult) result = NULL;

  oma_subscriptions_subscribe_async (OMA_SUBSCRIPTIONS (f->list), DM2_SERVER, client_uri, uri, done_cb, &result);
  g_assert_null (result);
  return finish (f, &result);
}

static OmaStatus
unsubscribe (Fixture *f, const char *client_uri)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_subscriptions_unsubscribe_async (OMA_SUBSCRIPTIONS (f->list), DM2_SERVER, client_uri, done_cb, &result);
  return finish (f, &result);
}

static OmaStatus
set_default (Fixture *f, const char *moid, const char *path)
{
  g_autofree char *uri = g_strconcat (f->dm2.url, path, NULL);
  g_autoptr(GAsyncResult) result = NULL;

  oma_subscriptions_set_default_async (OMA_SUBSCRIPTIONS (f->list), DM2_SERVER, moid, uri, done_cb, &result);
  return finish (f, &result);
}

static void
assert_told (Fixture *f, guint index, const char *path, const char *part)
{
  const Dm2Request *request = dm2_get_request (&f->dm2, index);

  g_assert_cmpstr (request->method, ==, "PUT");
  g_assert_cmpstr (request->path, ==, path);
  g_assert_cmpstr (request->media_type, ==, DM2_JSON);
  g_assert_cmpstr (request->device_id, ==, "urn:test:1");
  g_assert_nonnull (strstr (request->body, part));
}

static void
assert_text (Fixture *f, const char *uri, const char *expected)
{
  g_autofree char *text = agent_test_get (&f->dm2.base, uri);

  g_assert_cmpstr (text, ==, expected);
}

/* DM Protocol 2.0, SUB: on any change below the ClientURI an HTTP PUT of that subtree */
static void
test_change_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
  dm2_set_id (&f->dm2, "n1", "wlan");
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", N1);
  assert_told (f, 0, "/told", "\"MOData\":{\"n1\":{\"ID\":\"wlan\"}}");
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n1", "vpn");
  dm2_wait_for_requests (&f->dm2, 2);
  assert_told (f, 1, "/told", "vpn");
}

/* Nobody waits for what there was when the server asked. */
static void
test_change_while_the_first_is_being_read_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  dm2_set_id (&f->dm2, "n1", "wlan");
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", "wlan");
}

static void
test_what_is_elsewhere_or_the_same_is_not_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_make_net (&f->dm2, "n2", "eth");
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/ID", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n2", "wlan");
  dm2_set_id (&f->dm2, "n1", "eth");
  agent_test_run (&f->dm2.base, "", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "other");
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
  dm2_set_id (&f->dm2, "n1", "last");
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", "\"MOData\":{\"ID\":\"last\"}");
}

/* Our reading: changes are collected. */
static void
test_changes_are_collected (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  oma_subscription_list_set_quiet_time (f->list, 200);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *id = g_strdup_printf ("id-%u", i);

      dm2_set_id (&f->dm2, "n1", id);
    }
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", "id-4");
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
}

static void
test_new_and_removed_instances_are_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, DM2_NET "/*/ID", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  dm2_make_net (&f->dm2, "n2", "wlan");
  dm2_wait_for_requests (&f->dm2, 1);
  wait_until_idle (f);
  assert_told (f, f->dm2.requests->len - 1, "/told", DM2_NET "/n1/ID");
  assert_told (f, f->dm2.requests->len - 1, "/told", DM2_NET "/n2/ID");
  g_ptr_array_set_size (f->dm2.requests, 0);
  agent_test_run (&f->dm2.base, "", OMA_OPERATION_DELETE, "./Net/n1", NULL);
  dm2_wait_for_requests (&f->dm2, 1);
  wait_until_idle (f);
  g_assert_null (strstr (dm2_get_request (&f->dm2, 0)->body, "n1"));
  g_ptr_array_set_size (f->dm2.requests, 0);
  agent_test_run (&f->dm2.base, "", OMA_OPERATION_DELETE, "./Net/n2", NULL);
  dm2_wait_for_requests (&f->dm2, 1);
  g_assert_cmpstr (dm2_get_request (&f->dm2, 0)->body, ==, "[]");
}

/* A condition comes to hold for another instance. */
static void
test_change_of_what_is_meant_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_make_net (&f->dm2, "n2", "other");
  g_assert_cmpint (subscribe (f, DM2_NET "/(x)/ID?nv=(x)/ID:eth", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n2", "eth");
  dm2_wait_for_requests (&f->dm2, 1);
  wait_until_idle (f);
  assert_told (f, 0, "/told", DM2_NET "/n2/ID");
}

/* A server that follows its own account is not told of what is kept there for it. */
static void
test_own_state_is_no_change (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, "urn:oma:mo:oma-dm-dmacc:1.2//", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
}

/* Statistics go along, but are no reason to tell. */
static void
test_statistics_are_no_change (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  AgentTest *base = &f->dm2.base;

  g_assert_cmpint (subscribe (f, "urn:ex:mo:live:1.0//", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  g_assert_cmpuint (base->n_live, >, 0);
  oma_tree_emit (base->tree, &(OmaTreeEvent) { "./Live/Count", OMA_CHANGE_REPLACED }, 1);
  oma_tree_emit (base->tree, &(OmaTreeEvent) { "./Live/Name", OMA_CHANGE_REPLACED }, 1);
  wait_until_idle (f);
  restart (f, NULL);
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
  strcpy (base->live, "other");
  oma_tree_emit (base->tree, &(OmaTreeEvent) { "./Live/Name", OMA_CHANGE_REPLACED }, 1);
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", "\"Count\":");
  assert_told (f, 0, "/told", "\"Name\":\"other\"");
}

static void
test_subscription_survives_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *sent = NULL;

  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  restart (f, NULL);
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);      /* not twice */
  restart (f, "meanwhile");
  dm2_wait_for_requests (&f->dm2, 1);                  /* and not lost */
  assert_told (f, 0, "/told", "meanwhile");
  wait_until_idle (f);
  sent = agent_test_get (&f->dm2.base, NODES "/1/Sent");
  g_assert_cmpuint (strlen (sent), ==, 64);
  restart (f, NULL);
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
}

/* One that the daemon did not live to read is told, rather than not. */
static void
test_subscription_of_which_nothing_is_known_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  g_assert_cmpint (agent_test_run (&f->dm2.base, NULL, OMA_OPERATION_DELETE, NODES "/1/Sent", NULL), ==, OMA_STATUS_OK);
  restart (f, NULL);
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", "eth");
}

static void
test_failed_push_is_tried_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_reply (&f->dm2, "/flaky", (Dm2Reply) { .status = 0 });
  dm2_reply (&f->dm2, "/flaky", (Dm2Reply) { .status = 500 });
  dm2_reply (&f->dm2, "/flaky", (Dm2Reply) { .status = 200 });
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "flaky"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n1", "wlan");
  dm2_wait_for_requests (&f->dm2, 3);
  assert_told (f, 2, "/flaky", "wlan");
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 3);
  g_assert_true (agent_test_has_logged ("is not told of changes"));
}

static void
test_failed_push_is_tried_again_after_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dm2.config->retry_delay = 3600;
  dm2_reply (&f->dm2, "/flaky", (Dm2Reply) { .status = 503, .retry_after = "7200" });
  dm2_reply (&f->dm2, "/flaky", (Dm2Reply) { .status = 200 });
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "flaky"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n1", "wlan");
  dm2_wait_for_requests (&f->dm2, 1);
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n1", "vpn");       /* does not hurry it */
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  restart (f, NULL);
  dm2_wait_for_requests (&f->dm2, 2);
  assert_told (f, 1, "/flaky", "vpn");
}

/* DM Protocol 2.0, negotiation: 415 with OMADM-Accept */
static void
test_other_form_is_tried_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dm2.config->retry_delay = 3600;
  dm2_reply (&f->dm2, "/picky", (Dm2Reply) { .status = 415, .accept = OMA_TNDS_TYPE_XML });
  dm2_reply (&f->dm2, "/picky", (Dm2Reply) { .status = 200 });
  dm2_reply (&f->dm2, "/picky", (Dm2Reply) { .status = 415, .accept = OMA_TNDS_TYPE_XML });
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "picky"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n1", "wlan");
  dm2_wait_for_requests (&f->dm2, 2);
  assert_told (f, 0, "/picky", "wlan");
  g_assert_cmpstr (dm2_get_request (&f->dm2, 1)->media_type, ==, OMA_TNDS_TYPE_XML);
  g_assert_nonnull (strstr (dm2_get_request (&f->dm2, 1)->body, "<Value>wlan</Value>"));
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n1", "vpn");
  dm2_wait_for_requests (&f->dm2, 4);
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 4);
}

static void
test_large_data_are_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *large = g_strnfill (300000, 'x');

  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  dm2_set_id (&f->dm2, "n1", large);
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", large);
}

static void
test_right_that_is_lost_stops_the_telling (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  g_assert_cmpint (agent_test_run (&f->dm2.base, "", OMA_OPERATION_REPLACE, "./Net/n1?prop=ACL",
                                   "Exec=" DM2_SERVER "&Get=other"), ==, OMA_STATUS_OK);
  dm2_set_id (&f->dm2, "n1", "wlan");
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
  g_assert_true (agent_test_has_logged ("is not told of changes"));
  g_assert_cmpint (agent_test_run (&f->dm2.base, "", OMA_OPERATION_REPLACE, "./Net/n1?prop=ACL", "Get=*"), ==,
                   OMA_STATUS_OK);
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", "wlan");      /* what changed meanwhile */
}

/* DM Protocol 2.0, UNSUB: the text counts */
static void
test_unsub_ends_it (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  g_assert_cmpint (unsubscribe (f, DM2_NET "/n1"), ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (unsubscribe (f, DM2_NET "/n1/"), ==, OMA_STATUS_OK);
  g_assert_cmpint (unsubscribe (f, DM2_NET "/n1/"), ==, OMA_STATUS_NOT_FOUND);
  g_assert_false (agent_test_has (&f->dm2.base, NODES "/1"));
  dm2_set_id (&f->dm2, "n1", "wlan");
  wait_until_idle (f);
  restart (f, "vpn");
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
}

static void
test_sub_again_replaces_the_address (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *address = g_strconcat (f->dm2.url, "told", NULL);

  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "old"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  assert_text (f, NODES "/1/ServerURI", address);
  g_assert_false (agent_test_has (&f->dm2.base, NODES "/2"));
  dm2_set_id (&f->dm2, "n1", "wlan");
  dm2_wait_for_requests (&f->dm2, 1);
  assert_told (f, 0, "/told", "wlan");
}

static void
test_their_number_is_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (guint i = 0; i < OMA_SUBSCRIPTION_LIST_MAX; i++)
    {
      g_autofree char *moid = g_strdup_printf ("urn:ex:mo:%u", i);

      g_assert_cmpint (set_default (f, moid, "d"), ==, OMA_STATUS_OK);
    }
  g_assert_cmpint (set_default (f, "urn:ex:mo:more", "d"), ==, OMA_STATUS_DEVICE_FULL);
  g_assert_cmpint (set_default (f, "urn:ex:mo:7", "e"), ==, OMA_STATUS_OK);      /* replaces one */
  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);    /* counts apart */
}

static void
test_they_go_with_the_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (subscribe (f, DM2_NET "/n1/", "told"), ==, OMA_STATUS_OK);
  wait_until_idle (f);
  agent_test_remove (&f->dm2.base, "a", FALSE, &error);
  g_assert_no_error (error);
  oma_subscription_list_forget (f->list, "a");
  dm2_set_id (&f->dm2, "n1", "wlan");
  wait_until_idle (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
}

/* ---- DEFAULT ---- */

static OmaStatus
fetch (Fixture *f, const char *moid)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  oma_subscription_list_fetch_async (f->list, moid, NULL, done_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (oma_subscription_list_fetch_finish (f->list, result, &error))
    return OMA_STATUS_OK;
  return error->domain == OMA_STATUS_ERROR ? oma_status_from_error (error) : OMA_STATUS_BAD_GATEWAY;
}

/* DM Protocol 2.0, DEFAULT: the HGET action, without a word to the server */
static void
test_default_is_fetched (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_reply (&f->dm2, "/new", (Dm2Reply) { .status = 200, .media_type = DM2_JSON,
             .body = "[{\"ClientURI\":\"" DM2_NET "/n7/\",\"MOData\":{\"n7\":{\"ID\":\"given\"}}}]" });
  g_assert_cmpint (fetch (f, DM2_NET), ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (set_default (f, DM2_NET, "old"), ==, OMA_STATUS_OK);
  g_assert_cmpint (set_default (f, DM2_NET, "new"), ==, OMA_STATUS_OK);
  g_assert_false (agent_test_has (&f->dm2.base, DEFAULTS "/2"));
  restart (f, NULL);
  g_assert_cmpint (fetch (f, DM2_NET), ==, OMA_STATUS_OK);
  assert_text (f, "./Net/n7/ID", "given");
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  g_assert_cmpstr (dm2_get_request (&f->dm2, 0)->method, ==, "GET");
}

/* Else each would make an object of its own. */
static void
test_default_is_fetched_once_for_all (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GAsyncResult) first = NULL, second = NULL;

  dm2_reply (&f->dm2, "/new", (Dm2Reply) { .status = 200, .media_type = DM2_JSON,
             .body = "[{\"ClientURI\":\"" DM2_NET "//\",\"MOData\":{\"x\":{\"ID\":\"given\"}}}]" });
  g_assert_cmpint (set_default (f, DM2_NET, "new"), ==, OMA_STATUS_OK);
  oma_subscription_list_fetch_async (f->list, DM2_NET, NULL, done_cb, &first);
  oma_subscription_list_fetch_async (f->list, DM2_NET, NULL, done_cb, &second);
  while (first == NULL || second == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (oma_subscription_list_fetch_finish (f->list, first, NULL));
  g_assert_true (oma_subscription_list_fetch_finish (f->list, second, NULL));
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
}

static void
test_bad_default_changes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const Dm2Reply replies[] = {
    { .status = 500 },
    { .status = 0 },
    { .status = 204 },
    { .status = 200, .media_type = "text/plain", .body = "[]" },
    { .status = 200, .media_type = DM2_JSON, .body = "[{" },
    { .status = 200, .media_type = DM2_JSON, .body = "[]" },
    { .status = 200, .media_type = DM2_JSON,
      .body = "[{\"ClientURI\":\"" DM2_NET "/n7/\",\"MOData\":{\"n7\":{\"ID\":\"given\",\"None\":\"1\"}}}]" },
  };

  g_assert_cmpint (set_default (f, DM2_NET, "bad"), ==, OMA_STATUS_OK);
  for (guint i = 0; i < G_N_ELEMENTS (replies); i++)
    dm2_reply (&f->dm2, "/bad", replies[i]);
  for (guint i = 0; i < G_N_ELEMENTS (replies); i++)
    g_assert_cmpint (fetch (f, DM2_NET), !=, OMA_STATUS_OK);
  g_assert_cmpuint (f->dm2.requests->len, ==, G_N_ELEMENTS (replies));
  g_assert_false (agent_test_has (&f->dm2.base, "./Net/n7"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define TEST(name, func) g_test_add ("/subscription-list/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("change-is-told", test_change_is_told);
  TEST ("change-while-the-first-is-being-read-is-told", test_change_while_the_first_is_being_read_is_told);
  TEST ("what-is-elsewhere-or-the-same-is-not-told", test_what_is_elsewhere_or_the_same_is_not_told);
  TEST ("changes-are-collected", test_changes_are_collected);
  TEST ("new-and-removed-instances-are-told", test_new_and_removed_instances_are_told);
  TEST ("change-of-what-is-meant-is-told", test_change_of_what_is_meant_is_told);
  TEST ("own-state-is-no-change", test_own_state_is_no_change);
  TEST ("statistics-are-no-change", test_statistics_are_no_change);
  TEST ("subscription-survives-a-restart", test_subscription_survives_a_restart);
  TEST ("subscription-of-which-nothing-is-known-is-told", test_subscription_of_which_nothing_is_known_is_told);
  TEST ("failed-push-is-tried-again", test_failed_push_is_tried_again);
  TEST ("failed-push-is-tried-again-after-a-restart", test_failed_push_is_tried_again_after_a_restart);
  TEST ("other-form-is-tried-once", test_other_form_is_tried_once);
  TEST ("large-data-are-told", test_large_data_are_told);
  TEST ("right-that-is-lost-stops-the-telling", test_right_that_is_lost_stops_the_telling);
  TEST ("unsub-ends-it", test_unsub_ends_it);
  TEST ("sub-again-replaces-the-address", test_sub_again_replaces_the_address);
  TEST ("their-number-is-bounded", test_their_number_is_bounded);
  TEST ("they-go-with-the-account", test_they_go_with_the_account);
  TEST ("default/is-fetched", test_default_is_fetched);
  TEST ("default/is-fetched-once-for-all", test_default_is_fetched_once_for_all);
  TEST ("default/bad-one-changes-nothing", test_bad_default_changes_nothing);
  return g_test_run ();
}
