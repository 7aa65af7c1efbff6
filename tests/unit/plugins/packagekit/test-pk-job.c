/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-job.h"

#include <omadm/omadm.h>
#include <string.h>

#define HASH "134D8F1F7C3C036DC3DCDFCD8A33F6CC1B5A8D9C134D8F1F7C3C036DC3DCDFCD"

static char *
make_job (const char *urls, const char *hash, const char *enforcement)
{
  return g_strdup_printf ("<MsiInstallJob id=\"{f5645004}\"><Product Version=\"1.0.2\"><Download><ContentURLList>%s"
                          "</ContentURLList></Download><Validation><FileHash>%s</FileHash></Validation>"
                          "<Enforcement>%s</Enforcement></Product></MsiInstallJob>",
                          urls, hash, enforcement);
}

static void
test_a_job_is_read (void)
{
  g_autofree char *text = make_job ("<ContentURL>ftp://x/a.msi</ContentURL> "
                                    "<ContentURL>\n https://x/a.deb </ContentURL>",
                                    HASH,
                                    "<CommandLine>/quiet</CommandLine><TimeOut>10</TimeOut><RetryCount>3</RetryCount>"
                                    "<RetryInterval>5</RetryInterval>");
  g_autoptr(GError) error = NULL;
  g_autoptr(PkJob) job = pk_job_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (job->id, ==, "{f5645004}");
  g_assert_cmpstr (job->version, ==, "1.0.2");
  g_assert_cmpstr (job->url, ==, "https://x/a.deb");
  g_assert_cmpstr (job->sha256, ==, HASH);
  g_assert_cmpuint (job->timeout, ==, 10);
  g_assert_cmpuint (job->n_retries, ==, 3);
  g_assert_cmpuint (job->pause, ==, 5);
}

static void
test_numbers_are_bounded (void)
{
  g_autofree char *text = make_job ("<ContentURL>apt:tiny</ContentURL>", "",
                                    "<TimeOut>4294967296</TimeOut><RetryCount>99999</RetryCount><RetryInterval>-5"
                                    "</RetryInterval>");
  g_autoptr(PkJob) job = pk_job_parse (text, strlen (text), NULL);

  g_assert_nonnull (job);
  g_assert_cmpuint (job->timeout, ==, 0);
  g_assert_cmpuint (job->n_retries, ==, 10);
  g_assert_cmpuint (job->pause, ==, 0);
}

static void
check_refused (const char *text)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (pk_job_parse (text, strlen (text), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST);
}

static void
test_what_is_no_job_is_refused (void)
{
  g_autofree char *no_url = make_job ("<ContentURL>file:///etc/shadow</ContentURL>", HASH, "");
  g_autofree char *bad_hash = make_job ("<ContentURL>apt:tiny</ContentURL>", "1234", "");
  g_autofree char *long_text = g_strnfill (40000, ' ');

  check_refused ("");
  check_refused ("<MsiInstallJob");
  check_refused ("<Other><Product/></Other>");
  check_refused ("<MsiInstallJob id=\"x\"/>");
  check_refused (no_url);
  check_refused (bad_hash);
  check_refused (long_text);
}

static void
test_a_job_cannot_name_other_files (void)
{
  check_refused ("<!DOCTYPE MsiInstallJob [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                 "<MsiInstallJob id=\"&x;\"><Product>"
                 "<Download><ContentURLList><ContentURL>apt:tiny</ContentURL></ContentURLList></Download></Product>"
                 "</MsiInstallJob>");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packagekit/job/a-job-is-read", test_a_job_is_read);
  g_test_add_func ("/packagekit/job/numbers-are-bounded", test_numbers_are_bounded);
  g_test_add_func ("/packagekit/job/what-is-no-job-is-refused", test_what_is_no_job_is_refused);
  g_test_add_func ("/packagekit/job/a-job-cannot-name-other-files", test_a_job_cannot_name_other_files);
  return g_test_run ();
}
