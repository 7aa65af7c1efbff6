/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-dbus-bootstrap.h"

#include "base/oma-secret.h"
#include "service/oma-account-settings.h"
#include "service/oma-dbus-account.h"
#include "service/oma-dbus-error.h"
#include "service/oma-fd-reader.h"
#include "service/oma-value-variant.h"

#include <string.h>

#define NAME "name"

/* What settings of an account a bootstrap can be given. */
static const char *const document_keys[] = { "manage", NULL };
static const char *const from_keys[] = {
  "ca", "certificate", "http-auth", "http-secret", "http-user", "key", "manage", NULL,
};

/* A call until its account is made. */
typedef struct {
  OmaRequest       *request;
  char             *name;       /* (nullable) */
  OmaAccountConfig *settings;
} Call;

static void
call_free (Call *call)
{
  g_free (call->name);
  g_clear_pointer (&call->settings, oma_account_config_free);
  g_free (call);
}

/* Takes over @call and @error. */
static void
fail (Call *call, GError *error)
{
  oma_request_return_error (call->request, error);
  call_free (call);
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  g_autoptr(OmaAccount) account = oma_agent_bootstrap_finish (OMA_AGENT (source), result, &error);
  g_autofree char *path = NULL;

  if (account == NULL)
    {
      fail (call, error);
      return;
    }
  path = oma_dbus_account_dup_path (oma_account_get_name (account));
  oma_request_return (call->request, g_variant_new ("(o)", path), NULL);
  call_free (call);
}

/* ---- Options ---- */

/* Takes the name out of the options; what is left must be among @keys.  Returns: (transfer full) (nullable): the rest */
static GVariant *
take_name (GVariant *options, const char *const *keys, char **name, GError **error)
{
  g_auto(GVariantDict) rest = G_VARIANT_DICT_INIT (NULL);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr(GVariant) owned = value;
      gboolean is_name = strcmp (key, NAME) == 0 && *name == NULL;

      if (is_name && g_variant_is_of_type (owned, G_VARIANT_TYPE_STRING))
        *name = g_variant_dup_string (owned, NULL);
      else if (!is_name && g_strv_contains (keys, key) && !g_variant_dict_contains (&rest, key))
        g_variant_dict_insert_value (&rest, key, owned);
      else
        {
          g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS,
                       "No such option, of another type, or given twice: '%s'", key);
          return NULL;
        }
    }
  return g_variant_ref_sink (g_variant_dict_end (&rest));
}

static void
read_options (OmaRequest *request, GVariant *options, const char *const *keys, GAsyncReadyCallback callback)
{
  Call *call = g_new0 (Call, 1);
  g_autoptr(GVariant) settings = NULL;
  GError *error = NULL;

  call->request = request;
  settings = take_name (options, keys, &call->name, &error);
  if (settings == NULL)
    fail (call, error);
  else
    oma_account_settings_read_async ("", settings, oma_request_get_descriptors (request), request->cancellable, callback,
                                     call);
}

/* ---- A document that the caller has ---- */

static void
document_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  g_autoptr(OmaValue) octets = oma_fd_read_finish (result, &error);
  g_autoptr(GBytes) document = NULL;
  const char *media_type;
  gconstpointer data;
  gsize size;

  if (octets == NULL)
    {
      fail (call, error);
      return;
    }
  data = oma_value_get_data (octets, &size);
  document = oma_secret_bytes_new (g_memdup2 (data, size), size);
  g_variant_get_child (call->request->parameters, 1, "&s", &media_type);
  oma_agent_bootstrap_async (call->request->agent, call->name, media_type, document,
                             (const char *const *) call->settings->manage, made_cb, call);
}

static void
document_options_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr(GVariant) handle = g_variant_get_child_value (call->request->parameters, 0);
  GError *error = NULL;
  int fd;

  call->settings = oma_account_settings_read_finish (result, &error);
  fd = call->settings != NULL ? oma_variant_dup_handle (handle, oma_request_get_descriptors (call->request), &error) : -1;
  if (fd < 0)
    fail (call, error);
  else
    oma_fd_read_async (fd, OMA_FD_FILE_OR_PIPE, OMA_AGENT_MAX_BOOTSTRAP, call->request->cancellable, document_cb, call);
}

/**
 * oma_dbus_bootstrap_document:
 * @request: (transfer full): Bootstrap of org.omadm.Agent1
 *
 * Makes the account that a document describes.
 */
void
oma_dbus_bootstrap_document (OmaRequest *request)
{
  g_autoptr(GVariant) options = g_variant_get_child_value (request->parameters, 2);

  read_options (request, options, document_keys, document_options_cb);
}

/* ---- One that a server has ---- */

static void
from_options_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  OmaAccountConfig *settings = oma_account_settings_read_finish (result, &error);
  const char *uri;

  if (settings == NULL)
    {
      fail (call, error);
      return;
    }
  g_variant_get_child (call->request->parameters, 0, "&s", &uri);
  oma_agent_bootstrap_from_async (call->request->agent, call->name, uri, settings, made_cb, call);
}

/**
 * oma_dbus_bootstrap_from:
 * @request: (transfer full): BootstrapFrom of org.omadm.Agent1
 *
 * Gets a document by HTTPS, and makes the account that it describes.
 */
void
oma_dbus_bootstrap_from (OmaRequest *request)
{
  g_autoptr(GVariant) options = g_variant_get_child_value (request->parameters, 1);

  read_options (request, options, from_keys, from_options_cb);
}
