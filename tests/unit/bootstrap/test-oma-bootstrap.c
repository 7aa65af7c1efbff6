/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bootstrap/oma-bootstrap.h"

#include "base/oma-status.h"
#include "codec/oma-mo-data.h"

#include <string.h>

/* Parts of a document, each with a comma behind it; "TopSecret" in base64 is VG9wU2VjcmV0. */
#define HEAD "[{\"ClientURI\":\"urn:oma:mo:oma-dm-dmacc:1.2//\",\"MOData\":{\"dmacc\":{"
#define TAIL "\"Later\":\"\"}}}]"
#define SERVER "\"SrvID\":\"dm2.example.net\",\"SrvURI\":\"https://dm2.example.net/dm2\","
#define NAME "\"Name\":\"The fleet\","
#define PERM "\"Perm\":{\"1\":{\"MOID\":\"urn:ex:mo:net:1.0\"},\"x\":{\"MOID\":\"urn:ex:mo:b:1.0\",\"Y\":\"\"}},"
#define NOTI "\"Noti\":{\"Type\":1,\"Data\":\"ZGF0YQ==\",\"Secret\":\"VG9wU2VjcmV0\"},"
#define TRSP "\"Trsp\":{\"Data\":\"Y2VydA==\",\"Secret\":\"VG9wU2VjcmV0\"}"
#define AUTH "\"Auth\":{" NOTI TRSP "},"
#define BOOT "\"Bootstrap\":{\"ServerURI\":\"https://boot.example.net/\",\"SecMode\":\"Mg==\",\"ClientSecretKey\":\"VG9wU2VjcmV0\"}"
#define PUSH "\"Push\":{\"GCM\":{\"SenderID\":\"17\",\"RegURI\":\"https://p/\",\"UnRegURI\":\"https://q/\",\"RegParams\":\"\"}},"
#define EXTENSION "\"Ext\":{\"Omadm\":{\"CA\":\"PEM\",\"AllowHTTP\":\"true\"," \
  "\"HTTPAuth\":{\"Type\":\"HTTP-BASIC\",\"Name\":\"u\",\"Secret\":\"TopSecret\"}},\"Other\":{\"CA\":\"no\"}},"
#define ACCOUNT SERVER NAME PERM

static OmaBootstrap *
read_as (const char *media_type, const char *text, GError **error)
{
  return oma_bootstrap_read (media_type, text, strlen (text), error);
}

static OmaBootstrap *
read_text (const char *text)
{
  g_autoptr(GError) error = NULL;
  OmaBootstrap *bootstrap = read_as (OMA_MO_DATA_TYPE_JSON, text, &error);

  g_assert_no_error (error);
  return bootstrap;
}

static void
assert_bytes (GBytes *bytes, const char *text)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, strlen (text));
}

/* DM Protocol 2.0, bootstrap: a DM Account object and the list of objects wanted. */
static void
test_all_of_an_account_is_read (void)
{
  g_autoptr(OmaBootstrap) b = read_text (HEAD ACCOUNT "\"Auth\":{" NOTI TRSP "," BOOT "}," PUSH EXTENSION TAIL);

  g_assert_cmpstr (b->server_id, ==, "dm2.example.net");
  g_assert_cmpstr (b->server_uri, ==, "https://dm2.example.net/dm2");
  g_assert_cmpstr (b->name, ==, "The fleet");
  g_assert_cmpuint (g_strv_length (b->moids), ==, 2);
  g_assert_cmpstr (b->moids[0], ==, "urn:ex:mo:net:1.0");
  g_assert_cmpstr (b->moids[1], ==, "urn:ex:mo:b:1.0");
  assert_bytes (b->certificate, "cert");
  assert_bytes (b->key, "TopSecret");
  assert_bytes (b->notification_data, "data");
  assert_bytes (b->notification_secret, "TopSecret");
  g_assert_cmpstr (b->http_type, ==, "HTTP-BASIC");
  g_assert_cmpstr (b->http_user, ==, "u");
  g_assert_cmpstr (b->http_secret, ==, "TopSecret");
  g_assert_cmpstr (b->ca, ==, "PEM");
  g_assert_cmpuint (g_hash_table_size (b->others), ==, 7);
  assert_bytes (g_hash_table_lookup (b->others, "Push/GCM/SenderID"), "17");
  assert_bytes (g_hash_table_lookup (b->others, "Auth/Bootstrap/SecMode"), "2");
}

