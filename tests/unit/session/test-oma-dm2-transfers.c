/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HGET, HPUT and HPOST: what goes between the tree and data repositories. */
#include "config.h"

#include "dm2-fixture.h"

#include "codec/oma-dm2-package.h"
#include "codec/oma-mo-data.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REPO "https://repo.example.org/d"
#define VENDOR "urn:ex:mo:vendor:1.0"
#define BOX "urn:ex:mo:box:1.0"
#define CONN "urn:ex:mo:conn:1.0"
#define SC(code) "{\"sc\":" code "}"
#define GET_HOSTNAME "[\"GET\",\"" VENDOR "//Net/Hostname\"]"
#define HOSTNAME "{\"sc\":200,\"MOData\":[{\"ClientURI\":\"" VENDOR "/Vendor/Net/Hostname\"," \
                 "\"MOData\":{\"Hostname\":\"edge\"}}]}"
#define MOTD(text) "[{\"ClientURI\":\"" VENDOR "/Vendor/Motd\",\"MOData\":{\"Motd\":\"" text "\"}}]"
#define HGET "[\"HGET\",\"" REPO "\"]"
#define HGET_TO(uri) "[\"HGET\",\"" REPO "\",\"" uri "\"]"
#define HPUT(uri) "[\"HPUT\",\"" REPO "\",\"" uri "\"]"

#define assert_motd(f, expected) \
  G_STMT_START { \
    g_autofree char *motd_ = fixture_get_value (&(f)->base, "./Vendor/Motd"); \
    g_assert_cmpstr (motd_, ==, expected); \
  } G_STMT_END

#define assert_box(f, name, expected) \
  g_assert_cmpstr (g_hash_table_lookup ((f)->base.boxes, name), ==, expected)

/* ---- HGET ---- */

static void
test_hget_asks_for_all_forms_of_data (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_object_size = 12345;
  dm2_begin (f, HGET);
  dm2_assert_transfer (f, "GET", REPO, "");
  g_assert_null (f->step->body);
  g_assert_cmpint (f->step->file, ==, -1);
  g_assert_nonnull (strstr (f->step->accept, OMA_MO_DATA_TYPE_JSON));
  g_assert_nonnull (strstr (f->step->accept, OMA_TNDS_TYPE_XML));
  g_assert_cmpuint (f->step->max_size, ==, 12345);
}

static void
test_hget_puts_data_where_they_say (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, HGET "," GET_HOSTNAME);
  dm2_give (f, 200, JSON_MO, MOTD ("new"));
  dm2_assert_sent (f, "{\"sc\":200,\"URI\":[\"" VENDOR "/Vendor/Motd\"]}," HOSTNAME);
  assert_motd (f, "new");
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->unanswered, ==, 1);
}

static void
test_hget_puts_data_where_the_command_says (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, HGET_TO (VENDOR "/Vendor/Motd"));
  dm2_give (f, 200, JSON_MO "; charset=utf-8", MOTD ("new"));
  dm2_assert_sent (f, SC ("200"));
  assert_motd (f, "new");
}

/* DM Protocol 2.0, HGET: it makes instances, whose names the client chooses. */
static void
test_hget_makes_an_instance (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, HGET);
  dm2_give (f, 200, JSON_MO, "[{\"ClientURI\":\"" CONN "//\",\"MOData\":{\"x\":{\"Ssid\":\"home\"}}}]");
  g_assert_true (g_str_has_prefix (f->body, "{\"Status\":[{\"sc\":200,\"URI\":[\"" CONN "/m"));
  dm2_answer (f, "[\"GET\",\"" CONN "//Ssid\"]");
  g_assert_nonnull (strstr (f->body, "{\"Ssid\":\"home\"}"));
}

