/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-package.h"

#include <omadm/omadm.h>
#include <string.h>

static void
test_identifiers_are_taken_apart (void)
{
  g_autoptr(PkPackage) package = pk_package_new (327685, "tiny;1:2.0-1;all;manual:debian-stable-main",
                                                 "a \xff summary");
  g_autofree char *id = pk_package_dup_repository_id (package);
  static const char *const bad[] = { "", "tiny", "tiny;1;all", ";1;all;x", "a;b;c;d;e" };

  g_assert_cmpstr (package->name, ==, "tiny");
  g_assert_cmpstr (package->version, ==, "1:2.0-1");
  g_assert_cmpstr (package->arch, ==, "all");
  g_assert_cmpuint (package->info, ==, PK_INFO_NORMAL);
  g_assert_true (g_utf8_validate (package->summary, -1, NULL));
  g_assert_true (pk_package_is_installed (package));
  g_assert_cmpstr (pk_package_get_origin (package), ==, "debian-stable-main");
  g_assert_cmpstr (id, ==, "tiny;1:2.0-1;all;debian-stable-main");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (pk_package_new (0, bad[i], ""));
}

static void
test_state_and_origin_are_told_apart (void)
{
  static const struct {
    const char *data;
    gboolean    installed;
    const char *origin;
  } cases[] = {
    { "manual:debian-stable-main", TRUE, "debian-stable-main" },
    { "auto:debian-stable-main", TRUE, "debian-stable-main" },
    { "installed", TRUE, "" },
    { "manual:", TRUE, "" },
    { "manual:local", TRUE, "" },
    { "debian-stable-main", FALSE, "debian-stable-main" },
    { "+manual:debian-stable-main", FALSE, "debian-stable-main" },
    { "automatic-updates", FALSE, "automatic-updates" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *id = g_strconcat ("a;1;all;", cases[i].data, NULL);
      g_autoptr(PkPackage) package = pk_package_new (1, id, "");

      g_assert_cmpint (pk_package_is_installed (package), ==, cases[i].installed);
      g_assert_cmpstr (pk_package_get_origin (package), ==, cases[i].origin);
    }
}

static void
check_choice (GPtrArray *packages, const char *name, const char *arch, const char *installed, const char *candidate)
{
  const PkPackage *there, *best;

  pk_choose (packages, name, arch, &there, &best);
  g_assert_cmpstr (there != NULL ? there->id : NULL, ==, installed);
  g_assert_cmpstr (best != NULL ? best->id : NULL, ==, candidate);
}

static void
test_the_newest_of_a_package_is_chosen (void)
{
  static const struct {
    guint       info;
    const char *id;
  } said[] = {
    { PK_INFO_AVAILABLE, "tiny;1.9;all;x" },     { PK_INFO_INSTALLED, "tiny;1.0;all;manual:x" },
    { PK_INFO_AVAILABLE, "tiny;1.10;all;x" },    { PK_INFO_AVAILABLE, "tiny-data;9;all;x" },
    { PK_INFO_AVAILABLE, "lib;1;amd64;x" },      { PK_INFO_AVAILABLE, "lib;2;i386;x" },
  };
  g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func ((GDestroyNotify) pk_package_free);

  for (gsize i = 0; i < G_N_ELEMENTS (said); i++)
    g_ptr_array_add (packages, pk_package_new (said[i].info, said[i].id, ""));
  check_choice (packages, "tiny", NULL, "tiny;1.0;all;manual:x", "tiny;1.10;all;x");
  check_choice (packages, "tiny", "", "tiny;1.0;all;manual:x", "tiny;1.10;all;x");
  check_choice (packages, "tiny", "amd64", NULL, NULL);
  check_choice (packages, "lib", NULL, NULL, "lib;1;amd64;x");
  check_choice (packages, "lib", "i386", NULL, "lib;2;i386;x");
  check_choice (packages, "none", NULL, NULL, NULL);
}

/* Debian Policy, section 5.6.12. */
static void
test_versions_are_compared_as_debian_does (void)
{
  static const char *const ascending[] = {
    "1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-0ubuntu1", "1.0-1", "1.0-1+deb12u1", "1.0-10", "1.0a", "1.0+b", "1.2",
    "1.10", "10", "1:0.1", "2:0",
  };
  static const struct {
    const char *a, *b;
  } equal[] = { { "1.0", "1.00" }, { "0:1", "1" }, { "1.0", "1.0-0" }, { "1.0", "1.0-" } };

  for (gsize i = 0; i < G_N_ELEMENTS (ascending); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (ascending); j++)
      {
        int difference = pk_version_compare (ascending[i], ascending[j]);

        g_assert_cmpint ((difference > 0) - (difference < 0), ==, (i > j) - (i < j));
      }
  for (gsize i = 0; i < G_N_ELEMENTS (equal); i++)
    g_assert_cmpint (pk_version_compare (equal[i].a, equal[i].b), ==, 0);
}

static void
test_sources_are_names_of_packages_and_nothing_else (void)
{
  static const char *const bad[] = {
    "apt:", "apt:x", "apt:Tiny", "apt:tiny=", "apt:ti;ny", "apt:tiny=1;2", "apt:-tiny", "apt:tiny=1 2", "tiny",
    "http://x", "apt:../x", "apt:tiny\n",
  };
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *none = NULL;

  g_assert_true (pk_parse_source ("apt:libc++-dev=1:2.0~rc1-1+b1", &name, &version));
  g_assert_cmpstr (name, ==, "libc++-dev");
  g_assert_cmpstr (version, ==, "1:2.0~rc1-1+b1");
  g_assert_true (pk_parse_source ("apt:tiny", &plain, &none));
  g_assert_cmpstr (plain, ==, "tiny");
  g_assert_null (none);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      char *no_name, *no_version;

      g_assert_false (pk_parse_source (bad[i], &no_name, &no_version));
      g_assert_null (no_name);
      g_assert_null (no_version);
    }
}

