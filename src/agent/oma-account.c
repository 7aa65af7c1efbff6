/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-account.h"

#include "agent/oma-account-private.h"
#include "base/oma-secret.h"
#include "base/oma-uri.h"
#include "session/oma-version.h"

#include <string.h>

struct _OmaAccount {
  GObject      parent_instance;
  OmaTree     *tree;
  const OmaAccountPlaces *places;
  char        *name;
  char        *server_id;
  char        *url;
  OmaAuthType  client_auth;
  OmaAuthType  server_auth;
  OmaEncoding  encoding;
  OmaDmVersion protocol;
  gboolean     allow_http;
  GHashTable  *options;
};

G_DEFINE_FINAL_TYPE (OmaAccount, oma_account, G_TYPE_OBJECT)

static void
oma_account_finalize (GObject *object)
{
  OmaAccount *self = OMA_ACCOUNT (object);

  g_free (self->name);
  g_free (self->server_id);
  g_free (self->url);
  g_hash_table_unref (self->options);
  G_OBJECT_CLASS (oma_account_parent_class)->finalize (object);
}

static void
oma_account_class_init (OmaAccountClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_account_finalize;
}

static void
oma_account_init (OmaAccount *self)
{
  self->options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/**
 * oma_account_new:
 * @tree: the tree; it must outlive the account's use
 * @places: where it has what
 * @name: name of the account's node
 *
 * Returns: (transfer full): the account, not read yet
 */
OmaAccount *
oma_account_new (OmaTree *tree, const OmaAccountPlaces *places, const char *name)
{
  OmaAccount *self = g_object_new (OMA_TYPE_ACCOUNT, NULL);

  self->tree = tree;
  self->places = places;
  self->name = g_strdup (name);
  return self;
}

/* ---- Reading nodes.  The device reads its own stored nodes; no right is asked for that. ---- */

static OmaNode *
find_node (OmaAccount *self, const char *relative)
{
  g_autofree char *account = oma_account_dup_uri (self);
  g_autofree char *text = *relative == '\0' ? g_strdup (account) : g_strconcat (account, "/", relative, NULL);
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, text, NULL))
    return NULL;
  oma_tree_lookup (self->tree, &uri, NULL, &lookup);
  return lookup.node;
}

/* Internal: where it has what. */
const OmaAccountPlaces *
oma_account_get_places (OmaAccount *account)
{
  return account->places;
}

/* Internal: a node of the account, NULL when it is not there. */
OmaNode *
oma_account_find_node (OmaAccount *account, const char *relative)
{
  return find_node (account, relative);
}