static void
test_hget_of_several_objects_is_all_or_nothing (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "2");
  f->base.stuck = "b";
  dm2_begin (f, HGET "," GET_HOSTNAME);
  dm2_give (f, 200, JSON_MO, "[{\"ClientURI\":\"" BOX "/a/Value\",\"MOData\":{\"Value\":\"7\"}},"
            "{\"ClientURI\":\"" VENDOR "/Vendor/Motd\",\"MOData\":{\"Motd\":\"new\"}},"
            "{\"ClientURI\":\"" BOX "/b/Value\",\"MOData\":{\"Value\":\"8\"}}]");
  dm2_assert_sent (f, SC ("403") "," HOSTNAME);
  assert_box (f, "a", "1");
  assert_box (f, "b", "2");
  assert_motd (f, "hello");
}

static void
test_hget_of_tnds (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, HGET_TO (VENDOR "/Vendor/Motd"));
  dm2_give (f, 200, OMA_TNDS_TYPE_XML, "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Motd</NodeName>"
            "<RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>"
            "<Value>from XML</Value></Node></MgmtTree>");
  dm2_assert_sent (f, SC ("200"));
  assert_motd (f, "from XML");
}

static int
make_file (const char *text, gsize size)
{
  int fd = memfd_create ("answer", MFD_CLOEXEC);

  g_assert_cmpint (write (fd, text, size), ==, size);
  return fd;
}

static void
test_hget_of_something_large_comes_in_a_file (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *large = g_strnfill (300 * 1024, 'x');
  g_autofree char *text = g_strdup_printf (MOTD ("%s"), large);
  OmaDm2Reply reply = { .http_status = 200, .media_type = JSON_MO, .file = make_file (text, strlen (text)) };

  dm2_begin (f, HGET_TO (VENDOR "//Motd"));
  dm2_feed (f, &reply);
  close (reply.file);
  assert_motd (f, large);
  g_assert_cmpuint (f->base.spools, ==, 1);
  dm2_answer (f, HGET_TO (VENDOR "//Motd"));
  f->base.spool_failure = OMA_STATUS_DEVICE_FULL;
  reply.file = make_file (text, strlen (text));
  dm2_feed (f, &reply);
  close (reply.file);
  dm2_assert_sent (f, SC ("500"));
}

static void
test_hget_of_something_too_large_is_413 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_object_size = 20;
  dm2_begin (f, HGET_TO (VENDOR "//Motd") "," HGET_TO (VENDOR "//Motd"));
  dm2_give (f, 200, JSON_MO, MOTD ("new"));
  dm2_assert_transfer (f, "GET", REPO, "");
  dm2_feed (f, &(OmaDm2Reply) { .failure = OMA_STATUS_ENTITY_TOO_LARGE, .file = -1 });
  dm2_assert_sent (f, SC ("413") "," SC ("413"));
  assert_motd (f, "hello");
}

/* What the repository gives, and the status of the command. */
static void
test_hget_of_what_does_not_fit_is_415 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *type;
    const char *body;
  } cases[] = {
    { "text/html", MOTD ("new") },
    { NULL, MOTD ("new") },
    { JSON_MO, NULL },
    { JSON_MO, "" },
    { JSON_MO, "[]" },
    { JSON_MO, "{" },
    { JSON_MO, "7" },
    { JSON_MO, MOTD ("new") "x" },
    { JSON_MO, "[{\"MOData\":7}]" },
    { OMA_TNDS_TYPE_XML, "<MgmtTree>" },
    { JSON_MO, "[{\"ClientURI\":\"" VENDOR "/Vendor/\",\"MOData\":{\"Vendor\":{\"Motd\":{\"x\":\"y\"}}}}]" },
    { JSON_MO, "[{\"ClientURI\":\"" VENDOR "/Vendor/\",\"MOData\":{\"Vendor\":{\"Motd\":\"new\",\"Nix\":\"y\"}}}]" },
  };

  dm2_start (f);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      dm2_answer (f, HGET);
      dm2_give (f, 200, cases[i].type, cases[i].body);
      if (strstr (f->body, SC ("415")) == NULL)
        g_test_message ("case %" G_GSIZE_FORMAT ": %s", i, f->body);
      dm2_assert_sent (f, SC ("415"));
      assert_motd (f, "hello");
    }
}

