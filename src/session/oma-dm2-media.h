/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-mo-data.h"
#include "session/oma-objects.h"

G_BEGIN_DECLS

/* Accept of who fetches MO data: all that is read. */
#define OMA_DM2_MEDIA_ACCEPTED \
  OMA_MO_DATA_TYPE_JSON ", " OMA_MO_DATA_TYPE_JSON_ONE ", application/json;q=0.8, " OMA_TNDS_TYPE_XML ";q=0.5, " \
  OMA_TNDS_TYPE_WBXML ";q=0.5"

/* From how many octets on what is sent is put into a file. */
#define OMA_DM2_MEDIA_MAX_IN_MEMORY (64 * 1024)

/**
 * OmaDm2Media:
 * @type: media type
 * @is_json: MO data in JSON, else TNDS
 * @encoding: of TNDS
 *
 * A form of MO data that we write.
 */
typedef struct {
  const char *type;
  gboolean    is_json;
  OmaEncoding encoding;
} OmaDm2Media;

const OmaDm2Media *oma_dm2_media_get_default (void);
const OmaDm2Media *oma_dm2_media_choose (const char *accept, gboolean single, const OmaDm2Media *not_this);
GBytes            *oma_dm2_media_write    (const OmaDm2Media *media, const GPtrArray *data, gsize max_size,
                                           GError **error);
gboolean           oma_dm2_media_write_fd (const OmaDm2Media *media, const GPtrArray *data, int fd, GError **error);
gsize              oma_dm2_media_measure  (const GPtrArray *data);

G_END_DECLS
