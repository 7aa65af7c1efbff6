/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the options gave. */
typedef struct {
  char  *name, *type, *http_auth, *http_user, *http_secret_file, *ca, *certificate, *key;
  char **manage;
} Options;

static void
options_clear (Options *o)
{
  char **const strings[] = { &o->name, &o->type, &o->http_auth, &o->http_user, &o->http_secret_file, &o->ca,
                             &o->certificate, &o->key };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_free (*strings[i]);
  g_strfreev (o->manage);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* What a file's name says of its type, where nobody else does. */
static const char *
guess_type (const char *path)
{
  if (g_str_has_suffix (path, ".xml"))
    return "application/vnd.syncml.dmtnds+xml";
  return g_str_has_suffix (path, ".wbxml") ? "application/vnd.syncml.dmtnds+wbxml" : "application/vnd.oma.dm.mos+json";
}

static gboolean
is_address (const char *text)
{
  return g_ascii_strncasecmp (text, "https://", 8) == 0 || g_ascii_strncasecmp (text, "http://", 7) == 0;
}

/* Only what is fetched can be asked for with credentials. */
static gboolean
fits (const Options *o, gboolean is_fetched)
{
  if (is_fetched)
    return o->type == NULL;
  return o->http_auth == NULL && o->http_user == NULL && o->http_secret_file == NULL && o->ca == NULL &&
         o->certificate == NULL && o->key == NULL;
}

static gboolean
make_options (const Options *o, GVariantDict *dict, GUnixFDList *fds, GError **error)
{
  oma_ctl_put_string (dict, "name", o->name);
  oma_ctl_put_string (dict, "http-auth", o->http_auth);
  oma_ctl_put_string (dict, "http-user", o->http_user);
  if (o->manage != NULL)
    g_variant_dict_insert (dict, "manage", "^as", o->manage);
  return oma_ctl_put_file (dict, fds, "http-secret", o->http_secret_file, error) &&
         oma_ctl_put_file (dict, fds, "ca", o->ca, error) &&
         oma_ctl_put_file (dict, fds, "certificate", o->certificate, error) &&
         oma_ctl_put_file (dict, fds, "key", o->key, error);
}

static GVariant *
call (OmaCtl *ctl, const Options *o, const char *what, GError **error)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  int handle;

  if (is_address (what))
    return make_options (o, &dict, fds, error)
             ? oma_ctl_call (ctl, OMA_CTL_AGENT, "BootstrapFrom",
                             g_variant_new ("(s@a{sv})", what, g_variant_dict_end (&dict)), "(o)", fds, NULL, error)
             : NULL;
  handle = strcmp (what, "-") == 0 ? g_unix_fd_list_append (fds, STDIN_FILENO, error)
                                   : oma_ctl_open_file (what, fds, error);
  if (handle < 0 || !make_options (o, &dict, fds, error))
    return NULL;
  return oma_ctl_call (ctl, OMA_CTL_AGENT, "Bootstrap",
                       g_variant_new ("(hs@a{sv})", handle, o->type != NULL ? o->type : guess_type (what),
                                      g_variant_dict_end (&dict)), "(o)", fds, NULL, error);
}

/* The daemon chooses a name; its object's path tells it. */
static char *
find_name (OmaCtl *ctl, GVariant *reply, GError **error)
{
  g_autoptr(GVariant) answer = oma_ctl_call (ctl, OMA_CTL_AGENT, "ListAccounts", NULL, "(a(oa{sv}))", NULL, NULL, error);
  g_autoptr(GVariantIter) iter = NULL;
  const char *wanted, *path;
  GVariant *properties;
  char *name = NULL;

  if (answer == NULL)
    return NULL;
  g_variant_get (reply, "(&o)", &wanted);
  g_variant_get (answer, "(a(oa{sv}))", &iter);
  while (g_variant_iter_loop (iter, "(&o@a{sv})", &path, &properties))
    if (name == NULL && g_str_equal (path, wanted))
      g_variant_lookup (properties, "Name", "s", &name);
  if (name == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("the account is gone again"));
  return name;
}

static void
print_name (OmaCtl *ctl, const char *name)
{
  g_autofree char *shown = NULL;

  if (ctl->json)
    {
      oma_ctl_json_print_name (name);
      return;
    }
  shown = oma_ctl_printable (name, strlen (name));
  puts (shown);
}

/**
 * oma_ctl_bootstrap:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments, the verb first
 *
 * The verb bootstrap: makes an account of a document, and prints its name.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_bootstrap (OmaCtl *ctl, int argc, char **argv)
{
  g_auto(Options) o = { 0 };
  const GOptionEntry entries[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &o.name, N_("Name of the account"), N_("NAME") },
    { "manage", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.manage, N_("Give the server all rights there; repeatable"), N_("URI") },
    { "type", 0, 0, G_OPTION_ARG_STRING, &o.type, N_("Media type of the file"), N_("TYPE") },
    { "http-auth", 0, 0, G_OPTION_ARG_STRING, &o.http_auth, N_("HTTP authentication: none, basic, digest"), N_("TYPE") },
    { "http-user", 0, 0, G_OPTION_ARG_STRING, &o.http_user, N_("User name for it"), N_("NAME") },
    { "http-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &o.http_secret_file, N_("File with the password for it"),
      N_("FILE") },
    { "ca", 0, 0, G_OPTION_ARG_FILENAME, &o.ca, N_("CA certificates to trust in place of the system's (PEM)"), N_("FILE") },
    { "cert", 0, 0, G_OPTION_ARG_FILENAME, &o.certificate, N_("Client certificate (PEM)"), N_("FILE") },
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &o.key, N_("Key of the client certificate (PEM)"), N_("FILE") },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  g_autofree char *name = NULL;

  if (!oma_ctl_parse (ctl, "bootstrap FILE|URL", entries, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  if (!fits (&o, is_address (argv[1])))
    return oma_ctl_fail_usage (ctl, _("--type is for a file; credentials and certificates are for an address"));
  reply = call (ctl, &o, argv[1], &error);
  if (reply != NULL)
    name = find_name (ctl, reply, &error);
  if (name == NULL)
    return oma_ctl_fail (ctl, error);
  print_name (ctl, name);
  return OMA_CTL_OK;
}
