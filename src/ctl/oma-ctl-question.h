/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "oma-ctl.h"

G_BEGIN_DECLS

/**
 * OmaCtlQuestion:
 * @id: names it to Cancel
 * @kind: as of Ask of org.omadm.Agent1.UserInteraction; so are the others
 *
 * What a server wants to know of the user.
 */
typedef struct {
  guint32 id;
  char   *kind;
  char   *server;
  char   *text;
  char  **choices;
  guint   min_time;
  guint   max_time;
  char   *initial;
  guint   max_length;
  char    input_type;
  gboolean hidden;
} OmaCtlQuestion;

OmaCtlQuestion *oma_ctl_question_new    (GVariant *parameters);
void            oma_ctl_question_free   (OmaCtlQuestion *question);
void            oma_ctl_question_show   (OmaCtl *ctl, const OmaCtlQuestion *question);
void            oma_ctl_question_show_page (OmaCtl *ctl, const char *server, const char *uri);
gboolean        oma_ctl_question_is_display (const OmaCtlQuestion *question);
const char     *oma_ctl_question_answer (const OmaCtlQuestion *question, const char *line, char ***answers,
                                         const char **complaint);

G_END_DECLS
