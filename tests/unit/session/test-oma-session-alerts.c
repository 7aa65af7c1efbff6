/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

/* ---- A queue that notes what it is told ---- */

#define FAKE_TYPE_QUEUE (fake_queue_get_type ())
G_DECLARE_FINAL_TYPE (FakeQueue, fake_queue, FAKE, QUEUE, GObject)

struct _FakeQueue {
  GObject    parent;
  GPtrArray *alerts;
  GString   *settled;   /* "<id>=<status> " */
};

static void fake_queue_iface_init (OmaAlertQueueInterface *iface);

G_DEFINE_TYPE_WITH_CODE (FakeQueue, fake_queue, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (OMA_TYPE_ALERT_QUEUE, fake_queue_iface_init))

static GPtrArray *
fake_list (OmaAlertQueue *queue, const char *server_id, const char *report_uri)
{
  GPtrArray *alerts = g_ptr_array_new ();

  g_assert_cmpstr (server_id, ==, "dm.example.org");
  g_assert_null (report_uri);
  for (guint i = 0; i < FAKE_QUEUE (queue)->alerts->len; i++)
    g_ptr_array_add (alerts, FAKE_QUEUE (queue)->alerts->pdata[i]);
  return alerts;
}

static void
fake_settle (OmaAlertQueue *queue, gint64 id, OmaStatus status)
{
  FakeQueue *self = FAKE_QUEUE (queue);

  g_string_append_printf (self->settled, "%d=%d ", (int) id, status);
  for (guint i = 0; i < self->alerts->len; i++)
    if (((OmaAlert *) self->alerts->pdata[i])->id == id && status < 500 && status != 407)
      g_ptr_array_remove_index (self->alerts, i--);
}

static void
fake_queue_iface_init (OmaAlertQueueInterface *iface)
{
  iface->list = fake_list;
  iface->settle = fake_settle;
}

static void
fake_queue_finalize (GObject *object)
{
  g_ptr_array_unref (FAKE_QUEUE (object)->alerts);
  g_string_free (FAKE_QUEUE (object)->settled, TRUE);
  G_OBJECT_CLASS (fake_queue_parent_class)->finalize (object);
}

static void
fake_queue_class_init (FakeQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_queue_finalize;
}

static void
fake_queue_init (FakeQueue *self)
{
  self->alerts = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_alert_free);
  self->settled = g_string_new (NULL);
}

/* ---- What the tests share ---- */

#define HEAD "Alert 1201\nReplace ./DevInfo/DevId 'urn:dev:1' ./DevInfo/Man 'Example Corp' ./DevInfo/Mod 'Edge-7' " \
             "./DevInfo/DmV '0.1' ./DevInfo/Lang 'en-US'\n"
#define GET_MOTD "<Get><CmdID>7</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item></Get>"
#define MOTD_ANSWER(msg) "Status " msg "/7 Get ./Vendor/Motd 200\nResults " msg "/7 ./Vendor/Motd chr 'hello'\n"
#define ALERT_STATUS(msg, cmd, code) "<Status><CmdID>2</CmdID><MsgRef>" msg "</MsgRef><CmdRef>" cmd "</CmdRef>" \
                                     "<Cmd>Alert</Cmd><Data>" code "</Data></Status>"

