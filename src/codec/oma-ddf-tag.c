/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-ddf-tag.h"

#include <string.h>

#define PAGE 2
#define TOKEN(tag) ((tag) & 0xff)

/* Tree and Description Serialization 1.2, section 8.6. */
static const char *const names[] = {
  [TOKEN (OMA_DDF_TAG_ACCESS_TYPE)] = "AccessType", [TOKEN (OMA_DDF_TAG_ACL)] = "ACL",
  [TOKEN (OMA_DDF_TAG_ADD)] = "Add", [TOKEN (OMA_DDF_TAG_FORMAT_B64)] = "b64",
  [TOKEN (OMA_DDF_TAG_FORMAT_BIN)] = "bin", [TOKEN (OMA_DDF_TAG_FORMAT_BOOL)] = "bool",
  [TOKEN (OMA_DDF_TAG_FORMAT_CHR)] = "chr", [TOKEN (OMA_DDF_TAG_CASE_SENSE)] = "CaseSense",
  [TOKEN (OMA_DDF_TAG_CIS)] = "CIS", [TOKEN (OMA_DDF_TAG_COPY)] = "Copy", [TOKEN (OMA_DDF_TAG_CS)] = "CS",
  [TOKEN (OMA_DDF_TAG_FORMAT_DATE)] = "date", [TOKEN (OMA_DDF_TAG_DDF_NAME)] = "DDFName",
  [TOKEN (OMA_DDF_TAG_DEFAULT_VALUE)] = "DefaultValue", [TOKEN (OMA_DDF_TAG_DELETE)] = "Delete",
  [TOKEN (OMA_DDF_TAG_DESCRIPTION)] = "Description", [TOKEN (OMA_DDF_TAG_DF_FORMAT)] = "DFFormat",
  [TOKEN (OMA_DDF_TAG_DF_PROPERTIES)] = "DFProperties", [TOKEN (OMA_DDF_TAG_DF_TITLE)] = "DFTitle",
  [TOKEN (OMA_DDF_TAG_DF_TYPE)] = "DFType", [TOKEN (OMA_DDF_TAG_DYNAMIC)] = "Dynamic",
  [TOKEN (OMA_DDF_TAG_EXEC)] = "Exec", [TOKEN (OMA_DDF_TAG_FORMAT_FLOAT)] = "float",
  [TOKEN (OMA_DDF_TAG_FORMAT)] = "Format", [TOKEN (OMA_DDF_TAG_GET)] = "Get",
  [TOKEN (OMA_DDF_TAG_FORMAT_INT)] = "int", [TOKEN (OMA_DDF_TAG_MAN)] = "Man",
  [TOKEN (OMA_DDF_TAG_MGMT_TREE)] = "MgmtTree", [TOKEN (OMA_DDF_TAG_MIME)] = "MIME",
  [TOKEN (OMA_DDF_TAG_MOD)] = "Mod", [TOKEN (OMA_DDF_TAG_NAME)] = "Name", [TOKEN (OMA_DDF_TAG_NODE)] = "Node",
  [TOKEN (OMA_DDF_TAG_FORMAT_NODE)] = "node", [TOKEN (OMA_DDF_TAG_NODE_NAME)] = "NodeName",
  [TOKEN (OMA_DDF_TAG_FORMAT_NULL)] = "null", [TOKEN (OMA_DDF_TAG_OCCURRENCE)] = "Occurrence",
  [TOKEN (OMA_DDF_TAG_ONE)] = "One", [TOKEN (OMA_DDF_TAG_ONE_OR_MORE)] = "OneOrMore",
  [TOKEN (OMA_DDF_TAG_ONE_OR_N)] = "OneOrN", [TOKEN (OMA_DDF_TAG_PATH)] = "Path",
  [TOKEN (OMA_DDF_TAG_PERMANENT)] = "Permanent", [TOKEN (OMA_DDF_TAG_REPLACE)] = "Replace",
  [TOKEN (OMA_DDF_TAG_RT_PROPERTIES)] = "RTProperties", [TOKEN (OMA_DDF_TAG_SCOPE)] = "Scope",
  [TOKEN (OMA_DDF_TAG_SIZE)] = "Size", [TOKEN (OMA_DDF_TAG_FORMAT_TIME)] = "time",
  [TOKEN (OMA_DDF_TAG_TITLE)] = "Title", [TOKEN (OMA_DDF_TAG_TSTAMP)] = "TStamp",
  [TOKEN (OMA_DDF_TAG_TYPE)] = "Type", [TOKEN (OMA_DDF_TAG_VALUE)] = "Value",
  [TOKEN (OMA_DDF_TAG_VER_DTD)] = "VerDTD", [TOKEN (OMA_DDF_TAG_VER_NO)] = "VerNo",
  [TOKEN (OMA_DDF_TAG_FORMAT_XML)] = "xml", [TOKEN (OMA_DDF_TAG_ZERO_OR_MORE)] = "ZeroOrMore",
  [TOKEN (OMA_DDF_TAG_ZERO_OR_N)] = "ZeroOrN", [TOKEN (OMA_DDF_TAG_ZERO_OR_ONE)] = "ZeroOrOne",
};

/**
 * oma_ddf_tag_to_string:
 * @tag: a tag, or any number
 *
 * Returns: (nullable): the element's name, or %NULL when no element has that number
 */
const char *
oma_ddf_tag_to_string (OmaDdfTag tag)
{
  guint token = TOKEN ((guint) tag);

  return (guint) tag >> 8 == PAGE && token < G_N_ELEMENTS (names) ? names[token] : NULL;
}

/**
 * oma_ddf_tag_from_string:
 * @name: an element's name without a prefix, case-sensitive
 *
 * Returns: the tag, or %OMA_DDF_TAG_UNKNOWN
 */
OmaDdfTag
oma_ddf_tag_from_string (const char *name)
{
  for (guint token = 0; token < G_N_ELEMENTS (names); token++)
    if (names[token] != NULL && names[token][0] == name[0] && strcmp (names[token], name) == 0)
      return (OmaDdfTag) (PAGE << 8 | token);
  return OMA_DDF_TAG_UNKNOWN;
}
