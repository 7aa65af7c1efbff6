/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libxml2's reader alone needs for the same octets: the measure of the other benchmarks. */
#include "config.h"

#include <glib.h>
#include <libxml/xmlreader.h>

static guint
read_all (const char *data, gsize size)
{
  xmlTextReader *reader = xmlReaderForMemory (data, (int) size, NULL, NULL, XML_PARSE_NONET);
  guint nodes = 0;

  g_assert_nonnull (reader);
  while (xmlTextReaderRead (reader) == 1)
    nodes++;
  xmlFreeTextReader (reader);
  return nodes;
}

int
main (int argc, char **argv)
{
  static int repeat = 1;
  static char **files;
  static const GOptionEntry entries[] = {
    { "repeat", 0, 0, G_OPTION_ARG_INT, &repeat, "Read each file N times", "N" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "MESSAGE..." },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  guint nodes = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      g_autofree char *data = NULL;
      gsize size;

      if (!g_file_get_contents (files[i], &data, &size, &error))
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      for (int n = 0; n < repeat; n++)
        nodes += read_all (data, size);
    }
  g_print ("nodes %u\n", nodes);
  return 0;
}
