/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xml-error.h"

#include "codec/oma-tag.h"

#include <string.h>

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

/* Cuts @message where it quotes @text, unless that is the name of an element of ours. */
static void
cut_quotation (char *message, const char *text)
{
  char *quotation = text != NULL && *text != '\0' && oma_tag_from_string (text) == OMA_TAG_UNKNOWN
                      ? strstr (message, text)
                      : NULL;

  if (quotation != NULL)
    *quotation = '\0';
}

/**
 * oma_xml_error_keep_unquoted:
 * @kept: an #OmaXmlError
 * @info: what libxml2 reports
 *
 * As oma_xml_error_keep(), but nothing of the document stands in the message but names of elements that we know: where a
 * password was not escaped, "a&b;c" or "a<b", libxml2 takes a part of it for the name of an entity or an element, and of
 * what is not UTF-8 it shows the octets.
 */
void
oma_xml_error_keep_unquoted (void *kept, OmaXmlErrorInfo *info)
{
  OmaXmlError *error = kept;
  gboolean is_first = error->message == NULL;
  char *end;

  oma_xml_error_keep (error, info);
  if (!is_first || error->message == NULL)
    return;
  end = strchr (error->message, '\n');
  if (end != NULL)
    *end = '\0';
  cut_quotation (error->message, info->str1);
  cut_quotation (error->message, info->str2);
  cut_quotation (error->message, info->str3);
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
