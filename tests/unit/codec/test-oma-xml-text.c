/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xml-text.h"

#include <string.h>

#define FFFD "\xef\xbf\xbd"

static void
assert_text (const char *text, gsize length, const char *expected)
{
  g_autoptr(GString) xml = g_string_new ("x");

  oma_xml_append_text (xml, text, length);
  g_assert_cmpstr (xml->str + 1, ==, expected);
  g_assert_cmpuint (xml->len, ==, strlen (xml->str));
}

#define ASSERT_TEXT(text, expected) assert_text (text, sizeof (text) - 1, expected)

static void
test_markup_is_escaped (void)
{
  ASSERT_TEXT ("", "");
  ASSERT_TEXT ("plain", "plain");
  ASSERT_TEXT ("<a b=\"c\">&]]></a>", "&lt;a b=\"c\"&gt;&amp;]]&gt;&lt;/a&gt;");
  ASSERT_TEXT ("a\tb\nc", "a\tb\nc");
  ASSERT_TEXT ("a\r\nb", "a&#13;\nb");
}

static void
test_what_xml_cannot_hold_is_replaced (void)
{
  ASSERT_TEXT ("a\0b", "a" FFFD "b");
  ASSERT_TEXT ("\x01\x08\x0b\x0c\x1f", FFFD FFFD FFFD FFFD FFFD);
  ASSERT_TEXT ("\xff", FFFD);
  ASSERT_TEXT ("\xc3", FFFD);                           /* cut off */
  ASSERT_TEXT ("\xc0\xaf", FFFD FFFD);                  /* overlong */
  ASSERT_TEXT ("\xed\xa0\x80", FFFD FFFD FFFD);         /* surrogate */
  ASSERT_TEXT ("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD);
  ASSERT_TEXT ("\xef\xbf\xbe", FFFD FFFD FFFD);         /* U+FFFE */
  ASSERT_TEXT ("\xef\xbf\xbf", FFFD FFFD FFFD);
}

static void
test_other_characters_stay (void)
{
  ASSERT_TEXT ("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\x7f", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\x7f");
  ASSERT_TEXT (FFFD, FFFD);
}

static void
test_long_text_grows (void)
{
  g_autofree char *text = g_strnfill (100000, 'a');
  g_autoptr(GString) xml = g_string_new (NULL);

  text[50000] = '<';
  oma_xml_append_text (xml, text, 100000);
  g_assert_cmpuint (xml->len, ==, 100003);
  g_assert_cmpint (memcmp (xml->str + 49999, "a&lt;a", 6), ==, 0);
}

static void
test_attribute_values_escape_quotes_and_white_space (void)
{
  static const char value[] = "a\"b'c\td\ne\r<&>";
  g_autoptr(GString) xml = g_string_new (NULL);

  oma_xml_append_attribute (xml, value, sizeof value - 1);
  g_assert_cmpstr (xml->str, ==, "a&quot;b'c&#9;d&#10;e&#13;&lt;&amp;&gt;");
}

/* Texts of some lengths are looked at in blocks. */
static void
test_one_special_octet_anywhere_is_seen (void)
{
  static const char specials[] = "<>&\"\t\n\r\x01\x1f\x80\xc3\xff";

  g_assert_true (oma_xml_is_plain (NULL, 0));
  for (gsize length = 1; length <= 40; length++)
    {
      g_autofree char *text = g_strnfill (length, '\x7f');

      g_assert_true (oma_xml_is_plain (text, length));
      for (gsize at = 0; at < length; at++)
        for (gsize i = 0; i < sizeof specials; i++)    /* its NUL too */
          {
            text[at] = specials[i];
            g_assert_false (oma_xml_is_plain (text, length));
            text[at] = ' ';
          }
    }
}

static void
test_text_that_xml_can_hold_is_told (void)
{
  g_assert_true (oma_xml_can_hold_text (NULL, 0));
  g_assert_true (oma_xml_can_hold_text ("a <b>\t\r\n\x7f", 9));
  g_assert_true (oma_xml_can_hold_text ("\xc3\xbc", 2));
  g_assert_false (oma_xml_can_hold_text ("a\0b", 3));
  g_assert_false (oma_xml_can_hold_text ("\x1f", 1));
  g_assert_false (oma_xml_can_hold_text ("\xc3", 1));
  g_assert_false (oma_xml_can_hold_text ("\xef\xbf\xbe", 3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xml-text/escaped", test_markup_is_escaped);
  g_test_add_func ("/xml-text/replaced", test_what_xml_cannot_hold_is_replaced);
  g_test_add_func ("/xml-text/other-characters", test_other_characters_stay);
  g_test_add_func ("/xml-text/long", test_long_text_grows);
  g_test_add_func ("/xml-text/attribute", test_attribute_values_escape_quotes_and_white_space);
  g_test_add_func ("/xml-text/special-octet", test_one_special_octet_anywhere_is_seen);
  g_test_add_func ("/xml-text/can-hold", test_text_that_xml_can_hold_is_told);
  return g_test_run ();
}
