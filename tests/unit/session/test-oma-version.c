/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-fixture.h"

#include "session/oma-version.h"

#include <string.h>

#define STATUS(ref, code) \
  "<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>" code "</Data></Status>"
#define REPLACE_MOTD \
  "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target><Data>x</Data></Item></Replace>"
#define GET(uri) "<Get><CmdID>2</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"

/* A message of a server that says it speaks @ver_dtd and @ver_proto. */
static void
feed (Fixture *f, const char *ver_dtd, const char *ver_proto, const char *body)
{
  g_autofree char *text = fixture_message (f, "", body);
  g_autoptr(GString) message = g_string_new (text);

  g_string_replace (message, "<VerDTD>1.2</VerDTD>", ver_dtd, 1);
  g_string_replace (message, "<VerProto>DM/1.2</VerProto>", ver_proto, 1);
  fixture_feed (f, message->str);
}

static void
feed_1_1 (Fixture *f, const char *body)
{
  feed (f, "<VerDTD>1.1</VerDTD>", "<VerProto>DM/1.1</VerProto>", body);
}

static void
assert_header (OmaDmVersion version, const char *ver_dtd, const char *ver_proto, const char *name)
{
  OmaHeader header = { 0 };
  OmaDmVersion parsed;

  oma_version_fill_header (version, &header);
  g_assert_cmpstr (header.ver_dtd, ==, ver_dtd);
  g_assert_cmpstr (header.ver_proto, ==, ver_proto);
  g_assert_cmpstr (oma_dm_version_to_name (version), ==, name);
  g_assert_true (oma_dm_version_from_name (name, &parsed));
  g_assert_cmpint (parsed, ==, version);
}

/* DM Representation Protocol 1.1.2 and 1.2, section 5.2 */
static void
test_header_values (void)
{
  OmaDmVersion version;

  assert_header (OMA_DM_1_1, "1.1", "DM/1.1", "1.1");
  assert_header (OMA_DM_1_2, "1.2", "DM/1.2", "1.2");
  assert_header (OMA_DM_1_3, "1.2", "DM/1.3", "1.3");
  g_assert_false (oma_dm_version_from_name ("1.0", &version));
  g_assert_true (oma_dm_version_from_name ("2.0", &version));      /* which has no SyncML */
  g_assert_cmpint (version, ==, OMA_DM_2_0);
  g_assert_false (oma_dm_version_from_name ("2.1", &version));
  g_assert_false (oma_dm_version_from_name ("", &version));
}

static OmaStatus
check (OmaDmVersion version, const char *ver_dtd, const char *ver_proto)
{
  const OmaHeader header = { .ver_dtd = ver_dtd, .ver_proto = ver_proto };

  return oma_version_check_header (version, &header);
}

/* SyncML Representation Protocol 1.2, section 10: 505 and 513 */
static void
test_header_is_judged (void)
{
  g_assert_cmpint (check (OMA_DM_1_2, "1.2", "DM/1.2"), ==, OMA_STATUS_OK);
  g_assert_cmpint (check (OMA_DM_1_2, "1.3", "DM/1.2"), ==, OMA_STATUS_OK);
  g_assert_cmpint (check (OMA_DM_1_2, "1.1", "dm/1.2"), ==, OMA_STATUS_OK);
  g_assert_cmpint (check (OMA_DM_1_2, NULL, NULL), ==, OMA_STATUS_OK);
  g_assert_cmpint (check (OMA_DM_1_3, "1.2", "DM/1.3"), ==, OMA_STATUS_OK);
  g_assert_cmpint (check (OMA_DM_1_2, "1.0", "DM/1.2"), ==, OMA_STATUS_DTD_NOT_SUPPORTED);
  g_assert_cmpint (check (OMA_DM_1_2, "2.0", "DM/1.2"), ==, OMA_STATUS_DTD_NOT_SUPPORTED);
  g_assert_cmpint (check (OMA_DM_1_2, "1.2", "DM/1.1"), ==, OMA_STATUS_PROTOCOL_NOT_SUPPORTED);
  g_assert_cmpint (check (OMA_DM_1_2, "1.2", "DM/1.3"), ==, OMA_STATUS_PROTOCOL_NOT_SUPPORTED);
  g_assert_cmpint (check (OMA_DM_1_1, "1.1", "DM/1.2"), ==, OMA_STATUS_PROTOCOL_NOT_SUPPORTED);
}

