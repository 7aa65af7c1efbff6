/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "session-fixture.h"

#include <string.h>

/* The input is the server: its messages, a NUL between each two. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = NULL;
  const char *p = (const char *) data, *end = p + size;
  Fixture f = { 0 };

  fixture_set_up (&f, NULL);
  f.config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("dev-0001"), g_strdup ("s3cret"), NULL };
  fixture_begin (&f);
  for (guint i = 0; p < end && i < 30; i++)
    {
      const char *stop = memchr (p, '\0', end - p);
      gsize length = stop != NULL ? (gsize) (stop - p) : (gsize) (end - p);

      g_free (text);
      text = g_strndup (p, length);
      fixture_feed (&f, text);
      g_assert_no_error (f.step_error);
      if (f.step->action == OMA_SESSION_DONE)
        break;
      g_assert_nonnull (f.step->body);
      p += length + 1;
    }
  fixture_abort (&f);
  g_assert_cmpint (f.step->action, ==, OMA_SESSION_DONE);
  fixture_tear_down (&f, NULL);
  return 0;
}
