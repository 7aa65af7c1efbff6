/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-builtin-ddf.h"
#include "codec/oma-ddf.h"
#include "../remove-recursively.h"

#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

/* A stored subtree with all that withdrawing tells apart, and a DevInfo as a session needs it. */
static const char vendor_ddf[] =
  "<MgmtTree><VerDTD>1.2</VerDTD>"
  "<Node><NodeName>Vendor</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>"
  "<Node><NodeName>Fixed</NodeName><DFProperties><AccessType><Get/><Replace/></AccessType>"
  "<DefaultValue>first</DefaultValue><DFFormat><chr/></DFFormat><Occurrence><One/></Occurrence>"
  "<Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
  "<Node><NodeName>Optional</NodeName><DFProperties><AccessType><Add/><Delete/><Get/><Replace/></AccessType>"
  "<DefaultValue>usual</DefaultValue><DFFormat><chr/></DFFormat><Occurrence><ZeroOrOne/></Occurrence>"
  "<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
  "<Node><NodeName>Items</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>"
  "<Node><NodeName/><DFProperties><AccessType><Add/><Delete/><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><ZeroOrMore/></Occurrence><DFType><DDFName/></DFType></DFProperties>"
  "<Node><NodeName/><DFProperties><AccessType><Add/><Delete/><Get/><Replace/></AccessType><DFFormat><chr/></DFFormat>"
  "<Occurrence><ZeroOrMore/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
  "</Node></Node></Node></MgmtTree>";

#define DEV_INFO_LEAF(name, value)                                                                      \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType><Get/></AccessType>"                    \
  "<DefaultValue>" value "</DefaultValue><DFFormat><chr/></DFFormat><Occurrence><One/></Occurrence>"    \
  "<Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"

static const char dev_info_ddf[] =
  "<MgmtTree><VerDTD>1.2</VerDTD>"
  "<Node><NodeName>DevInfo</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>"
  DEV_INFO_LEAF ("DevId", "urn:test:1") DEV_INFO_LEAF ("Man", "Maker") DEV_INFO_LEAF ("Mod", "Model")
  DEV_INFO_LEAF ("DmV", "1") DEV_INFO_LEAF ("Lang", "en") "</Node></MgmtTree>";

/* ---- What was logged ---- */

static GString *logged;

static GLogWriterOutput
capture (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_string_append_printf (logged, "%s\n", (const char *) fields[i].value);
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
    return g_log_writer_default (level, fields, n_fields, data);
  return G_LOG_WRITER_HANDLED;
}

static void
capture_text (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  g_string_append_printf (logged, "%s\n", message);
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
    g_log_default_handler (domain, level, message, data);
}

/* Call it after g_test_init(): warnings are what some tests look for. */
void
agent_test_init_log (void)
{
  logged = g_string_new (NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_log_set_default_handler (capture_text, NULL);
  g_log_set_writer_func (capture, NULL, NULL);
}

gboolean
agent_test_has_logged (const char *part)
{
  return strstr (logged->str, part) != NULL;
}

void
agent_test_clear_log (void)
{
  g_string_truncate (logged, 0);
}

/* ---- The device ---- */

static const char ops_ddf[] =
  "<MgmtTree><VerDTD>1.2</VerDTD>"
  "<Node><NodeName>Ops</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"
  "<DFType><DDFName>urn:ex:mo:ops:1.0</DDFName></DFType></DFProperties>"
  "<Node><NodeName>Count</NodeName><DFProperties><AccessType><Exec/></AccessType><DFFormat><null/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties>"
  "</Node><Node><NodeName>Extra</NodeName><DFProperties><AccessType><Add/><Delete/></AccessType>"
  "<DFFormat><chr/></DFFormat><Occurrence><ZeroOrOne/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties>"
  "</Node></Node></MgmtTree>";

/* Management objects that a server of DM 2.0 makes. */
static const char net_ddf[] =
  "<MgmtTree><VerDTD>1.2</VerDTD>"
  "<Node><NodeName>Net</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>"
  "<Node><NodeName/><DFProperties><AccessType><Add/><Delete/><Get/><Replace/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><ZeroOrMore/></Occurrence><DFType><DDFName>urn:ex:mo:net:1.0</DDFName></DFType></DFProperties>"
  "<Node><NodeName>ID</NodeName><DFProperties><AccessType><Add/><Delete/><Get/><Replace/></AccessType>"
  "<DFFormat><chr/></DFFormat><Occurrence><ZeroOrOne/></Occurrence><DFType><MIME>text/plain</MIME></DFType>"
  "</DFProperties></Node>"
  "<Node><NodeName>Key</NodeName><DFProperties><AccessType><Add/><Delete/><Replace/></AccessType>"
  "<DFFormat><chr/></DFFormat><Occurrence><ZeroOrOne/></Occurrence><DFType><MIME>text/plain</MIME></DFType>"
  "</DFProperties></Node>"
  "</Node></Node></MgmtTree>";

static gboolean
ops_has_transactions (gpointer self G_GNUC_UNUSED)
{
  return FALSE;
}

static void
ops_list (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
          GTask *task)
{
  const char *names[] = { "Count", ((AgentTest *) self)->has_extra ? "Extra" : NULL, NULL };

  g_task_return_pointer (task, g_strdupv ((char **) names), (GDestroyNotify) g_strfreev);
}

static void
ops_exec (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
          OmaValue *argument G_GNUC_UNUSED, const char *correlator G_GNUC_UNUSED, GTask *task)
{
  AgentTest *test = self;

  test->executed++;
  if (test->exec_goes_on)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED, "The end is told later");
  else
    g_task_return_boolean (task, TRUE);
}

