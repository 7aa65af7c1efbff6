/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-dm2-package.h"
#include "codec/oma-mo-data.h"
#include "executor-fixture.h"
#include "session/oma-objects.h"

#define NET "urn:ex:mo:net:1.0"
#define DEVICE "urn:ex:mo:dev:1.0"
#define DELEGATION "urn:oma:mo:oma-dm-dac:1.0"

/* A tree with management objects: ./Net has the instances a and b of the worked example, served by @backend, ./Other can
 * have more, and is the store's, ./Dev is the only instance of another object. */
typedef struct {
  Fixture    *fixture;
  Plugin     *plugin;      /* (nullable): of ./Net */
  OmaObjects *objects;     /* of SERVER */
} ObjectsFixture;

ObjectsFixture *objects_fixture_new  (Backend backend);
void            objects_fixture_free (ObjectsFixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ObjectsFixture, objects_fixture_free)

void       set_acl           (ObjectsFixture *fixture, const char *uri, const char *acl);
char      *get_acl           (ObjectsFixture *fixture, const char *uri);
char      *get_value         (ObjectsFixture *fixture, const char *uri);
char      *describe_nodes    (ObjectsFixture *fixture);
char      *describe_tree     (ObjectsFixture *fixture);
GPtrArray *list_objects      (OmaObjects *objects);
GPtrArray *resolve_nodes     (OmaObjects *objects, const char *uri, gboolean for_creation, GError **error);
GPtrArray *read_nodes        (OmaObjects *objects, const char *uri, GError **error);
char     **put_parts         (OmaObjects *objects, const char *uri, GPtrArray *parts, GError **error);
char      *resolve_to_text   (OmaObjects *objects, const char *uri);
char      *list_to_text      (OmaObjects *objects);
char      *read_to_text      (OmaObjects *objects, const char *uri);
char      *put_json          (OmaObjects *objects, const char *uri, const char *json);
int        make_file         (gpointer user_data, GError **error);
GPtrArray *parse_parts       (const char *media_type, const char *text);