static void
test_hget_without_the_right_is_403 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_set_acl (f, "./Vendor", "Get=*");
  dm2_begin (f, HGET_TO (VENDOR "//Motd") "," HGET);
  dm2_give (f, 200, JSON_MO, MOTD ("new"));
  dm2_give (f, 200, JSON_MO, MOTD ("new"));
  dm2_assert_sent (f, SC ("403") "," SC ("403"));
  assert_motd (f, "hello");
}

static void
test_hget_to_nowhere_asks_nobody (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, HGET_TO ("no uri"));
  dm2_assert_sent (f, SC ("400"));
}

/* ---- Failures of repositories ---- */

static void
test_failure_of_the_repository_is_that_of_the_command (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    guint       status;
    OmaStatus   failure;
    const char *sc;
  } cases[] = {
    { 400, 0, SC ("400") }, { 401, 0, SC ("401") }, { 404, 0, SC ("404") }, { 429, 0, SC ("429") },
    { 500, 0, SC ("500") }, { 503, 0, SC ("503") }, { 599, 0, SC ("599") }, { 304, 0, SC ("502") },
    { 101, 0, SC ("502") }, { 777, 0, SC ("502") }, { 0, OMA_STATUS_NONE, SC ("502") },
    { 0, OMA_STATUS_GATEWAY_TIMEOUT, SC ("504") }, { 0, OMA_STATUS_FORBIDDEN, SC ("403") },
  };
  const char *const commands[] = { HGET, HPUT (VENDOR "//Motd"), "[\"HPOST\",\"" REPO "\",\"" VENDOR "//Motd\"]" };

  f->config.max_packages = 100;
  dm2_start (f);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (commands); j++)
      {
        g_autofree char *expected = g_strdup_printf ("%s," HOSTNAME, cases[i].sc);
        g_autofree char *package = g_strdup_printf ("%s," GET_HOSTNAME, commands[j]);

        dm2_answer (f, package);
        dm2_feed (f, &(OmaDm2Reply) { .http_status = cases[i].status, .failure = cases[i].failure, .file = -1 });
        dm2_assert_sent (f, expected);
      }
}

/* ---- HPUT and HPOST ---- */

static void
test_hput_sends_what_is_named (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"HPUT\",\"" REPO "\",\"" VENDOR "//Motd\",\"" VENDOR "//Net/Hostname\"]");
  dm2_assert_transfer (f, "PUT", REPO, "[{\"ClientURI\":\"" VENDOR "/Vendor/Motd\",\"MOData\":{\"Motd\":\"hello\"}},"
                       "{\"ClientURI\":\"" VENDOR "/Vendor/Net/Hostname\",\"MOData\":{\"Hostname\":\"edge\"}}]");
  g_assert_cmpstr (f->step->media_type, ==, OMA_MO_DATA_TYPE_JSON);
  dm2_give (f, 201, NULL, NULL);
  dm2_assert_sent (f, SC ("200"));
}

static void
test_hpost_posts (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"HPOST\",\"" REPO "\",\"" VENDOR "//Motd\"]");
  dm2_assert_transfer (f, "POST", REPO, MOTD ("hello"));
  dm2_give (f, 204, NULL, NULL);
  dm2_assert_sent (f, SC ("200"));
}

static void
test_hput_of_what_cannot_be_read_asks_nobody (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_set_acl (f, "./Plug", "Exec=*&Get=other");
  dm2_begin (f, HPUT (VENDOR "//Nix") "," HPUT ("no uri") "," HPUT ("urn:ex:mo:plug:1.0//A"));
  dm2_assert_sent (f, SC ("404") "," SC ("400") "," SC ("403"));
}

static void
test_hput_of_something_large_goes_in_a_file (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *large = g_strnfill (300 * 1024, 'x');
  g_autofree char *expected = g_strdup_printf (MOTD ("%s"), large);

  fixture_set_value (&f->base, "./Vendor/Motd", large);
  dm2_begin (f, HPUT (VENDOR "//Motd"));
  g_assert_cmpint (f->step->file, >=, 0);
  g_assert_null (f->step->body);
  g_assert_cmpint (lseek (f->step->file, 0, SEEK_END), ==, strlen (expected));
  dm2_assert_transfer (f, "PUT", REPO, expected);
  f->base.spool_failure = OMA_STATUS_DEVICE_FULL;
  dm2_give (f, 200, NULL, NULL);
  dm2_answer (f, HPUT (VENDOR "//Motd"));
  dm2_assert_sent (f, SC ("500"));
}