static const OmaNodeOps ops = { .has_transactions = ops_has_transactions, .list = ops_list, .exec = ops_exec };

/* As a service that keeps its settings while the daemon is down. */
static const char slot_ddf[] =
  "<MgmtTree><VerDTD>1.2</VerDTD>"
  "<Node><NodeName>Slot</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>"
  "<Node><NodeName>Value</NodeName><DFProperties><AccessType><Get/><Replace/></AccessType><DFFormat><chr/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties>"
  "</Node></Node></MgmtTree>";

static void
slot_list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED,
           const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  const char *names[] = { "Value", NULL };

  g_task_return_pointer (task, g_strdupv ((char **) names), (GDestroyNotify) g_strfreev);
}

static void
slot_get (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  AgentTest *test = self;

  if (test->slot_hangs)
    {
      test->slot_hangs = FALSE;
      test->slot_task = g_object_ref (task);
      return;
    }
  g_task_return_pointer (task, oma_value_new_string (test->slot != NULL ? test->slot : ""),
                         (GDestroyNotify) oma_value_unref);
}

static void
slot_replace (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
              OmaValue *value, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  AgentTest *test = self;

  if (test->slot_refuses)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The slot refuses");
      return;
    }
  g_free (test->slot);
  test->slot = g_strdup (oma_value_get_text (value));
  g_task_return_boolean (task, TRUE);
}

/* Has the read that hangs answered. */
void
agent_test_release_slot (AgentTest *test)
{
  g_autoptr(GTask) task = g_steal_pointer (&test->slot_task);

  g_assert_nonnull (task);
  g_task_return_pointer (task, oma_value_new_string (test->slot != NULL ? test->slot : ""),
                         (GDestroyNotify) oma_value_unref);
}

static const OmaNodeOps slot_ops = { .has_transactions = ops_has_transactions, .list = slot_list, .get = slot_get,
                                     .replace = slot_replace };

/* A management object with statistics. */
static const char live_ddf[] =
  "<MgmtTree><VerDTD>1.2</VerDTD>"
  "<Node><NodeName>Live</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"
  "<DFType><DDFName>urn:ex:mo:live:1.0</DDFName></DFType></DFProperties>"
  "<Node><NodeName>Count</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><int/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties>"
  "</Node><Node><NodeName>Name</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><chr/></DFFormat>"
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties>"
  "</Node></Node></MgmtTree>";

static OmaHandlerFlags
live_get_flags (gpointer self G_GNUC_UNUSED, const OmaSchemaNode *schema)
{
  return g_strcmp0 (schema->name, "Count") == 0 ? OMA_HANDLER_VOLATILE : 0;
}

static void
live_list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED,
           const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  const char *names[] = { "Count", "Name", NULL };

  g_task_return_pointer (task, g_strdupv ((char **) names), (GDestroyNotify) g_strfreev);
}

static void
live_get (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema, GTask *task)
{
  AgentTest *test = self;
  OmaValue *value = strcmp (schema->name, "Count") == 0 ? oma_value_new_int ((gint) ++test->n_live)
                                                         : oma_value_new_string (test->live);

  g_task_return_pointer (task, value, (GDestroyNotify) oma_value_unref);
}

static const OmaNodeOps live_ops = { .has_transactions = ops_has_transactions, .list = live_list, .get = live_get,
                                     .get_flags = live_get_flags };

static void
mount (AgentTest *test, const char *ddf, const OmaNodeOps *node_ops, OmaMountFlags flags)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSchema) schema = oma_ddf_parse ("test.ddf.xml", ddf, strlen (ddf), &error);

  g_assert_no_error (error);
  oma_tree_mount (test->tree, schema, node_ops, test, flags, &error);
  g_assert_no_error (error);
}

