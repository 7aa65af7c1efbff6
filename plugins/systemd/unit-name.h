/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of units, and the administrator's list of those that may be managed.  Plugin and helper share
 * this file; omadm-systemd.rules says the same to polkit. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The list that the administrator keeps; tests have one of their own. */
#ifndef UNIT_ALLOW_FILE
#define UNIT_ALLOW_FILE OMADM_CONFIG_DIR "/units.allow"
#endif

/* Units of the list, which bounds what reading all of them asks of systemd. */
#define UNIT_ALLOW_MAX 64

/* Octets of the list's file. */
#define UNIT_ALLOW_MAX_FILE (64 * 1024)

gboolean unit_name_is_valid    (const char *name);
gboolean unit_name_is_shown    (const char *name);
gboolean unit_name_is_reserved (const char *name);
gboolean unit_name_may_be_listed (const char *name);
char    *unit_name_to_path     (const char *name);
char    *unit_name_from_path   (const char *path);

GHashTable *unit_allow_parse   (const char *text, gsize size, GPtrArray *refused);
GHashTable *unit_allow_load    (const char *path, GError **error);

G_END_DECLS
