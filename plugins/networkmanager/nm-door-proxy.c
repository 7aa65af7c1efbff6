/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-doors.h"

#include "nm-pac.h"

#include <string.h>

/* ./Proxy: proxies of OMA's connectivity objects (urn:oma:mo:oma-connmo-proxy:1.0).
 *
 * A proxy is no profile: it goes into the one that its ConRef names, as a PAC script, for NetworkManager has no other
 * place.  What was written is kept beside the script, and holds as long as the script is the one that it makes. */

#define DOOR "proxy"
#define KEY_TYPE "ProxyType"
#define KEY_ADDRESS_TYPE "AddrType"
#define KEY_ADDRESS "Addr"
#define KEY_NAME "AddrFQDN"
#define KEY_PORT "Port"              /* name of the element of Ports */
#define KEY_NUMBER "PortNbr"
#define KEY_REFERENCE "ConRefs"      /* name of the element of ConRefs */
#define KEY_TARGET "ConRef"

static const char *
get (NMConnection *connection, const char *key)
{
  return nm_door_get_data (connection, DOOR, key);
}

static gboolean
refuse (GError **error, const char *text)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s", text);
}

/* The host as it stands in a script; NULL when there is none. */
static char *
make_host (NMConnection *connection)
{
  const char *address = get (connection, KEY_ADDRESS);

  if (address == NULL)
    address = get (connection, KEY_NAME);
  if (address != NULL && strchr (address, ':') != NULL && *address != '[')
    return g_strconcat ("[", address, "]", NULL);
  return g_strdup (address);
}

/* The script that what is kept makes; NULL when something is missing. */
static char *
make_script (NMConnection *connection)
{
  g_autofree char *host = make_host (connection);
  const char *port = get (connection, KEY_NUMBER);
  gboolean socks = g_strcmp0 (get (connection, KEY_TYPE), "SOCKS") == 0;

  return host != NULL && port != NULL ? nm_pac_make (socks ? "SOCKS" : "PROXY", host, port) : NULL;
}

/* Whether @connection is a profile that has this proxy; else it only holds what was written of one so far. */
static gboolean
is_attached (NMConnection *connection)
{
  return nm_connection_get_connection_type (connection) != NULL;
}

static gboolean
shows (NMConnection *connection)
{
  g_autofree char *kind = NULL, *host = NULL, *port = NULL;

  return get (connection, KEY_TARGET) != NULL &&
         nm_pac_parse (nm_pac_get_script (connection), &kind, &host, &port);
}

/* After each change of a proxy that is in a profile. */
static void
update (NMConnection *connection)
{
  g_autofree char *script = is_attached (connection) ? make_script (connection) : NULL;

  if (script != NULL)
    nm_pac_set_proxy (connection, TRUE, NULL, script);
}

static gboolean
set_data (NMConnection *connection, const char *key, const char *text, GError **error)
{
  if (!nm_door_set_data (connection, DOOR, key, text, error))
    return FALSE;
  update (connection);
  return TRUE;
}

