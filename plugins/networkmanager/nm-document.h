/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Documents that are kept in a profile as they were written: a text of the setting "user" takes 8 KiB, so they lie
 * there in parts. */

#include "nm-door.h"

G_BEGIN_DECLS

/* Puts something into a profile; %FALSE when it cannot. */
typedef gboolean (*NmDocumentFunc) (NMConnection *connection, gpointer user_data);

gboolean nm_document_store (NMConnection *connection, const char *door, const char *key, const char *text,
                            GError **error);
char    *nm_document_load  (NMConnection *connection, const char *door, const char *key);
gpointer nm_document_get_derived (NMConnection *connection, const char *key);
void     nm_document_set_derived (NMConnection *connection, const char *key, gpointer object);
gboolean nm_document_still_says (NMConnection *connection, NmDocumentFunc write_again, gpointer user_data);

G_END_DECLS
