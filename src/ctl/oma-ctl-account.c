/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

/* What the options of account add gave. */
typedef struct {
  char    *server_id, *url, *auth, *user, *server_auth, *server_user, *http_auth, *http_user, *encoding, *protocol;
  char    *secret_file, *server_secret_file, *http_secret_file, *ca, *certificate, *key;
  char    *notification_data, *notification_secret_file;
  gboolean allow_http;
  char   **manage;
  char   **moids;
  char   **options;
} AddOptions;

static void
add_options_clear (AddOptions *o)
{
  char **const strings[] = { &o->server_id, &o->url, &o->auth, &o->user, &o->server_auth, &o->server_user,
                             &o->http_auth, &o->http_user, &o->http_secret_file, &o->encoding, &o->protocol,
                             &o->secret_file, &o->server_secret_file, &o->ca, &o->certificate, &o->key,
                             &o->notification_data, &o->notification_secret_file };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_free (*strings[i]);
  g_strfreev (o->manage);
  g_strfreev (o->moids);
  g_strfreev (o->options);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AddOptions, add_options_clear)

static gboolean
put_options (GVariantDict *settings, char **options, GError **error)
{
  g_autoptr(GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE ("a{ss}"));

  for (char **option = options; option != NULL && *option != NULL; option++)
    {
      const char *equals = strchr (*option, '=');
      g_autofree char *key = equals != NULL ? g_strndup (*option, equals - *option) : NULL;

      if (key == NULL)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--option %s: it must be KEY=VALUE"), *option);
          return FALSE;
        }
      g_variant_builder_add (builder, "{ss}", key, equals + 1);
    }
  if (options != NULL)
    g_variant_dict_insert_value (settings, "options", g_variant_builder_end (builder));
  return TRUE;
}

static gboolean
make_settings (const AddOptions *o, GVariantDict *settings, GUnixFDList *fds, GError **error)
{
  oma_ctl_put_string (settings, "server-id", o->server_id);
  oma_ctl_put_string (settings, "url", o->url);
  oma_ctl_put_string (settings, "auth", o->auth);
  oma_ctl_put_string (settings, "user", o->user);
  oma_ctl_put_string (settings, "server-auth", o->server_auth);
  oma_ctl_put_string (settings, "server-user", o->server_user);
  oma_ctl_put_string (settings, "http-auth", o->http_auth);
  oma_ctl_put_string (settings, "http-user", o->http_user);
  oma_ctl_put_string (settings, "encoding", o->encoding);
  oma_ctl_put_string (settings, "protocol", o->protocol);
  oma_ctl_put_string (settings, "notification-data", o->notification_data);
  if (o->allow_http)
    g_variant_dict_insert (settings, "allow-http", "b", TRUE);
  if (o->manage != NULL)
    g_variant_dict_insert (settings, "manage", "^as", o->manage);
  if (o->moids != NULL)
    g_variant_dict_insert (settings, "moids", "^as", o->moids);
  return put_options (settings, o->options, error) &&
         oma_ctl_put_file (settings, fds, "secret", o->secret_file, error) &&
         oma_ctl_put_file (settings, fds, "server-secret", o->server_secret_file, error) &&
         oma_ctl_put_file (settings, fds, "http-secret", o->http_secret_file, error) &&
         oma_ctl_put_file (settings, fds, "notification-secret", o->notification_secret_file, error) &&
         oma_ctl_put_file (settings, fds, "ca", o->ca, error) &&
         oma_ctl_put_file (settings, fds, "certificate", o->certificate, error) &&
         oma_ctl_put_file (settings, fds, "key", o->key, error);
}