/* Software Component Management Object 1.0, section 6.2. */
static void
test_scomo_6_2_each_failure_has_its_result_code (void)
{
  static const struct {
    int     code;
    PkStage stage;
    int     result;
  } cases[] = {
    { PK_ERROR_OUT_OF_MEMORY, PK_STAGE_DOWNLOAD, 1404 },
    { PK_ERROR_NO_SPACE, PK_STAGE_INSTALL, 1406 },
    { PK_ERROR_NO_NETWORK, PK_STAGE_DOWNLOAD, 1402 },
    { PK_ERROR_DOWNLOAD_FAILED, PK_STAGE_INSTALL, 1402 },
    { PK_ERROR_GPG_FAILURE, PK_STAGE_INSTALL, 1407 },
    { PK_ERROR_REPO_UNSIGNED, PK_STAGE_DOWNLOAD, 1407 },
    { PK_ERROR_UNTRUSTED, PK_STAGE_DOWNLOAD, 1407 },
    { PK_ERROR_NOT_FOUND, PK_STAGE_DOWNLOAD, 1402 },
    { PK_ERROR_ALREADY_INSTALLED, PK_STAGE_INSTALL, 1200 },
    { PK_ERROR_DEPENDENCY, PK_STAGE_DOWNLOAD, 1405 },
    { PK_ERROR_FAILED_INSTALL, PK_STAGE_INSTALL, 1405 },
    { PK_ERROR_FAILED_INSTALL, PK_STAGE_REMOVE, 1408 },
    { PK_ERROR_INCOMPATIBLE_ARCH, PK_STAGE_INSTALL, 1413 },
    { PK_ERROR_SYSTEM_PACKAGE, PK_STAGE_REMOVE, 1408 },
    { PK_ERROR_NOT_INSTALLED, PK_STAGE_REMOVE, 1408 },
    { PK_ERROR_CANCELLED, PK_STAGE_INSTALL, 1401 },
    { PK_ERROR_CANNOT_GET_LOCK, PK_STAGE_INSTALL, 1405 },
    { PK_ERROR_CANNOT_GET_LOCK, PK_STAGE_REMOVE, 1408 },
    { PK_ERROR_NOT_AUTHORIZED, PK_STAGE_INSTALL, 1400 },
    { PK_ERROR_NOT_OFFERED, PK_STAGE_DOWNLOAD, 1411 },
    { PK_ERROR_HTTP_AUTHENTICATION, PK_STAGE_DOWNLOAD, 1403 },
    { PK_ERROR_HTTP_SERVER, PK_STAGE_DOWNLOAD, 1500 },
    { PK_ERROR_HTTP_UNAVAILABLE, PK_STAGE_DOWNLOAD, 1501 },
    { PK_ERROR_DIED, PK_STAGE_INSTALL, 1405 },
    { 9999, PK_STAGE_INSTALL, 1412 },
  };

  g_assert_cmpint (pk_error_to_scomo (NULL, PK_STAGE_INSTALL), ==, 1200);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = g_error_new_literal (PK_ERROR, cases[i].code, "x");

      g_assert_cmpint (pk_error_to_scomo (error, cases[i].stage), ==, cases[i].result);
    }
}

static void
test_commands_get_a_status_of_their_own (void)
{
  static const struct {
    int code, status;
  } cases[] = {
    { PK_ERROR_NOT_FOUND, OMA_STATUS_NOT_FOUND },   { PK_ERROR_NO_SPACE, OMA_STATUS_DEVICE_FULL },
    { PK_ERROR_CANNOT_GET_LOCK, OMA_STATUS_RETRY_LATER }, { PK_ERROR_FAILED_INSTALL, OMA_STATUS_COMMAND_FAILED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = g_error_new_literal (PK_ERROR, cases[i].code, "the reason");
      g_autoptr(GError) status = pk_error_to_status (error);

      g_assert_error (status, OMA_STATUS_ERROR, cases[i].status);
      g_assert_cmpstr (status->message, ==, "the reason");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packagekit/package/identifiers-are-taken-apart", test_identifiers_are_taken_apart);
  g_test_add_func ("/packagekit/package/state-and-origin-are-told-apart", test_state_and_origin_are_told_apart);
  g_test_add_func ("/packagekit/package/the-newest-of-a-package-is-chosen", test_the_newest_of_a_package_is_chosen);
  g_test_add_func ("/packagekit/package/versions-are-compared-as-debian-does",
                   test_versions_are_compared_as_debian_does);
  g_test_add_func ("/packagekit/package/sources-are-names-of-packages-and-nothing-else",
                   test_sources_are_names_of_packages_and_nothing_else);
  g_test_add_func ("/packagekit/package/scomo-6.2-each-failure-has-its-result-code",
                   test_scomo_6_2_each_failure_has_its_result_code);
  g_test_add_func ("/packagekit/package/commands-get-a-status-of-their-own", test_commands_get_a_status_of_their_own);
  return g_test_run ();
}
