/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Large objects in WBXML, where octets travel as they are: DM Protocol 1.2 (PROTO), section 7. */
#include "config.h"

#include "session-fixture.h"

#include <string.h>
#include <sys/mman.h>

#define TOTAL 100001
#define PART 6000

typedef struct {
  Fixture          fixture;
  OmaSession      *session;
  OmaSessionStep  *step;
  OmaMessage      *sent;
  guint            msg_id;
  guint8           octets[TOTAL];
} Wire;

static int
make_spool (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return memfd_create ("spool", MFD_CLOEXEC);
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Wire *wire = user_data;
  g_autoptr(GError) error = NULL;

  wire->step = oma_session_step_finish (wire->session, result, &error);
  g_assert_no_error (error);
}

static void
wait_for_step (Wire *wire)
{
  gsize size;
  gconstpointer body;
  g_autoptr(GError) error = NULL;

  while (wire->step == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (wire->step->error);
  g_assert_cmpstr (wire->step->media_type, ==, OMA_MEDIA_TYPE_WBXML);
  body = g_bytes_get_data (wire->step->body, &size);
  wire->sent = oma_codec_decode (OMA_ENCODING_WBXML, body, size, NULL, &error);
  g_assert_no_error (error);
}

static void
set_up (Wire *wire, gconstpointer data)
{
  fixture_set_up (&wire->fixture, data);
  wire->fixture.config.encoding = OMA_ENCODING_WBXML;
  wire->session = oma_session_new (wire->fixture.executor, &wire->fixture.config);
  oma_session_set_spool_func (wire->session, make_spool, NULL);
  for (gsize i = 0; i < TOTAL; i++)
    wire->octets[i] = (guint8) (i * 31 >> 3);
  oma_session_start_async (wire->session, NULL, step_cb, wire);
  wait_for_step (wire);
}

static void
clear_step (Wire *wire)
{
  g_clear_pointer (&wire->sent, oma_message_free);
  g_clear_pointer (&wire->step, oma_session_step_free);
}

static void
tear_down (Wire *wire, gconstpointer data)
{
  clear_step (wire);
  oma_session_free (wire->session);
  fixture_tear_down (&wire->fixture, data);
}

static void
feed (Wire *wire, const OmaCommand *command, guint max_msg_size, gboolean final)
{
  g_autofree char *msg_id = g_strdup_printf ("%u", ++wire->msg_id);
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_WBXML);
  g_autoptr(GBytes) body = NULL;
  OmaHeader header = {
    .ver_dtd = "1.2", .ver_proto = "DM/1.2", .session_id = "63", .msg_id = msg_id, .target = "urn:dev:1",
    .source = "https://dm.example.org/s", .meta.max_msg_size = max_msg_size,
  };

  oma_encoder_header (encoder, &header);
  oma_encoder_command (encoder, command);
  body = oma_encoder_finish (encoder, final);
  clear_step (wire);
  oma_session_feed_async (wire->session, body, OMA_MEDIA_TYPE_WBXML, NULL, NULL, step_cb, wire);
  wait_for_step (wire);
}

static void
send_object (Wire *wire, const char *uri, const char *format, const char *octets, gsize total)
{
  for (gsize done = 0; done < total; done += PART)
    {
      OmaItem item = { .target = uri, .meta.format = format, .kind = OMA_DATA_OCTETS };
      OmaCommand replace = { .type = OMA_COMMAND_REPLACE, .name = "Replace", .cmd_id = "2", .items = &item, .n_items = 1 };

      item.data = octets + done;
      item.data_length = MIN (PART, total - done);
      item.more_data = done + PART < total;
      item.meta.has_size = done == 0;
      item.meta.size = total;
      feed (wire, &replace, 0, !item.more_data);
      g_assert_cmpstr (wire->sent->first_command->next->data, ==, item.more_data ? "213" : "200");
      g_assert_cmpint (wire->sent->final, ==, !item.more_data);
    }
}

/* Returns: (transfer full): all that the Results hold. */
static GString *
get_object (Wire *wire, const char *uri, guint64 *size)
{
  OmaItem item = { .target = uri };
  OmaCommand get = { .type = OMA_COMMAND_GET, .name = "Get", .cmd_id = "2", .items = &item, .n_items = 1 };
  OmaCommand next = { .type = OMA_COMMAND_ALERT, .name = "Alert", .cmd_id = "2", .data = "1222" };
  GString *all = g_string_new (NULL);

  feed (wire, &get, 4000, TRUE);
  for (;;)
    {
      const OmaItem *part = wire->sent->last_command->items;

      g_assert_cmpuint (g_bytes_get_size (wire->step->body), <=, 4000);
      g_assert_cmpstr (wire->sent->last_command->name, ==, "Results");
      g_assert_cmpint (part->meta.has_size, ==, all->len == 0);
      if (all->len == 0)
        *size = part->meta.size;
      if (strcmp (uri, "./Vendor/Motd") == 0)
        g_assert_true (g_utf8_validate_len (part->data, part->data_length, NULL));
      g_string_append_len (all, part->data, part->data_length);
      g_assert_cmpint (part->more_data, ==, !wire->sent->final);
      if (wire->sent->final)
        return all;
      feed (wire, &next, 0, FALSE);
    }
}

static void
test_octets_travel_as_they_are (Wire *wire, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) all = NULL;
  guint64 size;

  send_object (wire, "./Vendor/Blob", "bin", (const char *) wire->octets, TOTAL);
  all = get_object (wire, "./Vendor/Blob", &size);
  g_assert_cmpuint (size, ==, TOTAL);
  g_assert_cmpmem (all->str, all->len, wire->octets, TOTAL);
}

static void
test_base64_text_is_decoded_here_too (Wire *wire, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = g_base64_encode (wire->octets, TOTAL);
  g_autoptr(GString) all = NULL;
  guint64 size;

  send_object (wire, "./Vendor/Blob", "b64", text, strlen (text));
  all = get_object (wire, "./Vendor/Blob", &size);
  g_assert_cmpmem (all->str, all->len, wire->octets, TOTAL);
}

static void
test_text_is_cut_between_characters (Wire *wire, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GString) all = NULL;
  guint64 size;

  while (text->len < 20000)
    g_string_append (text, "\342\202\254");
  /* In octets a server may cut where it likes. */
  send_object (wire, "./Vendor/Motd", "chr", text->str, text->len);
  all = get_object (wire, "./Vendor/Motd", &size);
  g_assert_cmpuint (size, ==, text->len);
  g_assert_cmpstr (all->str, ==, text->str);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/object-wbxml/7/" name, Wire, NULL, set_up, func, tear_down)
  TEST ("octets-travel-as-they-are", test_octets_travel_as_they_are);
  TEST ("base64-text-is-decoded-here-too", test_base64_text_is_decoded_here_too);
  TEST ("text-is-cut-between-characters", test_text_is_cut_between_characters);
  return g_test_run ();
}
