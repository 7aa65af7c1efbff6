/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugin, and what its doors (SCOMO, Linux's own subtree, the paths of Windows) share. */
#pragma once

#include "pk-details.h"
#include "pk-inventory.h"
#include "pk-operation.h"
#include "pk-package.h"
#include "pk-store.h"
#include "pk-transaction.h"

#include <omadm/omadm.h>

G_BEGIN_DECLS

#define PK_SCOMO_URI "./SCOMO"
#define PK_PACKAGES_URI "./Vendor/Omadm/Packages"
#define PK_UPDATE_URI "./Vendor/Omadm/Update"
#define PK_MSI_URI "./Vendor/MSFT/EnterpriseDesktopAppManagement/MSI"

typedef struct _Pk Pk;

struct _Pk {
  int            ref_count;
  OmaPluginHost *host;
  PkStore       *state;          /* downloads, operations, policy */
  PkStore       *jobs;           /* of EnterpriseDesktopAppManagement */
  PkInventory   *inventory;      /* what is installed */
  PkInventory   *updates;        /* what can be updated */
  PkDetails     *details;        /* of what is installed */
  PkQueue       *queue;
  char          *spool;          /* directory of what is downloaded */
  char          *lists;          /* APT's */
  char          *reboot_file;    /* there when the machine waits for a restart */
  guint64        max_download;   /* octets */
  guint          download_tries; /* how often a lost connection is taken up again */
  guint          schedule;       /* timer of the policy */
  guint          repositories;   /* subscription */
  GFileMonitor  *sources;        /* what APT knows of them */
  gboolean       alert_as_xml;
};

/* packagekit.c: who waits for PackageKit keeps the plugin's data */
Pk   *pk_ref             (Pk *self);
void  pk_unref           (Pk *self);

/* pk-nodes.c: what all doors need */
void  pk_return_text     (GTask *task, const char *text);
void  pk_return_int      (GTask *task, gint32 number);
void  pk_return_bool     (GTask *task, gboolean truth);
void  pk_return_error    (GTask *task, OmaStatus status, const char *format, ...) G_GNUC_PRINTF (3, 4);
void  pk_return_names    (GTask *task, GStrv names);
char *pk_escape_segment  (const char *name);
void  pk_add_text        (OmaNodeList *list, const char *parent, const char *name, const char *text);
char *pk_format_time     (gint64 seconds);
void  pk_tell_changed    (Pk *self, const char *parent, const char *name, const char *below, OmaChangeKind kind);

/* pk-answer.c: nodes that stand for the packages of a list */
typedef void (*PkAddFunc) (Pk *self, OmaNodeList *list, const char *uri, const PkPackage *package);

typedef struct {
  Pk          *self;
  GTask       *task;
  PkInventory *inventory;
  PkAddFunc    add;
  gboolean     detailed;
  OmaNodeList *list;               /* these: of a read, as far as it is */
  GPtrArray   *all;
  guint        next;
  char        *name;
  char        *leaf;
  char        *node;               /* these: of an Exec */
  char        *correlator;
  OmaValue    *value;              /* these: of a write */
  OmaPluginTransaction *transaction;
} PkQuestion;

PkQuestion      *pk_question_new         (Pk *self, GTask *task, const char *name, const char *leaf);
void             pk_question_free        (PkQuestion *question);
void             pk_question_ask         (PkQuestion *question, PkInventory *inventory, GAsyncReadyCallback callback);
gboolean         pk_question_is_answered (PkQuestion *question, GAsyncResult *result);
const PkPackage *pk_question_find        (PkQuestion *question);

void pk_answer_names  (Pk *self, PkInventory *inventory, GTask *task);
void pk_answer_exists (Pk *self, PkInventory *inventory, const char *name, GTask *task);
void pk_answer_count  (Pk *self, PkInventory *inventory, GTask *task);
void pk_answer_all    (Pk *self, PkInventory *inventory, gboolean detailed, PkAddFunc add, GTask *task);
void pk_answer_one    (Pk *self, PkInventory *inventory, const char *name, const char *leaf, gboolean detailed,
                       PkAddFunc add, GTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkQuestion, pk_question_free)

/* pk-change.c: writes, undone together */
typedef struct _PkChange PkChange;
PkChange *pk_change_get          (Pk *self, OmaPluginTransaction *transaction);
void      pk_change_set          (PkChange *change, PkStore *store, const char *group, const char *key,
                                  const char *value);
void      pk_change_remove       (PkChange *change, PkStore *store, const char *group);
void      pk_change_repository   (PkChange *change, const char *id, gboolean enabled);
void      pk_change_install      (PkChange *change, const char *name);
void      pk_change_uninstall    (PkChange *change, const char *node);
void      pk_change_file         (PkChange *change, const char *file);
void      pk_change_after        (PkChange *change, void (*after) (Pk *self));
void      pk_validate            (gpointer self, OmaPluginTransaction *transaction, GTask *task);
void      pk_commit              (gpointer self, OmaPluginTransaction *transaction, GTask *task);
void      pk_roll_back           (gpointer self, OmaPluginTransaction *transaction, GTask *task);
void      pk_undo                (gpointer self, GBytes *data, GTask *task);

/* The doors: each has its handlers, and hears how operations that it began go on. */
#define PK_HANDLER(path, ...) { .struct_size = sizeof (OmaNodeHandler), .node = path, __VA_ARGS__ }

extern const OmaNodeHandler pk_scomo_handlers[];
extern const gsize pk_scomo_n_handlers;
extern const OmaNodeHandler pk_installed_handlers[];
extern const gsize pk_installed_n_handlers;
extern const OmaNodeHandler pk_update_handlers[];
extern const gsize pk_update_n_handlers;
extern const OmaNodeHandler pk_msi_handlers[];
extern const gsize pk_msi_n_handlers;

void pk_scomo_phase  (Pk *self, PkOperation *operation);
void pk_scomo_done   (Pk *self, PkOperation *operation, const GError *error);
void pk_msi_phase    (Pk *self, PkOperation *operation);
void pk_msi_done     (Pk *self, PkOperation *operation, const GError *error);
void pk_update_done  (Pk *self, PkOperation *operation, const GError *error);
void pk_update_policy_changed (Pk *self);
void pk_update_start (Pk *self);
void pk_update_stop  (Pk *self);

G_END_DECLS