static OmaAlert *
raise_alert (Fixture *f, gint64 id, const char *type, OmaValue *data)
{
  OmaAlert *alert = g_new0 (OmaAlert, 1);

  alert->id = id;
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (type);
  alert->data = data;
  alert->time = 1000000;
  g_ptr_array_add (FAKE_QUEUE (f->queue)->alerts, alert);
  return alert;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  fixture_set_up (f, data);
  f->queue = g_object_new (FAKE_TYPE_QUEUE, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  fixture_tear_down (f, data);
  g_clear_object (&f->queue);
}

#define assert_settled(f, expected) g_assert_cmpstr (FAKE_QUEUE ((f)->queue)->settled->str, ==, expected)

/* ---- Tests ---- */

static void
test_package_1_carries_what_waits (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAlert *alert = raise_alert (f, 5, "Reversed-Domain-Name: org.example.refresh", oma_value_new_int (200));
  const OmaCommand *sent;

  alert->correlator = g_strdup ("upd-19");
  alert->source = g_strdup ("./Ops/Refresh");
  alert->target = g_strdup ("./Ops/Fast");
  alert->mark = g_strdup ("warning");
  raise_alert (f, 6, "com.example/Event", oma_value_new_string ("a<b"))->code = OMA_ALERT_CLIENT_EVENT;
  fixture_begin (f);
  fixture_assert_sent (f, HEAD "Alert ./Ops/Refresh int Reversed-Domain-Name: org.example.refresh '200' 1226\n"
                       "Alert ? chr com.example/Event 'a<b' 1224\nFinal\n");
  sent = f->sent->first_command->next->next;
  g_assert_cmpstr (sent->correlator, ==, "upd-19");
  g_assert_cmpstr (sent->items[0].target, ==, "./Ops/Fast");
  g_assert_cmpstr (sent->items[0].meta.mark, ==, "warning");
  g_assert_null (sent->next->correlator);
  g_assert_null (sent->next->items[0].meta.mark);
}

static void
test_octets_travel_as_base64_in_xml (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  raise_alert (f, 5, "t", oma_value_new (OMA_FORMAT_BIN, NULL, "\0\1", 2));
  fixture_begin (f);
  fixture_assert_sent (f, HEAD "Alert ? b64 t 'AAE=' 1226\nFinal\n");
}

static void
test_status_settles_each_alert (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  raise_alert (f, 5, "a", oma_value_new_int (1));
  raise_alert (f, 6, "b", oma_value_new_int (2));
  raise_alert (f, 7, "c", oma_value_new_int (3));
  fixture_begin (f);
  fixture_answer (f, 200, ALERT_STATUS ("1", "4", "500") ALERT_STATUS ("1", "3", "202") ALERT_STATUS ("1", "3", "415")
                  ALERT_STATUS ("1", "1", "200") ALERT_STATUS ("2", "5", "200"), TRUE);
  fixture_assert_done (f);
  assert_settled (f, "6=500 5=202 ");
}

static void
test_alert_in_progress_waits_for_its_status (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  raise_alert (f, 5, "a", oma_value_new_int (1));
  fixture_begin (f);
  fixture_answer (f, 200, ALERT_STATUS ("1", "3", "101") GET_MOTD, TRUE);
  assert_settled (f, "");
  fixture_answer (f, 200, ALERT_STATUS ("1", "3", "200"), TRUE);
  fixture_assert_done (f);
  assert_settled (f, "5=200 ");
}

static void
test_status_of_another_command_settles_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  raise_alert (f, 5, "a", oma_value_new_int (1));
  fixture_begin (f);
  fixture_answer (f, 200, "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>3</CmdRef><Cmd>Replace</Cmd>"
                  "<Data>200</Data></Status><Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>three</CmdRef>"
                  "<Cmd>Alert</Cmd><Data>200</Data></Status>", TRUE);
  fixture_assert_done (f);
  assert_settled (f, "");
}

