/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "server-script.h"
#include "session/oma-dm2-session.h"

G_BEGIN_DECLS

/**
 * Dm2ScriptAnswer:
 * @status: status of HTTP, 0 for none
 * @media_type: (nullable): Content-Type
 * @accept: (nullable): OMADM-Accept
 * @body: (nullable): the body
 * @failure: what is told of an answer that does not come
 * @n_commands: of a package: how many are in it, when it is sound; else 0
 * @faults: what goes wrong with the tree meanwhile, one bit each
 * @time: how far the clock moves before
 * @in_file: the body is in a file
 * @alert: (nullable): the node that an alert is raised about before
 *
 * What the server, or a data repository, says next.
 */
typedef struct {
  guint       status;
  const char *media_type;
  const char *accept;
  GBytes     *body;
  OmaStatus   failure;
  guint       n_commands;
  guint       faults;
  gint        time;
  gboolean    in_file;
  const char *alert;
} Dm2ScriptAnswer;

/**
 * Dm2Script:
 *
 * A program for a management server of DM 2.0 and its data repositories, made of any octets, with the settings and
 * records of a #Script.
 */
typedef struct _Dm2Script Dm2Script;

Dm2Script *dm2_script_new    (const uint8_t *data, size_t size);
void       dm2_script_free   (Dm2Script *script);
gboolean   dm2_script_next_package (Dm2Script *script, Dm2ScriptAnswer *answer);
gboolean   dm2_script_next_data (Dm2Script *script, Dm2ScriptAnswer *answer);
void       dm2_script_answer_clear (Dm2ScriptAnswer *answer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Dm2Script, dm2_script_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Dm2ScriptAnswer, dm2_script_answer_clear)

G_END_DECLS