static gboolean
init (NMConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
check_address (NMConnection *connection, GError **error)
{
  const char *type = get (connection, KEY_ADDRESS_TYPE);
  g_autofree char *host = make_host (connection);
  gboolean v6 = host != NULL && *host == '[';

  if (host == NULL || type == NULL || g_ascii_strcasecmp (type, "ALPHA") == 0)
    return TRUE;
  if (g_ascii_strcasecmp (type, "IPV6") == 0 ? v6 : !v6 && nm_utils_ipaddr_valid (AF_INET, host))
    return TRUE;
  return refuse (error, "Addr is not of its AddrType");
}

static gboolean
finish (NMConnection *connection, GError **error)
{
  g_autofree char *script = make_script (connection);

  if (!check_address (connection, error))
    return FALSE;
  if (script == NULL || get (connection, KEY_TARGET) == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "%s is missing",
                           get (connection, KEY_TARGET) == NULL ? "ConRefs/<x>/ConRef" :
                           get (connection, KEY_NUMBER) == NULL ? "Ports/<x>/PortNbr" : "Addr or AddrFQDN");
  return TRUE;
}

static const char *
attaches_to (NMConnection *connection)
{
  g_autofree char *script = make_script (connection);

  return script != NULL ? get (connection, KEY_TARGET) : NULL;
}

static const char *const keys[] = {
  "name", "ProxyID", "Name", KEY_TYPE, KEY_ADDRESS_TYPE, KEY_ADDRESS, KEY_NAME, KEY_PORT, KEY_NUMBER, KEY_REFERENCE,
  KEY_TARGET,
};

static gboolean
attach (NMConnection *connection, NMConnection *target, GError **error)
{
  g_autofree char *script = make_script (connection);

  if (!finish (connection, error))
    return FALSE;
  if (shows (target))
    return nm_leaf_refuse (OMA_STATUS_ALREADY_EXISTS, error, "The profile has a proxy");
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!nm_door_set_data (target, DOOR, keys[i], get (connection, keys[i]), error))
      return FALSE;
  nm_pac_set_proxy (target, TRUE, NULL, script);
  return TRUE;
}

static gboolean
remove_proxy (NMConnection *connection, const char *name G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  if (shows (connection))
    nm_pac_set_proxy (connection, FALSE, NULL, NULL);
  nm_door_clear_data (connection, DOOR);
  return TRUE;
}

/* ---- Leaves: what is kept, or what somebody wrote into the script since ---- */

static OmaValue *
get_kept (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  return nm_leaf_new_string (get (place->connection, leaf->data));
}

static gboolean
set_kept (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  return set_data (place->connection, leaf->data, text, error);
}

/* What the script of the profile says, %FALSE when it is the one that what is kept makes. */
static gboolean
was_changed (NMConnection *connection, char **kind, char **host, char **port)
{
  const char *script = nm_pac_get_script (connection);
  g_autofree char *made = make_script (connection);

  return is_attached (connection) && g_strcmp0 (script, made) != 0 && nm_pac_parse (script, kind, host, port);
}

static OmaValue *
get_type (const NmPlace *place, const NmLeaf *leaf, GError **error)
{
  g_autofree char *kind = NULL, *host = NULL, *port = NULL;

  if (was_changed (place->connection, &kind, &host, &port))
    return oma_value_new_string (strcmp (kind, "SOCKS") == 0 ? kind : "HTTP");
  return get_kept (place, leaf, error);
}

static OmaValue *
get_address (const NmPlace *place, const NmLeaf *leaf, GError **error)
{
  g_autofree char *kind = NULL, *host = NULL, *port = NULL;

  if (!was_changed (place->connection, &kind, &host, &port))
    return get_kept (place, leaf, error);
  return strcmp (leaf->node, KEY_ADDRESS) == 0 ? nm_leaf_new_string (host) : NULL;
}

static gboolean
set_address (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value), *bracketed = g_strdup_printf ("[%s]", text != NULL ? text : "");

  if (text != NULL && !nm_pac_is_host (text) && !nm_pac_is_host (bracketed))
    return refuse (error, "This is no name or address of a host");
  return set_kept (place, leaf, value, error);
}

static OmaValue *
get_number (const NmPlace *place, const NmLeaf *leaf, GError **error)
{
  g_autofree char *kind = NULL, *host = NULL, *port = NULL;

  if (g_strcmp0 (place->captures[0], get (place->connection, KEY_PORT)) != 0)
    return NULL;
  if (was_changed (place->connection, &kind, &host, &port))
    return nm_leaf_new_string (port);
  return get_kept (place, leaf, error);
}

static gboolean
set_number (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  if (text == NULL || !nm_pac_is_port (text))
    return refuse (error, "PortNbr is no number of a port");
  return set_kept (place, leaf, value, error);
}

