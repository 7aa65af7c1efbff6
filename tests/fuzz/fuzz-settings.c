/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "fuzz-files.h"
#include "service/oma-account-settings.h"
#include "service/oma-dbus-error.h"

#include <string.h>

#define FILE_NUMBER 200

typedef struct {
  OmaAccountConfig *config;
  GError           *error;
} Outcome;

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->config = oma_account_settings_read_finish (result, &outcome->error);
}

/* The settings of AddAccount as GLib writes a{sv}, a NUL, and what a file holds that "handle 0" stands for. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static gsize once;
  const uint8_t *nul = size > 0 ? memchr (data, '\0', size) : NULL;
  const char *text = (const char *) data, *end = text + (nul != NULL ? (gsize) (nul - data) : size);
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GUnixFDList) descriptors = NULL;
  g_autoptr(OmaAccountConfig) config = NULL;
  g_autoptr(GError) error = NULL;
  Outcome outcome = { NULL, NULL };
  int number = FILE_NUMBER;

  /* g_variant_parse() wants text, which nothing but text comes out of the bus as. */
  if (size > 0 && g_utf8_validate (text, end - text, NULL))
    settings = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, end, NULL, NULL);
  if (settings == NULL)
    return 0;
  if (g_once_init_enter (&once))
    {
      fuzz_file_make (FILE_NUMBER);
      g_once_init_leave (&once, 1);
    }
  fuzz_file_write (FILE_NUMBER, nul != NULL ? nul + 1 : NULL, nul != NULL ? size - (gsize) (nul - data) - 1 : 0);
  descriptors = g_unix_fd_list_new ();
  g_unix_fd_list_append (descriptors, number, &error);
  g_assert_no_error (error);
  oma_account_settings_read_async ("a", settings, descriptors, NULL, read_cb, &outcome);
  while (outcome.config == NULL && outcome.error == NULL)
    g_main_context_iteration (NULL, TRUE);
  config = outcome.config;
  error = outcome.error;
  if (config == NULL)
    g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
  else if (!oma_account_config_check (config, &error))
    g_assert_nonnull (error);
  return 0;
}
