/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-path.h"

#include <string.h>

static const struct {
  const char *name;
  const char *segment;
} vectors[] = {
  { "", "_" },
  { "a", "a" },
  { "DevInfo", "DevInfo" },
  { "1", "_31" },
  { "12", "_312" },
  { "a1", "a1" },
  { "_", "_5f" },
  { "a_b", "a_5fb" },
  { "a.b-c", "a_2eb_2dc" },
  { "a b", "a_20b" },
  { "\xc3\xbc", "_c3_bc" },
  { "./", "_2e_2f" },
};

static void
test_names_are_escaped_as_sd_bus_does (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *segment = oma_path_encode_name (vectors[i].name);
      g_autofree char *name = oma_path_decode_segment (vectors[i].segment, strlen (vectors[i].segment));

      g_assert_cmpstr (segment, ==, vectors[i].segment);
      g_assert_cmpstr (name, ==, vectors[i].name);
    }
}

static void
test_every_octet_comes_back (void)
{
  for (guint c = 1; c < 256; c++)
    {
      char text[3] = { 'x', (char) c, '\0' };
      g_autofree char *segment = oma_path_encode_name (text);
      g_autofree char *path = g_strconcat ("/", segment, NULL);
      g_autofree char *name = oma_path_decode_segment (segment, strlen (segment));

      g_assert_true (g_variant_is_object_path (path));
      g_assert_cmpstr (name, ==, text);
    }
}

static void
test_other_spellings_are_refused (void)
{
  static const char *const bad[] = {
    "1", "a_", "a_2", "_2E", "_61", "a_31", "_00", "a_zz", "__", "_5F", "",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_null (oma_path_decode_segment (bad[i], strlen (bad[i])));
    }
}

static void
test_paths_become_uris (void)
{
  static const struct {
    const char *path;
    const char *uri;
  } cases[] = {
    { "", "." },
    { "/DevInfo", "./DevInfo" },
    { "/DevInfo/DevId", "./DevInfo/DevId" },
    { "/a_20b/_c3_bc", "./a%20b/%C3%BC" },
    { "/A/_5f", "./A/_" },
    { "/_2e", NULL },          /* no node is named "." */
    { "/_2e_2e", NULL },
    { "/a_2fb", NULL },        /* nor can a name hold "/" */
    { "/_", NULL },            /* or be empty */
    { "/_ff", NULL },          /* or not be UTF-8 */
    { "/A/1", NULL },
    { "A", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *uri = oma_path_to_uri (cases[i].path);

      g_test_message ("%s", cases[i].path);
      g_assert_cmpstr (uri, ==, cases[i].uri);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/names-are-escaped-as-sd-bus-does", test_names_are_escaped_as_sd_bus_does);
  g_test_add_func ("/path/every-octet-comes-back", test_every_octet_comes_back);
  g_test_add_func ("/path/other-spellings-are-refused", test_other_spellings_are_refused);
  g_test_add_func ("/path/paths-become-uris", test_paths_become_uris);
  return g_test_run ();
}
