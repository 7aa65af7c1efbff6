/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define OMA_CTL_BUS_NAME "org.omadm.Agent1"
#define OMA_CTL_PATH "/org/omadm/Agent1"
#define OMA_CTL_AGENT "org.omadm.Agent1"
#define OMA_CTL_TREE "org.omadm.Agent1.Tree"
#define OMA_CTL_SESSION "org.omadm.Agent1.Session"

/* Exit statuses; listed in omadmctl(1). */
typedef enum {
  OMA_CTL_OK = 0,
  OMA_CTL_FAILED = 1,
  OMA_CTL_USAGE = 2,
  OMA_CTL_NO_SERVICE = 3,
} OmaCtlExit;

/**
 * OmaCtl:
 * @connection: (nullable): the bus, once oma_ctl_connect() was called
 * @no_bus: the bus could not be reached
 * @session_bus: --session-bus was given
 * @address: (nullable): what --bus-address gave
 * @json: --json was given: the result is one JSON document on standard output
 * @colour: standard output is a terminal that shows colours
 *
 * What all verbs share.
 */
typedef struct {
  GDBusConnection *connection;
  gboolean         no_bus;
  gboolean         session_bus;
  char            *address;
  gboolean         json;
  gboolean         colour;
} OmaCtl;

/* A verb gets its arguments, its own name first. */
typedef OmaCtlExit (*OmaCtlRun) (OmaCtl *ctl, int argc, char **argv);

OmaCtlExit oma_ctl_status   (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_tree     (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_get      (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_set      (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_add      (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_delete   (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_exec     (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_find     (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_sync     (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_sessions (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_monitor  (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_watch    (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_agent    (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_account  (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_alert    (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_alerts   (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_plugin   (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_unit     (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_bootstrap (OmaCtl *ctl, int argc, char **argv);
OmaCtlExit oma_ctl_notify   (OmaCtl *ctl, int argc, char **argv);

/* oma-ctl-call.c */
gboolean   oma_ctl_parse    (OmaCtl *ctl, const char *usage, const GOptionEntry *entries, int *argc, char ***argv,
                             int min_arguments, int max_arguments);
gboolean   oma_ctl_connect  (OmaCtl *ctl, GError **error);
GVariant  *oma_ctl_call     (OmaCtl *ctl, const char *interface, const char *method, GVariant *parameters,
                             const char *reply_type, GUnixFDList *in, GUnixFDList **out, GError **error);
OmaCtlExit oma_ctl_fail     (OmaCtl *ctl, const GError *error);
OmaCtlExit oma_ctl_fail_usage (OmaCtl *ctl, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* oma-ctl-settings.c */
void       oma_ctl_put_string  (GVariantDict *settings, const char *key, const char *value);
int        oma_ctl_open_file   (const char *path, GUnixFDList *fds, GError **error);
gboolean   oma_ctl_put_file    (GVariantDict *settings, GUnixFDList *fds, const char *key, const char *path,
                                GError **error);

/* oma-ctl-output.c */
typedef enum {
  OMA_CTL_PLAIN,
  OMA_CTL_BOLD,
  OMA_CTL_DIM,
  OMA_CTL_GOOD,
  OMA_CTL_BAD,
} OmaCtlStyle;

void       oma_ctl_print       (OmaCtl *ctl, OmaCtlStyle style, const char *format, ...) G_GNUC_PRINTF (3, 4);
char      *oma_ctl_value_text  (GVariant *value, GUnixFDList *fds, gsize *length);
char      *oma_ctl_printable   (const char *text, gsize length);
char      *oma_ctl_time        (gint64 seconds);
void       oma_ctl_json_value  (JsonBuilder *builder, GVariant *value, GUnixFDList *fds);
void       oma_ctl_json_properties (JsonBuilder *builder, GVariant *properties);
void       oma_ctl_json_list   (JsonBuilder *builder, GVariant *properties, const char *key, const char *type,
                                const char *const *names);
void       oma_ctl_json_print  (JsonBuilder *builder, gboolean pretty);
void       oma_ctl_json_print_name (const char *name);
char      *oma_ctl_json_name   (const char *name);
void       oma_ctl_print_list  (OmaCtl *ctl, GVariant *reply, void (*print_line) (OmaCtl *ctl, GVariant *properties));

G_END_DECLS
