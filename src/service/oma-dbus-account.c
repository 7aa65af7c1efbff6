/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-object.h"

#include "oma-dbus.h"
#include "service/oma-dbus-account.h"
#include "service/oma-dbus-session.h"
#include "service/oma-path.h"
#include "service/oma-service.h"
#include "session/oma-version.h"

#include <string.h>

#define PREFIX OMA_OBJECT_PATH "/account"

static GVariant *
text (const char *string)
{
  return g_variant_new_string (string != NULL ? string : "");
}

static GVariant *
get_property (gpointer object, const char *name)
{
  OmaAccount *account = object;

  if (strcmp (name, "Name") == 0)
    return text (oma_account_get_name (account));
  if (strcmp (name, "ServerId") == 0)
    return text (oma_account_get_server_id (account));
  if (strcmp (name, "Url") == 0)
    return text (oma_account_get_url (account));
  if (strcmp (name, "Auth") == 0)
    return text (oma_auth_type_to_name (oma_account_get_client_auth (account)));
  if (strcmp (name, "ServerAuth") == 0)
    return text (oma_auth_type_to_name (oma_account_get_server_auth (account)));
  if (strcmp (name, "Encoding") == 0)
    return text (oma_account_get_encoding_name (account));
  if (strcmp (name, "Protocol") == 0)
    return text (oma_dm_version_to_name (oma_account_get_protocol (account)));
  if (strcmp (name, "NotBefore") == 0)
    return g_variant_new_int64 (oma_account_get_not_before (account));
  if (strcmp (name, "AllowHttp") == 0)
    return g_variant_new_boolean (oma_account_get_allow_http (account));
  g_return_val_if_reached (NULL);
}

/**
 * oma_dbus_account_dup_path:
 * @name: name of an account
 *
 * Returns: (transfer full): the path of its object
 */
char *
oma_dbus_account_dup_path (const char *name)
{
  GString *path = g_string_new (PREFIX);

  oma_path_append_segment (path, name);
  return g_string_free (path, FALSE);
}

static gboolean
resolve (OmaRequest *request, GError **error)
{
  const char *segment = request->path + strlen (PREFIX "/");
  g_autofree char *name = oma_path_decode_segment (segment, strlen (segment));
  OmaAccount *account = name != NULL ? oma_agent_find_account (request->agent, name) : NULL;

  if (account == NULL)
    {
      g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_UNKNOWN_OBJECT, "No account has the path %s", request->path);
      return FALSE;
    }
  oma_request_set_object (request, g_object_ref (account), g_object_unref);
  return TRUE;
}

static void
introspect_all (OmaRequest *request)
{
  GPtrArray *accounts = oma_agent_get_accounts (request->agent);
  g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < accounts->len; i++)
    g_ptr_array_add (children, oma_path_encode_name (oma_account_get_name (g_ptr_array_index (accounts, i))));
  oma_object_return_introspection (request, &oma_dbus_accounts_object, children);
}

static void
handle_sync (OmaRequest *request)
{
  oma_dbus_session_start (request, oma_account_get_name (request->object));
}

static const OmaMethod methods[] = {
  { "Sync", handle_sync },
  { NULL, NULL },
};

/* org.omadm.Agent1.Account */
const OmaInterface oma_dbus_account_interface = { oma_dbus_agent1_account_interface_info, methods, get_property };

static const OmaInterface *const interfaces[] = { &oma_dbus_account_interface, NULL };

/* /org/omadm/Agent1/account/NAME */
const OmaObjectClass oma_dbus_account_object = { interfaces, resolve, NULL };

/* /org/omadm/Agent1/account, above them */
const OmaObjectClass oma_dbus_accounts_object = { NULL, NULL, introspect_all };