static void
test_what_may_be_left_out_may_be (void)
{
  g_autoptr(OmaBootstrap) b = read_text (HEAD ACCOUNT TAIL);
  g_autoptr(OmaBootstrap) empty = read_text (HEAD ACCOUNT "\"Auth\":{},\"Push\":{},\"Ext\":{}," TAIL);

  g_assert_null (b->certificate);
  g_assert_null (b->notification_secret);
  g_assert_null (b->http_type);
  g_assert_cmpuint (g_hash_table_size (b->others), ==, 0);
  g_assert_null (empty->key);
}

/* Also without "urn:", as an example of the specification has it, and with an instance, which the client chooses. */
static void
test_client_uri_names_the_object (void)
{
  static const char *const good[] = {
    "urn:oma:mo:oma-dm-dmacc:1.2", "urn:oma:mo:oma-dm-dmacc:1.2/", "urn:oma:mo:oma-dm-dmacc:1.2//",
    "urn:oma:mo:oma-dm-dmacc:1.2/a", "urn:oma:mo:oma-dm-dmacc:1.2/a/", "oma:mo:oma-dm-dmacc:1.2//",
  };
  static const char *const bad[] = {
    "urn:oma:mo:oma-dm-dmacc:1.0//", "urn:oma:mo:oma-dm-dmacc:1.2x//", "urn:oma:mo:oma-dm-dmacc:1.2/a/b",
    "urn:oma:mo:oma-dm-dmacc:1.2//SrvID", "urn:oma:mo:oma-dm-dmacc:1.2//?nv=(x)/a:b", "urn:ex:mo:net:1.0//", "",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good) + G_N_ELEMENTS (bad); i++)
    {
      gboolean is_good = i < G_N_ELEMENTS (good);
      g_autofree char *text = g_strdup_printf ("[{\"ClientURI\":\"%s\",\"MOData\":{\"x\":{" ACCOUNT TAIL,
                                               is_good ? good[i] : bad[i - G_N_ELEMENTS (good)]);
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaBootstrap) b = read_as (OMA_MO_DATA_TYPE_JSON, text, &error);

      if (is_good)
        g_assert_no_error (error);
      else
        g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST);
    }
}

static void
test_bad_documents_are_refused (void)
{
  static const struct {
    const char *text;
    const char *reason;     /* part of the message */
  } bad[] = {
    { "", "" },
    { "nonsense", "" },
    { "[]", "no object" },
    { "{}", "" },
    { "[{\"MOData\":{\"x\":{" ACCOUNT TAIL, "no DM Account" },
    { "[{\"ClientURI\":\"urn:oma:mo:oma-dm-dmacc:1.2//\",\"MOData\":{\"x\":\"leaf\"}}]", "no object" },
    { HEAD NAME PERM TAIL, "no SrvID" },
    { HEAD "\"SrvID\":\"s\"," NAME PERM TAIL, "no SrvURI" },
    { HEAD "\"SrvID\":\"\",\"SrvURI\":\"\"," NAME PERM TAIL, "empty" },
    { HEAD SERVER PERM TAIL, "no Name" },
    { HEAD SERVER NAME TAIL, "Perm" },
    { HEAD SERVER NAME "\"Perm\":{}," TAIL, "Perm" },
    { HEAD SERVER NAME "\"Perm\":{\"1\":{\"MOID\":\"\"}}," TAIL, "empty" },
    { HEAD SERVER NAME "\"Perm\":{\"1\":{\"MOID\":{\"a\":\"\"}}}," TAIL, "no leaf" },
    { HEAD ACCOUNT "\"SrvID\":\"other\"," TAIL, "" },
    { HEAD ACCOUNT "\"Auth\":{\"Noti\":{\"Type\":\"2\",\"Data\":\"ZGF0YQ==\",\"Secret\":\"VG9wU2VjcmV0\"}}," TAIL,
      "Auth/Noti/Type" },
    { HEAD ACCOUNT "\"Auth\":{\"Noti\":{\"Type\":\"1\",\"Data\":\"ZGF0YQ==\"}}," TAIL, "no Auth/Noti/Secret" },
    { HEAD ACCOUNT "\"Auth\":{\"Trsp\":{\"Data\":\"ZGF0YQ==\"}}," TAIL, "no Auth/Trsp/Secret" },
    { HEAD ACCOUNT "\"Auth\":{\"Trsp\":{\"Data\":\"ZGF0YQ==\",\"Secret\":\"TopSecret\\u00a3\"}}," TAIL, "no base64" },
    { HEAD ACCOUNT "\"Auth\":{\"Bootstrap\":{\"ServerURI\":\"u\"}}," TAIL, "no Auth/Bootstrap/SecMode" },
    { HEAD ACCOUNT "\"Push\":{\"GCM\":{\"SenderID\":\"1\"}}," TAIL, "no Push/GCM/RegURI" },
    { HEAD SERVER PERM "\"Name\":\"a\\u0000b\"," TAIL, "" },
    { HEAD SERVER PERM "\"Name\":{}," TAIL, "no leaf" },
    { HEAD ACCOUNT "\"Later\":\"\"}}},{\"ClientURI\":\"urn:oma:mo:oma-dm-dmacc:1.2//\",\"MOData\":{\"x\":{" ACCOUNT TAIL,
      "more than one" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;

      if (read_as (OMA_MO_DATA_TYPE_JSON, bad[i].text, &error) != NULL)
        g_error ("case %" G_GSIZE_FORMAT " was accepted", i);
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST);
      if (strstr (error->message, bad[i].reason) == NULL)
        g_error ("case %" G_GSIZE_FORMAT ": %s", i, error->message);
      g_assert_null (strstr (error->message, "TopSecret"));
    }
}

