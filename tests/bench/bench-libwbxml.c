/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libwbxml on the same octets: WBXML to its tree, and back. */
#include "config.h"

#include <glib.h>
#include <stdlib.h>
#include <wbxml/wbxml.h>

/* Exported by the library; the header that declares them is not installed everywhere. */
typedef struct WBXMLTree_s WBXMLTree;
WBXMLError wbxml_tree_from_wbxml (WB_UTINY *wbxml, WB_ULONG length, WBXMLLanguage lang, WBXMLCharsetMIBEnum charset,
                                  WBXMLTree **tree);
WBXMLError wbxml_tree_to_wbxml (WBXMLTree *tree, WB_UTINY **wbxml, WB_ULONG *length, WBXMLGenWBXMLParams *params);
void       wbxml_tree_destroy (WBXMLTree *tree);

static gboolean string_table = FALSE;

static gboolean
encode (WBXMLTree *tree, gsize *octets)
{
  WBXMLGenWBXMLParams params = { WBXML_VERSION_12, TRUE, string_table, FALSE };
  WB_UTINY *data = NULL;
  WB_ULONG length = 0;

  if (wbxml_tree_to_wbxml (tree, &data, &length, &params) != WBXML_OK)
    return FALSE;
  *octets += length;
  free (data);
  return TRUE;
}

int
main (int argc, char **argv)
{
  static int repeat = 1, encodes;
  static char **files;
  static const GOptionEntry entries[] = {
    { "repeat", 0, 0, G_OPTION_ARG_INT, &repeat, "Read each file N times", "N" },
    { "encode", 0, 0, G_OPTION_ARG_INT, &encodes, "Write what was read N times", "N" },
    { "string-table", 0, 0, G_OPTION_ARG_NONE, &string_table, "Write a string table", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "MESSAGE..." },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  gsize octets = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      WBXMLTree *tree = NULL;
      g_autofree char *data = NULL;
      gsize size;

      if (!g_file_get_contents (files[i], &data, &size, &error))
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      for (int n = 0; n < repeat; n++)
        {
          if (tree != NULL)
            wbxml_tree_destroy (tree);
          tree = NULL;
          if (wbxml_tree_from_wbxml ((WB_UTINY *) data, (WB_ULONG) size, WBXML_LANG_UNKNOWN, WBXML_CHARSET_UNKNOWN,
                                     &tree) != WBXML_OK)
            {
              g_printerr ("%s: not read\n", files[i]);
              return 1;
            }
        }
      for (int n = 0; n < encodes; n++)
        if (!encode (tree, &octets))
          {
            g_printerr ("%s: not written\n", files[i]);
            return 1;
          }
      if (tree != NULL)
        wbxml_tree_destroy (tree);
    }
  g_print ("octets %" G_GSIZE_FORMAT "\n", octets);
  return 0;
}
