/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-packagekit.h"
#include "pk-details.h"

#include <string.h>

#define DETAIL(id, size) \
  "({'package-id': <'" id "'>, 'url': <'http://x/'>, 'description': <'D'>, 'size': <uint64 " size ">},)"

typedef struct {
  FakePackagekit *fake;
  PkDetails      *details;
  guint           n_answers;
  GError         *error;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->fake = fake_packagekit_new ();
  f->details = pk_details_new (fake_packagekit_get_host (f->fake));
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pk_details_free (f->details);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fake_packagekit_free (f->fake);
  g_clear_error (&f->error);
}

static GPtrArray *
make_list (guint n)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) pk_package_free);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u;1;all;manual:x", i);

      g_ptr_array_add (list, pk_package_new (1, id, ""));
    }
  return list;
}

static void
loaded_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  pk_details_load_finish (result, f->error == NULL ? &f->error : NULL);
  f->n_answers++;
}

static void
load (Fixture *f, GPtrArray *list, guint times)
{
  f->n_answers = 0;
  for (guint i = 0; i < times; i++)
    pk_details_load_async (f->details, list, NULL, loaded_cb, f);
  while (f->n_answers < times)
    g_main_context_iteration (NULL, TRUE);
}

static guint
count_calls (Fixture *f)
{
  return fake_packagekit_get_calls (f->fake)->len;
}

static void
test_what_is_told_is_known (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) list = make_list (2);
  const PkDetail *detail;

  /* The origin in the answer is another one. */
  fake_packagekit_say (f->fake, 1, "Details", DETAIL ("p0;1;all;installed:y", "4096"));
  fake_packagekit_say (f->fake, 1, "Details", "({'package-id': <'nonsense'>},)");
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 1, uint32 7)");
  load (f, list, 3);
  g_assert_no_error (f->error);
  detail = pk_details_find (f->details, g_ptr_array_index (list, 0));
  g_assert_cmpuint (detail->size, ==, 4096);
  g_assert_cmpstr (detail->url, ==, "http://x/");
  g_assert_null (pk_details_find (f->details, g_ptr_array_index (list, 1)));
  load (f, list, 2);
  g_assert_cmpuint (count_calls (f), ==, 1);
}

static void
test_thousands_are_asked_for_in_portions (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) list = make_list (2 * PK_DETAILS_PORTION + 1);

  for (guint i = 1; i <= 3; i++)
    fake_packagekit_say (f->fake, i, "Finished", "(uint32 1, uint32 7)");
  load (f, list, 1);
  g_assert_no_error (f->error);
  g_assert_cmpuint (count_calls (f), ==, 3);
}

static void
test_of_a_new_list_only_what_is_new_is_asked_for (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) list = make_list (1);
  g_autoptr(GPtrArray) longer = make_list (2);

  fake_packagekit_say (f->fake, 1, "Details", DETAIL ("p0;1;all;x", "1"));
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 1, uint32 7)");
  fake_packagekit_say (f->fake, 2, "Details", DETAIL ("p1;1;all;x", "2"));
  fake_packagekit_say (f->fake, 2, "Finished", "(uint32 1, uint32 7)");
  load (f, list, 1);
  load (f, longer, 1);
  g_assert_cmpstr (g_ptr_array_index (fake_packagekit_get_calls (f->fake), 1), ==,
                   "GetDetails (['p1;1;all;manual:x'],)");
  g_assert_nonnull (pk_details_find (f->details, g_ptr_array_index (longer, 0)));
  g_assert_nonnull (pk_details_find (f->details, g_ptr_array_index (longer, 1)));
}

static void
test_a_failure_is_told_and_not_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) list = make_list (1);

  fake_packagekit_die (f->fake, 1);
  fake_packagekit_say (f->fake, 2, "Finished", "(uint32 1, uint32 7)");
  load (f, list, 2);
  g_assert_error (f->error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_clear_error (&f->error);
  load (f, list, 1);
  g_assert_no_error (f->error);
}

#define ADD(name) g_test_add ("/packagekit/details/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (what_is_told_is_known);
  ADD (thousands_are_asked_for_in_portions);
  ADD (of_a_new_list_only_what_is_new_is_asked_for);
  ADD (a_failure_is_told_and_not_kept);
  return g_test_run ();
}
