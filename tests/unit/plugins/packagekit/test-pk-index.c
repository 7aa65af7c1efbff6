/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-index.h"
#include "pk-package.h"
#include "../../remove-recursively.h"

#include <string.h>

#define DIGEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DIGEST_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define INDEX                                                                                                          \
  "Package: one\nVersion: 1.0\nArchitecture: all\nDescription: SHA256: " DIGEST_C "\nSHA256: " DIGEST_A "\n\n"     \
  "Package: two\nArchitecture: amd64\nVersion: 2:2.0-1\nSHA256: " DIGEST_B "\n"

typedef struct {
  char *lists;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->lists = g_dir_make_tmp ("omadm-index-XXXXXX", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  remove_recursively (f->lists);
  g_free (f->lists);
}

static void
put (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (f->lists, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
put_release (Fixture *f, const char *name, const char *index)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, index, -1);
  g_autofree char *text = g_strdup_printf ("Origin: x\nSHA256:\n %s   %" G_GSIZE_FORMAT " main/binary-amd64/Packages\n",
                                           digest, strlen (index));

  put (f, name, text);
}

static void
check_found (Fixture *f, const char *digest, const char *name, const char *version, const char *arch)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PkIndexEntry) entry = pk_index_find (f->lists, digest, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (entry->name, ==, name);
  g_assert_cmpstr (entry->version, ==, version);
  g_assert_cmpstr (entry->arch, ==, arch);
}

static void
check_untrusted (Fixture *f, const char *digest)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (pk_index_find (f->lists, digest, &error));
  g_assert_error (error, PK_ERROR, PK_ERROR_UNTRUSTED);
}

static void
test_a_file_of_a_signed_repository_is_found_by_its_digest (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *upper = g_ascii_strup (DIGEST_A, -1);

  put (f, "host_debian_dists_stable_InRelease", "");
  put_release (f, "host_debian_dists_stable_InRelease", INDEX);
  put (f, "host_debian_dists_stable_main_binary-amd64_Packages", INDEX);
  check_found (f, DIGEST_A, "one", "1.0", "all");
  check_found (f, upper, "one", "1.0", "all");
  check_found (f, DIGEST_B, "two", "2:2.0-1", "amd64");
  check_untrusted (f, DIGEST_C);
  check_untrusted (f, "");
}

static void
test_a_detached_signature_counts_as_well (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_release (f, "host_debian_dists_stable_Release", INDEX);
  put (f, "host_debian_dists_stable_main_binary-amd64_Packages", INDEX);
  check_untrusted (f, DIGEST_A);
  put (f, "host_debian_dists_stable_Release.gpg", "signature");
  check_found (f, DIGEST_A, "one", "1.0", "all");
}

static void
test_an_unsigned_repository_does_not_count (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_release (f, "_srv_unsigned_._Release", INDEX);
  put (f, "_srv_unsigned_._Packages", INDEX);
  /* Not even beside a signed one. */
  put_release (f, "_srv_signed_._InRelease", "");
  put (f, "_srv_signed_._Packages", "");
  check_untrusted (f, DIGEST_A);
}

/* Where APT reads a repository in place its index in the directory is a link. */
static void
test_an_index_that_changed_since_it_was_verified_does_not_count (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_release (f, "_srv_signed_._InRelease", "Package: one\n");
  put (f, "_srv_signed_._Packages", INDEX);
  check_untrusted (f, DIGEST_A);
}

static void
test_the_signature_of_one_repository_is_none_of_another (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put_release (f, "_srv_signed_._InRelease", INDEX);
  put (f, "_srv_other_._Packages", INDEX);
  check_untrusted (f, DIGEST_A);
}

static void
test_a_package_is_found_in_just_its_version (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const there[] = { "one;1.0;all;manual:x", "two;2:2.0-1;amd64;", NULL };
  static const char *const version[] = { "one;1.1;all;x", NULL };
  static const char *const arch[] = { "two;2:2.0-1;i386;x", NULL };
  static const char *const name[] = { "on;1.0;all;x", NULL };
  static const char *const no_id[] = { "one", NULL };
  g_autoptr(GError) error = NULL;

  put_release (f, "_srv_signed_._InRelease", INDEX);
  put (f, "_srv_signed_._Packages", INDEX);
  g_assert_true (pk_index_has (f->lists, there, &error));
  g_assert_no_error (error);
  g_assert_false (pk_index_has (f->lists, version, NULL));
  g_assert_false (pk_index_has (f->lists, arch, NULL));
  g_assert_false (pk_index_has (f->lists, name, NULL));
  g_assert_false (pk_index_has (f->lists, no_id, NULL));
}

static void
test_without_lists_nothing_is_trusted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *there = g_steal_pointer (&f->lists);

  f->lists = g_build_filename (there, "none", NULL);
  check_untrusted (f, DIGEST_A);
  g_free (g_steal_pointer (&f->lists));
  f->lists = g_steal_pointer (&there);
}

static void
found_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_a_file_is_digested_in_a_thread (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "a package", -1);
  g_autofree char *index = g_strdup_printf ("Package: one\nVersion: 1\nArchitecture: all\nSHA256: %s\n", digest);
  g_autofree char *file = g_build_filename (f->lists, "file", NULL);
  g_autofree char *sha256 = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(PkIndexEntry) entry = NULL;

  put (f, "file", "a package");
  put_release (f, "_srv_signed_._InRelease", index);
  put (f, "_srv_signed_._Packages", index);
  pk_index_find_async (f->lists, file, found_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  entry = pk_index_find_finish (result, &sha256, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (entry->name, ==, "one");
  g_assert_cmpstr (sha256, ==, digest);
}

#define ADD(name) g_test_add ("/packagekit/index/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_file_of_a_signed_repository_is_found_by_its_digest);
  ADD (a_detached_signature_counts_as_well);
  ADD (an_unsigned_repository_does_not_count);
  ADD (an_index_that_changed_since_it_was_verified_does_not_count);
  ADD (the_signature_of_one_repository_is_none_of_another);
  ADD (a_package_is_found_in_just_its_version);
  ADD (without_lists_nothing_is_trusted);
  ADD (a_file_is_digested_in_a_thread);
  return g_test_run ();
}
