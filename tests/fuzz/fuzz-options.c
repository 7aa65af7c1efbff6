/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "session/oma-interaction-options.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  guint number;

  if (oma_interaction_check_number (text, 3, &number))
    g_assert_true (number >= 1 && number <= 3);
  for (int type = OMA_INTERACTION_DISPLAY; type <= OMA_INTERACTION_MULTIPLE_CHOICE; type++)
    {
      g_auto(OmaInteractionOptions) options;

      oma_interaction_options_parse (&options, (OmaInteractionType) type, 3, (const char *) data, size);
      g_assert_true (options.max_time == 0 || options.min_time <= options.max_time);
      g_assert_nonnull (strchr ("ANDTPI", options.input_type));
      g_assert_true (options.initial == NULL || g_utf8_validate (options.initial, -1, NULL));
      g_assert_true (type != OMA_INTERACTION_INPUT || options.initial == NULL ||
                     oma_interaction_check_input (options.input_type, options.max_length, options.initial));
    }
  return 0;
}
