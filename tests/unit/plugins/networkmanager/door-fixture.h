/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A door as the plugin uses it, without NetworkManager: a profile is made, its nodes are written, and the keyfile that
 * NetworkManager would write of it is looked at. */

#include "nm-doors.h"
#include "nm-machine.h"

G_BEGIN_DECLS

typedef struct {
  const NmDoor *door;
  NMConnection *connection;
  const char   *name;
} DoorFixture;

/* A folder with one trusted certificate, and its thumbprint. */
#define AUTHORITIES TEST_DIR "/authorities"
#define AUTHORITY AUTHORITIES "/Trial_Root.pem"
#define THUMBPRINT "d1 3c eb e5 60 75 52 6a ff fc f9 81 50 25 85 f5 dd 5d 7d 65"

void      door_fixture_open    (DoorFixture *f, const NmDoor *door, const char *name);
void      door_fixture_close   (DoorFixture *f);
gboolean  door_fixture_set     (DoorFixture *f, const char *node, const char *text, GError **error);
void      door_fixture_refuses (DoorFixture *f, const char *node, const char *text, int status, const char *reason);
char     *door_fixture_get     (DoorFixture *f, const char *node);
void      door_fixture_is      (DoorFixture *f, const char *node, const char *text);
char     *door_fixture_finish  (DoorFixture *f);
void      door_fixture_unfinished (DoorFixture *f, const char *reason);
void      door_fixture_has     (const char *keyfile, const char *group, const char *key, const char *text);
void      door_fixture_keeps_secret (DoorFixture *f, const char *secret);

G_END_DECLS
