/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-server.h"

#include <glib-unix.h>
#include <stdio.h>

/* What the command line says. */
typedef struct {
  TsOptions options;
  TsConfig  config;
  char     *users;
  char     *user;
  char     *auth;
  char     *server_auth;
  char     *server_user;
  char     *server_secret;
  char     *commands;
  char     *http_user;
  int       max_msg_size;
  gboolean  version;
} Arguments;

static void
arguments_clear (Arguments *arguments)
{
  g_free (arguments->options.address);
  g_free (arguments->options.certificate);
  g_free (arguments->options.key);
  g_free (arguments->options.client_ca);
  g_free (arguments->options.http_auth);
  g_free (arguments->options.http_user);
  g_free (arguments->options.http_secret);
  g_free (arguments->options.data_types);
  g_free (arguments->options.announced_types);
  g_free (arguments->config.server_id);
  g_free (arguments->config.alert_status);
  g_clear_pointer (&arguments->config.users, g_ptr_array_unref);
  g_free (arguments->users);
  g_free (arguments->user);
  g_free (arguments->auth);
  g_free (arguments->server_auth);
  g_free (arguments->server_user);
  g_free (arguments->server_secret);
  g_free (arguments->commands);
  g_free (arguments->http_user);
}

static gboolean
parse_arguments (Arguments *a, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "address", 0, 0, G_OPTION_ARG_STRING, &a->options.address, "Address to listen on [127.0.0.1]", "IP" },
    { "port", 0, 0, G_OPTION_ARG_INT, &a->options.port, "Port for HTTP, 0 for any", "N" },
    { "https-port", 0, 0, G_OPTION_ARG_INT, &a->options.https_port, "Port for HTTPS, 0 for any", "N" },
    { "cert", 0, 0, G_OPTION_ARG_FILENAME, &a->options.certificate, "Certificate of the server, PEM", "FILE" },
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &a->options.key, "Its key, PEM", "FILE" },
    { "client-ca", 0, 0, G_OPTION_ARG_FILENAME, &a->options.client_ca,
      "Clients need a certificate of this authority, PEM", "FILE" },
    { "admin-port", 0, 0, G_OPTION_ARG_INT, &a->options.admin_port, "Port of the JSON interface, 0 for any", "N" },
    { "server-id", 0, 0, G_OPTION_ARG_STRING, &a->config.server_id, "Source of messages [omadm-testserver]", "ID" },
    { "users", 0, 0, G_OPTION_ARG_FILENAME, &a->users, "Key file with users", "FILE" },
    { "user", 0, 0, G_OPTION_ARG_STRING, &a->user, "The only user", "NAME:SECRET" },
    { "auth", 0, 0, G_OPTION_ARG_STRING, &a->auth, "What that user must prove [md5]", "none|basic|md5|hmac|sha256" },
    { "server-auth", 0, 0, G_OPTION_ARG_STRING, &a->server_auth, "What the server proves [none]",
      "none|basic|md5|hmac|sha256" },
    { "server-user", 0, 0, G_OPTION_ARG_STRING, &a->server_user, "As whom", "NAME" },
    { "server-secret", 0, 0, G_OPTION_ARG_STRING, &a->server_secret, "With which secret", "SECRET" },
    { "http-auth", 0, 0, G_OPTION_ARG_STRING, &a->options.http_auth, "What HTTP asks for", "basic|digest" },
    { "http-user", 0, 0, G_OPTION_ARG_STRING, &a->http_user, "Whom it lets in", "NAME:SECRET" },
    { "commands", 0, 0, G_OPTION_ARG_FILENAME, &a->commands, "Commands for every new device, JSON", "FILE" },
    { "max-msg-size", 0, 0, G_OPTION_ARG_INT, &a->max_msg_size, "MaxMsgSize to announce", "OCTETS" },
    { "alert-status", 0, 0, G_OPTION_ARG_STRING, &a->config.alert_status,
      "Status for alerts 1224 and 1226 of devices [200]", "CODE" },
    { "data-types", 0, 0, G_OPTION_ARG_STRING, &a->options.data_types,
      "Media types that the data repository takes [any]", "TYPE,..." },
    { "announced-types", 0, 0, G_OPTION_ARG_STRING, &a->options.announced_types,
      "OMADM-Accept of packages 2 [none]", "TYPE,..." },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &a->options.verbose, "Print a line for each message", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &a->version, "Print the version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, "An OMA DM server for trials and tests.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "What is \"%s\"?", (*argv)[1]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
fail (GError **error, const char *text)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
  return FALSE;
}