static void
test_new_alert_goes_behind_the_answers_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  raise_alert (f, 5, "a", oma_value_new_int (1));
  fixture_answer (f, 200, GET_MOTD, TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\n" MOTD_ANSWER ("1") "Alert ? int a '1' 1226\nFinal\n");
  fixture_answer (f, 200, GET_MOTD, TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\n" MOTD_ANSWER ("2") "Final\n");
  fixture_answer (f, 200, ALERT_STATUS ("2", "4", "200"), TRUE);
  fixture_assert_done (f);
  assert_settled (f, "5=200 ");
}

static void
test_alert_waits_while_the_server_goes_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  raise_alert (f, 5, "a", oma_value_new_int (1));
  fixture_answer (f, 200, GET_MOTD "<Alert><CmdID>9</CmdID><Data>1222</Data></Alert>", FALSE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\n" MOTD_ANSWER ("1") "Status 1/9 Alert 200\nAlert 1222\n");
}

static void
test_session_at_its_end_is_not_prolonged (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  raise_alert (f, 5, "a", oma_value_new_int (1));
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
  assert_settled (f, "");
}

static void
test_challenge_sends_alerts_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("u"), g_strdup ("s"), NULL };
  raise_alert (f, 5, "a", oma_value_new_int (1));
  fixture_begin (f);
  fixture_answer_full (f, "", "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>"
                       "<Type xmlns='syncml:metinf'>syncml:auth-md5</Type><Format xmlns='syncml:metinf'>b64</Format>"
                       "<NextNonce xmlns='syncml:metinf'>AAEC</NextNonce></Meta></Chal><Data>407</Data></Status>"
                       ALERT_STATUS ("1", "3", "407") "<Final/>");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\n" HEAD "Alert ? int a '1' 1226\nFinal\n");
  assert_settled (f, "");
  fixture_answer (f, 212, ALERT_STATUS ("1", "3", "407") ALERT_STATUS ("2", "4", "200"), TRUE);
  fixture_assert_done (f);
  assert_settled (f, "5=200 ");
}

static void
test_full_message_leaves_the_rest_to_the_next (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *big = g_strnfill (700, 'x');
  guint n_alerts = 0;

  fixture_begin (f);
  raise_alert (f, 5, "a", oma_value_new_string (big));
  raise_alert (f, 6, "b", oma_value_new_string (big));
  fixture_answer_full (f, "<Meta><MaxMsgSize xmlns='syncml:metinf'>2000</MaxMsgSize></Meta>", GET_MOTD "<Final/>");
  g_assert_cmpuint (g_bytes_get_size (f->step->body), <=, 2000);
  g_assert_false (f->sent->final);
  fixture_answer (f, 200, ALERT_STATUS ("2", "4", "200") "<Alert><CmdID>3</CmdID><Data>1222</Data></Alert>", FALSE);
  assert_settled (f, "5=200 ");
  g_assert_true (f->sent->final);
  for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
    n_alerts += command->type == OMA_COMMAND_ALERT && strcmp (command->data, "1226") == 0;
  g_assert_cmpuint (n_alerts, ==, 1);
}

/* ---- Alerts in parts (DM Protocol 1.2, section 7) ---- */

#define SMALL "<Meta><MaxMsgSize xmlns='syncml:metinf'>1600</MaxMsgSize></Meta>"
#define SMALL_OBJECTS "<Meta><MaxMsgSize xmlns='syncml:metinf'>1600</MaxMsgSize>" \
                      "<MaxObjSize xmlns='syncml:metinf'>2999</MaxObjSize></Meta>"
#define NEXT "<Alert><CmdID>3</CmdID><Data>1222</Data></Alert>"

/* The alert in the last message, or %NULL. */
static const OmaCommand *
find_alert (Fixture *f)
{
  for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
    if (command->type == OMA_COMMAND_ALERT && strcmp (command->data, "1226") == 0)
      return command;
  return NULL;
}

static char *
make_text (gsize size)
{
  char *text = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    text[i] = "abcdefghijk&"[i % 12];
  text[size] = '\0';
  return text;
}

/* Raises alert 5 of 3,000 octets, of which the server takes 1,600 in a message. */
static void
begin_large (Fixture *f, const char *text)
{
  OmaAlert *alert;

  fixture_begin (f);
  alert = raise_alert (f, 5, "org.example.report", oma_value_new_string (text));
  alert->correlator = g_strdup ("upd-19");
  alert->source = g_strdup ("./Ops/Refresh");
  fixture_answer_full (f, SMALL, GET_MOTD "<Final/>");
}

