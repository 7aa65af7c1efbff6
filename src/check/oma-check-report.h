/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaCheckFinding:
 * @note: no mistake, but to be known
 * @uri: the node, "" when it is about none
 * @operation: what was tried
 * @trial: how
 * @message: what is wrong
 *
 * What was found.
 */
typedef struct {
  gboolean note;
  char    *uri;
  char    *operation;
  char    *trial;
  char    *message;
} OmaCheckFinding;

/**
 * OmaCheckReport:
 *
 * What is known of a plugin, and what was found.  It comes from processes of their own, in which the plugin runs: one
 * that takes its process down is a finding too.
 */
typedef struct _OmaCheckReport OmaCheckReport;

OmaCheckReport *oma_check_report_new         (void);
void            oma_check_report_free        (OmaCheckReport *report);
void            oma_check_report_set         (OmaCheckReport *report, const char *key, const char *value);
const char     *oma_check_report_get         (OmaCheckReport *report, const char *key);
void            oma_check_report_add_node    (OmaCheckReport *report, const char *node);
void            oma_check_report_find        (OmaCheckReport *report, gboolean note, const char *uri,
                                              const char *operation, const char *trial, const char *message);
void            oma_check_report_count       (OmaCheckReport *report, guint trials);
guint           oma_check_report_count_problems (OmaCheckReport *report);
char           *oma_check_report_to_text     (OmaCheckReport *report, gboolean verbose);
char           *oma_check_report_to_json     (OmaCheckReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCheckReport, oma_check_report_free)

G_END_DECLS
