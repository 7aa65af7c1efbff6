/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-private.h"

#include "base/oma-secret.h"

static OmaValue *
get_value (OmaNode *node)
{
  return node != NULL && !oma_node_is_interior (node) ? oma_node_get_value (node, NULL) : NULL;
}

static const char *
get_text (OmaAccount *account, const char *relative)
{
  OmaValue *value = get_value (oma_account_find_node (account, relative));

  return value != NULL ? oma_value_get_text (value) : NULL;
}

/**
 * oma_account_dup_moids:
 * @account: an account
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the identifiers of the management objects that its
 *   server was provisioned for (DM Account of DM 2.0, Perm); %NULL: none are named, it may have to do with any
 */
char **
oma_account_dup_moids (OmaAccount *account)
{
  OmaNode *perm = oma_account_find_node (account, "Perm");
  g_autoptr(GPtrArray) moids = NULL;

  if (perm == NULL)
    return NULL;
  moids = g_ptr_array_new_with_free_func (g_free);
  for (OmaNode *child = oma_node_first_child (perm, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    {
      OmaNode *leaf = oma_node_first_child (child, NULL);
      OmaValue *value = get_value (leaf);

      if (value != NULL && oma_value_get_text (value) != NULL)
        g_ptr_array_add (moids, g_strdup (oma_value_get_text (value)));
    }
  g_ptr_array_add (moids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&moids), FALSE);
}

/**
 * oma_account_dup_extension_uri:
 * @account: an account
 *
 * Returns: (transfer full): URI of the node with what we keep with the account, whatever its release
 */
char *
oma_account_dup_extension_uri (OmaAccount *account)
{
  g_autofree char *uri = oma_account_dup_uri (account);

  return g_strconcat (uri, "/" OMA_ACCOUNT_EXTENSION, NULL);
}

static GBytes *
dup_octets (OmaAccount *account, const char *relative)
{
  OmaValue *value = get_value (oma_account_find_node (account, relative));
  gsize size;
  gconstpointer data;

  if (value == NULL)
    return NULL;
  data = oma_value_get_data (value, &size);
  return oma_secret_bytes_new (g_memdup2 (data, size), size);
}

/**
 * oma_account_read_notification_key:
 * @account: an account
 * @secret: (out) (transfer full): Auth/Noti/Secret, wiped with its last reference
 * @data: (out) (transfer full): Auth/Noti/Data
 *
 * Reads what the digest of notifications is made with (DM Account of DM 2.0, Auth/Noti).
 *
 * Returns: whether the account has it; %FALSE, too, for credentials of a kind that is not known
 */
gboolean
oma_account_read_notification_key (OmaAccount *account, GBytes **secret, GBytes **data)
{
  const char *type = get_text (account, "Auth/Noti/Type");

  *secret = *data = NULL;
  if (type == NULL)
    return FALSE;
  if (g_strcmp0 (type, OMA_ACCOUNT_2_0_NOTI_TYPE) != 0)
    {
      g_warning ("Account %s: Auth/Noti/Type %s is not supported", oma_account_get_name (account), type);
      return FALSE;
    }
  *secret = dup_octets (account, "Auth/Noti/Secret");
  *data = dup_octets (account, "Auth/Noti/Data");
  if (*secret != NULL && *data != NULL)
    return TRUE;
  g_clear_pointer (secret, g_bytes_unref);
  g_clear_pointer (data, g_bytes_unref);
  return FALSE;
}

/**
 * oma_account_requires_notification_digest:
 * @account: an account
 *
 * Our reading: a notification without a digest is refused when the account has the credentials for one; the option
 * noti-require-digest=false lets it in.
 *
 * Returns: whether a notification for the account has to have a digest
 */
gboolean
oma_account_requires_notification_digest (OmaAccount *account)
{
  return oma_account_find_node (account, "Auth/Noti") != NULL &&
         g_strcmp0 (oma_account_get_option (account, OMA_ACCOUNT_OPTION_NOTI_REQUIRE_DIGEST), "false") != 0;
}