/* DM Protocol 2.0, serialization of MO data. */
static void
test_other_media_types_are_refused (void)
{
  static const char *const types[] = { NULL, "", "text/plain", "application/vnd.wap.connectivity-wbxml" };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (read_as (types[i], HEAD ACCOUNT TAIL, &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT);
    }
}

static void
test_documents_are_bounded (void)
{
  g_autofree char *blanks = g_strnfill (OMA_BOOTSTRAP_MAX_SIZE - strlen (HEAD ACCOUNT TAIL), ' ');
  g_autofree char *largest = g_strconcat (HEAD ACCOUNT TAIL, blanks, NULL);
  g_autofree char *larger = g_strconcat (largest, " ", NULL);
  g_autoptr(OmaBootstrap) b = read_text (largest);
  g_autoptr(GError) error = NULL;

  g_assert_null (read_as (OMA_MO_DATA_TYPE_JSON, larger, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST);
  g_assert_nonnull (strstr (error->message, "larger"));
}

#define LEAF(name, value) "<Node><NodeName>" name "</NodeName><Value>" value "</Value></Node>"
#define TNDS_HEAD(type) \
  "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>x</NodeName><RTProperties>" \
  "<Format><node/></Format><Type><DDFName>" type "</DDFName></Type></RTProperties>"
#define TNDS_BODY LEAF ("SrvID", "s") LEAF ("SrvURI", "https://s/") LEAF ("Name", "n") \
  "<Node><NodeName>Perm</NodeName><Node><NodeName>1</NodeName>" LEAF ("MOID", "urn:a") "</Node></Node>" \
  "<Node><NodeName>Auth</NodeName><Node><NodeName>Noti</NodeName>" LEAF ("Type", "1") LEAF ("Data", "ZGF0YQ==") \
  LEAF ("Secret", "VG9wU2VjcmV0") "</Node></Node></Node></MgmtTree>"

static void
test_tnds_says_the_same (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaBootstrap) b = read_as (OMA_TNDS_TYPE_XML, TNDS_HEAD (OMA_BOOTSTRAP_MOID) TNDS_BODY, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (b->server_id, ==, "s");
  g_assert_cmpstr (b->moids[0], ==, "urn:a");
  assert_bytes (b->notification_secret, "TopSecret");
  g_assert_null (read_as (OMA_TNDS_TYPE_XML, TNDS_HEAD ("urn:oma:mo:oma-dm-dmacc:1.0") TNDS_BODY, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bootstrap/all-of-an-account-is-read", test_all_of_an_account_is_read);
  g_test_add_func ("/bootstrap/what-may-be-left-out-may-be", test_what_may_be_left_out_may_be);
  g_test_add_func ("/bootstrap/client-uri-names-the-object", test_client_uri_names_the_object);
  g_test_add_func ("/bootstrap/bad-documents-are-refused", test_bad_documents_are_refused);
  g_test_add_func ("/bootstrap/other-media-types-are-refused", test_other_media_types_are_refused);
  g_test_add_func ("/bootstrap/documents-are-bounded", test_documents_are_bounded);
  g_test_add_func ("/bootstrap/tnds-says-the-same", test_tnds_says_the_same);
  return g_test_run ();
}
