/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_LIMITS_H
#define OMA_LIMITS_H

/* Limits of URIs: published in ./DevDetail/URI (DM Standardized Objects 1.2), enforced
 * with 414. */
#define OMA_URI_MAX_DEPTH 32      /* segments; "." is not counted */
#define OMA_URI_MAX_LENGTH 2047   /* characters of the escaped form, query included */
#define OMA_URI_MAX_SEGMENT 255   /* characters of the escaped form */

#endif /* OMA_LIMITS_H */
