/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account-private.h"

#include "agent/oma-account-state.h"

#include "base/oma-uri.h"
#include "session/oma-version.h"

#include <string.h>

/* Adds nodes below one URI. */
typedef struct {
  OmaPlan *plan;
  char     *uri;
} Parent;

static void
parent_clear (Parent *parent)
{
  g_free (parent->uri);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parent, parent_clear)

static char *
join (const char *parent, const char *name)
{
  GString *uri = g_string_new (parent);

  oma_uri_append_segment (uri, name, -1);
  return g_string_free (uri, FALSE);
}

static Parent
add_interior (const Parent *parent, const char *name)
{
  Parent child = { parent->plan, join (parent->uri, name) };

  oma_plan_add (child.plan, child.uri, NULL);
  return child;
}

static void
add_value (const Parent *parent, const char *name, OmaValue *value)
{
  g_autofree char *uri = join (parent->uri, name);

  oma_plan_add (parent->plan, uri, value);
}

static void
add_text (const Parent *parent, const char *name, const char *text)
{
  if (text != NULL)
    add_value (parent, name, oma_value_new_string (text));
}

static void
add_pem (const Parent *parent, const char *name, GBytes *pem)
{
  gconstpointer data;
  gsize size;

  if (pem == NULL)
    return;
  data = g_bytes_get_data (pem, &size);
  add_value (parent, name, oma_value_new (OMA_FORMAT_CHR, "application/x-pem-file", data, size));
}

static void
add_octets (const Parent *parent, const char *name, GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  add_value (parent, name, oma_value_new (OMA_FORMAT_BIN, "application/octet-stream", data, size));
}

static void
add_proof (const Parent *parent, const char *level, const char *type, const char *user, const char *secret)
{
  g_auto(Parent) node = add_interior (parent, level);

  add_text (&node, "AAuthLevel", level);
  add_text (&node, "AAuthType", type);
  add_text (&node, "AAuthName", user);
  add_text (&node, "AAuthSecret", secret);
}

static void
add_credentials (const Parent *parent, const char *level, OmaAuthType type, const char *user, const char *secret)
{
  if (type != OMA_AUTH_NONE)
    add_proof (parent, level, oma_auth_type_to_node (type), user, secret);
}

static void
add_address (const Parent *account, const char *url)
{
  g_auto(Parent) addresses = add_interior (account, "AppAddr");
  g_auto(Parent) address = add_interior (&addresses, "1");

  add_text (&address, "Addr", url);
  add_text (&address, "AddrType", "URI");
}

/* Values in the words of DM 1.1, where the same nodes are seen as ./SyncML/DMAcc: AddrType 1 is
 * HTTP, and the port has a node of its own. */
static void
add_1_1_address (const Parent *account, const char *url)
{
  g_autoptr(GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  gint port = uri != NULL ? g_uri_get_port (uri) : -1;
  g_auto(Parent) addresses = add_interior (account, "AppAddr");
  g_auto(Parent) address = add_interior (&addresses, "1");
  g_auto(Parent) ports = { NULL, NULL };
  g_auto(Parent) first = { NULL, NULL };
  g_autoptr(GUri) without_port = NULL;
  g_autofree char *text = NULL;
  g_autofree char *number = NULL;

  add_text (&address, "AddrType", "1");
  if (port == -1)
    {
      add_text (&address, "Addr", url);
      return;
    }
  without_port = g_uri_build (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), -1,
                              g_uri_get_path (uri), g_uri_get_query (uri), NULL);
  text = g_uri_to_string (without_port);
  number = g_strdup_printf ("%d", port);
  add_text (&address, "Addr", text);
  ports = add_interior (&address, "Port");
  first = add_interior (&ports, "1");
  add_text (&first, "PortNbr", number);
}

static void
add_options (const Parent *extension, GHashTable *options)
{
  g_auto(Parent) node = { NULL, NULL };
  GHashTableIter iter;
  gpointer key;
  gpointer text;

  if (g_hash_table_size (options) == 0)
    return;
  node = add_interior (extension, "Options");
  g_hash_table_iter_init (&iter, options);
  while (g_hash_table_iter_next (&iter, &key, &text))
    add_text (&node, key, text);
}