/* Takes the part that the last message holds.  Returns: whether more follows. */
static gboolean
collect_part (Fixture *f, GString *got)
{
  const OmaCommand *alert = find_alert (f);
  gboolean first = got->len == 0;

  g_assert_nonnull (alert);
  g_assert_cmpuint (g_bytes_get_size (f->step->body), <=, 1600);
  g_assert_cmpstr (alert->correlator, ==, "upd-19");
  g_assert_cmpstr (alert->items[0].source, ==, "./Ops/Refresh");
  g_assert_cmpstr (alert->items[0].meta.type, ==, "org.example.report");
  g_assert_cmpstr (alert->items[0].meta.format, ==, "chr");
  g_assert_true (alert->items[0].meta.has_size == first);
  if (first)
    g_assert_cmpuint (alert->items[0].meta.size, ==, 3000);
  g_string_append_len (got, alert->items[0].data, alert->items[0].data_length);
  g_assert_true (f->sent->final == !alert->items[0].more_data);
  return alert->items[0].more_data;
}

static char *
status_of_alert (Fixture *f, const char *code)
{
  return g_strdup_printf (ALERT_STATUS ("%s", "%s", "%s"), f->sent->header.msg_id, find_alert (f)->cmd_id, code);
}

static void
answer_part (Fixture *f, const char *code, const char *more, gboolean final)
{
  g_autofree char *status = status_of_alert (f, code), *commands = g_strconcat (status, more, NULL);

  fixture_answer (f, 200, commands, final);
}

static void
test_alert_that_fits_no_message_goes_in_parts (Fixture *f, gconstpointer data)
{
  const char *next = data;
  g_autofree char *text = make_text (3000);
  g_autoptr(GString) got = g_string_new (NULL);
  guint parts = 1;

  begin_large (f, text);
  for (; collect_part (f, got); parts++)
    {
      assert_settled (f, "");
      answer_part (f, "213", next, FALSE);
    }
  g_assert_cmpuint (parts, >, 2);
  g_assert_cmpstr (got->str, ==, text);
  answer_part (f, "200", "", TRUE);
  fixture_assert_done (f);
  assert_settled (f, "5=200 ");
}

static void
test_octets_go_in_parts_as_base64 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *octets = g_malloc0 (3000);
  g_autoptr(GString) got = g_string_new (NULL);
  g_autofree guchar *decoded = NULL;
  const OmaCommand *alert;
  gsize size;

  fixture_begin (f);
  raise_alert (f, 5, "t", oma_value_new (OMA_FORMAT_BIN, NULL, octets, 3000));
  fixture_answer_full (f, SMALL, GET_MOTD "<Final/>");
  g_assert_cmpuint (find_alert (f)->items[0].meta.size, ==, 4000);
  for (;;)
    {
      alert = find_alert (f);
      g_assert_cmpstr (alert->items[0].meta.format, ==, "b64");
      g_string_append_len (got, alert->items[0].data, alert->items[0].data_length);
      if (!alert->items[0].more_data)
        break;
      answer_part (f, "213", NEXT, FALSE);
    }
  decoded = g_base64_decode (got->str, &size);
  g_assert_cmpmem (decoded, size, octets, 3000);
}

static void
test_alert_behind_one_in_parts_follows_its_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = make_text (3000), *last = NULL;
  g_autoptr(GString) got = g_string_new (NULL);
  const OmaCommand *alert;

  begin_large (f, text);
  raise_alert (f, 6, "later", oma_value_new_int (7));
  while (find_alert (f)->items[0].more_data)
    {
      collect_part (f, got);
      g_assert_null (find_alert (f)->next);
      answer_part (f, "213", NEXT, FALSE);
    }
  alert = find_alert (f);
  g_assert_nonnull (alert->next);
  g_assert_cmpstr (alert->next->items[0].meta.type, ==, "later");
  last = g_strdup_printf (ALERT_STATUS ("%s", "%s", "200") ALERT_STATUS ("%s", "%s", "202"), f->sent->header.msg_id,
                          alert->cmd_id, f->sent->header.msg_id, alert->next->cmd_id);
  fixture_answer (f, 200, last, TRUE);
  assert_settled (f, "5=200 6=202 ");
}

static void
test_refused_part_ends_the_alert (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = make_text (3000);
  g_autoptr(GString) got = g_string_new (NULL);

  begin_large (f, text);
  g_assert_true (collect_part (f, got));
  answer_part (f, "413", "", TRUE);
  assert_settled (f, "5=413 ");
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nFinal\n");
}

