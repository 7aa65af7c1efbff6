/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DM Protocol 1.2, section 10.3: options of user interaction alerts. */
#include "config.h"

#include "session/oma-interaction-options.h"

#include <string.h>

/* All options that differ from none at all. */
static void
assert_options (OmaInteractionType type, guint n_choices, const char *text, const char *expected)
{
  g_auto(OmaInteractionOptions) options;
  g_autoptr(GString) found = g_string_new (NULL);

  oma_interaction_options_parse (&options, type, n_choices, text, strlen (text));
  if (options.min_time > 0)
    g_string_append_printf (found, "min=%u ", options.min_time);
  if (options.max_time > 0)
    g_string_append_printf (found, "max=%u ", options.max_time);
  if (options.initial != NULL)
    g_string_append_printf (found, "initial='%s' ", options.initial);
  if (options.max_length > 0)
    g_string_append_printf (found, "length=%u ", options.max_length);
  if (options.input_type != 'A')
    g_string_append_printf (found, "type=%c ", options.input_type);
  if (options.hidden)
    g_string_append (found, "hidden ");
  g_test_message ("%s", text);
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_all_options_are_read (void)
{
  assert_options (OMA_INTERACTION_INPUT, 0, "MINDT=5&MAXDT=60&DR=12&MAXLEN=10&IT=N&ET=P",
                  "min=5 max=60 initial='12' length=10 type=N hidden ");
  assert_options (OMA_INTERACTION_INPUT, 0, "", "");
  assert_options (OMA_INTERACTION_DISPLAY, 0, "MINDT=10", "min=10 ");
  assert_options (OMA_INTERACTION_INPUT, 0, " MINDT=5 &\n MAXDT=6\n", "min=5 max=6 ");
}

static void
test_values_are_url_encoded (void)
{
  assert_options (OMA_INTERACTION_INPUT, 0, "DR=a+b%20c%26d%3De", "initial='a b c&d=e' ");
  assert_options (OMA_INTERACTION_INPUT, 0, "DR=J%C3%BCrgen", "initial='J\303\274rgen' ");
  assert_options (OMA_INTERACTION_INPUT, 0, "DR=%FF&MINDT=1", "min=1 ");
  assert_options (OMA_INTERACTION_INPUT, 0, "DR=%zz&MINDT=1", "min=1 ");
  assert_options (OMA_INTERACTION_INPUT, 0, "DR=%00x&MINDT=1", "min=1 ");
}

static void
test_unknown_options_are_skipped (void)
{
  assert_options (OMA_INTERACTION_CONFIRM, 0, "COLOUR=red&MINDT=2&&=&NOVALUE&DR=1", "min=2 initial='1' ");
  assert_options (OMA_INTERACTION_CONFIRM, 0, "mindt=2", "");
}

static void
test_bad_values_are_ignored (void)
{
  assert_options (OMA_INTERACTION_INPUT, 0, "MINDT=0&MAXDT=-1&MAXLEN=x&IT=Q&ET=PP", "");
  assert_options (OMA_INTERACTION_INPUT, 0, "MINDT=99999999999&MAXDT=4294967295", "max=86400 ");
  assert_options (OMA_INTERACTION_INPUT, 0, "MAXDT=5&MAXDT=x", "max=5 ");
}

static void
test_minimum_is_not_above_the_maximum (void)
{
  assert_options (OMA_INTERACTION_DISPLAY, 0, "MINDT=60&MAXDT=5", "min=5 max=5 ");
}

static void
test_options_of_an_input_are_of_an_input_only (void)
{
  assert_options (OMA_INTERACTION_CONFIRM, 0, "MAXLEN=5&IT=N&ET=P&MAXDT=1", "max=1 ");
}

static void
test_initial_answer_fits_the_question (void)
{
  assert_options (OMA_INTERACTION_CONFIRM, 0, "DR=2", "");
  assert_options (OMA_INTERACTION_DISPLAY, 0, "DR=1", "");
  assert_options (OMA_INTERACTION_CHOICE, 3, "DR=3", "initial='3' ");
  assert_options (OMA_INTERACTION_CHOICE, 3, "DR=4", "");
  assert_options (OMA_INTERACTION_CHOICE, 3, "DR=0", "");
  assert_options (OMA_INTERACTION_MULTIPLE_CHOICE, 3, "DR=2-3", "initial='2-3' ");
  assert_options (OMA_INTERACTION_MULTIPLE_CHOICE, 3, "DR=2-4", "");
  assert_options (OMA_INTERACTION_MULTIPLE_CHOICE, 3, "DR=2-", "");
  assert_options (OMA_INTERACTION_INPUT, 0, "DR=abcdef&MAXLEN=5", "length=5 ");
  assert_options (OMA_INTERACTION_INPUT, 0, "DR=abc&IT=N", "type=N ");
}

static void
test_input_types (void)
{
  static const struct {
    char        type;
    const char *good[5];
    const char *bad[6];
  } cases[] = {
    { 'A', { "", "any text", "\303\274", NULL }, { "a\nb", "\033[2J", "\302\233", "\xff", NULL } },
    { 'N', { "0", "-12", "+3.5", ".5", NULL }, { "", "1e3", "1.2.3", "-", "1-", NULL } },
    { 'D', { "31122026", "29022024", NULL }, { "29022026", "2026-12-31", "3112202", "00012026", NULL } },
    { 'T', { "000000", "235959", NULL }, { "240000", "236000", "12:00:00", "12000", NULL } },
    { 'P', { "+491234", "0800p1w2s3", NULL }, { "", "+", "12 34", "1+2", NULL } },
    { 'I', { "192.168.000.001", "0.0.0.0", NULL }, { "256.1.1.1", "1.2.3", "1.2.3.4.5", "1..2.3", "a.b.c.d", NULL } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      for (guint j = 0; cases[i].good[j] != NULL; j++)
        g_assert_true (oma_interaction_check_input (cases[i].type, 0, cases[i].good[j]));
      for (guint j = 0; cases[i].bad[j] != NULL; j++)
        g_assert_false (oma_interaction_check_input (cases[i].type, 0, cases[i].bad[j]));
    }
}

static void
test_length_is_counted_in_characters (void)
{
  g_assert_true (oma_interaction_check_input ('A', 2, "\303\274\303\274"));
  g_assert_false (oma_interaction_check_input ('A', 2, "abc"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/interaction/10.3/all-options-are-read", test_all_options_are_read);
  g_test_add_func ("/interaction/10.3/values-are-url-encoded", test_values_are_url_encoded);
  g_test_add_func ("/interaction/10.3/unknown-options-are-skipped", test_unknown_options_are_skipped);
  g_test_add_func ("/interaction/10.3/bad-values-are-ignored", test_bad_values_are_ignored);
  g_test_add_func ("/interaction/10.3/minimum-is-not-above-the-maximum", test_minimum_is_not_above_the_maximum);
  g_test_add_func ("/interaction/10.3/options-of-an-input-are-of-an-input-only",
                   test_options_of_an_input_are_of_an_input_only);
  g_test_add_func ("/interaction/10.3/initial-answer-fits-the-question", test_initial_answer_fits_the_question);
  g_test_add_func ("/interaction/10.3/input-types", test_input_types);
  g_test_add_func ("/interaction/10.3/length-is-counted-in-characters", test_length_is_counted_in_characters);
  return g_test_run ();
}
