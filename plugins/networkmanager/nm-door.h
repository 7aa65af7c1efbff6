/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A door is one shape of tree for the connection profiles of NetworkManager: a place in the DM tree, tables of
 * its leaves and of its lists, and functions between values and libnm's model of a profile.  All doors show the same
 * profiles.  Which profile is meant, when it is complete, how it is written, undone and signalled is the business of
 * nm-profiles.c and nm-tree.c, for all doors alike: what a door has is pure, without a bus. */

#include <NetworkManager.h>
#include <omadm/omadm.h>

G_BEGIN_DECLS

typedef struct _NmDoor NmDoor;
typedef struct _NmLeaf NmLeaf;
typedef struct _NmList NmList;

/**
 * NmPlace:
 * @door: through which door
 * @connection: the profile; what set, add and remove may change.  It has its secrets there, as far as NetworkManager
 *   keeps them; for get and list it may have "*" in the place of each
 * @name: decoded name of the profile's node
 * @captures: decoded names of the placeholders below the profile's node, in their order, "" after the last one
 *
 * Where in a profile a node is.
 */
typedef struct {
  const NmDoor *door;
  NMConnection *connection;
  const char   *name;
  const char   *captures[4];
} NmPlace;

/**
 * NmLeafFlags:
 * @NM_LEAF_SECRET: get only tells whether there is a value; nobody gets it
 * @NM_LEAF_ALWAYS: it is there as long as the node above it is, and cannot be removed
 * @NM_LEAF_WHOLE: the same, but with it goes the profile, as with its node
 *
 * What is special of a leaf.
 */
typedef enum {
  NM_LEAF_DEFAULT = 0,
  NM_LEAF_SECRET = 1 << 0,
  NM_LEAF_ALWAYS = 1 << 1,
  NM_LEAF_WHOLE = 1 << 2,
} NmLeafFlags;

/**
 * NmLeaf:
 * @node: its path below the profile's node, with "*" for placeholders: "Wifi/SSID"
 * @get: its value; %NULL without an error when there is none
 * @set: (nullable): writes it; a %NULL value removes it.  Errors are of %OMA_STATUS_ERROR: 415 for what no profile can
 *   have, 406 for what this machine cannot do; the message is for people and never has a secret in it
 * @setting: (nullable): for nm_leaf_get_property() and the like: name of the setting in a profile, as in nmcli
 * @property: (nullable): name of its property in libnm
 * @flags: what is special
 * @data: (nullable): for @get and @set
 *
 * A leaf of a door.
 */
struct _NmLeaf {
  const char   *node;
  OmaValue   *(*get) (const NmPlace *place, const NmLeaf *leaf, GError **error);
  gboolean    (*set) (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
  const char   *setting;
  const char   *property;
  NmLeafFlags   flags;
  gconstpointer data;
};

/**
 * NmList:
 * @node: path of the node whose children are placeholders, below the profile's node: "RouteList"
 * @list: (transfer full): the decoded names of the children
 * @add: (nullable): makes the child that the last of the captures names
 * @remove: (nullable): removes it with what is below
 *
 * A list of a door: an interior node with any number of children.  Where an element cannot be in a profile before it is
 * complete, @add keeps what there is of it with nm_door_set_data(), which is as good as the rest of the profile.
 * Placeholders that are leaves have no @add: NmLeaf's set makes and removes them.
 */
struct _NmList {
  const char *node;
  char     **(*list)   (const NmPlace *place);
  gboolean   (*add)    (const NmPlace *place, GError **error);
  gboolean   (*remove) (const NmPlace *place, GError **error);
};

/**
 * NmDoor:
 * @id: letters, digits and dashes: which door, in names that are kept in profiles
 * @root: canonical URI of the interior node whose children are the profiles
 * @shows: whether a profile is seen through this door
 * @get_name: (transfer full) (nullable): the decoded name of its node where it was not made through this door (one that
 *   was has the name that the server gave it)
 * @init: what is in a new profile that is added under @name, besides its uuid
 * @finish: (nullable): puts in what follows from all that was set, before the profile is verified, for the first time
 *   and each time it is changed: its type, for instance.  %FALSE with %OMA_STATUS_INCOMPLETE_COMMAND: the error says
 *   what is missing, and a new profile stays a draft; with another status the change is refused
 * @remove: (nullable): what happens to the profile when its node is removed through this door; left out, the profile is
 *   deleted.  For doors that only show a part of a profile
 * @attaches_to: (nullable): for doors whose nodes are no profiles but a part of one (a proxy): URI of the profile's
 *   node behind any door, or its uuid, as soon as it is known from what was set in @connection, which is no profile
 *   then; @attach puts it into the profile.  Needs @remove
 * @attach: (nullable): see @attaches_to
 * @leaves: (array length=n_leaves): the leaves
 * @lists: (array length=n_lists): the lists
 *
 * A door.  Interior nodes that are no lists need no table: they are there when something is below them, or when the DDF
 * says that they always are (Occurrence One, Scope Permanent).
 */
struct _NmDoor {
  const char   *id;
  const char   *root;
  gboolean    (*shows)       (NMConnection *connection);
  char       *(*get_name)    (NMConnection *connection);
  gboolean    (*init)        (NMConnection *connection, const char *name, GError **error);
  gboolean    (*finish)      (NMConnection *connection, GError **error);
  gboolean    (*remove)      (NMConnection *connection, const char *name, GError **error);
  const char *(*attaches_to) (NMConnection *connection);
  gboolean    (*attach)      (NMConnection *connection, NMConnection *target, GError **error);
  const NmLeaf *leaves;
  gsize         n_leaves;
  const NmList *lists;
  gsize         n_lists;
};

/* All of them; the one of ./Vendor/Omadm/Network first. */
extern const NmDoor *const nm_doors[];
extern const NmDoor nm_door_network;

/* ---- What a door keeps in a profile besides its settings: texts, in the setting "user" ---- */

const char *nm_door_get_data (NMConnection *connection, const char *door, const char *key);
gboolean    nm_door_set_data (NMConnection *connection, const char *door, const char *key, const char *text,
                              GError **error);
void        nm_door_clear_data (NMConnection *connection, const char *door);

/* ---- Settings ---- */

NMSetting  *nm_door_get_setting    (NMConnection *connection, const char *setting);
NMSetting  *nm_door_ensure_setting (NMConnection *connection, const char *setting);

/* ---- Leaves that are properties of libnm's settings: chr for strings, int for numbers and enumerations, bool ---- */

OmaValue *nm_leaf_get_property (const NmPlace *place, const NmLeaf *leaf, GError **error);
void      nm_leaf_drop_if_default (NMConnection *connection, const char *setting);
gboolean  nm_leaf_set_property (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);

/* ---- Values ---- */

gboolean  nm_leaf_refuse (OmaStatus status, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);
OmaValue *nm_leaf_new_string (const char *text);
char     *nm_leaf_dup_text   (OmaValue *value);

G_END_DECLS
