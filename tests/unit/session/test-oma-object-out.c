/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results that do not fit into one message: DM Protocol 1.2 (PROTO), sections 6 and 7. */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define GET(id, uri) "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define MAX_SIZE(n) "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">" n "</MaxMsgSize></Meta>"
#define NEXT_MESSAGE "<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>"
#define PART_TAKEN "<Status><CmdID>91</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Results</Cmd>" \
                   "<Data>213</Data></Status>"

/* What came, all parts put together. */
typedef struct {
  GString *data;         /* of the object that is open, or was last */
  GString *statuses;     /* "4/413 " */
  guint64  size;
  guint    n_parts;
  guint    n_objects;
  guint    n_items;
  guint    n_messages;
  gboolean open;
} Received;

static void
received_clear (Received *received)
{
  g_string_free (received->data, TRUE);
  g_string_free (received->statuses, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Received, received_clear)

static void
take_item (Received *received, const OmaItem *item)
{
  received->n_items++;
  if (!received->open)
    g_string_truncate (received->data, 0);
  g_string_append_len (received->data, item->data, item->data_length);
  g_assert_true (g_utf8_validate_len (item->data, item->data_length, NULL));
  if (item->more_data || received->open)
    {
      received->n_parts++;
      g_assert_cmpint (item->meta.has_size, ==, !received->open);
      if (item->meta.has_size)
        received->size = item->meta.size;
      g_assert_cmpuint (item->data_length, >, 0);
    }
  if (received->open && !item->more_data)
    {
      g_assert_cmpuint (received->data->len, ==, received->size);
      received->n_objects++;
    }
  received->open = item->more_data;
}

static void
take_message (Fixture *f, Received *received, const char *get_ref)
{
  gboolean was_open = received->open;
  guint results = 0;

  received->n_messages++;
  for (const OmaCommand *command = f->sent->first_command; command != NULL; command = command->next)
    {
      if (command->type == OMA_COMMAND_RESULTS)
        {
          /* Nothing new stands between the parts. */
          g_assert_true (results++ > 0 || !was_open || command->items[0].data != NULL);
          if (get_ref != NULL)
            g_assert_cmpstr (command->cmd_ref, ==, get_ref);
          g_assert_cmpstr (command->msg_ref, ==, "1");
          for (guint i = 0; i < command->n_items; i++)
            {
              g_assert_true (!received->open || i == 0);
              take_item (received, &command->items[i]);
            }
        }
      else if (command->type == OMA_COMMAND_STATUS && g_strcmp0 (command->msg_ref, "1") == 0 &&
               strcmp (command->cmd_ref, "0") != 0)
        {
          g_assert_false (received->open);
          g_string_append_printf (received->statuses, "%s/%s ", command->cmd_ref, command->data);
        }
    }
  g_assert_cmpint (f->sent->final && received->open, ==, FALSE);
}

/* Takes messages until the one with Final, each asked for with @request. */
static void
collect (Fixture *f, Received *received, const char *request, gsize limit, const char *get_ref)
{
  received->data = g_string_new (NULL);
  received->statuses = g_string_new (NULL);
  for (;;)
    {
      g_assert_no_error (f->step->error);
      g_assert_cmpuint (g_bytes_get_size (f->step->body), <=, limit);
      take_message (f, received, get_ref);
      if (f->sent->final)
        return;
      g_assert_cmpuint (received->n_messages, <, 2000);
      fixture_answer (f, 200, request, FALSE);
    }
}

static void
test_results_are_cut (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const requests[] = { NEXT_MESSAGE, PART_TAKEN, PART_TAKEN NEXT_MESSAGE };
  g_autoptr(GString) value = g_string_new (NULL);

  for (guint i = 0; value->len < 20000; i++)
    g_string_append_printf (value, "%u,", i);
  fixture_set_value (f, "./Vendor/Motd", value->str);
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_auto(Received) received = { 0 };

      f->server_msg_id = 0;
      f->config.max_messages = 5;      /* parts are not counted */
      fixture_begin (f);
      fixture_answer_full (f, MAX_SIZE ("2000"), GET ("2", "./Vendor/Motd") "<Final/>");
      collect (f, &received, requests[i], 2000, "2");
      g_assert_cmpstr (received.data->str, ==, value->str);
      g_assert_cmpuint (received.n_objects, ==, 1);
      g_assert_cmpuint (received.n_messages, <, 25);       /* they are well filled */
      g_assert_cmpstr (received.statuses->str, ==, "2/200 ");
      fixture_answer (f, 200, "", TRUE);
      fixture_assert_done (f);
    }
}

