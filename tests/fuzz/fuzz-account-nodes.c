/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "agent/oma-account-layout.h"
#include "agent/oma-account-list.h"
#include "agent/oma-account-state.h"

#include <string.h>

#define NAME "a"
#define NOW 1000000000

static const OmaPrincipal device = { OMA_PRINCIPAL_DEVICE, NULL };
static OmaTree *tree;
static OmaExecutor *executor;
static OmaAccountLayout *layout;

static void
set_up (void)
{
  g_autoptr(GError) error = NULL;

  tree = oma_tree_new ();
  layout = oma_account_layout_new (tree);
  oma_account_list_mount (tree, &error);
  g_assert_no_error (error);
  oma_account_layout_mount (layout, &error);
  g_assert_no_error (error);
  oma_tree_load (tree, NULL, &error);
  g_assert_no_error (error);
  executor = oma_executor_new (tree);
}

/* ---- Nodes that are served by nobody, so that nothing has to be waited for but the commit ---- */

static void
run (OmaWork *work, OmaOperationType type, const char *uri, const char *text)
{
  g_auto(OmaOperation) operation = {
    .type = type, .uri = uri, .data = text, .length = text != NULL ? strlen (text) : 0,
  };

  g_assert_true (oma_work_try_run (work, &operation));
}

static void
committed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  oma_work_commit_finish (*(OmaWork **) user_data, result, &error);
  g_assert_no_error (error);
  *(OmaWork **) user_data = NULL;
}

static void
commit (OmaWork *work)
{
  OmaWork *waiting = work;

  oma_work_commit_async (work, NULL, committed_cb, &waiting);
  while (waiting != NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* Lines: relative URI=value; those that the DDF does not permit are refused. */
static void
write_nodes (OmaAccount *account, char *text)
{
  g_autoptr(OmaWork) work = oma_work_new (executor, &device);
  g_autofree char *base = oma_account_dup_uri (account);

  oma_work_set_upsert (work, TRUE);
  for (char *line = text, *next; line != NULL; line = next)
    {
      g_autofree char *uri = NULL;
      char *value;

      next = strchr (line, '\n');
      if (next != NULL)
        *next++ = '\0';
      value = strchr (line, '=');
      if (value == NULL)
        continue;
      *value++ = '\0';
      uri = g_strconcat (base, "/", line, NULL);
      run (work, OMA_OPERATION_REPLACE, uri, value);
    }
  commit (work);
}

static void
remove_nodes (OmaAccount *account)
{
  g_autoptr(OmaWork) work = oma_work_new (executor, &device);
  g_autofree char *uri = oma_account_dup_uri (account);

  run (work, OMA_OPERATION_DELETE, uri, NULL);
  commit (work);
}

/* ---- What is made of them ---- */

static void
check_credentials (OmaAccount *account, gboolean of_server)
{
  OmaCredentials credentials;

  oma_account_read_credentials (account, of_server, &credentials);
  g_assert_cmpint (credentials.type, >=, OMA_AUTH_NONE);
  g_assert_cmpint (credentials.type, <=, OMA_AUTH_HMAC);
  oma_credentials_clear (&credentials);
}

static void
check_2_0 (OmaAccount *account)
{
  g_autoptr(GBytes) secret = NULL;
  g_autoptr(GBytes) data = NULL;
  g_auto(GStrv) moids = oma_account_dup_moids (account);
  gboolean has_key = oma_account_read_notification_key (account, &secret, &data);

  g_assert_true (has_key == (secret != NULL) && has_key == (data != NULL));
  g_assert_true (oma_account_get_places (account) == oma_account_places_find (oma_account_get_protocol (account)));
  g_assert_true (moids == NULL || oma_account_get_protocol (account) == OMA_DM_2_0);
  oma_account_requires_notification_digest (account);
}

static void
check_account (OmaAccount *account)
{
  g_auto(OmaHttpCredentials) credentials = { OMA_HTTP_AUTH_NONE, NULL, NULL };
  OmaAccountFiles *files = oma_account_make_files (account, NULL);
  OmaDialect dialect = oma_account_get_dialect (account);

  oma_account_files_free (files);
  g_assert_true (*oma_account_get_server_id (account) != '\0' && *oma_account_get_url (account) != '\0');
  g_assert_cmpint (dialect.version, <=, oma_account_get_protocol (account));
  g_assert_cmpuint (oma_account_get_hold (account, NOW), <=, 2 * OMA_ACCOUNT_MAX_RETRY_AFTER);
  check_credentials (account, FALSE);
  check_credentials (account, TRUE);
  oma_account_read_http_credentials (account, &credentials);
  oma_account_get_quirks (account);
  oma_account_get_digest (account);
  oma_account_get_number (account, OMA_ACCOUNT_OPTION_RESENDS, 3);
  oma_account_get_flag (account, OMA_ACCOUNT_OPTION_UPSERT);
  check_2_0 (account);
}

/* Another name of a node leads to one of ./DMAcc. */
static void
check_alias (const char *uri)
{
  g_autofree char *found = oma_account_layout_resolve (uri, layout);

  g_assert_true (found == NULL || g_str_has_prefix (found, OMA_ACCOUNT_ROOT "/"));
}

static void
check_nodes (const OmaAccountPlaces *places, const char *lines, const char *alias)
{
  g_autoptr(OmaAccount) account = oma_account_new (tree, places, NAME);
  g_autofree char *text = g_strdup (lines);

  write_nodes (account, text);
  if (oma_account_reload (account))
    check_account (account);
  check_alias (alias);
  remove_nodes (account);
}

/* What a server made of ./DMAcc or ./DMAcc2; before the first NUL another name of one of its nodes. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *input = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autofree char *text = NULL;
  gsize length = strlen (input);

  if (tree == NULL)
    set_up ();
  text = length < size ? g_strndup ((const char *) data + length + 1, size - length - 1) : g_strdup ("");
  for (guint i = 0; i < OMA_ACCOUNT_N_PLACES; i++)
    check_nodes (oma_account_places_get (i), text, input);
  return 0;
}