static OmaCtlExit
account_add (OmaCtl *ctl, int argc, char **argv)
{
  g_auto(AddOptions) o = { 0 };
  const GOptionEntry entries[] = {
    { "server-id", 0, 0, G_OPTION_ARG_STRING, &o.server_id, N_("The server's identifier"), N_("ID") },
    { "url", 0, 0, G_OPTION_ARG_STRING, &o.url, N_("The server's address"), N_("URL") },
    { "auth", 0, 0, G_OPTION_ARG_STRING, &o.auth, N_("How we prove who we are: none, basic, md5, hmac"), N_("TYPE") },
    { "user", 0, 0, G_OPTION_ARG_STRING, &o.user, N_("Our user name"), N_("NAME") },
    { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &o.secret_file, N_("File with our password"), N_("FILE") },
    { "server-auth", 0, 0, G_OPTION_ARG_STRING, &o.server_auth, N_("How the server proves who it is"), N_("TYPE") },
    { "server-user", 0, 0, G_OPTION_ARG_STRING, &o.server_user, N_("The server's user name"), N_("NAME") },
    { "server-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &o.server_secret_file, N_("File with the server's password"), N_("FILE") },
    { "http-auth", 0, 0, G_OPTION_ARG_STRING, &o.http_auth, N_("HTTP authentication: none, basic, digest"), N_("TYPE") },
    { "http-user", 0, 0, G_OPTION_ARG_STRING, &o.http_user, N_("User name for it"), N_("NAME") },
    { "http-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &o.http_secret_file, N_("File with the password for it"),
      N_("FILE") },
    { "ca", 0, 0, G_OPTION_ARG_FILENAME, &o.ca, N_("CA certificates to trust in place of the system's (PEM)"), N_("FILE") },
    { "cert", 0, 0, G_OPTION_ARG_FILENAME, &o.certificate, N_("Client certificate (PEM)"), N_("FILE") },
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &o.key, N_("Key of the client certificate (PEM)"), N_("FILE") },
    { "allow-http", 0, 0, G_OPTION_ARG_NONE, &o.allow_http, N_("Allow plain HTTP"), NULL },
    { "manage", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.manage, N_("Give the server all rights there; repeatable"), N_("URI") },
    { "encoding", 0, 0, G_OPTION_ARG_STRING, &o.encoding, N_("xml or wbxml"), N_("ENCODING") },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &o.protocol, N_("Release of the protocol: 1.1, 1.2, 1.3 or 2.0"), N_("VERSION") },
    { "moid", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.moids, N_("A management object that a server of DM 2.0 may manage; repeatable"),
      N_("URN") },
    { "notification-data", 0, 0, G_OPTION_ARG_STRING, &o.notification_data,
      N_("What the digest of notifications of DM 2.0 is over, too"), N_("TEXT") },
    { "notification-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &o.notification_secret_file,
      N_("File with the secret of that digest"), N_("FILE") },
    { "option", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.options, N_("A further setting; repeatable"), N_("KEY=VALUE") },
    G_OPTION_ENTRY_NULL
  };
  g_auto(GVariantDict) settings = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;

  if (!oma_ctl_parse (ctl, "account add NAME --server-id ID --url URL", entries, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  if (o.server_id == NULL || o.url == NULL)
    return oma_ctl_fail_usage (ctl, _("--server-id and --url are needed"));
  if (!make_settings (&o, &settings, fds, &error))
    return oma_ctl_fail (ctl, error);
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "AddAccount",
                        g_variant_new ("(s@a{sv})", argv[1], g_variant_dict_end (&settings)), "(o)", fds, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (ctl->json)
    oma_ctl_json_print_name (argv[1]);
  return OMA_CTL_OK;
}

static GVariant *
list_accounts (OmaCtl *ctl, GError **error)
{
  g_autoptr(GVariant) reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "ListAccounts", NULL, "(a(oa{sv}))", NULL, NULL, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

static OmaCtlExit
account_list (OmaCtl *ctl, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) accounts = NULL;
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  GVariantIter iter;
  GVariant *properties;

  if (!oma_ctl_parse (ctl, "account list", NULL, &argc, &argv, 0, 0))
    return OMA_CTL_USAGE;
  accounts = list_accounts (ctl, &error);
  if (accounts == NULL)
    return oma_ctl_fail (ctl, error);
  if (!ctl->json)
    oma_ctl_print (ctl, OMA_CTL_BOLD, "%-16s  %-24s  %-3s  %s\n", _("NAME"), _("SERVER"), _("DM"), _("ADDRESS"));
  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, accounts);
  while (g_variant_iter_loop (&iter, "(o@a{sv})", NULL, &properties))
    {
      const char *name = "", *server = "", *url = "", *protocol = "";

      g_variant_lookup (properties, "Name", "&s", &name);
      g_variant_lookup (properties, "ServerId", "&s", &server);
      g_variant_lookup (properties, "Url", "&s", &url);
      g_variant_lookup (properties, "Protocol", "&s", &protocol);
      if (!ctl->json)
        printf ("%-16s  %-24s  %-3s  %s\n", name, server, protocol, url);
      json_builder_begin_object (builder);
      oma_ctl_json_properties (builder, properties);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  if (ctl->json)
    oma_ctl_json_print (builder, TRUE);
  return OMA_CTL_OK;
}

static void
print_account (OmaCtl *ctl, GVariant *properties)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  GVariantIter iter;
  const char *key;
  GVariant *value;

  json_builder_begin_object (builder);
  oma_ctl_json_properties (builder, properties);
  json_builder_end_object (builder);
  if (ctl->json)
    {
      oma_ctl_json_print (builder, TRUE);
      return;
    }
  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      gsize length;
      g_autofree char *text = oma_ctl_value_text (value, NULL, &length);
      g_autofree char *shown = oma_ctl_printable (text, length);

      oma_ctl_print (ctl, OMA_CTL_BOLD, "%12s", key);
      printf (": %s\n", shown);
    }
}

