/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaCheckAnswers:
 *
 * What services would answer, as the author of a plugin wrote it down: properties, which can be set, and methods.
 */
typedef struct _OmaCheckAnswers OmaCheckAnswers;

/* A property of an object changed; @changed is what PropertiesChanged says of it, a{sv}. */
typedef void (*OmaCheckChangedFunc) (const char *object_path, const char *interface_name, GVariant *changed,
                                     gpointer user_data);

OmaCheckAnswers *oma_check_answers_new  (void);
OmaCheckAnswers *oma_check_answers_load (const char *path, GError **error);
void             oma_check_answers_free (OmaCheckAnswers *answers);
void             oma_check_answers_set_changed_func (OmaCheckAnswers *answers, OmaCheckChangedFunc func,
                                                     gpointer user_data);
gboolean         oma_check_answers_has_name (OmaCheckAnswers *answers, const char *bus_name);
GDBusMessage    *oma_check_answers_reply (OmaCheckAnswers *answers, GDBusMessage *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCheckAnswers, oma_check_answers_free)

G_END_DECLS
