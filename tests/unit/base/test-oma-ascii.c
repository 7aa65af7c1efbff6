/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-ascii.h"

#define MAX_LENGTH 40

static const char others[] = { '\0', '\x80', '\xc3', '\xff' };

/* A text of its own block, so that reading beyond it is noticed. */
static char *
make_text (gsize length)
{
  char *text = g_malloc (length + 1);

  for (gsize i = 0; i < length; i++)
    text[i] = (char) (i % 127 + 1);
  text[length] = '\0';
  return text;
}

static void
test_one_octet_that_is_not_plain_is_seen_wherever_it_stands (void)
{
  for (gsize length = 0; length <= MAX_LENGTH; length++)
    {
      g_autofree char *text = make_text (length);

      g_assert_true (oma_is_plain (text, length));
      g_assert_true (oma_is_utf8 (text, length));
      for (gsize at = 0; at < length; at++)
        for (gsize i = 0; i < sizeof others; i++)
          {
            char before = text[at];

            text[at] = others[i];
            g_assert_false (oma_is_plain (text, length));
            g_assert_false (oma_is_utf8 (text, length));
            text[at] = before;
          }
    }
}

static void
test_characters_that_are_not_ascii_are_utf8 (void)
{
  for (gsize at = 0; at + 2 <= MAX_LENGTH; at++)
    {
      g_autofree char *text = make_text (MAX_LENGTH);

      memcpy (text + at, "\xc3\xa9", 2);
      g_assert_false (oma_is_plain (text, MAX_LENGTH));
      g_assert_true (oma_is_utf8 (text, MAX_LENGTH));
    }
}

static void
test_copy_takes_all_octets_and_no_more (void)
{
  for (gsize length = 0; length <= MAX_LENGTH; length++)
    {
      g_autofree char *text = make_text (length);
      char out[MAX_LENGTH + 2];

      memset (out, '#', sizeof out);
      g_assert_true (oma_copy_ascii (out + 1, text, length));
      g_assert_cmpmem (out + 1, length, text, length);
      g_assert_cmpint (out[0], ==, '#');
      g_assert_true (length == MAX_LENGTH || out[length + 1] == '#');
      for (gsize at = 0; at < length; at++)
        {
          char before = text[at];

          text[at] = '\xe4';
          g_assert_false (oma_copy_ascii (out + 1, text, length));
          text[at] = before;
        }
    }
}

static void
test_end_is_the_first_nul_and_none_behind_another_octet (void)
{
  for (gsize length = 0; length <= MAX_LENGTH; length++)
    {
      g_autofree char *text = make_text (length);

      g_assert_null (oma_find_plain_end (text, text + length));
      g_assert_true (oma_find_plain_end (text, text + length + 1) == text + length);
      for (gsize at = 0; at < length; at++)
        {
          char before = text[at];

          text[at] = '\0';
          g_assert_true (oma_find_plain_end (text, text + length + 1) == text + at);
          text[at] = '\xff';
          g_assert_null (oma_find_plain_end (text, text + length + 1));
          text[at] = before;
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ascii/one-octet-that-is-not-plain-is-seen-wherever-it-stands",
                   test_one_octet_that_is_not_plain_is_seen_wherever_it_stands);
  g_test_add_func ("/ascii/characters-that-are-not-ascii-are-utf8", test_characters_that_are_not_ascii_are_utf8);
  g_test_add_func ("/ascii/copy-takes-all-octets-and-no-more", test_copy_takes_all_octets_and_no_more);
  g_test_add_func ("/ascii/end-is-the-first-nul-and-none-behind-another-octet",
                   test_end_is_the_first_nul_and_none_behind_another_octet);
  return g_test_run ();
}