static OmaNode *
find_child (OmaNode *parent, const char *name)
{
  for (OmaNode *child = oma_node_first_child (parent, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (strcmp (oma_node_get_name (child), name) == 0)
      return child;
  return NULL;
}

/* The child whose name comes first. */
static OmaNode *
find_first (OmaNode *parent)
{
  OmaNode *first = NULL;

  if (parent == NULL)
    return NULL;
  for (OmaNode *child = oma_node_first_child (parent, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (first == NULL || strcmp (oma_node_get_name (child), oma_node_get_name (first)) < 0)
      first = child;
  return first;
}

static OmaValue *
get_value (OmaNode *node)
{
  return node != NULL && !oma_node_is_interior (node) ? oma_node_get_value (node, NULL) : NULL;
}

static const char *
get_text (OmaNode *node)
{
  OmaValue *value = get_value (node);

  return value != NULL ? oma_value_get_text (value) : NULL;
}

static const char *
get_child_text (OmaNode *parent, const char *name)
{
  return parent != NULL ? get_text (find_child (parent, name)) : NULL;
}

/* The credentials of one direction, whatever their node is called. */
static OmaNode *
find_credentials (OmaAccount *self, const char *level)
{
  OmaNode *parent = self->places->credentials != NULL ? find_node (self, self->places->credentials) : NULL;

  if (self->places->http_credentials != NULL && strcmp (level, "HTTP") == 0)
    return find_node (self, self->places->http_credentials);
  if (parent == NULL)
    return NULL;
  for (OmaNode *child = oma_node_first_child (parent, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (g_strcmp0 (get_child_text (child, "AAuthLevel"), level) == 0)
      return child;
  return NULL;
}

/* A type that we do not have counts as none: the server will ask for what it wants. */
static OmaAuthType
read_auth_type (OmaAccount *self, const char *level)
{
  const char *text = get_child_text (find_credentials (self, level), self->places->auth_type);
  OmaAuthType type = OMA_AUTH_NONE;

  if (text != NULL && !oma_auth_type_from_node (text, &type))
    g_warning ("Account %s: AAuthType %s of %s is not supported", self->name, text, level);
  return type;
}

/* PortNbr holds where Addr names no port (DM Standardized Objects 1.2, DM Account). */
static char *
read_url (OmaAccount *self)
{
  OmaNode *address = self->places->url == NULL ? find_first (find_node (self, "AppAddr")) : NULL;
  OmaNode *ports = address != NULL ? find_child (address, "Port") : NULL;
  const char *url = self->places->url != NULL ? get_text (find_node (self, self->places->url))
                                              : get_child_text (address, "Addr");
  const char *port = get_child_text (find_first (ports), "PortNbr");
  g_autoptr(GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL) : NULL;
  g_autoptr(GUri) with_port = NULL;
  guint64 number;

  if (uri == NULL || g_uri_get_host (uri) == NULL || port == NULL || g_uri_get_port (uri) != -1 ||
      !g_ascii_string_to_unsigned (port, 10, 1, G_MAXUINT16, &number, NULL))
    return g_strdup (url);
  with_port = g_uri_build (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), (gint) number,
                           g_uri_get_path (uri), g_uri_get_query (uri), NULL);
  return g_uri_to_string (with_port);
}

static void
read_options (OmaAccount *self)
{
  OmaNode *parent = find_node (self, "Ext/Omadm/Options");

  g_hash_table_remove_all (self->options);
  if (parent == NULL)
    return;
  for (OmaNode *child = oma_node_first_child (parent, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    if (get_text (child) != NULL)
      g_hash_table_insert (self->options, g_strdup (oma_node_get_name (child)), g_strdup (get_text (child)));
}

/* DM 2.0 has accounts of its own, and no lower release. */
static OmaDmVersion
read_protocol (OmaAccount *self, const char *name)
{
  OmaDmVersion version = OMA_DM_1_2;

  if (self->places == oma_account_places_find (OMA_DM_2_0))
    return OMA_DM_2_0;
  return name != NULL && oma_dm_version_from_name (name, &version) && version != OMA_DM_2_0 ? version : OMA_DM_1_2;
}

/**
 * oma_account_reload:
 * @account: an account
 *
 * Reads the account's nodes again.
 *
 * Returns: whether the account is there and whole: it has an identifier of the server and an address.  If not
 *   it keeps what was read before
 */
gboolean
oma_account_reload (OmaAccount *account)
{
  OmaNode *extension = find_node (account, "Ext/Omadm");
  const char *server_id = get_text (find_node (account, account->places->server_id));
  const char *encoding = get_child_text (extension, "Encoding");
  g_autofree char *url = read_url (account);

  if (server_id == NULL || *server_id == '\0' || url == NULL || *url == '\0')
    return FALSE;
  g_free (account->server_id);
  account->server_id = g_strdup (server_id);
  g_free (account->url);
  account->url = g_steal_pointer (&url);
  account->client_auth = read_auth_type (account, "CLCRED");
  account->server_auth = read_auth_type (account, "SRVCRED");
  account->allow_http = g_strcmp0 (get_child_text (extension, "AllowHTTP"), "true") == 0;
  account->encoding = OMA_ENCODING_XML;
  if (encoding != NULL)
    oma_encoding_from_name (encoding, &account->encoding);
  account->protocol = read_protocol (account, get_child_text (extension, "Protocol"));
  read_options (account);
  return TRUE;
}

/**
 * oma_account_get_own_text:
 * @account: an account
 * @name: name of a leaf of Ext/Omadm
 *
 * Returns: (transfer none) (nullable): what stands there now
 */
const char *
oma_account_get_own_text (OmaAccount *account, const char *name)
{
  OmaNode *extension = find_node (account, OMA_ACCOUNT_EXTENSION);

  return get_child_text (extension, name);
}

/**
 * oma_account_exists:
 * @account: an account
 *
 * Returns: whether its nodes are still there
 */
gboolean
oma_account_exists (OmaAccount *account)
{
  return find_node (account, OMA_ACCOUNT_EXTENSION) != NULL;
}

/**
 * oma_account_dup_digest:
 * @account: an account
 *
 * Returns: (transfer full) (nullable): digest of the file that it was provisioned from
 */
char *
oma_account_dup_digest (OmaAccount *account)
{
  return g_strdup (get_text (find_node (account, "Ext/Omadm/Digest")));
}

/**
 * oma_account_read_credentials:
 * @account: an account
 * @of_server: those that the server has to show, else our own
 * @credentials: (out): the credentials; clear them after use
 *
 * Reads credentials with the nonce that holds next (DM Security 1.2, section 5.3).
 */
void
oma_account_read_credentials (OmaAccount *account, gboolean of_server, OmaCredentials *credentials)
{
  OmaNode *node = find_credentials (account, of_server ? "SRVCRED" : "CLCRED");
  OmaValue *nonce = node != NULL ? get_value (find_child (node, "AAuthData")) : NULL;
  const char *preferred = get_text (find_node (account, "AAuthPref"));

  memset (credentials, 0, sizeof *credentials);
  credentials->type = of_server ? account->server_auth : account->client_auth;
  if (!of_server && node != NULL && preferred != NULL && *preferred != '\0')
    oma_auth_type_from_node (preferred, &credentials->type);
  credentials->name = g_strdup (get_child_text (node, account->places->auth_name));
  credentials->secret = g_strdup (get_child_text (node, account->places->auth_secret));
  if (nonce != NULL && oma_value_get_size (nonce) > 0)
    {
      gsize size;
      gconstpointer data = oma_value_get_data (nonce, &size);

      credentials->nonce = g_bytes_new (data, size);
    }
}

/**
 * oma_http_credentials_clear:
 * @credentials: credentials
 *
 * Frees what @credentials point to; the secret is wiped first.
 */
void
oma_http_credentials_clear (OmaHttpCredentials *credentials)
{
  g_clear_pointer (&credentials->user, g_free);
  g_clear_pointer (&credentials->secret, oma_secret_free);
  credentials->type = OMA_HTTP_AUTH_NONE;
}

/**
 * oma_account_read_http_credentials:
 * @account: an account
 * @credentials: (out): credentials of AAuthLevel HTTP; clear them after use.  A type that we
 *   do not have counts as none
 */
void
oma_account_read_http_credentials (OmaAccount *account, OmaHttpCredentials *credentials)
{
  OmaNode *node = find_credentials (account, "HTTP");
  const char *type = get_child_text (node, account->places->auth_type);

  memset (credentials, 0, sizeof *credentials);
  if (type != NULL && !oma_http_auth_from_node (type, &credentials->type))
    g_warning ("Account %s: AAuthType %s of HTTP is not supported", account->name, type);
  if (credentials->type == OMA_HTTP_AUTH_NONE)
    return;
  credentials->user = g_strdup (get_child_text (node, account->places->auth_name));
  credentials->secret = g_strdup (get_child_text (node, account->places->auth_secret));
}

/**
 * oma_account_put_preference:
 * @account: an account
 * @plan: a unit of work
 * @type: the type of credentials that its server would rather have
 *
 * Notes what lets the next session begin with credentials of @type (DMAcc AAuthPref).
 */
void
oma_account_put_preference (OmaAccount *account, OmaPlan *plan, OmaAuthType type)
{
  g_autofree char *parent = oma_account_dup_uri (account);
  g_autofree char *uri = g_strconcat (parent, "/AAuthPref", NULL);

  oma_plan_put (plan, uri, oma_value_new_string (oma_auth_type_to_node (type)));
}

/**
 * oma_account_put_nonce:
 * @account: an account
 * @plan: a unit of work
 * @for_server: the nonce that the server has to use, else ours
 * @nonce: its octets
 *
 * Notes what keeps a nonce in AAuthData (DM Security 1.2, section 5.3.4).  Nothing is noted when
 * the account has no such credentials.
 */
void
oma_account_put_nonce (OmaAccount *account, OmaPlan *plan, gboolean for_server, GBytes *nonce)
{
  OmaNode *node = find_credentials (account, for_server ? "SRVCRED" : "CLCRED");
  g_autofree char *parent = node != NULL ? oma_node_dup_uri (node) : NULL;
  g_autofree char *uri = g_strconcat (parent != NULL ? parent : "", "/AAuthData", NULL);
  gconstpointer data;
  gsize size;

  if (parent == NULL)
    return;
  data = g_bytes_get_data (nonce, &size);
  oma_plan_put (plan, uri, oma_value_new (OMA_FORMAT_BIN, "application/octet-stream", data, size));
}

/* ---- Getters ---- */

/**
 * oma_account_get_name:
 * @account: an account
 *
 * Returns: (transfer none): its name, that of its node in ./DMAcc or ./DMAcc2
 */
const char *
oma_account_get_name (OmaAccount *account)
{
  return account->name;
}

/**
 * oma_account_dup_uri:
 * @account: an account
 *
 * Returns: (transfer full): URI of its node
 */
char *
oma_account_dup_uri (OmaAccount *account)
{
  return oma_account_places_make_uri (account->places, account->name);
}

/**
 * oma_account_get_server_id:
 * @account: an account
 *
 * Returns: (transfer none): ServerID or SrvID, the name of the server in ACLs
 */
const char *
oma_account_get_server_id (OmaAccount *account)
{
  return account->server_id;
}

/**
 * oma_account_get_url:
 * @account: an account
 *
 * Returns: (transfer none): address of the server
 */
const char *
oma_account_get_url (OmaAccount *account)
{
  return account->url;
}

/**
 * oma_account_get_client_auth:
 * @account: an account
 *
 * Returns: how we prove who we are
 */
OmaAuthType
oma_account_get_client_auth (OmaAccount *account)
{
  return account->client_auth;
}

/**
 * oma_account_get_server_auth:
 * @account: an account
 *
 * Returns: how the server proves who it is, beside what the transport does
 */
OmaAuthType
oma_account_get_server_auth (OmaAccount *account)
{
  return account->server_auth;
}

/**
 * oma_account_get_encoding:
 * @account: an account
 *
 * Returns: how messages are written; it means nothing for DM 2.0
 */
OmaEncoding
oma_account_get_encoding (OmaAccount *account)
{
  return account->encoding;
}

/**
 * oma_account_get_encoding_name:
 * @account: an account
 *
 * Returns: how messages are written: xml, wbxml or, of DM 2.0, json
 */
const char *
oma_account_get_encoding_name (OmaAccount *account)
{
  return account->protocol == OMA_DM_2_0 ? "json" : oma_encoding_to_name (account->encoding);
}

/**
 * oma_account_get_protocol:
 * @account: an account
 *
 * Returns: the release that its sessions begin with
 */
OmaDmVersion
oma_account_get_protocol (OmaAccount *account)
{
  return account->protocol;
}

/**
 * oma_account_get_allow_http:
 * @account: an account
 *
 * Returns: whether plain HTTP is allowed
 */
gboolean
oma_account_get_allow_http (OmaAccount *account)
{
  return account->allow_http;
}

/**
 * oma_account_get_option:
 * @account: an account
 * @key: a key, see omadm.conf(5)
 *
 * Returns: (transfer none) (nullable): what the account's option @key is set to
 */
const char *
oma_account_get_option (OmaAccount *account, const char *key)
{
  return g_hash_table_lookup (account->options, key);
}

/**
 * oma_account_get_flag:
 * @account: an account
 * @key: key of an option
 *
 * Returns: whether the option is set to true
 */
gboolean
oma_account_get_flag (OmaAccount *account, const char *key)
{
  return g_strcmp0 (oma_account_get_option (account, key), "true") == 0;
}

/**
 * oma_account_get_quirks:
 * @account: an account
 *
 * Returns: what its server does otherwise than the specification
 */
OmaSessionQuirks
oma_account_get_quirks (OmaAccount *account)
{
  static const struct {
    const char      *key;
    OmaSessionQuirks quirk;
  } keys[] = {
    { OMA_ACCOUNT_OPTION_UPSERT, OMA_QUIRK_UPSERT },
    { OMA_ACCOUNT_OPTION_NONCE_AS_TEXT, OMA_QUIRK_NONCE_AS_TEXT },
    { OMA_ACCOUNT_OPTION_RFC2104_HMAC, OMA_QUIRK_RFC2104_HMAC },
    { OMA_ACCOUNT_OPTION_HEX_MAC, OMA_QUIRK_HEX_MAC },
    { OMA_ACCOUNT_OPTION_SIZE_OPTIONAL, OMA_QUIRK_SIZE_OPTIONAL },
    { OMA_ACCOUNT_OPTION_MS_PREFIXES, OMA_QUIRK_MS_PREFIXES },
    { OMA_ACCOUNT_OPTION_MS_MDM, OMA_QUIRK_UPSERT | OMA_QUIRK_MS_PREFIXES },
  };
  OmaSessionQuirks quirks = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (oma_account_get_flag (account, keys[i].key))
      quirks |= keys[i].quirk;
  return quirks;
}

/**
 * oma_account_get_digest:
 * @account: an account
 *
 * Returns: the digest algorithm of its credentials
 */
OmaDigestType
oma_account_get_digest (OmaAccount *account)
{
  const char *name = oma_account_get_option (account, OMA_ACCOUNT_OPTION_DIGEST);
  OmaDigestType type = OMA_DIGEST_MD5;

  if (name != NULL)
    oma_account_digest_from_name (name, &type);
  return type;
}

/**
 * oma_account_get_number:
 * @account: an account
 * @key: key of an option
 * @fallback: what holds when the option is not set, or not to a number
 *
 * Returns: the option's number
 */
guint
oma_account_get_number (OmaAccount *account, const char *key, guint fallback)
{
  const char *text = oma_account_get_option (account, key);
  guint64 number;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &number, NULL))
    return fallback;
  return (guint) number;
}