void
agent_test_open (AgentTest *test)
{
  g_autoptr(GError) error = NULL;

  test->store = oma_store_open (test->state_dir, &error);
  g_assert_no_error (error);
  test->tree = oma_tree_new ();
  oma_account_list_mount (test->tree, &error);
  g_assert_no_error (error);
  test->layout = oma_account_layout_new (test->tree);
  oma_account_layout_mount (test->layout, &error);
  g_assert_no_error (error);
  oma_builtin_ddf_mount (test->tree, "inbox.ddf.xml", OMA_MOUNT_RESERVED, &error);
  g_assert_no_error (error);
  mount (test, vendor_ddf, NULL, OMA_MOUNT_DEFAULT);
  mount (test, ops_ddf, &ops, OMA_MOUNT_DEFAULT);
  mount (test, net_ddf, NULL, OMA_MOUNT_DEFAULT);
  mount (test, live_ddf, &live_ops, OMA_MOUNT_DEFAULT);
  mount (test, slot_ddf, &slot_ops, OMA_MOUNT_DEFAULT);
  mount (test, dev_info_ddf, NULL, OMA_MOUNT_RESERVED);
  oma_tree_load (test->tree, OMA_TREE_STORE (test->store), &error);
  g_assert_no_error (error);
  test->executor = oma_executor_new (test->tree);
  oma_executor_set_alias_func (test->executor, oma_account_layout_resolve, test->layout);
  test->accounts = oma_account_list_new (test->executor);
}

void
agent_test_close (AgentTest *test)
{
  oma_account_list_close (test->accounts);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&test->accounts);
  g_clear_pointer (&test->executor, oma_executor_free);
  g_clear_pointer (&test->tree, oma_tree_free);
  g_clear_pointer (&test->layout, oma_account_layout_free);
  oma_store_close (test->store);
  g_clear_object (&test->store);
}

void
agent_test_reopen (AgentTest *test)
{
  agent_test_close (test);
  agent_test_open (test);
}

void
agent_test_set_up (AgentTest *test, gconstpointer data G_GNUC_UNUSED)
{
  test->dir = g_dir_make_tmp ("omadm-agent-XXXXXX", NULL);
  g_assert_nonnull (test->dir);
  test->state_dir = g_build_filename (test->dir, "state", NULL);
  g_assert_cmpint (g_mkdir (test->state_dir, 0700), ==, 0);
  agent_test_clear_log ();
  agent_test_open (test);
}

void
agent_test_tear_down (AgentTest *test, gconstpointer data G_GNUC_UNUSED)
{
  if (test->store != NULL)
    agent_test_close (test);
  remove_recursively (test->dir);
  g_free (test->slot);
  g_free (test->state_dir);
  g_free (test->dir);
}

char *
agent_test_write (AgentTest *test, const char *name, guint mode, const char *text)
{
  char *path = g_build_filename (test->dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_mkdir_with_parents (parent, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, (int) mode), ==, 0);
  return path;
}

/* ---- Nodes ---- */

typedef struct {
  gboolean      done;
  GAsyncResult *result;
} Wait;

static void
wait_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->done = TRUE;
  wait->result = g_object_ref (result);
}

static void
wait_for (Wait *wait)
{
  while (!wait->done)
    g_main_context_iteration (NULL, TRUE);
}

/* Does one operation, as a server or, with an empty identifier, the administrator. */
OmaStatus
agent_test_run (AgentTest *test, const char *server_id, OmaOperationType type, const char *uri, const char *text)
{
  const OmaPrincipal principal = { server_id == NULL     ? OMA_PRINCIPAL_DEVICE
                                   : *server_id != '\0' ? OMA_PRINCIPAL_SERVER
                                                        : OMA_PRINCIPAL_ADMINISTRATOR, server_id };
  g_autoptr(OmaWork) work = oma_work_new (test->executor, &principal);
  g_auto(OmaOperation) operation = { .type = type, .uri = uri };
  Wait run = { FALSE, NULL };
  Wait commit = { FALSE, NULL };

  if (text != NULL)
    {
      operation.data = text;
      operation.length = strlen (text);
    }
  else if (type == OMA_OPERATION_ADD)
    operation.format = OMA_FORMAT_NODE;
  oma_work_run_async (work, &operation, NULL, wait_cb, &run);
  wait_for (&run);
  oma_work_run_finish (work, run.result, NULL);
  g_object_unref (run.result);
  oma_work_commit_async (work, NULL, wait_cb, &commit);
  wait_for (&commit);
  g_assert_true (oma_work_commit_finish (work, commit.result, NULL));
  g_object_unref (commit.result);
  return operation.status;
}