static OmaValue *
get_reference (const NmPlace *place, const NmLeaf *leaf, GError **error)
{
  if (g_strcmp0 (place->captures[0], get (place->connection, KEY_REFERENCE)) != 0)
    return NULL;
  return get_kept (place, leaf, error);
}

static gboolean
set_reference (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  if (text == NULL || *text == '\0')
    return refuse (error, "ConRef names no node");
  if (is_attached (place->connection) && g_strcmp0 (get (place->connection, KEY_TARGET), text) != 0)
    return nm_leaf_refuse (OMA_STATUS_NOT_ALLOWED, error,
                           "A proxy stays where it is: remove it, and add it for the other one");
  return set_kept (place, leaf, value, error);
}

/* ---- Lists of one: a script sends everything to one port, and is in one profile ---- */

static char **
list_one (const char *name)
{
  const char *names[] = { name, NULL };

  return g_strdupv ((char **) names);
}

static gboolean
add_one (const NmPlace *place, const char *key, const char *reason, GError **error)
{
  if (get (place->connection, key) != NULL)
    return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error, "%s", reason);
  return set_data (place->connection, key, place->captures[0], error);
}

static char **
list_ports (const NmPlace *place)
{
  return list_one (get (place->connection, KEY_PORT));
}

static gboolean
add_port (const NmPlace *place, GError **error)
{
  return add_one (place, KEY_PORT, "A proxy has one port", error);
}

static gboolean
remove_port (const NmPlace *place, GError **error)
{
  return set_data (place->connection, KEY_PORT, NULL, error) && set_data (place->connection, KEY_NUMBER, NULL, error);
}

static char **
list_references (const NmPlace *place)
{
  return list_one (get (place->connection, KEY_REFERENCE));
}

static gboolean
add_reference (const NmPlace *place, GError **error)
{
  return add_one (place, KEY_REFERENCE, "A proxy goes with one profile", error);
}

static gboolean
remove_reference (const NmPlace *place, GError **error)
{
  if (is_attached (place->connection))
    return nm_leaf_refuse (OMA_STATUS_NOT_ALLOWED, error, "A proxy without a profile is nowhere: remove it");
  return set_data (place->connection, KEY_REFERENCE, NULL, error) &&
         set_data (place->connection, KEY_TARGET, NULL, error);
}

static const NmLeaf leaves[] = {
  { .node = "ProxyID", .get = get_kept, .set = set_kept, .data = "ProxyID" },
  { .node = "Name", .get = get_kept, .set = set_kept, .data = "Name" },
  { .node = KEY_TYPE, .get = get_type, .set = set_kept, .data = KEY_TYPE },
  { .node = KEY_ADDRESS_TYPE, .get = get_kept, .set = set_kept, .data = KEY_ADDRESS_TYPE },
  { .node = KEY_ADDRESS, .get = get_address, .set = set_address, .data = KEY_ADDRESS },
  { .node = KEY_NAME, .get = get_address, .set = set_address, .data = KEY_NAME },
  { .node = "Ports/*/PortNbr", .get = get_number, .set = set_number, .data = KEY_NUMBER },
  { .node = "ConRefs/*/ConRef", .get = get_reference, .set = set_reference, .data = KEY_TARGET },
};

static const NmList lists[] = {
  { .node = "Ports", .list = list_ports, .add = add_port, .remove = remove_port },
  { .node = "ConRefs", .list = list_references, .add = add_reference, .remove = remove_reference },
};

const NmDoor nm_door_proxy = {
  .id = DOOR,
  .root = "./Proxy",
  .shows = shows,
  .init = init,
  .finish = finish,
  .remove = remove_proxy,
  .attaches_to = attaches_to,
  .attach = attach,
  .leaves = leaves,
  .n_leaves = G_N_ELEMENTS (leaves),
  .lists = lists,
  .n_lists = G_N_ELEMENTS (lists),
};