static void
test_cuts_are_between_characters (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const texts[] = { "&", "<\303\274", "\303\274", "\342\202\254x", "\360\237\230\200", "a\r\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GString) value = g_string_new (NULL);
      g_auto(Received) received = { 0 };

      while (value->len < 4000)
        g_string_append (value, texts[i]);
      f->server_msg_id = 0;
      fixture_set_value (f, "./Vendor/Motd", value->str);
      fixture_begin (f);
      fixture_answer_full (f, MAX_SIZE ("1200"), GET ("2", "./Vendor/Motd") "<Final/>");
      collect (f, &received, NEXT_MESSAGE, 1200, "2");
      g_assert_cmpstr (received.data->str, ==, value->str);
      g_assert_cmpuint (received.n_parts, >, 4);
    }
}

#define MAX_OCTETS 5002

static void
set_octets (Fixture *f, gsize size)
{
  guchar octets[MAX_OCTETS];
  g_autofree char *text = NULL, *command = NULL;

  g_assert_cmpuint (size, <=, sizeof octets);
  for (gsize i = 0; i < sizeof octets; i++)
    octets[i] = (guchar) (i * 7);
  text = g_base64_encode (octets, size);
  command = g_strdup_printf ("<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Blob</LocURI></Target><Meta><Format "
                             "xmlns=\"syncml:metinf\">b64</Format></Meta><Data>%s</Data></Item></Replace>"
                             GET ("3", "./Vendor/Blob") "<Final/>", text);
  fixture_answer_full (f, MAX_SIZE ("1500"), command);
}

static void
test_octets_go_as_base64 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize size = MAX_OCTETS - 2; size <= MAX_OCTETS; size++)
    {
      g_auto(Received) received = { 0 };
      g_autofree guchar *octets = NULL;
      gsize length;

      f->server_msg_id = 0;
      fixture_begin (f);
      set_octets (f, size);
      collect (f, &received, NEXT_MESSAGE, 1500, "3");
      g_assert_cmpuint (received.size, ==, (size + 2) / 3 * 4);
      octets = g_base64_decode (received.data->str, &length);
      g_assert_cmpuint (length, ==, size);
      for (gsize i = 0; i < size; i++)
        g_assert_cmpuint (octets[i], ==, (guchar) (i * 7));
    }
}

/* Begins to send ./Vendor/Motd and has the server say @answer to the first part. */
static void
answer_first_part (Fixture *f, const char *answer)
{
  g_autofree char *value = g_strnfill (5000, 'x');

  fixture_set_value (f, "./Vendor/Motd", value);
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1500"), GET ("2", "./Vendor/Motd") GET ("3", "./DevInfo/Mod") "<Final/>");
  g_assert_true (f->sent->last_command->items[0].more_data);
  g_assert_false (f->sent->final);
  fixture_answer (f, 200, answer, TRUE);
}

static void
test_server_that_refuses_a_part_gets_no_more (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  answer_first_part (f, "<Status><CmdID>91</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Results</Cmd>"
                     "<Data>424</Data></Status>");
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 1/3 Get ./DevInfo/Mod 200\n"
                       "Results 1/3 ./DevInfo/Mod chr 'Edge-7'\nFinal\n");
}

static void
test_alert_1225_of_the_server_stops_the_object (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  answer_first_part (f, "<Alert><CmdID>91</CmdID><Data>1225</Data><Item><Source><LocURI>./Vendor/Motd</LocURI></Source>"
                     "</Item></Alert>");
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 1/3 Get ./DevInfo/Mod 200\n"
                       "Results 1/3 ./DevInfo/Mod chr 'Edge-7'\nStatus 2/91 Alert 200\nFinal\n");
}

static void
test_alert_1225_for_another_object_stops_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  answer_first_part (f, "<Alert><CmdID>91</CmdID><Data>1225</Data><Item><Source><LocURI>./Vendor/Note</LocURI></Source>"
                     "</Item></Alert>");
  g_assert_cmpint (f->sent->first_command->next->type, ==, OMA_COMMAND_RESULTS);
}

static void
test_new_command_waits_for_the_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;
  guint parts = 1;

  answer_first_part (f, GET ("7", "./DevInfo/Man"));
  while (!f->sent->final)
    {
      text = fixture_describe (f);
      g_assert_null (strstr (text, "2/7"));
      g_clear_pointer (&text, g_free);
      parts++;
      fixture_answer (f, 200, NEXT_MESSAGE, FALSE);
    }
  text = fixture_describe (f);
  g_assert_nonnull (strstr (text, "Status 2/7 Get ./DevInfo/Man 200\n"));
  g_assert_cmpuint (parts, >, 2);
}