/* Reads as the device: a leaf's text or a property, NULL when there is none. */
char *
agent_test_get (AgentTest *test, const char *uri)
{
  const OmaPrincipal principal = { OMA_PRINCIPAL_DEVICE, NULL };
  g_autoptr(OmaWork) work = oma_work_new (test->executor, &principal);
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_GET, .uri = uri };
  Wait run = { FALSE, NULL };

  oma_work_run_async (work, &operation, NULL, wait_cb, &run);
  wait_for (&run);
  oma_work_run_finish (work, run.result, NULL);
  g_object_unref (run.result);
  return operation.result != NULL ? g_strdup (oma_value_get_text (operation.result)) : NULL;
}

gboolean
agent_test_has (AgentTest *test, const char *uri)
{
  g_autofree char *property = g_strconcat (uri, "?prop=Name", NULL);
  g_autofree char *name = agent_test_get (test, property);

  return name != NULL;
}

gboolean
agent_test_run_plan (AgentTest *test G_GNUC_UNUSED, OmaPlan *plan, GError **error)
{
  Wait wait = { FALSE, NULL };
  gboolean done;

  oma_plan_run_async (plan, wait_cb, &wait);
  wait_for (&wait);
  done = oma_plan_run_finish (wait.result, error);
  g_object_unref (wait.result);
  return done;
}

/* ---- Accounts ---- */

OmaAccountConfig *
agent_test_make_config (const char *name, const char *server_id)
{
  OmaAccountConfig *config = oma_account_config_new ();

  config->name = g_strdup (name);
  config->server_id = g_strdup (server_id);
  config->url = g_strdup ("https://dm.example.com/dm");
  config->client_auth = OMA_AUTH_MD5;
  config->user = g_strdup ("device");
  config->secret = g_strdup ("TopSecretOfTheDevice");
  return config;
}

OmaAccount *
agent_test_add (AgentTest *test, OmaAccountConfig *config, GError **error)
{
  Wait wait = { FALSE, NULL };
  OmaAccount *account;

  oma_account_list_add_async (test->accounts, config, NULL, wait_cb, &wait);
  oma_account_config_free (config);
  wait_for (&wait);
  account = oma_account_list_add_finish (test->accounts, wait.result, error);
  g_object_unref (wait.result);
  return account;
}

gboolean
agent_test_remove (AgentTest *test, const char *name, gboolean withdraw, GError **error)
{
  Wait wait = { FALSE, NULL };
  gboolean removed;

  oma_account_list_remove_async (test->accounts, name, withdraw, wait_cb, &wait);
  wait_for (&wait);
  removed = oma_account_list_remove_finish (test->accounts, wait.result, error);
  g_object_unref (wait.result);
  return removed;
}

void
agent_test_import (AgentTest *test)
{
  g_autofree char *directory = g_build_filename (test->dir, "accounts.d", NULL);
  Wait wait = { FALSE, NULL };

  oma_account_list_import_async (test->accounts, directory, TRUE, wait_cb, &wait);
  wait_for (&wait);
  oma_account_list_import_finish (test->accounts, wait.result);
  g_object_unref (wait.result);
}

/* Makes a self-signed certificate and its key, once; @what: "certificate", "key" or "other-key". */
GBytes *
agent_test_make_pem (const char *what)
{
  static gnutls_x509_privkey_t keys[2];
  static gnutls_x509_crt_t certificate;
  gnutls_datum_t text;
  GBytes *pem;

  for (guint i = 0; keys[1] == NULL && i < 2; i++)
    {
      g_assert_cmpint (gnutls_x509_privkey_init (&keys[i]), ==, 0);
      g_assert_cmpint (gnutls_x509_privkey_generate (keys[i], GNUTLS_PK_ECDSA,
                                                     GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0), ==, 0);
    }
  if (certificate == NULL)
    {
      g_assert_cmpint (gnutls_x509_crt_init (&certificate), ==, 0);
      gnutls_x509_crt_set_version (certificate, 3);
      gnutls_x509_crt_set_serial (certificate, "\1", 1);
      gnutls_x509_crt_set_activation_time (certificate, time (NULL) - 3600);
      gnutls_x509_crt_set_expiration_time (certificate, time (NULL) + 36000);
      gnutls_x509_crt_set_dn (certificate, "CN=test", NULL);
      gnutls_x509_crt_set_key (certificate, keys[0]);
      g_assert_cmpint (gnutls_x509_crt_sign2 (certificate, certificate, keys[0], GNUTLS_DIG_SHA256, 0), ==, 0);
    }
  if (strcmp (what, "certificate") == 0)
    g_assert_cmpint (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &text), ==, 0);
  else
    g_assert_cmpint (gnutls_x509_privkey_export2 (keys[strcmp (what, "key") != 0], GNUTLS_X509_FMT_PEM, &text), ==, 0);
  /* With a NUL behind the octets, so that it can be used as a text. */
  pem = g_bytes_new_take (g_strndup ((const char *) text.data, text.size), text.size);
  gnutls_free (text.data);
  return pem;
}