static void
test_no_end_of_data_leaves_the_alert_to_the_next_session (Fixture *f, gconstpointer data)
{
  const char *uri = data;
  g_autofree char *text = make_text (3000);
  g_autofree char *stop = g_strdup_printf ("<Alert><CmdID>4</CmdID><Data>1225</Data>%s%s%s</Alert>",
                                           uri != NULL ? "<Item><Source><LocURI>" : "", uri != NULL ? uri : "",
                                           uri != NULL ? "</LocURI></Source></Item>" : "");

  begin_large (f, text);
  fixture_answer (f, 200, stop, TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/4 Alert 200\nFinal\n");
  assert_settled (f, "");
  g_assert_cmpuint (FAKE_QUEUE (f->queue)->alerts->len, ==, 1);
}

static void
test_no_end_of_data_of_another_node_stops_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = make_text (3000);
  g_autoptr(GString) got = g_string_new (NULL);

  begin_large (f, text);
  g_assert_true (collect_part (f, got));
  fixture_answer (f, 200, "<Alert><CmdID>4</CmdID><Data>1225</Data><Item><Source><LocURI>./Vendor/Motd</LocURI>"
                  "</Source></Item></Alert>", TRUE);
  while (collect_part (f, got))
    answer_part (f, "213", NEXT, FALSE);
  g_assert_cmpstr (got->str, ==, text);
}

static void
test_challenge_sends_the_part_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = make_text (3000);
  g_autoptr(GString) got = g_string_new (NULL), again = g_string_new (NULL);

  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("u"), g_strdup ("s"), NULL };
  begin_large (f, text);
  g_assert_true (collect_part (f, got));
  answer_part (f, "213", NEXT, FALSE);
  g_string_assign (again, got->str);
  collect_part (f, again);
  fixture_answer_full (f, "", "<Status><CmdID>1</CmdID><MsgRef>3</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>"
                       "<Type xmlns='syncml:metinf'>syncml:auth-md5</Type><Format xmlns='syncml:metinf'>b64</Format>"
                       "<NextNonce xmlns='syncml:metinf'>AAEC</NextNonce></Meta></Chal><Data>407</Data></Status>"
                       "<Final/>");
  while (collect_part (f, got))
    answer_part (f, "213", NEXT, FALSE);
  g_assert_cmpstr (got->str, ==, text);
  answer_part (f, "200", "", TRUE);
  assert_settled (f, "5=200 ");
}

/* Results that themselves go in parts would stand between the parts of the alert. */
static void
test_alert_begins_anew_behind_large_results (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = make_text (3000), *note = g_strnfill (2500, 'n');
  g_autoptr(GString) got = g_string_new (NULL);

  fixture_set_value (f, "./Vendor/Motd", note);
  begin_large (f, text);
  while (find_alert (f) == NULL)
    fixture_answer (f, 200, NEXT, FALSE);
  g_assert_true (collect_part (f, got));
  answer_part (f, "213", GET_MOTD, TRUE);
  g_assert_null (find_alert (f));
  while (find_alert (f) == NULL)
    fixture_answer (f, 200, NEXT, FALSE);
  g_string_truncate (got, 0);
  while (collect_part (f, got))
    answer_part (f, "213", NEXT, FALSE);
  g_assert_cmpstr (got->str, ==, text);
}

static void
test_part_goes_along_while_the_server_goes_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = make_text (3000);
  g_autoptr(GString) got = g_string_new (NULL);
  const OmaCommand *alert;

  begin_large (f, text);
  g_assert_true (collect_part (f, got));
  answer_part (f, "213", GET_MOTD NEXT, FALSE);
  alert = find_alert (f);
  g_assert_nonnull (alert);
  g_assert_true (alert->items[0].more_data);
  g_assert_cmpmem (alert->items[0].data, alert->items[0].data_length, text + got->len, alert->items[0].data_length);
  g_assert_cmpstr (alert->next->data, ==, "1222");
}

