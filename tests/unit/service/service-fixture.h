/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service on a bus of its own, over the double of an agent, and clients that call it and hear its signals. */
#pragma once

#include "agent-double.h"
#include "service/oma-object.h"
#include "service/oma-service.h"

#include <gio/gio.h>

#define TREE_PATH OMA_OBJECT_PATH "/tree"
#define TREE "org.omadm.Agent1.Tree"
#define NODE "org.omadm.Agent1.Node"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define OURS "org.omadm.Agent1.Error."
#define BUS "org.freedesktop.DBus.Error."

#define CLIENTS 2

typedef struct {
  GTestDBus       *bus;
  GDBusConnection *connection;
  const char      *name;
  OmaAgent        *agent;
  OmaService      *service;
  GDBusConnection *clients[CLIENTS];
  GString         *heard[CLIENTS];
} Fixture;

void      set_up        (Fixture *f, gconstpointer use_polkit);
void      tear_down     (Fixture *f, gconstpointer data);
void      keep_result   (GObject *source, GAsyncResult *result, gpointer user_data);
GVariant *call_full     (Fixture *f, guint client, const char *path, const char *interface, const char *method,
                         GVariant *parameters, GUnixFDList *in, GUnixFDList **out, GError **error);
char     *ask           (Fixture *f, const char *path, const char *interface, const char *method,
                         GVariant *parameters);
void      assert_answer (Fixture *f, const char *path, const char *interface, const char *method,
                         const char *parameters, const char *expected);
