/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "pk-job.h"
#include "pk-package.h"

#include <omadm/omadm.h>
#include <string.h>

/* What a server says of packages: a job document, where a package is, and versions. */

static int
sign (int number)
{
  return (number > 0) - (number < 0);
}

static void
check_job (const char *text, gsize length)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PkJob) job = pk_job_parse (text, length, &error);

  g_assert_true ((job == NULL) == (error != NULL));
  if (job == NULL)
    {
      g_assert_true (error->domain == OMA_STATUS_ERROR);
      return;
    }
  g_assert_true (g_str_has_prefix (job->url, "apt:") || g_str_has_prefix (job->url, "http://") ||
                 g_str_has_prefix (job->url, "https://"));
  g_assert_true (*job->sha256 == '\0' || strlen (job->sha256) == 64);
  g_assert_cmpuint (job->n_retries, <=, 10);
}

/* A source names one package, and cannot become another identifier of PackageKit. */
static void
check_source (const char *text)
{
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  g_autofree char *again = NULL;
  g_autofree char *id = NULL;
  g_autoptr(PkPackage) package = NULL;

  if (!pk_parse_source (text, &name, &version))
    {
      g_assert_true (name == NULL && version == NULL);
      return;
    }
  again = g_strconcat ("apt:", name, version != NULL ? "=" : NULL, version, NULL);
  g_assert_cmpstr (again, ==, text);
  id = g_strjoin (";", name, version != NULL ? version : "", "all", "", NULL);
  package = pk_package_new (0, id, "");
  g_assert_nonnull (package);
  g_assert_cmpstr (package->name, ==, name);
}

static void
check_versions (const char *text)
{
  g_auto(GStrv) versions = g_strsplit (text, "\n", 3);
  guint n = g_strv_length (versions);

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      {
        int difference = sign (pk_version_compare (versions[i], versions[j]));

        g_assert_cmpint (difference, ==, -sign (pk_version_compare (versions[j], versions[i])));
        g_assert_true (i != j || difference == 0);
        /* An order. */
        for (guint k = 0; k < n; k++)
          if (difference > 0 && pk_version_compare (versions[j], versions[k]) > 0)
            g_assert_cmpint (pk_version_compare (versions[i], versions[k]), >, 0);
      }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr(PkPackage) package = pk_package_new (0, text, text);

  check_job (size > 0 ? (const char *) data : "", size);
  check_source (text);
  check_versions (text);
  if (package != NULL)
    {
      g_autofree char *id = pk_package_dup_repository_id (package);
      g_autoptr(PkPackage) again = pk_package_new (0, id, "");

      g_assert_nonnull (again);
      g_assert_cmpstr (again->version, ==, package->version);
      g_assert_true (g_utf8_validate (package->summary, -1, NULL));
    }
  return 0;
}