static gboolean
check_ports (TsOptions *options, GError **error)
{
  if (options->port < -1 || options->port > 65535 || options->https_port < -1 || options->https_port > 65535 ||
      options->admin_port < -1 || options->admin_port > 65535)
    return fail (error, "A port is a number from 0 to 65535");
  if (options->https_port >= 0 && (options->certificate == NULL || options->key == NULL))
    return fail (error, "--https-port needs --cert and --key");
  if (options->port < 0 && options->https_port < 0)
    options->port = 0;
  return TRUE;
}

/* The one user of the command line; without --user whoever comes is taken. */
static gboolean
make_user (Arguments *a, GError **error)
{
  g_auto(GStrv) pair = a->user != NULL ? g_strsplit (a->user, ":", 2) : NULL;
  TsUser *user;

  if (a->user != NULL && pair[1] == NULL)
    return fail (error, "--user takes NAME:SECRET");
  user = ts_user_new (pair != NULL ? pair[0] : NULL);
  g_ptr_array_add (a->config.users, user);
  user->auth = pair != NULL ? TS_AUTH_MD5 : TS_AUTH_NONE;
  if (pair != NULL)
    {
      g_free (user->secret);
      user->secret = g_strdup (pair[1]);
    }
  user->server_user = g_strdup (a->server_user);
  user->server_secret = g_strdup (a->server_secret);
  if (!ts_auth_parse (a->auth, &user->auth, error) || !ts_auth_parse (a->server_auth, &user->server_auth, error))
    return FALSE;
  if (user->auth != TS_AUTH_NONE && pair == NULL)
    return fail (error, "--auth needs --user");
  if (user->server_auth != TS_AUTH_NONE && (user->server_user == NULL || user->server_secret == NULL))
    return fail (error, "--server-auth needs --server-user and --server-secret");
  return TRUE;
}

static gboolean
check_http_auth (Arguments *a, GError **error)
{
  TsOptions *options = &a->options;
  g_auto(GStrv) pair = a->http_user != NULL ? g_strsplit (a->http_user, ":", 2) : NULL;

  if ((options->http_auth == NULL) != (a->http_user == NULL))
    return fail (error, "--http-auth and --http-user belong together");
  if (options->http_auth == NULL)
    return TRUE;
  if (!g_str_equal (options->http_auth, "basic") && !g_str_equal (options->http_auth, "digest"))
    return fail (error, "--http-auth is basic or digest");
  if (pair[0] == NULL || pair[1] == NULL)
    return fail (error, "--http-user takes NAME:SECRET");
  options->http_user = g_strdup (pair[0]);
  options->http_secret = g_strdup (pair[1]);
  return TRUE;
}

static gboolean
make_config (Arguments *a, GError **error)
{
  if (!check_ports (&a->options, error) || !check_http_auth (a, error))
    return FALSE;
  if (a->max_msg_size < 0)
    return fail (error, "--max-msg-size takes a number of octets");
  if (a->users != NULL && (a->user != NULL || a->auth != NULL || a->server_auth != NULL))
    return fail (error, "--users stands in place of --user, --auth and --server-auth");
  a->config.max_msg_size = (guint64) a->max_msg_size;
  if (a->config.server_id == NULL)
    a->config.server_id = g_strdup ("omadm-testserver");
  if (a->options.address == NULL)
    a->options.address = g_strdup ("127.0.0.1");
  if (a->users != NULL)
    {
      a->config.users = ts_users_load (a->users, error);
      return a->config.users != NULL;
    }
  a->config.users = g_ptr_array_new_with_free_func ((GDestroyNotify) ts_user_free);
  return make_user (a, error);
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
run (Arguments *a, GError **error)
{
  g_autoptr(GPtrArray) commands = NULL;
  g_autoptr(TsServer) server = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint term, interrupt;

  if (!make_config (a, error))
    return FALSE;
  if (a->commands != NULL && (commands = ts_commands_load (a->commands, error)) == NULL)
    return FALSE;
  server = ts_server_new (&a->config, &a->options, commands);
  if (!ts_server_listen (server, error))
    return FALSE;
  fflush (stdout);
  term = g_unix_signal_add (SIGTERM, quit_cb, loop);
  interrupt = g_unix_signal_add (SIGINT, quit_cb, loop);
  g_main_loop_run (loop);
  g_source_remove (term);
  g_source_remove (interrupt);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Arguments arguments = { .options = { .port = -1, .https_port = -1, .admin_port = -1 } };
  g_autoptr(GError) error = NULL;
  int status = 0;

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!parse_arguments (&arguments, &argc, &argv, &error))
    status = 2;
  else if (arguments.version)
    g_print ("omadm-testserver %s\n", OMADM_VERSION);
  else if (!run (&arguments, &error))
    status = error->domain == G_OPTION_ERROR ? 2 : 1;
  if (error != NULL)
    g_printerr ("omadm-testserver: %s\n", error->message);
  arguments_clear (&arguments);
  return status;
}
