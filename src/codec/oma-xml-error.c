/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xml-error.h"

/**
 * oma_xml_error_keep:
 * @kept: an #OmaXmlError
 * @info: what libxml2 reports
 *
 * An xmlStructuredErrorFunc; later errors are mostly consequences of the first.
 */
void
oma_xml_error_keep (void *kept, OmaXmlErrorInfo *info)
{
  OmaXmlError *error = kept;

  if (error->message != NULL || info->level < XML_ERR_ERROR)
    return;
  error->message = g_strchomp (g_utf8_make_valid (info->message != NULL ? info->message : "Unknown error", -1));
  error->line = info->line;
}

/**
 * oma_xml_error_clear:
 * @kept: an error, or one filled with zeros
 */
void
oma_xml_error_clear (OmaXmlError *kept)
{
  g_clear_pointer (&kept->message, g_free);
  kept->line = 0;
}
