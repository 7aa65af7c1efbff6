/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-executor.h"

G_BEGIN_DECLS

/**
 * OmaLateExec:
 * @principal: in whose name it runs
 * @uri: the node, canonical
 * @correlator: (nullable): that of the command
 * @report_uri: (nullable): the address that its end is told to (DM 2.0)
 * @by_plugin: the plugin itself answered 202 and will tell the end
 * @note: of who was asked to accept it
 *
 * An Exec that goes on after it was answered with 202 (DM Representation Protocol 1.2, Exec; DM Protocol 2.0, EXEC).
 */
struct _OmaLateExec {
  OmaPrincipal principal;
  char        *uri;
  char        *correlator;
  char        *report_uri;
  gboolean     by_plugin;
  gint64       note;

  /*< private >*/
  int          ref_count;
  OmaExecutor *executor;     /* NULL when it is gone */
  void       (*accepted) (gpointer data, const GError *error);
  gpointer     data;
  gboolean     is_accepted;
  gboolean     is_dropped;   /* nobody is told of its end */
  gboolean     is_over;
  GError      *error;        /* how it ended */
};

OmaLateExec *oma_late_exec_new   (OmaExecutor *executor, const OmaPrincipal *principal, const char *uri,
                                  const char *correlator, const char *report_uri, gboolean by_plugin);
OmaLateExec *oma_late_exec_ref   (OmaLateExec *exec);
void         oma_late_exec_unref (OmaLateExec *exec);
void         oma_late_exec_begin (OmaLateExec *exec, void (*accepted) (gpointer data, const GError *error),
                                  gpointer data);
void         oma_late_exec_over  (OmaLateExec *exec, const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaLateExec, oma_late_exec_unref)

G_END_DECLS