static void
test_without_a_place_for_files_something_large_is_413 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *large = g_strnfill (300 * 1024, 'x');

  f->no_spool = TRUE;
  fixture_set_value (&f->base, "./Vendor/Motd", large);
  dm2_begin (f, HPUT (VENDOR "//Motd"));
  dm2_assert_sent (f, SC ("413"));
}

static void
test_hput_of_what_the_server_has_sends_nothing (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *command = NULL, *cv = NULL;
  const char *at;

  dm2_add_box (f, "a", "1");
  dm2_begin (f, HPUT (BOX "/a/"));
  at = strstr (f->body, "\"CV\":\"");
  g_assert_nonnull (at);
  cv = g_strndup (at + 6, strcspn (at + 6, "\""));
  command = g_strdup_printf ("[\"HPUT\",\"" REPO "\",\"" BOX "/a/?cv=%s\"]", cv);
  dm2_give (f, 200, NULL, NULL);
  dm2_answer (f, command);
  dm2_assert_sent (f, SC ("304"));
}

/* ---- Negotiation ---- */

static void
answer_accepting (Dm2Fixture *f, const char *accept, const char *commands)
{
  g_autofree char *body = g_strdup_printf ("{\"CMD\":[%s]}", commands);
  g_autoptr(GBytes) bytes = g_bytes_new (body, strlen (body));

  dm2_feed (f, &(OmaDm2Reply) { .http_status = 200, .media_type = OMA_DM2_TYPE_REQUEST, .accept = accept,
                                .body = bytes, .file = -1 });
}

/* DM Protocol 2.0, negotiation: OMADM-Accept of a package 2, and the type that data go out in, NULL: 406. */
static void
test_server_says_which_types_it_takes (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *accept;
    const char *type;
  } cases[] = {
    { "text/plain", NULL },
    { "", NULL },
    { OMA_MO_DATA_TYPE_JSON ";q=0", NULL },
    { OMA_MO_DATA_TYPE_JSON, OMA_MO_DATA_TYPE_JSON },
    { "APPLICATION/*", OMA_MO_DATA_TYPE_JSON },
    { "text/html, */*;q=0.1", OMA_MO_DATA_TYPE_JSON },
    { "application/json", "application/json" },
    { OMA_TNDS_TYPE_XML " ; q=0.9 , " OMA_MO_DATA_TYPE_JSON " ; q=0.5", OMA_TNDS_TYPE_XML },
    { "*/*, " OMA_MO_DATA_TYPE_JSON ";q=0", OMA_MO_DATA_TYPE_JSON_ONE },
    { OMA_TNDS_TYPE_WBXML, OMA_TNDS_TYPE_WBXML },
    { ",;,q", NULL },
    { OMA_MO_DATA_TYPE_JSON ";q=nan", NULL },
  };

  dm2_start (f);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      answer_accepting (f, cases[i].accept, HPUT (VENDOR "//Motd"));
      if (cases[i].type != NULL)
        {
          g_assert_cmpint (f->step->action, ==, OMA_DM2_TRANSFER);
          g_assert_cmpstr (f->step->media_type, ==, cases[i].type);
          dm2_give (f, 200, NULL, NULL);
          dm2_assert_sent (f, SC ("200"));
        }
      else
        dm2_assert_sent (f, SC ("406"));
    }
}

static void
test_types_hold_for_the_rest_of_the_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  answer_accepting (f, OMA_TNDS_TYPE_XML, GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME);
  dm2_answer (f, HPUT (VENDOR "//Motd"));
  g_assert_cmpstr (f->step->media_type, ==, OMA_TNDS_TYPE_XML);
  g_assert_nonnull (strstr (f->body, "<NodeName>Motd</NodeName>"));
}

