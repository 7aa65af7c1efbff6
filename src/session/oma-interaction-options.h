/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-interaction.h"

G_BEGIN_DECLS

/**
 * OmaInteractionOptions:
 * @min_time: MINDT, seconds, 0: not stated
 * @max_time: MAXDT, seconds, 0: not stated
 * @initial: (nullable): DR, decoded
 * @max_length: MAXLEN, characters, 0: not stated
 * @input_type: IT, A unless stated
 * @hidden: ET is P
 *
 * The option string of a user interaction alert (DM Protocol 1.2, section 10).
 */
typedef struct {
  guint    min_time;
  guint    max_time;
  char    *initial;
  guint    max_length;
  char     input_type;
  gboolean hidden;
} OmaInteractionOptions;

void     oma_interaction_options_parse (OmaInteractionOptions *options, OmaInteractionType type, guint n_choices,
                                        const char *text, gsize length);
void     oma_interaction_options_clear (OmaInteractionOptions *options);
gboolean oma_interaction_check_input   (char input_type, guint max_length, const char *text);
gboolean oma_interaction_check_number  (const char *text, guint n_choices, guint *number);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaInteractionOptions, oma_interaction_options_clear)

G_END_DECLS
