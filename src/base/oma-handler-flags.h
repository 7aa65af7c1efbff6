/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_HANDLER_FLAGS_H
#define OMA_HANDLER_FLAGS_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaHandlerFlags:
 * @OMA_HANDLER_DEFAULT: what was done to the node can be undone by writing back what was there
 * @OMA_HANDLER_IRREVERSIBLE: it cannot: a write of the node inside an Atomic is refused before
 *   anything happens (405, and 507 for the Atomic)
 * @OMA_HANDLER_PROVISIONAL: a write may cut the machine off from its server: in a session it, and
 *   what comes after it in the same message, counts only when the next message got through, and is
 *   undone otherwise
 *
 * How far a change of a node can be taken back.
 */
typedef enum {
  OMA_HANDLER_DEFAULT = 0,
  OMA_HANDLER_IRREVERSIBLE = 1 << 0,
  OMA_HANDLER_PROVISIONAL = 1 << 1,
} OmaHandlerFlags;

G_END_DECLS

#endif /* OMA_HANDLER_FLAGS_H */
