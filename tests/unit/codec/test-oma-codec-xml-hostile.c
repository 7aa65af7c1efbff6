/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"

static void
assert_limit (const char *xml, gsize size, OmaCodecLimits limits)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode (OMA_ENCODING_XML, xml, size, &limits, &error);

  g_assert_null (message);
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
}

static GString *
message_start (void)
{
  return g_string_new ("<SyncML xmlns=\"SYNCML:SYNCML1.2\">" HEADER "<SyncBody>");
}

static void
message_end (GString *xml)
{
  g_string_append (xml, "</SyncBody></SyncML>");
}

static void
append_repeated (GString *xml, const char *text, guint n)
{
  for (guint i = 0; i < n; i++)
    g_string_append (xml, text);
}

static void
test_what_is_no_message_is_malformed (void)
{
  static const char *const messages[] = {
    " ", "hello", "<", "<a/>", "<SyncML/>", "<SyncML><SyncHdr/></SyncML>", "<SyncML><SyncBody/></SyncML>",
    "<SyncHdr/>", "<SyncML><SyncHdr/><SyncHdr/><SyncBody/></SyncML>",
    "<SyncML><SyncHdr/><SyncBody/><SyncBody/></SyncML>",
    "<SyncML xmlns='urn:other'><SyncHdr/><SyncBody/></SyncML>",
    "<x><SyncML><SyncHdr/><SyncBody/></SyncML></x>",
    "{\"json\": true}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    assert_refused (messages[i], OMA_CODEC_ERROR_MALFORMED);
}

/* libxml2 quotes what it takes for a name: a password in which & or < was not escaped. */
static void
test_what_is_not_well_formed_is_not_quoted (void)
{
  static const char *const messages[] = {
    MESSAGE ("<Add><Item><Data>pass&S3CRET;word</Data></Item></Add>"), MESSAGE ("<Add><Item><Data>a<S3CRET</Data></Item></Add>"),
    MESSAGE ("<Add><Item><Data>a<S3CRET </Data></Item></Add>"), MESSAGE ("<Add><Item><Data>a<b S3CRET</Data></Item></Add>"),
    MESSAGE ("<Add><Item><Data>a<S3CRET:b></Data></Item></Add>"), MESSAGE ("<Add><Item><Data></S3CRET></Item></Add>"),
    MESSAGE ("<Add><Item><Data>S3CRET\xe4\x53\x33\x43</Data></Item></Add>"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaMessage) message = oma_codec_decode (OMA_ENCODING_XML, messages[i], strlen (messages[i]), NULL, &error);

      g_assert_null (message);
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
      if (strstr (error->message, "S3C") != NULL || strstr (error->message, "0x53") != NULL)
        g_test_fail_printf ("The message is quoted: %s", error->message);
    }
}

static void
test_what_is_not_well_formed_is_malformed (void)
{
  static const char *const messages[] = {
    MESSAGE ("<Get>"), MESSAGE ("</Get>"), MESSAGE ("<Get>"
             "</Add>"), MESSAGE ("<Get a=1/>"), MESSAGE ("<Get a='1' a='2'/>"),
    MESSAGE ("<Get a='<'/>"), MESSAGE ("&"), MESSAGE ("&lt"), MESSAGE ("&#0;"), MESSAGE ("&#x1;"), MESSAGE ("&#xFFFE;"),
    MESSAGE ("<![CDATA["), MESSAGE ("<!-- -- -->"), MESSAGE ("<Get><Item><Data>]]></Data></Item></Get>"),
    MESSAGE ("<Final/>") "<SyncML/>", MESSAGE ("<Final/>") "x", "x" MESSAGE ("<Final/>"),
    " <?xml version='1.0'?>" MESSAGE (""),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    assert_refused (messages[i], OMA_CODEC_ERROR_MALFORMED);
}

static void
test_unbound_prefixes_are_malformed (void)
{
  assert_refused (MESSAGE ("<x:Get/>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Get x:y='1'/>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Replace><Item><Data><x:y/></Data></Item></Replace>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("<s:SyncML>" HEADER "<SyncBody/></s:SyncML>", OMA_CODEC_ERROR_MALFORMED);
}

static void
test_undeclared_entities_are_malformed (void)
{
  assert_refused (MESSAGE ("<Get><CmdID>&nbsp;</CmdID></Get>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Get a='&nbsp;'/>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("<!DOCTYPE SyncML SYSTEM 'x.dtd'>" MESSAGE ("<Get><CmdID>&nbsp;</CmdID></Get>"),
                  OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("<!DOCTYPE SyncML SYSTEM 'x.dtd'>" MESSAGE ("<Get a='&nbsp;'/>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("<!DOCTYPE SyncML [ %pe; ]>" MESSAGE (""), OMA_CODEC_ERROR_MALFORMED);
}

static void
test_declarations_are_forbidden (void)
{
  static const char *const declarations[] = {
    "<!ENTITY a 'x'>", "<!ENTITY a SYSTEM 'file:///etc/passwd'>", "<!ENTITY % a 'x'>",
    "<!ENTITY % a SYSTEM 'http://invalid.invalid/x'> %a;", "<!NOTATION n SYSTEM 'n'><!ENTITY a SYSTEM 'b' NDATA n>",
    "<!ATTLIST Get a CDATA 'xxxxxxxx'>", "<!ATTLIST Get a (b|c) 'b'>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (declarations); i++)
    {
      g_autofree char *xml = g_strdup_printf ("<?xml version='1.0'?><!DOCTYPE SyncML [ %s ]>%s", declarations[i],
                                              MESSAGE ("<Final/>"));
      assert_refused (xml, OMA_CODEC_ERROR_FORBIDDEN);
    }
}

static void
test_entity_bombs_are_forbidden (void)
{
  g_autoptr(GString) xml = g_string_new ("<!DOCTYPE SyncML [<!ENTITY l0 'lol'>");

  for (guint i = 1; i < 20; i++)
    {
      g_string_append_printf (xml, "<!ENTITY l%u '", i);
      for (guint j = 0; j < 10; j++)
        g_string_append_printf (xml, "&l%u;", i - 1);
      g_string_append (xml, "'>");
    }
  g_string_append (xml, "]>" MESSAGE ("<Get><CmdID>&l19;</CmdID></Get>"));
  assert_refused (xml->str, OMA_CODEC_ERROR_FORBIDDEN);
}

static void
test_every_truncation_is_malformed (void)
{
  static const char xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE SyncML>"
    MESSAGE ("<Status><CmdID>1</CmdID><Chal><Meta><NextNonce xmlns='syncml:metinf'>x</NextNonce></Meta></Chal>"
             "<Data>401</Data></Status><Atomic><Replace><Item><Target><LocURI>./A</LocURI></Target><Data>"
             "<![CDATA[x]]><m a='b'>\xc3\xbc</m></Data></Item></Replace></Atomic><!-- c --><Final/>");
  g_autoptr(OmaMessage) whole = decode (xml);

  g_assert_true (whole->final);
  for (gsize size = 0; size < sizeof xml - 1; size++)
    {
      g_autofree char *part = g_memdup2 (xml, size);     /* so that a read behind the end is found */
      assert_octets_refused (part, size, OMA_CODEC_ERROR_MALFORMED);
    }
}

static void
test_a_nul_anywhere_is_malformed (void)
{
  static const char xml[] = MESSAGE ("<Replace><Item><Data>abc</Data></Item></Replace>");

  for (gsize i = 0; i <= sizeof xml - 1; i++)
    {
      g_autoptr(GString) with = g_string_new_len (xml, sizeof xml - 1);
      g_string_insert_c (with, i, '\0');
      assert_octets_refused (with->str, with->len, OMA_CODEC_ERROR_MALFORMED);
    }
}

static void
test_invalid_utf8_is_malformed (void)
{
  assert_refused (MESSAGE ("<Get><CmdID>\xff</CmdID></Get>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Get><CmdID>\xc3</CmdID></Get>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Get><CmdID>\xc0\xaf</CmdID></Get>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Get><CmdID>\xed\xa0\x80</CmdID></Get>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Replace><Item><Data>abc\x80</Data></Item></Replace>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Replace><Item><Data><![CDATA[\x80]]></Data></Item></Replace>"), OMA_CODEC_ERROR_MALFORMED);
  assert_refused (MESSAGE ("<Get a='\xe9'/>"), OMA_CODEC_ERROR_MALFORMED);
}

static void
test_lies_about_the_encoding_are_refused (void)
{
  static const char utf16_odd[] = "\xff\xfe<\0S\0y\0n";
  static const char utf16_surrogate[] = "\xff\xfe<\0\x00\xd8>\0";

  assert_refused ("<?xml version='1.0' encoding='UTF-8'?>" MESSAGE ("<Get><CmdID>\xfc</CmdID></Get>"),
                  OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("<?xml version='1.0' encoding='US-ASCII'?>" MESSAGE ("<Get><CmdID>\xc3\xbc</CmdID></Get>"),
                  OMA_CODEC_ERROR_MALFORMED);
  assert_octets_refused (utf16_odd, sizeof utf16_odd - 1, OMA_CODEC_ERROR_MALFORMED);
  assert_octets_refused (utf16_surrogate, sizeof utf16_surrogate - 1, OMA_CODEC_ERROR_MALFORMED);
}

static void
test_other_encodings_are_forbidden (void)
{
  static const char *const names[] = { "UTF-7", "EBCDIC-CP-US", "ISO-2022-JP", "GB18030", "UTF-32" };
  static const char utf32[] = "\0\0\0<\0\0\0S";

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *xml = g_strdup_printf ("<?xml version='1.0' encoding='%s'?>%s", names[i], MESSAGE (""));
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaMessage) message = oma_codec_decode (OMA_ENCODING_XML, xml, strlen (xml), NULL, &error);

      g_assert_null (message);
      g_assert_true (g_error_matches (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN) ||
                     g_error_matches (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED));
    }
  assert_octets_refused (utf32, sizeof utf32 - 1, OMA_CODEC_ERROR_FORBIDDEN);
}

static void
test_size_is_limited (void)
{
  static const char xml[] = MESSAGE ("<Final/>");
  OmaCodecLimits limits = oma_codec_default_limits;
  g_autoptr(OmaMessage) fits = NULL;

  limits.max_size = sizeof xml - 1;
  fits = oma_codec_decode (OMA_ENCODING_XML, xml, sizeof xml - 1, &limits, NULL);
  g_assert_nonnull (fits);
  limits.max_size--;
  assert_limit (xml, sizeof xml - 1, limits);
}

static void
test_depth_is_limited (void)
{
  static const char *const tags[][2] = {
    { "<Sequence>", "</Sequence>" },
    { "<Unknown>", "</Unknown>" },
    { "<Get><Item><Meta>", "</Meta></Item></Get>" },
  };
  OmaCodecLimits limits = oma_codec_default_limits;

  limits.max_depth = 8;
  for (gsize i = 0; i < G_N_ELEMENTS (tags); i++)
    {
      g_autoptr(GString) xml = message_start ();
      append_repeated (xml, tags[i][0], 100000);
      assert_limit (xml->str, xml->len, limits);
      assert_refused (xml->str, OMA_CODEC_ERROR_LIMIT);
    }
}

static void
test_depth_counts_markup_too (void)
{
  OmaCodecLimits limits = oma_codec_default_limits;
  g_autoptr(GString) xml = message_start ();
  g_autoptr(OmaMessage) fits = NULL;

  g_string_append (xml, "<Add><Item><Data><a><b/></a><a/></Data></Item></Add>");
  message_end (xml);
  limits.max_depth = 7;
  fits = oma_codec_decode (OMA_ENCODING_XML, xml->str, xml->len, &limits, NULL);
  g_assert_nonnull (fits);
  limits.max_depth = 6;
  assert_limit (xml->str, xml->len, limits);
}

static void
test_commands_are_limited (void)
{
  OmaCodecLimits limits = oma_codec_default_limits;
  g_autoptr(GString) xml = message_start ();

  append_repeated (xml, "<Get/>", 1000000);
  message_end (xml);
  assert_refused (xml->str, OMA_CODEC_ERROR_LIMIT);

  g_string_truncate (xml, 0);
  g_string_append (xml, "<SyncML>" HEADER "<SyncBody><Atomic><Get/><Get/></Atomic></SyncBody></SyncML>");
  limits.max_commands = 2;
  assert_limit (xml->str, xml->len, limits);
  limits.max_commands = 3;
  oma_message_free (oma_codec_decode (OMA_ENCODING_XML, xml->str, xml->len, &limits, NULL));
}

static void
test_items_are_limited (void)
{
  static const char two[] = MESSAGE ("<Get><Item/><Item/></Get>");
  static const char four[] = MESSAGE ("<Get><Item/><Item/></Get><Get><Item/><Item/></Get>");
  OmaCodecLimits limits = oma_codec_default_limits;
  g_autoptr(OmaMessage) message = NULL;

  limits.max_items = 1;
  assert_limit (two, sizeof two - 1, limits);
  limits.max_items = 2;
  limits.max_commands = 4;     /* two commands, and one more item each */
  message = oma_codec_decode (OMA_ENCODING_XML, four, sizeof four - 1, &limits, NULL);
  g_assert_nonnull (message);
  g_assert_cmpuint (message->n_commands, ==, 2);
  limits.max_commands = 3;
  assert_limit (four, sizeof four - 1, limits);
}

static void
test_a_huge_attribute_is_ignored (void)
{
  g_autoptr(GString) xml = message_start ();
  g_autofree char *filler = g_strnfill (4 * 1024 * 1024, 'a');
  g_autoptr(OmaMessage) message = NULL;

  g_string_append_printf (xml, "<Get a='%s'><CmdID>1</CmdID></Get>", filler);
  message_end (xml);
  message = decode (xml->str);
  g_assert_cmpstr (message->first_command->cmd_id, ==, "1");
}

static void
test_many_attributes_are_limited (void)
{
  static const char *const forms[] = { " a%u='%u'", " a%u='>%u'", "\n a%u \n= \"'=%u'\"", " xmlns:n%u='urn:%u'" };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr(GString) xml = message_start ();
      gsize size;
      g_autofree char *utf16 = NULL;

      g_string_append (xml, "<Get");
      for (guint j = 0; j < 200000; j++)
        {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
          g_string_append_printf (xml, forms[i], j, j);
#pragma GCC diagnostic pop
        }
      g_string_append (xml, "/>");
      message_end (xml);
      assert_refused (xml->str, OMA_CODEC_ERROR_LIMIT);
      utf16 = g_convert (xml->str, xml->len, "UTF-16", "UTF-8", NULL, &size, NULL);
      assert_octets_refused (utf16, size, OMA_CODEC_ERROR_LIMIT);
    }
}

static void
test_long_values_are_not_taken_for_attributes (void)
{
  g_autoptr(GString) xml = message_start ();
  g_autoptr(OmaMessage) message = NULL;

  g_string_append (xml, "<Replace><Item><Data>");
  append_repeated (xml, "a='b' ", 10000);
  g_string_append (xml, "</Data></Item><Item><Data><![CDATA[");
  append_repeated (xml, "a='b' ", 10000);
  g_string_append (xml, "]]></Data></Item></Replace><!-- ");
  append_repeated (xml, "a='b' ", 10000);
  g_string_append (xml, "-->");
  message_end (xml);
  message = decode (xml->str);
  g_assert_cmpuint (message->first_command->items[0].data_length, ==, 60000);
  g_assert_cmpuint (message->first_command->items[1].data_length, ==, 60000);
}

static void
test_a_huge_value_is_whole (void)
{
  g_autoptr(GString) xml = message_start ();
  g_autofree char *filler = g_strnfill (7 * 1024 * 1024, 'v');
  g_autoptr(OmaMessage) message = NULL;

  g_string_append_printf (xml, "<Replace><Item><Data>%s</Data></Item></Replace>", filler);
  message_end (xml);
  message = decode (xml->str);
  assert_data (&message->first_command->items[0], filler);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hostile/no-message", test_what_is_no_message_is_malformed);
  g_test_add_func ("/hostile/not-well-formed", test_what_is_not_well_formed_is_malformed);
  g_test_add_func ("/hostile/not-well-formed-is-not-quoted", test_what_is_not_well_formed_is_not_quoted);
  g_test_add_func ("/hostile/unbound-prefix", test_unbound_prefixes_are_malformed);
  g_test_add_func ("/hostile/undeclared-entity", test_undeclared_entities_are_malformed);
  g_test_add_func ("/hostile/declarations", test_declarations_are_forbidden);
  g_test_add_func ("/hostile/entity-bomb", test_entity_bombs_are_forbidden);
  g_test_add_func ("/hostile/truncation", test_every_truncation_is_malformed);
  g_test_add_func ("/hostile/nul", test_a_nul_anywhere_is_malformed);
  g_test_add_func ("/hostile/invalid-utf8", test_invalid_utf8_is_malformed);
  g_test_add_func ("/hostile/encoding-lies", test_lies_about_the_encoding_are_refused);
  g_test_add_func ("/hostile/other-encodings", test_other_encodings_are_forbidden);
  g_test_add_func ("/hostile/size", test_size_is_limited);
  g_test_add_func ("/hostile/depth", test_depth_is_limited);
  g_test_add_func ("/hostile/depth-of-markup", test_depth_counts_markup_too);
  g_test_add_func ("/hostile/commands", test_commands_are_limited);
  g_test_add_func ("/hostile/items", test_items_are_limited);
  g_test_add_func ("/hostile/huge-attribute", test_a_huge_attribute_is_ignored);
  g_test_add_func ("/hostile/many-attributes", test_many_attributes_are_limited);
  g_test_add_func ("/hostile/long-values", test_long_values_are_not_taken_for_attributes);
  g_test_add_func ("/hostile/huge-value", test_a_huge_value_is_whole);
  return g_test_run ();
}