static void
test_account_decides_namespace (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *body;

  f->config.version = OMA_DM_1_1;
  fixture_begin (f);
  body = g_bytes_get_data (f->step->body, NULL);
  g_assert_nonnull (g_strstr_len (body, g_bytes_get_size (f->step->body), "SYNCML:SYNCML1.1"));
  g_assert_cmpstr (f->sent->header.ver_dtd, ==, "1.1");
  g_assert_cmpstr (f->sent->header.ver_proto, ==, "DM/1.1");
  feed_1_1 (f, STATUS ("1", "200") REPLACE_MOTD "<Final/>");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Vendor/Motd 200\nFinal\n");
  feed_1_1 (f, STATUS ("2", "200") "<Final/>");
  fixture_assert_done (f);
}

static void
test_refused_first_message_asks_for_lower_version (Fixture *f, gconstpointer data)
{
  g_autofree char *motd = NULL;

  f->config.version = OMA_DM_1_3;
  fixture_begin (f);
  feed (f, "<VerDTD>1.2</VerDTD>", "<VerProto>DM/1.2</VerProto>", data);
  fixture_assert_failed (f, OMA_SESSION_ERROR_VERSION);
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_refused_later_message_ends_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE_MOTD, TRUE);
  fixture_answer (f, 513, "", TRUE);
  fixture_assert_failed (f, OMA_SESSION_ERROR_REFUSED);
}

/* SyncML Representation Protocol 1.2, section 10: 513 to a message of another release */
static void
test_other_version_is_answered_513 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *sent = NULL, *motd = NULL;

  fixture_begin (f);
  fixture_answer (f, 200, GET ("./Vendor/Motd"), TRUE);
  feed_1_1 (f, STATUS ("2", "200") REPLACE_MOTD "<Final/>");
  fixture_assert_failed (f, OMA_SESSION_ERROR_REFUSED);
  sent = fixture_describe (f);
  g_assert_true (g_str_has_prefix (sent, "Status 2/0 SyncHdr 513\n"));
  g_assert_nonnull (strstr (sent, "Alert 1223"));
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_old_dtd_is_answered_505 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *sent = NULL;

  fixture_begin (f);
  feed (f, "<VerDTD>1.0</VerDTD>", "<VerProto>DM/1.2</VerProto>", STATUS ("1", "200") REPLACE_MOTD "<Final/>");
  fixture_assert_failed (f, OMA_SESSION_ERROR_VERSION);
  sent = fixture_describe (f);
  g_assert_true (g_str_has_prefix (sent, "Status 1/0 SyncHdr 505\n"));
}

static void
test_missing_values_are_ours (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  feed (f, "", "", STATUS ("1", "200") "<Final/>");
  fixture_assert_done (f);
}

static void
test_empty_first_answer_is_none (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_feed (f, NULL);
  fixture_assert_failed (f, OMA_SESSION_ERROR_NO_ANSWER);
}

static void
test_1_1_has_no_tnds (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *sent = NULL;

  f->config.version = OMA_DM_1_1;
  fixture_begin (f);
  feed_1_1 (f, STATUS ("1", "200") GET ("./Vendor?list=TNDS")
            "<Add><CmdID>3</CmdID><Meta><Type>application/vnd.syncml.dmtnds+xml</Type></Meta>"
            "<Item><Target><LocURI>./Vendor/Net/Conn/x</LocURI></Target><Data>&lt;MgmtTree/></Data></Item></Add><Final/>");
  sent = fixture_describe (f);
  g_assert_nonnull (strstr (sent, "Status 1/2 Get ./Vendor?list=TNDS 406\n"));
  g_assert_nonnull (strstr (sent, "Status 1/3 Add ./Vendor/Net/Conn/x 406\n"));
}

static void
test_1_1_atomic_with_tnds_does_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL, *sent = NULL;

  f->config.version = OMA_DM_1_1;
  fixture_begin (f);
  feed_1_1 (f, STATUS ("1", "200") "<Atomic><CmdID>5</CmdID>" REPLACE_MOTD
            "<Add><CmdID>3</CmdID><Meta><Type>application/vnd.syncml.dmtnds+xml</Type></Meta>"
            "<Item><Target><LocURI>./Vendor/Net/Conn/x</LocURI></Target><Data>y</Data></Item></Add></Atomic><Final/>");
  sent = fixture_describe (f);
  g_assert_nonnull (strstr (sent, "Status 1/5 Atomic 507\n"));
  g_assert_nonnull (strstr (sent, "Replace ./Vendor/Motd 215\n"));
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_1_1_has_no_correlator (void)
{
  OmaMessage *message = oma_message_new ();
  OmaCommand child = { .type = OMA_COMMAND_EXEC, .name = "Exec", .cmd_id = "2", .correlator = "c" };
  OmaCommand sequence = { .type = OMA_COMMAND_SEQUENCE, .name = "Sequence", .cmd_id = "1", .first_child = &child };
  g_autoptr(OmaBatch) batch = NULL;
  g_autoptr(OmaObjectIn) object = oma_object_in_new (NULL, 0, FALSE);

  message->first_command = message->last_command = &sequence;
  message->n_commands = 2;
  batch = oma_batch_new (message, object);
  oma_version_restrict (OMA_DM_1_2, batch);
  g_assert_cmpstr (child.correlator, ==, "c");
  oma_version_restrict (OMA_DM_1_1, batch);
  g_assert_null (child.correlator);
}

