/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-fallback.h"
#include "transport/oma-transport.h"

static gboolean
try_next (OmaDialect *dialect, GQuark domain, int code, guint http_status, gboolean *lasting)
{
  g_autoptr(GError) error = g_error_new_literal (domain, code, "x");

  return oma_fallback_next (dialect, error, http_status, lasting);
}

static void
assert_next (OmaDmVersion version, OmaEncoding encoding, GQuark domain, int code, guint http_status,
             OmaDmVersion next_version, OmaEncoding next_encoding)
{
  OmaDialect dialect = { version, encoding };
  gboolean lasting = FALSE;

  g_assert_true (try_next (&dialect, domain, code, http_status, &lasting));
  g_assert_cmpint (dialect.version, ==, next_version);
  g_assert_cmpint (dialect.encoding, ==, next_encoding);
  g_assert_cmpint (lasting, ==, http_status != 500);
}

static void
assert_end (OmaDmVersion version, OmaEncoding encoding, GQuark domain, int code, guint http_status)
{
  OmaDialect dialect = { version, encoding };
  gboolean lasting;

  g_assert_false (try_next (&dialect, domain, code, http_status, &lasting));
  g_assert_cmpint (dialect.version, ==, version);
  g_assert_cmpint (dialect.encoding, ==, encoding);
}

#define HTTP OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP
#define VERSION OMA_SESSION_ERROR, OMA_SESSION_ERROR_VERSION
#define NO_ANSWER OMA_SESSION_ERROR, OMA_SESSION_ERROR_NO_ANSWER

/* DM Protocol 1.2, MIME types: a server that cannot read WBXML gets XML */
static void
test_wbxml_becomes_xml_first (void)
{
  assert_next (OMA_DM_1_2, OMA_ENCODING_WBXML, HTTP, 415, OMA_DM_1_2, OMA_ENCODING_XML);
  assert_next (OMA_DM_1_2, OMA_ENCODING_WBXML, HTTP, 400, OMA_DM_1_2, OMA_ENCODING_XML);
  assert_next (OMA_DM_1_2, OMA_ENCODING_WBXML, HTTP, 500, OMA_DM_1_2, OMA_ENCODING_XML);
  assert_next (OMA_DM_1_1, OMA_ENCODING_WBXML, NO_ANSWER, 200, OMA_DM_1_1, OMA_ENCODING_XML);
}

static void
test_encoding_stays_when_the_server_read_it (void)
{
  assert_next (OMA_DM_1_3, OMA_ENCODING_WBXML, VERSION, 200, OMA_DM_1_2, OMA_ENCODING_WBXML);
}

static void
test_version_goes_down_one_by_one (void)
{
  assert_next (OMA_DM_1_3, OMA_ENCODING_XML, VERSION, 200, OMA_DM_1_2, OMA_ENCODING_XML);
  assert_next (OMA_DM_1_2, OMA_ENCODING_XML, HTTP, 415, OMA_DM_1_1, OMA_ENCODING_XML);
  assert_end (OMA_DM_1_1, OMA_ENCODING_XML, VERSION, 200);
  assert_end (OMA_DM_1_1, OMA_ENCODING_XML, HTTP, 400);
}

static void
test_other_failures_try_nothing (void)
{
  assert_end (OMA_DM_1_3, OMA_ENCODING_XML, NO_ANSWER, 200);
  assert_end (OMA_DM_1_3, OMA_ENCODING_WBXML, NO_ANSWER, 0);
  assert_end (OMA_DM_1_3, OMA_ENCODING_WBXML, HTTP, 404);
  assert_end (OMA_DM_1_3, OMA_ENCODING_WBXML, HTTP, 0);
  assert_end (OMA_DM_1_3, OMA_ENCODING_XML, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONNECT, 400);
  assert_end (OMA_DM_1_3, OMA_ENCODING_XML, OMA_SESSION_ERROR, OMA_SESSION_ERROR_CREDENTIALS, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fallback/wbxml-becomes-xml-first", test_wbxml_becomes_xml_first);
  g_test_add_func ("/fallback/encoding-stays-when-the-server-read-it", test_encoding_stays_when_the_server_read_it);
  g_test_add_func ("/fallback/version-goes-down-one-by-one", test_version_goes_down_one_by_one);
  g_test_add_func ("/fallback/other-failures-try-nothing", test_other_failures_try_nothing);
  return g_test_run ();
}
