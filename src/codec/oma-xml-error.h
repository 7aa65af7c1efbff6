/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlversion.h>

G_BEGIN_DECLS

#if LIBXML_VERSION < 21200
typedef xmlError OmaXmlErrorInfo;
#else
typedef const xmlError OmaXmlErrorInfo;
#endif

/**
 * OmaXmlError:
 * @message: (nullable): what libxml2 said first, without line feed
 * @line: where, 0 when it does not say
 *
 * The first error of a document, kept instead of printed.
 */
typedef struct {
  char *message;
  int   line;
} OmaXmlError;

void oma_xml_error_keep          (void *kept, OmaXmlErrorInfo *info);
void oma_xml_error_keep_unquoted (void *kept, OmaXmlErrorInfo *info);
void oma_xml_error_clear         (OmaXmlError *kept);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaXmlError, oma_xml_error_clear)

G_END_DECLS
