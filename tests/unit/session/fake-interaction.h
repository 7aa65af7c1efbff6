/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-interaction.h"

G_BEGIN_DECLS

/**
 * FakeInteraction:
 *
 * A user who answers as a test says, one answer a question, and "406" when there is none left.
 */
#define FAKE_TYPE_INTERACTION (fake_interaction_get_type ())
G_DECLARE_FINAL_TYPE (FakeInteraction, fake_interaction, FAKE, INTERACTION, GObject)

FakeInteraction *fake_interaction_new       (void);
/* "200", "200 text", "200 2|3", "304", ...; "-" never answers. */
void             fake_interaction_will      (FakeInteraction *fake, const char *answer);
const char      *fake_interaction_get_asked (FakeInteraction *fake);
guint            fake_interaction_get_taken_back (FakeInteraction *fake);

G_END_DECLS