static OmaCtlExit
account_show (OmaCtl *ctl, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) accounts = NULL;
  GVariantIter iter;
  GVariant *properties;
  gboolean found = FALSE;

  if (!oma_ctl_parse (ctl, "account show NAME", NULL, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  accounts = list_accounts (ctl, &error);
  if (accounts == NULL)
    return oma_ctl_fail (ctl, error);
  g_variant_iter_init (&iter, accounts);
  while (g_variant_iter_loop (&iter, "(o@a{sv})", NULL, &properties))
    {
      const char *name = "";

      g_variant_lookup (properties, "Name", "&s", &name);
      if (g_str_equal (name, argv[1]))
        {
          found = TRUE;
          print_account (ctl, properties);
        }
    }
  if (found)
    return OMA_CTL_OK;
  g_set_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("there is no account %s"), argv[1]);
  return oma_ctl_fail (ctl, error);
}

static OmaCtlExit
account_remove (OmaCtl *ctl, int argc, char **argv)
{
  gboolean withdraw = FALSE;
  const GOptionEntry entries[] = {
    { "withdraw", 0, 0, G_OPTION_ARG_NONE, &withdraw, N_("Undo what its server set"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_auto(GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;

  if (!oma_ctl_parse (ctl, "account remove NAME", entries, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  if (withdraw)
    g_variant_dict_insert (&options, "withdraw", "b", TRUE);
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "RemoveAccount",
                        g_variant_new ("(s@a{sv})", argv[1], g_variant_dict_end (&options)), "()", NULL, NULL, &error);
  return reply != NULL ? OMA_CTL_OK : oma_ctl_fail (ctl, error);
}

/**
 * oma_ctl_account:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments, the second names what to do
 *
 * The verbs account add, list, show and remove.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_account (OmaCtl *ctl, int argc, char **argv)
{
  static const struct {
    const char *name;
    OmaCtlRun   run;
  } verbs[] = {
    { "add", account_add },
    { "list", account_list },
    { "remove", account_remove },
    { "show", account_show },
  };

  for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (argv[1], verbs[i].name))
      return verbs[i].run (ctl, argc - 1, argv + 1);
  return oma_ctl_fail_usage (ctl, _("usage: omadmctl account add|list|show|remove"));
}
