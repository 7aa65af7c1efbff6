/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One unit of work: what it makes of profiles, and how that is written to NetworkManager and taken back. */

#include "nm-tree.h"

G_BEGIN_DECLS

/**
 * NmChange:
 * @uuid: of the profile
 * @path: (nullable): NetworkManager's object of it, %NULL when it is new or a draft
 * @generation: of the profile when it was read, or since the commit as it was written
 * @door: through which door it is changed
 * @name: of its node there
 * @before: (nullable): what was in it, with secrets; %NULL when there was none
 * @after: (nullable): what is to be in it, with secrets; %NULL when it is to go
 * @was_draft: @before is that of a draft
 * @stays_draft: @after is not complete
 * @touched: the commit came to it
 * @devices: (nullable): object paths of the devices on which it was active
 * @path_after: (nullable): NetworkManager's object of a new one
 *
 * What becomes of a profile.
 */
typedef struct {
  char         *uuid;
  char         *path;
  guint         generation;
  const NmDoor *door;
  char         *name;
  NMConnection *before;
  NMConnection *after;
  gboolean      was_draft;
  gboolean      stays_draft;
  gboolean      touched;
  char        **devices;
  char         *path_after;
} NmChange;

/**
 * NmRadio:
 * @property: of NetworkManager
 * @before: what it was
 * @after: what it is to be
 *
 * A radio to switch.
 */
typedef struct {
  const char *property;
  gboolean    before;
  gboolean    after;
} NmRadio;

/**
 * NmUnit:
 * @service: the service
 * @changes: (element-type NmChange): what becomes of profiles
 * @radios: (element-type NmRadio): radios to switch
 * @checkpoint: (nullable): NetworkManager's object of the checkpoint
 * @run: of the service when that was made
 * @begun: whether the commit has begun to change something
 * @over: whether it is not about to be committed any more
 *
 * A unit of work.
 */
typedef struct {
  NmService *service;
  GPtrArray *changes;
  GArray    *radios;
  char      *checkpoint;
  guint      run;
  gboolean   begun;
  gboolean   over;
} NmUnit;

NmUnit *nm_unit_get (NmService *service, OmaPluginTransaction *transaction);

void nm_unit_edit_async  (NmUnit *unit, const NmPath *path, gboolean create, GTask *task, GAsyncReadyCallback callback,
                          gpointer user_data);
NmChange *nm_unit_edit_finish (NmUnit *unit, GAsyncResult *result, GError **error);
NmChange *nm_unit_find   (NmUnit *unit, const NmDoor *door, const char *name);

gboolean nm_change_is_real (const NmChange *change);
void nm_unit_validate    (NmUnit *unit, OmaPluginTransaction *transaction, GTask *task);
void nm_unit_commit      (NmUnit *unit, GTask *task);
void nm_unit_roll_back   (NmUnit *unit, GTask *task);
void nm_unit_confirm     (NmUnit *unit, GTask *task);

/* nm-settle.c */
void     nm_settle_async  (NmService *service, char **devices, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean nm_settle_finish (GAsyncResult *result, GError **error);

/* nm-undo.c */
GBytes  *nm_undo_pack    (NmUnit *unit);
NmUnit  *nm_undo_unpack  (NmService *service, GBytes *data);
void     nm_undo_run     (NmUnit *unit, GTask *task);
NmUnit  *nm_unit_new     (NmService *service);
void     nm_unit_free    (NmUnit *unit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NmUnit, nm_unit_free)

G_END_DECLS
