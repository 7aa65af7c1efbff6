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
 * @OMA_HANDLER_FOLLOWED: of an interior node with @read, which is not below a placeholder: the daemon
 *   keeps a fingerprint of each child's subtree.  At the start, and when it hears that something changed
 *   there, it compares: what changed meanwhile counts in VerNo and TStamp and is signalled, once, and
 *   what is as it was is not, whoever says that it changed.  Where the children have @read too, only the
 *   one of which something is told is read, and must read the same.  A followed node inside another is
 *   part of that
 * @OMA_HANDLER_VOLATILE: the node changes all the time (a counter, the strength of a signal): it is left
 *   out of fingerprints, and that it changed is not told
 *
 * How far a change of a node can be taken back, and how the daemon learns of changes that it did not make.
 */
typedef enum {
  OMA_HANDLER_DEFAULT = 0,
  OMA_HANDLER_IRREVERSIBLE = 1 << 0,
  OMA_HANDLER_PROVISIONAL = 1 << 1,
  OMA_HANDLER_FOLLOWED = 1 << 2,
  OMA_HANDLER_VOLATILE = 1 << 3,
} OmaHandlerFlags;

G_END_DECLS

#endif /* OMA_HANDLER_FLAGS_H */