static void
test_alert_larger_than_max_obj_size_is_given_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = make_text (3000);

  fixture_begin (f);
  raise_alert (f, 5, "a", oma_value_new_string (text));
  raise_alert (f, 6, "b", oma_value_new_int (1));
  fixture_answer_full (f, SMALL_OBJECTS, GET_MOTD "<Final/>");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\n" MOTD_ANSWER ("1") "Alert ? int b '1' 1226\nFinal\n");
  assert_settled (f, "5=413 ");
}

static void
test_abort_leaves_alerts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  fixture_begin (f);
  raise_alert (f, 5, "a", oma_value_new_int (1));
  fixture_abort (f);
  text = fixture_describe (f);
  g_assert_cmpstr (text, ==, "Alert 1223\nFinal\n");
}

static void
test_dm_1_1_has_no_alerts_and_drops_them_after_a_week (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->now = 365 * 24 * 3600;
  raise_alert (f, 5, "a", oma_value_new_int (1))->time = f->now - 7 * 24 * 3600 - 60;
  raise_alert (f, 6, "b", oma_value_new_int (1))->time = f->now - 7 * 24 * 3600 + 60;
  f->config.version = OMA_DM_1_1;
  fixture_begin (f);
  fixture_assert_sent (f, HEAD "Final\n");
  assert_settled (f, "5=406 ");
}

#define add_with(path, data, func) g_test_add ("/session/alerts/" path, Fixture, data, set_up, func, tear_down)
#define add(path, func) add_with (path, NULL, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("package-1-carries-what-waits", test_package_1_carries_what_waits);
  add ("octets-travel-as-base64-in-xml", test_octets_travel_as_base64_in_xml);
  add ("status-settles-each-alert", test_status_settles_each_alert);
  add ("alert-in-progress-waits-for-its-status", test_alert_in_progress_waits_for_its_status);
  add ("status-of-another-command-settles-nothing", test_status_of_another_command_settles_nothing);
  add ("new-alert-goes-behind-the-answers-once", test_new_alert_goes_behind_the_answers_once);
  add ("alert-waits-while-the-server-goes-on", test_alert_waits_while_the_server_goes_on);
  add ("session-at-its-end-is-not-prolonged", test_session_at_its_end_is_not_prolonged);
  add ("challenge-sends-alerts-again", test_challenge_sends_alerts_again);
  add ("full-message-leaves-the-rest-to-the-next", test_full_message_leaves_the_rest_to_the_next);
  add_with ("parts/alert-that-fits-no-message", NEXT, test_alert_that_fits_no_message_goes_in_parts);
  add_with ("parts/server-says-213-alone", "", test_alert_that_fits_no_message_goes_in_parts);
  add ("parts/octets-go-as-base64", test_octets_go_in_parts_as_base64);
  add ("parts/next-alert-follows-the-end", test_alert_behind_one_in_parts_follows_its_end);
  add ("parts/refused-part-ends-the-alert", test_refused_part_ends_the_alert);
  add_with ("parts/no-end-of-data", NULL, test_no_end_of_data_leaves_the_alert_to_the_next_session);
  add_with ("parts/no-end-of-data-of-its-node", "./Ops/Refresh",
            test_no_end_of_data_leaves_the_alert_to_the_next_session);
  add ("parts/no-end-of-data-of-another-node", test_no_end_of_data_of_another_node_stops_nothing);
  add ("parts/challenge-sends-the-part-again", test_challenge_sends_the_part_again);
  add ("parts/begins-anew-behind-large-results", test_alert_begins_anew_behind_large_results);
  add ("parts/goes-along-while-the-server-goes-on", test_part_goes_along_while_the_server_goes_on);
  add ("alert-larger-than-max-obj-size-is-given-up", test_alert_larger_than_max_obj_size_is_given_up);
  add ("abort-leaves-alerts", test_abort_leaves_alerts);
  add ("dm-1.1-has-no-alerts-and-drops-them-after-a-week", test_dm_1_1_has_no_alerts_and_drops_them_after_a_week);
  return g_test_run ();
}
