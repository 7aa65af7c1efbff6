/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-job.h"

#include <omadm/omadm.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define MAX_TIMEOUT (24 * 60)      /* minutes */
#define MAX_RETRIES 10

/**
 * pk_job_free:
 * @job: (transfer full): a job
 */
void
pk_job_free (PkJob *job)
{
  g_free (job->id);
  g_free (job->version);
  g_free (job->url);
  g_free (job->sha256);
  g_free (job);
}

static const xmlNode *
find_child (const xmlNode *node, const char *name)
{
  for (const xmlNode *child = node != NULL ? node->children : NULL; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, name) == 0)
      return child;
  return NULL;
}

static char *
dup_content (const xmlNode *node)
{
  xmlChar *text = node != NULL ? xmlNodeGetContent (node) : NULL;
  char *copy = g_strdup (text != NULL ? (const char *) text : "");

  xmlFree (text);
  return g_strstrip (copy);
}

static char *
dup_attribute (const xmlNode *node, const char *name)
{
  xmlChar *text = xmlGetNoNsProp (node, (const xmlChar *) name);
  char *copy = g_strdup (text != NULL ? (const char *) text : "");

  xmlFree (text);
  return copy;
}

static guint
read_number (const xmlNode *parent, const char *name, guint limit)
{
  g_autofree char *text = dup_content (find_child (parent, name));
  guint64 number = 0;

  g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL);
  return (guint) MIN (number, limit);
}

static gboolean
is_url (const char *text)
{
  return g_str_has_prefix (text, "apt:") || g_str_has_prefix (text, "http://") || g_str_has_prefix (text, "https://");
}

static char *
find_url (const xmlNode *list)
{
  for (const xmlNode *child = list != NULL ? list->children : NULL; child != NULL; child = child->next)
    {
      g_autofree char *text = NULL;

      if (child->type != XML_ELEMENT_NODE || strcmp ((const char *) child->name, "ContentURL") != 0)
        continue;
      text = dup_content (child);
      if (is_url (text))
        return g_steal_pointer (&text);
    }
  return NULL;
}

static PkJob *
fail (const char *message, GError **error)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST, message);
  return NULL;
}

static PkJob *
read_job (const xmlNode *root, GError **error)
{
  const xmlNode *product = find_child (root, "Product");
  const xmlNode *enforcement = find_child (product, "Enforcement");
  g_autoptr(PkJob) job = g_new0 (PkJob, 1);

  if (strcmp ((const char *) root->name, "MsiInstallJob") != 0)
    return fail ("The document is no MsiInstallJob", error);
  if (product == NULL)
    return fail ("The job has no Product", error);
  job->id = dup_attribute (root, "id");
  job->version = dup_attribute (product, "Version");
  job->url = find_url (find_child (find_child (product, "Download"), "ContentURLList"));
  job->sha256 = dup_content (find_child (find_child (product, "Validation"), "FileHash"));
  job->timeout = read_number (enforcement, "TimeOut", MAX_TIMEOUT);
  job->n_retries = read_number (enforcement, "RetryCount", MAX_RETRIES);
  job->pause = read_number (enforcement, "RetryInterval", MAX_TIMEOUT);
  if (job->url == NULL)
    return fail ("The job has no ContentURL that is apt:, http: or https:", error);
  if (*job->sha256 != '\0' && (strlen (job->sha256) != 64 || strspn (job->sha256, "0123456789abcdefABCDEF") != 64))
    return fail ("FileHash is no SHA-256 in hexadecimal digits", error);
  return g_steal_pointer (&job);
}

/**
 * pk_job_parse:
 * @text: a document
 * @length: its length in octets
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): what it says, or %NULL when it is no job
 */
PkJob *
pk_job_parse (const char *text, gsize length, GError **error)
{
  xmlParserCtxt *context;
  xmlDoc *doc;
  PkJob *job = NULL;

  if (length > G_MAXINT16)
    return fail ("The job is too long", error);
  context = xmlNewParserCtxt ();
  doc = xmlCtxtReadMemory (context, text, (int) length, NULL, NULL,
                           XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (doc == NULL || xmlDocGetRootElement (doc) == NULL)
    fail ("The job is not well-formed", error);
  else if (doc->intSubset != NULL)
    fail ("The job has a document type", error);
  else
    job = read_job (xmlDocGetRootElement (doc), error);
  xmlFreeDoc (doc);
  xmlFreeParserCtxt (context);
  return job;
}
