/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree/oma-constraint.h"

#include <string.h>

typedef struct {
  const char *text;
  gboolean    good;
} Case;

#define check_cases(constraint, cases) check_cases_full (constraint, cases, G_N_ELEMENTS (cases))

static void
check_cases_full (const OmaConstraint *constraint, const Case *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      /* In a block of its own, so that a read behind the text is found. */
      gsize length = strlen (cases[i].text);
      g_autofree char *copy = g_memdup2 (cases[i].text, length);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (oma_constraint_accepts (constraint, copy != NULL ? copy : "", length), ==, cases[i].good);
    }
}

static void
test_regex_matches_the_whole_value (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConstraint) constraint = oma_constraint_new_regex ("[0-9]{2}|^[a-z]+$|\xc3\xbc", &error);
  const Case cases[] = {
    { "12", TRUE }, { "123", FALSE }, { "1", FALSE }, { "abc", TRUE }, { "abc\n", FALSE }, { "12abc", FALSE },
    { "\xc3\xbc", TRUE }, { "\xff", FALSE }, { "", FALSE },
  };

  g_assert_no_error (error);
  check_cases (constraint, cases);
}

static void
test_regex_that_does_not_compile_is_refused (void)
{
  const char *const patterns[] = { "(", "a)|(b", "[a", "a\\", "*" };

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (oma_constraint_new_regex (patterns[i], &error));
      g_assert_true (error != NULL && error->domain == G_REGEX_ERROR);
    }
}

static void
test_regex_cannot_run_for_ever (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConstraint) constraint = oma_constraint_new_regex ("(?:a+)+b", &error);
  g_autofree char *text = g_strnfill (60, 'a');
  gint64 start = g_get_monotonic_time ();

  g_assert_no_error (error);
  g_assert_false (oma_constraint_accepts (constraint, text, 60));
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
  g_assert_true (oma_constraint_accepts (constraint, "aab", 3));
}

static void
test_range_includes_its_ends (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConstraint) constraint = oma_constraint_new_range ("[-10--5],[0-100] [200],300-301", &error);
  const Case cases[] = {
    { "-10", TRUE }, { "-5", TRUE }, { "-11", FALSE }, { "-4", FALSE }, { "0", TRUE }, { "-0", TRUE }, { "+7", TRUE },
    { "100", TRUE }, { "101", FALSE }, { "0100", TRUE }, { "99.5", TRUE }, { "100.000000001", FALSE },
    { "200", TRUE }, { "199", FALSE }, { "301", TRUE }, { "302", FALSE }, { "", FALSE }, { "x", FALSE },
    { "5 ", FALSE }, { "5.", FALSE }, { "1e1", FALSE }, { "99999999999999999999999", FALSE },
  };

  g_assert_no_error (error);
  check_cases (constraint, cases);
}

static void
test_range_has_64_bits (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConstraint) constraint =
    oma_constraint_new_range ("[-9223372036854775808-18446744073709551614]", &error);
  const Case cases[] = {
    { "-9223372036854775808", TRUE }, { "-9223372036854775809", FALSE },
    { "18446744073709551614", TRUE }, { "18446744073709551615", FALSE },
  };

  g_assert_no_error (error);
  check_cases (constraint, cases);
}

static void
test_bad_range_is_refused (void)
{
  const char *const ranges[] = { "", "[]", "[1-]", "[-]", "[5-1]", "[1-2", "1-2]", "[1-2],", "[1-2];[3-4]", "a-b",
                                 "[0-99999999999999999999]" };

  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (oma_constraint_new_range (ranges[i], &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
    }
}

static void
test_enum_is_compared_exactly (void)
{
  const char *const values[] = { "0", "10", "Auto", NULL };
  g_autoptr(OmaConstraint) constraint = oma_constraint_new_enum (values);
  const Case cases[] = {
    { "0", TRUE }, { "10", TRUE }, { "1", FALSE }, { "100", FALSE }, { "Auto", TRUE }, { "auto", FALSE }, { "", FALSE },
  };

  check_cases (constraint, cases);
  g_assert_false (oma_constraint_accepts (constraint, "0\0x", 3));
}

static void
test_flag_has_no_other_bits (void)
{
  const char *const values[] = { "1", "4", "0x10", NULL }, *const bad[] = { "1", "one", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaConstraint) constraint = oma_constraint_new_flag (values, &error);
  const Case cases[] = {
    { "0", TRUE }, { "1", TRUE }, { "5", TRUE }, { "21", TRUE }, { "0x15", TRUE }, { "2", FALSE }, { "32", FALSE },
    { "-1", FALSE }, { "", FALSE }, { "0x", FALSE }, { "18446744073709551617", FALSE },
  };

  g_assert_no_error (error);
  check_cases (constraint, cases);
  g_assert_null (oma_constraint_new_flag (bad, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
}

static void
test_list_is_checked_element_by_element (void)
{
  g_autoptr(OmaConstraint) constraint = oma_constraint_new_range ("[1-9]", NULL);
  const Case cases[] = {
    { "1", TRUE }, { "1;;2", TRUE }, { "1;;10", FALSE }, { "1;;", FALSE }, { ";;1", FALSE }, { "1;2", FALSE },
    { "", TRUE },
  };

  oma_constraint_set_list_delimiter (constraint, ";;");
  check_cases (constraint, cases);
}

static gboolean
is_short (gpointer data, const char *text G_GNUC_UNUSED, gsize length)
{
  return length < *(gsize *) data;
}

static void
test_check_of_a_reader_is_asked (void)
{
  gsize *limit = g_new (gsize, 1);
  g_autoptr(OmaConstraint) constraint = oma_constraint_new_check (is_short, limit, g_free);

  *limit = 3;
  g_assert_true (oma_constraint_accepts (constraint, "ab", 2));
  g_assert_false (oma_constraint_accepts (constraint, "abc", 3));
  g_assert_false (oma_constraint_accepts (constraint, "\xff", 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/constraint/regex-matches-the-whole-value", test_regex_matches_the_whole_value);
  g_test_add_func ("/constraint/regex-that-does-not-compile-is-refused", test_regex_that_does_not_compile_is_refused);
  g_test_add_func ("/constraint/regex-cannot-run-for-ever", test_regex_cannot_run_for_ever);
  g_test_add_func ("/constraint/range-includes-its-ends", test_range_includes_its_ends);
  g_test_add_func ("/constraint/range-has-64-bits", test_range_has_64_bits);
  g_test_add_func ("/constraint/bad-range-is-refused", test_bad_range_is_refused);
  g_test_add_func ("/constraint/enum-is-compared-exactly", test_enum_is_compared_exactly);
  g_test_add_func ("/constraint/flag-has-no-other-bits", test_flag_has_no_other_bits);
  g_test_add_func ("/constraint/list-is-checked-element-by-element", test_list_is_checked_element_by_element);
  g_test_add_func ("/constraint/check-of-a-reader-is-asked", test_check_of_a_reader_is_asked);
  return g_test_run ();
}