/* A document of TNDS holds one. */
static void
test_several_objects_need_json (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  answer_accepting (f, OMA_TNDS_TYPE_XML, "[\"HPUT\",\"" REPO "\",\"" VENDOR "//Motd\",\"" VENDOR "//Net/Hostname\"]");
  dm2_assert_sent (f, SC ("406"));
}

static void
refuse_type (Dm2Fixture *f, const char *accept)
{
  dm2_feed (f, &(OmaDm2Reply) { .http_status = 415, .accept = accept, .file = -1 });
}

/* DM Protocol 2.0, negotiation: 415 with OMADM-Accept. */
static void
test_repository_gets_the_type_that_it_wants_once (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, HPUT (VENDOR "//Motd") "," HPUT (VENDOR "//Motd"));
  refuse_type (f, OMA_TNDS_TYPE_XML);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_TRANSFER);
  g_assert_cmpstr (f->step->method, ==, "PUT");
  g_assert_cmpstr (f->step->media_type, ==, OMA_TNDS_TYPE_XML);
  dm2_give (f, 200, NULL, NULL);
  g_assert_cmpstr (f->step->media_type, ==, OMA_MO_DATA_TYPE_JSON);
  refuse_type (f, OMA_TNDS_TYPE_XML);
  refuse_type (f, "application/json");
  dm2_assert_sent (f, SC ("200") "," SC ("415"));
}

static void
test_repository_that_takes_nothing_is_415 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, HPUT (VENDOR "//Motd") "," HPUT (VENDOR "//Motd") "," HPUT (VENDOR "//Motd") "," HGET);
  refuse_type (f, NULL);
  refuse_type (f, "text/plain");
  refuse_type (f, OMA_MO_DATA_TYPE_JSON);      /* which it has just refused */
  refuse_type (f, OMA_TNDS_TYPE_XML);
  dm2_assert_sent (f, SC ("415") "," SC ("415") "," SC ("415") "," SC ("415"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dm2_add ("hget/request", test_hget_asks_for_all_forms_of_data);
  dm2_add ("hget/parts-say-where", test_hget_puts_data_where_they_say);
  dm2_add ("hget/command-says-where", test_hget_puts_data_where_the_command_says);
  dm2_add ("hget/instance", test_hget_makes_an_instance);
  dm2_add ("hget/all-or-nothing", test_hget_of_several_objects_is_all_or_nothing);
  dm2_add ("hget/tnds", test_hget_of_tnds);
  dm2_add ("hget/file", test_hget_of_something_large_comes_in_a_file);
  dm2_add ("hget/too-large", test_hget_of_something_too_large_is_413);
  dm2_add ("hget/does-not-fit", test_hget_of_what_does_not_fit_is_415);
  dm2_add ("hget/no-right", test_hget_without_the_right_is_403);
  dm2_add ("hget/nowhere", test_hget_to_nowhere_asks_nobody);
  dm2_add ("repository/failures", test_failure_of_the_repository_is_that_of_the_command);
  dm2_add ("hput/sends", test_hput_sends_what_is_named);
  dm2_add ("hpost/posts", test_hpost_posts);
  dm2_add ("hput/unreadable", test_hput_of_what_cannot_be_read_asks_nobody);
  dm2_add ("hput/file", test_hput_of_something_large_goes_in_a_file);
  dm2_add ("hput/no-place", test_without_a_place_for_files_something_large_is_413);
  dm2_add ("hput/not-modified", test_hput_of_what_the_server_has_sends_nothing);
  dm2_add ("negotiation/types", test_server_says_which_types_it_takes);
  dm2_add ("negotiation/rest", test_types_hold_for_the_rest_of_the_session);
  dm2_add ("negotiation/several", test_several_objects_need_json);
  dm2_add ("negotiation/again", test_repository_gets_the_type_that_it_wants_once);
  dm2_add ("negotiation/nothing", test_repository_that_takes_nothing_is_415);
  return g_test_run ();
}
