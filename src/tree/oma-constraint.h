/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaConstraint:
 *
 * Permitted values of a leaf (MSFT:AllowedValues).  The tree knows no XML: a reader that
 * understands more kinds brings its own check.
 */
typedef struct _OmaConstraint OmaConstraint;

/* @text is @length octets, valid UTF-8 without NUL, and not NUL-terminated. */
typedef gboolean (*OmaConstraintCheck) (gpointer data, const char *text, gsize length);

OmaConstraint *oma_constraint_new_regex (const char *pattern, GError **error);
OmaConstraint *oma_constraint_new_range (const char *ranges, GError **error);
OmaConstraint *oma_constraint_new_enum  (const char *const *values);
OmaConstraint *oma_constraint_new_flag  (const char *const *values, GError **error);
OmaConstraint *oma_constraint_new_check (OmaConstraintCheck check, gpointer data, GDestroyNotify destroy);
void           oma_constraint_free      (OmaConstraint *constraint);
void           oma_constraint_set_list_delimiter (OmaConstraint *constraint, const char *delimiter);
char         **oma_constraint_dup_examples (const OmaConstraint *constraint);
gboolean       oma_constraint_accepts   (const OmaConstraint *constraint, const char *text, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaConstraint, oma_constraint_free)

G_END_DECLS
