/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaLockMode:
 * @OMA_LOCK_READ: what is there is being read, for the time of one operation
 * @OMA_LOCK_WRITE: changes are staged or noted there, which nobody else sees; until the unit of
 *   work ends nobody else writes there
 * @OMA_LOCK_ACT: what is there changes now; until the unit of work ends nobody else reads there
 *
 * What one does in a subtree.  A greater one includes the others.
 */
typedef enum {
  OMA_LOCK_READ,
  OMA_LOCK_WRITE,
  OMA_LOCK_ACT,
} OmaLockMode;

/* The subtree that holds all others. */
#define OMA_LOCK_EVERYTHING NULL

/**
 * OmaLockTable:
 *
 * Who does what where: the locks of one executor.
 */
typedef struct {
  GQueue holders;   /* (element-type OmaLockOwner): who has locks, through its holder_link */
  GQueue waiting;   /* (element-type OmaLockOwner): who comes next, through its waiting_link */
  guint  round;     /* the search that goes on, by which an owner knows that it was visited */
} OmaLockTable;

typedef void (*OmaLockFunc) (gpointer user_data);

/**
 * OmaLockOwner:
 *
 * A unit of work in the eyes of the table: what it has, and what it waits for.
 */
typedef struct {
  OmaLockTable *table;
  GArray       *held;        /* (nullable) (element-type OmaLock) */
  GArray       *wanted;      /* (nullable) (element-type OmaLock) */
  GList         holder_link;
  GList         waiting_link;
  gboolean      waits;
  guint         round;
  OmaLockFunc   func;
  gpointer      user_data;
} OmaLockOwner;

void     oma_lock_owner_init  (OmaLockOwner *owner, OmaLockTable *table);
void     oma_lock_owner_clear (OmaLockOwner *owner);
gboolean oma_lock_take        (OmaLockOwner *owner, gconstpointer subtree, OmaLockMode mode);
void     oma_lock_want        (OmaLockOwner *owner, gconstpointer subtree, OmaLockMode mode);
gboolean oma_lock_wait        (OmaLockOwner *owner, OmaLockFunc func, gpointer user_data);
void     oma_lock_give_up     (OmaLockOwner *owner);
void     oma_lock_end_reading (OmaLockOwner *owner);
void     oma_lock_release     (OmaLockOwner *owner);

G_END_DECLS