#define CHALLENGE "<Status><CmdID>1</CmdID><MsgRef>%s</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>" \
  "<Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type>" \
  "<NextNonce xmlns=\"syncml:metinf\">Tm9uY2U=</NextNonce></Meta></Chal><Data>401</Data></Status>"

static void
test_part_that_was_not_taken_goes_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *value = g_strnfill (3000, 'x'), *first = NULL, *second = NULL;
  g_autofree char *body = NULL;

  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("dev-0001"), g_strdup ("s3cret"), NULL };
  fixture_set_value (f, "./Vendor/Motd", value);
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1500"), GET ("2", "./Vendor/Motd") "<Final/>");
  fixture_answer (f, 200, NEXT_MESSAGE, FALSE);
  first = g_strndup (f->sent->last_command->items[0].data, f->sent->last_command->items[0].data_length);
  body = g_strdup_printf (CHALLENGE, f->sent->header.msg_id);
  fixture_answer_full (f, "", body);
  g_assert_no_error (f->step->error);
  second = g_strndup (f->sent->last_command->items[0].data, f->sent->last_command->items[0].data_length);
  g_assert_cmpstr (f->sent->last_command->name, ==, "Results");
  g_assert_false (f->sent->last_command->items[0].meta.has_size);
  g_assert_true (g_str_has_prefix (first, second));         /* there is less room beside credentials */
}

static void
test_list_goes_in_several_messages (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *value = g_strnfill (4000, 'n');
  g_auto(Received) received = { 0 };

  fixture_set_value (f, "./Vendor/Motd", value);
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1500"), GET ("2", "./Vendor?list=StructData") "<Final/>");
  collect (f, &received, NEXT_MESSAGE, 1500, "2");
  g_assert_cmpuint (received.n_objects, ==, 1);
  g_assert_cmpuint (received.size, ==, 4000);
  /* Vendor, Net, Hostname, Conn, Motd, Blob, Note */
  g_assert_cmpuint (received.n_items - received.n_parts, ==, 6);
  g_assert_cmpuint (received.n_messages, >, 3);
}

static void
test_object_above_the_servers_size_is_413 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *value = g_strnfill (3001, 'x');
  static const char meta[] = "<Meta><MaxObjSize xmlns=\"syncml:metinf\">3000</MaxObjSize></Meta>";

  /* Also where it would fit into a message; and it holds until another size is announced. */
  fixture_set_value (f, "./Vendor/Motd", value);
  fixture_begin (f);
  fixture_answer_full (f, meta, GET ("2", "./Vendor/Motd") "<Final/>");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Get ./Vendor/Motd 413\nFinal\n");
  fixture_answer (f, 200, GET ("2", "./Vendor?list=StructData"), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Get ./Vendor?list=StructData 413\nFinal\n");
}

static void
test_tiny_size_still_makes_progress (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *value = g_strnfill (200, 'x');
  g_auto(Received) received = { 0 };

  fixture_set_value (f, "./Vendor/Motd", value);
  fixture_begin (f);
  fixture_answer_full (f, MAX_SIZE ("1"), GET ("2", "./Vendor/Motd") "<Final/>");
  collect (f, &received, NEXT_MESSAGE, 2000, "2");
  g_assert_cmpstr (received.data->str, ==, value);
}

#define add(name, func) fixture_add ("/object-out/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("7/results-are-cut", test_results_are_cut);
  add ("7/cuts-are-between-characters", test_cuts_are_between_characters);
  add ("7/octets-go-as-base64", test_octets_go_as_base64);
  add ("7/server-that-refuses-a-part-gets-no-more", test_server_that_refuses_a_part_gets_no_more);
  add ("7/alert-1225-of-the-server-stops-the-object", test_alert_1225_of_the_server_stops_the_object);
  add ("7/alert-1225-for-another-object-stops-nothing", test_alert_1225_for_another_object_stops_nothing);
  add ("7/new-command-waits-for-the-end", test_new_command_waits_for_the_end);
  add ("7/part-that-was-not-taken-goes-again", test_part_that_was_not_taken_goes_again);
  add ("6/list-goes-in-several-messages", test_list_goes_in_several_messages);
  add ("7/object-above-the-servers-size-is-413", test_object_above_the_servers_size_is_413);
  add ("6/tiny-size-still-makes-progress", test_tiny_size_still_makes_progress);
  return g_test_run ();
}