static void
test_1_1_has_no_generic_alerts (void)
{
  g_assert_false (oma_version_has_alert (OMA_DM_1_1, OMA_ALERT_GENERIC));
  g_assert_false (oma_version_has_alert (OMA_DM_1_1, OMA_ALERT_CLIENT_EVENT));
  g_assert_true (oma_version_has_alert (OMA_DM_1_1, 1201));
  g_assert_true (oma_version_has_alert (OMA_DM_1_2, OMA_ALERT_GENERIC));
  g_assert_true (oma_version_has_alert (OMA_DM_1_3, OMA_ALERT_CLIENT_EVENT));
}

/* DM 1.3: Status 217 "OK with inherited ACL"; before, such an ACL is empty */
static void
test_inherited_acl (Fixture *f, gconstpointer data)
{
  gboolean is_1_3 = GPOINTER_TO_INT (data);
  g_autofree char *sent = NULL;

  f->config.version = is_1_3 ? OMA_DM_1_3 : OMA_DM_1_2;
  fixture_begin (f);
  feed (f, "<VerDTD>1.2</VerDTD>", is_1_3 ? "<VerProto>DM/1.3</VerProto>" : "<VerProto>DM/1.2</VerProto>",
        STATUS ("1", "200") GET ("./Vendor/Motd?prop=ACL") "<Final/>");
  sent = fixture_describe (f);
  g_assert_nonnull (strstr (sent, is_1_3 ? "Get ./Vendor/Motd?prop=ACL 217\n" : "Get ./Vendor/Motd?prop=ACL 200\n"));
  g_assert_true ((strstr (sent, "Get=*") != NULL) == is_1_3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/version/header-values", test_header_values);
  g_test_add_func ("/version/header-is-judged", test_header_is_judged);
  fixture_add ("/version/account-decides-namespace", test_account_decides_namespace);
#define ADD(name, func, data) g_test_add ("/version/" name, Fixture, data, fixture_set_up, func, fixture_tear_down)
  ADD ("513-to-first-message-asks-for-lower-version", test_refused_first_message_asks_for_lower_version,
       STATUS ("1", "513") "<Final/>");
  ADD ("505-to-first-message-asks-for-lower-version", test_refused_first_message_asks_for_lower_version,
       STATUS ("1", "505") REPLACE_MOTD "<Final/>");
  ADD ("another-version-in-first-answer-asks-for-lower-version", test_refused_first_message_asks_for_lower_version,
       STATUS ("1", "200") REPLACE_MOTD "<Final/>");
  ADD ("refused-later-message-ends-the-session", test_refused_later_message_ends_the_session, NULL);
  ADD ("other-version-is-answered-513", test_other_version_is_answered_513, NULL);
  ADD ("old-dtd-is-answered-505", test_old_dtd_is_answered_505, NULL);
  ADD ("missing-values-are-ours", test_missing_values_are_ours, NULL);
  ADD ("empty-first-answer-is-none", test_empty_first_answer_is_none, NULL);
  ADD ("1.1-has-no-tnds", test_1_1_has_no_tnds, NULL);
  ADD ("1.1-atomic-with-tnds-does-nothing", test_1_1_atomic_with_tnds_does_nothing, NULL);
  g_test_add_func ("/version/1.1-has-no-correlator", test_1_1_has_no_correlator);
  g_test_add_func ("/version/1.1-has-no-generic-alerts", test_1_1_has_no_generic_alerts);
  ADD ("inherited-acl-is-told-in-1.3", test_inherited_acl, GINT_TO_POINTER (TRUE));
  ADD ("inherited-acl-is-empty-in-1.2", test_inherited_acl, GINT_TO_POINTER (FALSE));
#undef ADD
  return g_test_run ();
}
