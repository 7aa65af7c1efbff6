/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "agent/oma-account-file.h"
#include "agent/oma-agent.h"
#include "fuzz-files.h"

#include <string.h>

#define ACCOUNT 200
#define OTHER 201     /* what the account can name: /proc/self/fd/201 */

/* The account's file, a NUL, and a file that it names. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static gsize once;
  const uint8_t *nul = size > 0 ? memchr (data, '\0', size) : NULL;
  gsize length = nul != NULL ? (gsize) (nul - data) : size;
  g_autoptr(OmaAccountConfig) config = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *digest = NULL;

  if (g_once_init_enter (&once))
    {
      fuzz_file_make (ACCOUNT);
      fuzz_file_make (OTHER);
      g_setenv ("CREDENTIALS_DIRECTORY", "/proc/self/fd", TRUE);     /* so it is also a credential */
      g_once_init_leave (&once, 1);
    }
  fuzz_file_write (ACCOUNT, data, length);
  fuzz_file_write (OTHER, nul != NULL ? nul + 1 : NULL, nul != NULL ? size - length - 1 : 0);
  config = oma_account_file_load ("/proc/self/fd/" G_STRINGIFY (ACCOUNT), TRUE, &digest, &error);
  g_assert_true ((config == NULL) == (digest == NULL));
  if (config == NULL)
    g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
  else
    g_assert_no_error (error);
  return 0;
}