static void
add_extension (const Parent *account, const OmaAccountConfig *config, const char *digest)
{
  g_auto(Parent) outer = add_interior (account, "Ext");
  g_auto(Parent) extension = add_interior (&outer, "Omadm");

  add_value (&extension, "AllowHTTP", oma_value_new_bool (config->allow_http));
  add_text (&extension, "Encoding", oma_encoding_to_name (config->encoding));
  add_text (&extension, "Protocol", oma_dm_version_to_name (config->protocol));
  add_pem (&extension, "CA", config->ca);
  add_pem (&extension, "Certificate", config->certificate);
  add_pem (&extension, "Key", config->key);
  add_options (&extension, config->options);
  add_text (&extension, "Digest", digest);
}

static void
add_1_nodes (const Parent *account, const OmaAccountConfig *config, const char *digest)
{
  gboolean is_1_1 = config->protocol == OMA_DM_1_1;

  add_text (account, "AppID", "w7");
  add_text (account, "ServerID", config->server_id);
  add_text (account, "Name", config->name);
  if (is_1_1)
    add_1_1_address (account, config->url);
  else
    add_address (account, config->url);
  if (config->client_auth != OMA_AUTH_NONE)
    add_text (account, "AAuthPref",
              is_1_1 ? oma_auth_type_to_1_1 (config->client_auth) : oma_auth_type_to_node (config->client_auth));
  if (config->client_auth != OMA_AUTH_NONE || config->server_auth != OMA_AUTH_NONE ||
      config->http_auth != OMA_HTTP_AUTH_NONE)
    {
      g_auto(Parent) credentials = add_interior (account, "AppAuth");

      add_credentials (&credentials, "CLCRED", config->client_auth, config->user, config->secret);
      add_credentials (&credentials, "SRVCRED", config->server_auth, config->server_user, config->server_secret);
      if (config->http_auth != OMA_HTTP_AUTH_NONE)
        add_proof (&credentials, "HTTP", oma_http_auth_to_node (config->http_auth), config->http_user,
                   config->http_secret);
    }
  add_extension (account, config, digest);
}

/* ---- DM 2.0 ---- */

static void
add_moids (const Parent *account, char **moids)
{
  g_auto(Parent) perm = { NULL, NULL };

  if (moids == NULL)
    return;
  perm = add_interior (account, "Perm");
  for (guint i = 0; moids[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i + 1);
      g_auto(Parent) one = add_interior (&perm, name);

      add_text (&one, "MOID", moids[i]);
    }
}

/* Returns whether one of @others is below @prefix. */
static gboolean
has_others (GHashTable *others, const char *prefix)
{
  GHashTableIter iter;
  gpointer key;

  if (others == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, others);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (g_str_has_prefix (key, prefix))
      return TRUE;
  return FALSE;
}

/* Adds the leaves among @others that are below @prefix. */
static void
add_others (const Parent *parent, const char *prefix, GHashTable *others)
{
  GHashTableIter iter;
  gpointer key;
  gpointer bytes;

  g_hash_table_iter_init (&iter, others);
  while (g_hash_table_iter_next (&iter, &key, &bytes))
    {
      g_autofree char *text = NULL;
      const char *name;

      if (!g_str_has_prefix (key, prefix))
        continue;
      name = (const char *) key + strlen (prefix);
      text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      /* Of Auth/Bootstrap all but the address are octets. */
      if (strcmp (prefix, OMA_ACCOUNT_2_0_BOOTSTRAP) == 0 && strcmp (name, "ServerURI") != 0)
        add_octets (parent, name, bytes);
      else
        add_text (parent, name, text);
    }
}

static void
add_2_0_auth (const Parent *account, const OmaAccountConfig *config)
{
  gboolean is_bootstrap = has_others (config->others, OMA_ACCOUNT_2_0_BOOTSTRAP);
  g_auto(Parent) auth = { NULL, NULL };

  if (!is_bootstrap && config->notification_secret == NULL && config->certificate == NULL)
    return;
  auth = add_interior (account, "Auth");
  if (is_bootstrap)
    {
      g_auto(Parent) bootstrap = add_interior (&auth, "Bootstrap");

      add_others (&bootstrap, OMA_ACCOUNT_2_0_BOOTSTRAP, config->others);
    }
  if (config->notification_secret != NULL)
    {
      g_auto(Parent) noti = add_interior (&auth, "Noti");

      add_value (&noti, "Type", oma_value_new (OMA_FORMAT_INT, "text/plain", OMA_ACCOUNT_2_0_NOTI_TYPE,
                                               strlen (OMA_ACCOUNT_2_0_NOTI_TYPE)));
      add_octets (&noti, "Data", config->notification_data);
      add_octets (&noti, "Secret", config->notification_secret);
    }
  if (config->certificate != NULL)
    {
      g_auto(Parent) transport = add_interior (&auth, "Trsp");

      add_octets (&transport, "Data", config->certificate);
      add_octets (&transport, "Secret", config->key);
    }
}

static void
add_2_0_push (const Parent *account, const OmaAccountConfig *config)
{
  g_auto(Parent) push = { NULL, NULL };
  g_auto(Parent) gcm = { NULL, NULL };

  if (!has_others (config->others, OMA_ACCOUNT_2_0_GCM))
    return;
  push = add_interior (account, "Push");
  gcm = add_interior (&push, "GCM");
  add_others (&gcm, OMA_ACCOUNT_2_0_GCM, config->others);
}

static void
add_2_0_extension (const Parent *account, const OmaAccountConfig *config, const char *digest)
{
  g_auto(Parent) outer = add_interior (account, "Ext");
  g_auto(Parent) extension = add_interior (&outer, "Omadm");

  add_value (&extension, "AllowHTTP", oma_value_new_bool (config->allow_http));
  if (config->http_auth != OMA_HTTP_AUTH_NONE)
    {
      g_auto(Parent) credentials = add_interior (&extension, "HTTPAuth");

      add_text (&credentials, "Type", oma_http_auth_to_node (config->http_auth));
      add_text (&credentials, "Name", config->http_user);
      add_text (&credentials, "Secret", config->http_secret);
    }
  add_pem (&extension, "CA", config->ca);
  if (config->is_bootstrap)
    add_value (&extension, OMA_ACCOUNT_BOOTSTRAP_UNTOLD, oma_value_new_bool (TRUE));
  add_options (&extension, config->options);
  add_text (&extension, "Digest", digest);
}

static void
add_2_0_nodes (const Parent *account, const OmaAccountConfig *config, const char *digest)
{
  add_text (account, "SrvID", config->server_id);
  add_text (account, "SrvURI", config->url);
  add_text (account, "Name", config->display_name != NULL ? config->display_name : config->name);
  add_moids (account, config->moids);
  add_2_0_auth (account, config);
  add_2_0_push (account, config);
  add_2_0_extension (account, config, digest);
}

/**
 * oma_account_add_nodes:
 * @plan: a unit of work
 * @config: what the account is made of; it was checked
 * @digest: (nullable): digest of the file or document that it comes from
 *
 * Notes what makes the account's nodes (DM Standardized Objects 1.2, DM Account, or the DM Account of DM 2.0; our own
 * part is described in dmacc.ddf.xml and dmacc2.ddf.xml).
 */
void
oma_account_add_nodes (OmaPlan *plan, const OmaAccountConfig *config, const char *digest)
{
  const OmaAccountPlaces *places = oma_account_places_find (config->protocol);
  g_auto(Parent) account = { plan, oma_account_places_make_uri (places, config->name) };

  oma_plan_add (plan, account.uri, NULL);
  if (config->protocol == OMA_DM_2_0)
    add_2_0_nodes (&account, config, digest);
  else
    add_1_nodes (&account, config, digest);
}
