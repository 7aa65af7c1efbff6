/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-pump-dm2.h"

#include "agent/oma-account-state.h"
#include "agent/oma-exchange.h"
#include "agent/oma-object-secrecy.h"
#include "codec/oma-dm2-package.h"
#include "codec/oma-mo-data.h"
#include "session/oma-objects.h"
#include "session/oma-version.h"

#include <string.h>

#define ENCODING "json"
#define HTTP_UNAUTHORIZED 401

struct _OmaPumpDm2 {
  OmaPump           parent_instance;
  OmaPumpState     *state;
  OmaSessionCause   cause;
  char            **moids;       /* (nullable): what the server was provisioned for */
  OmaObjects       *objects;     /* (nullable): while they are listed */
  char             *digest;      /* (nullable): of the list of objects that the server gets, or has */
  OmaDm2Session    *session;
  OmaDm2Step       *step;        /* what is done now */
  OmaHttpReply     *reply;       /* (nullable): what the engine works on */
  GError           *failure;     /* (nullable): the same, when there was no answer */
};

G_DEFINE_FINAL_TYPE (OmaPumpDm2, oma_pump_dm2, OMA_TYPE_PUMP)

static void step_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
release (OmaPump *pump)
{
  OmaPumpDm2 *self = OMA_PUMP_DM2 (pump);

  g_clear_pointer (&self->step, oma_dm2_step_free);
  g_clear_pointer (&self->session, oma_dm2_session_free);
  g_clear_pointer (&self->objects, oma_objects_free);
  g_clear_pointer (&self->reply, oma_http_reply_free);
  g_clear_error (&self->failure);
}

static void
oma_pump_dm2_finalize (GObject *object)
{
  OmaPumpDm2 *self = OMA_PUMP_DM2 (object);

  release (OMA_PUMP (self));
  g_free (self->cause.report_uri);
  g_strfreev (self->moids);
  g_free (self->digest);
  G_OBJECT_CLASS (oma_pump_dm2_parent_class)->finalize (object);
}

static const char *
get_protocol (OmaPump *pump G_GNUC_UNUSED)
{
  return oma_dm_version_to_name (OMA_DM_2_0);
}

static const char *
get_encoding (OmaPump *pump G_GNUC_UNUSED)
{
  return ENCODING;
}

/* The server has the list once it has answered the package that had it. */
static void
put_outcome (OmaPump *pump, OmaPlan *plan)
{
  OmaPumpDm2 *self = OMA_PUMP_DM2 (pump);

  if (self->digest != NULL && self->state->counters.messages_received > 0 &&
      g_strcmp0 (self->digest, oma_account_get_objects (self->state->account)) != 0)
    oma_account_put_objects (self->state->account, plan, self->digest);
}

/* ---- Packages and transfers for people ---- */

static OmaSecrecy
get_secrecy (const char *client_uri, gpointer user_data)
{
  OmaPumpDm2 *self = user_data;

  return oma_object_secrecy_find (oma_executor_get_tree (self->state->context.executor), client_uri);
}

/* Of documents in XML nothing is shown, since their secrets are not told apart here. */
static char *
describe (OmaPumpDm2 *self, gboolean sent, const char *media_type, GBytes *body)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (body, &size);

  if (size == 0 || media_type == NULL || strstr (media_type, ENCODING) == NULL)
    return g_strdup ("");
  return oma_dm2_describe (sent, data, size, get_secrecy, self);
}

/* (transfer full): what goes or came, large or not. */
static GBytes *
get_body (GBytes *body, int file)
{
  g_autoptr(GMappedFile) mapped = body == NULL && file >= 0 ? g_mapped_file_new_from_fd (file, FALSE, NULL) : NULL;

  if (body != NULL)
    return g_bytes_ref (body);
  return mapped != NULL ? g_mapped_file_get_bytes (mapped) : g_bytes_new (NULL, 0);
}

/* A query can be a key to what the address leads to, and so is what stands before the host. */
static char *
make_shown_uri (const char *text)
{
  g_autoptr(GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED, NULL);

  return uri != NULL ? g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT) : NULL;
}

static void
tell_sent (OmaPumpDm2 *self)
{
  const OmaDm2Step *step = self->step;
  gboolean is_package = step->action == OMA_DM2_SEND;
  g_autoptr(GBytes) body = NULL;
  g_autofree char *text = NULL;
  g_autofree char *uri = NULL;

  if (!oma_pump_is_watched (OMA_PUMP (self)))
    return;
  body = get_body (step->body, step->file);
  uri = is_package ? NULL : make_shown_uri (step->uri);
  text = describe (self, TRUE, step->media_type, body);
  oma_pump_tell_message (OMA_PUMP (self), &(OmaRunnerMessage) {
    .sent = TRUE,
    .number = is_package ? self->state->counters.messages_sent : 0,
    .method = is_package ? NULL : step->method,
    .uri = uri,
    .encoding = step->media_type != NULL && strstr (step->media_type, ENCODING) == NULL ? "xml" : ENCODING,
    .text = text,
    .size = g_bytes_get_size (body),
  });
}

/* An answer that refuses a package ends the session, and is told as its end. */
static void
tell_received (OmaPumpDm2 *self)
{
  const OmaHttpReply *reply = self->reply;
  gboolean is_package = self->step->action == OMA_DM2_SEND;
  g_autoptr(GBytes) body = NULL;
  g_autofree char *text = NULL;

  if (!oma_pump_is_watched (OMA_PUMP (self)) || (is_package && reply->status / 100 != 2))
    return;
  body = get_body (reply->body, reply->file);
  text = describe (self, FALSE, reply->media_type, body);
  oma_pump_tell_message (OMA_PUMP (self), &(OmaRunnerMessage) {
    .sent = FALSE,
    .number = is_package ? self->state->counters.messages_received + 1 : 0,
    .status = is_package ? 0 : reply->status,
    .encoding = reply->media_type != NULL && strstr (reply->media_type, ENCODING) == NULL ? "xml" : ENCODING,
    .text = text,
    .size = g_bytes_get_size (body),
  });
}

static void
resend_cb (guint time, const GError *error, gpointer user_data)
{
  oma_pump_tell_resent (user_data, time, error);
}

/* ---- The pump: step, request, answer, step ---- */

/* What the command that needed the transfer is answered with. */
static OmaStatus
get_failure (const GError *error)
{
  if (error->domain == OMA_STATUS_ERROR)
    return oma_status_from_error (error);
  if (error->domain != OMA_TRANSPORT_ERROR)
    return OMA_STATUS_NONE;
  switch ((OmaTransportError) error->code)
    {
    case OMA_TRANSPORT_ERROR_TIMEOUT:
      return OMA_STATUS_GATEWAY_TIMEOUT;
    case OMA_TRANSPORT_ERROR_TOO_LARGE:
      return OMA_STATUS_ENTITY_TOO_LARGE;
    case OMA_TRANSPORT_ERROR_POLICY:
    case OMA_TRANSPORT_ERROR_REDIRECT:
      return OMA_STATUS_FORBIDDEN;
    default:
      return OMA_STATUS_NONE;
    }
}

static void
feed (OmaPumpDm2 *self)
{
  OmaDm2Reply reply = { .file = -1 };

  if (self->reply != NULL)
    {
      reply.http_status = self->reply->status;
      reply.media_type = self->reply->media_type;
      reply.accept = self->reply->accept;
      reply.body = self->reply->body;
      reply.file = self->reply->file;
    }
  else
    {
      reply.error = self->failure;
      reply.failure = get_failure (self->failure);
    }
  self->state->in_step = TRUE;
  oma_dm2_session_feed_async (self->session, &reply, self->state->cancellable, step_cb, g_object_ref (self));
}

/* What the answer to a package says of sessions to come. */
static void
note_answer (OmaPumpDm2 *self)
{
  const OmaHttpReply *reply = self->reply;

  self->state->refused = reply != NULL && reply->status == HTTP_UNAUTHORIZED;
  self->state->retry_after = reply != NULL && reply->status / 100 != 2 ? reply->retry_after : 0;
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaPumpDm2) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaHttpReply) reply = oma_exchange_request_finish (OMA_HTTP (source), result, &error);

  if (self->state->over)
    return;
  self->reply = g_steal_pointer (&reply);
  self->failure = g_steal_pointer (&error);
  if (self->step->action == OMA_DM2_SEND)
    note_answer (self);
  if (self->reply != NULL)
    tell_received (self);
  feed (self);
}

static int
make_spool (gpointer user_data, GError **error)
{
  OmaPumpDm2 *self = user_data;

  return oma_store_make_spool (self->state->context.store, error);
}

/* A transfer that fails is for the server to order once more: it may be a POST that has been heard.  A session with
 * another address than the account's is tried again as a whole, and others wait for it. */
static guint
get_resends (OmaPumpDm2 *self)
{
  if (self->step->action == OMA_DM2_TRANSFER || self->cause.report_uri != NULL)
    return 0;
  return oma_pump_get_option (OMA_PUMP (self), OMA_ACCOUNT_OPTION_RESENDS, self->state->context.config->resends);
}

static void
ask (OmaPumpDm2 *self)
{
  const OmaDm2Step *step = self->step;
  const OmaConfig *config = self->state->context.config;
  OmaPump *pump = OMA_PUMP (self);
  const OmaHttpRequest request = {
    .method = step->method,
    .uri = step->uri,
    .named_by_server = step->named_by_server,
    .body = step->body,
    .file = step->file,
    .media_type = step->media_type,
    .accept = step->accept,
    .max_size = step->max_size,
    .spool = make_spool,
    .spool_data = self,
  };

  tell_sent (self);
  oma_exchange_request_async (self->state->http, &request, get_resends (self),
                              oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_RESEND_DELAY, config->resend_delay),
                              self->state->context.rand, self->state->cancellable, resend_cb, answered_cb,
                              g_object_ref (self));
}

static void
end_in_order (OmaPumpDm2 *self)
{
  const GError *error = self->step->error;

  if (error == NULL)
    g_clear_error (&self->state->error);      /* the stop came too late */
  oma_pump_end (OMA_PUMP (self), error);
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaPumpDm2) self = user_data;
  g_autoptr(GError) error = NULL;
  OmaDm2Step *step = oma_dm2_session_step_finish (self->session, result, &error);

  self->state->in_step = FALSE;
  g_clear_pointer (&self->reply, oma_http_reply_free);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->step, oma_dm2_step_free);
  self->step = step;
  oma_pump_count (OMA_PUMP (self), oma_dm2_session_get_counters (self->session));
  if (step == NULL)
    oma_pump_end (OMA_PUMP (self), error);
  else if (step->action == OMA_DM2_DONE)
    end_in_order (self);
  else if (self->state->expired)
    oma_pump_end (OMA_PUMP (self), NULL);
  else
    ask (self);
}

/* ---- The beginning ---- */

static void
start_session (OmaPumpDm2 *self, gboolean list_objects)
{
  OmaPump *pump = OMA_PUMP (self);
  OmaPumpState *state = self->state;
  OmaAccount *account = state->account;
  const char *report_uri = self->cause.report_uri;
  guint max_object_size = oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_MAX_OBJECT_SIZE,
                                               state->context.config->max_object_size);
  const OmaDm2Config config = {
    .server_id = oma_account_get_server_id (account),
    .server_uri = report_uri != NULL ? report_uri : oma_account_get_url (account),
    .report_uri = report_uri,
    .moids = (const char *const *) self->moids,
    .start = self->cause.start,
    .notification_id = self->cause.notification_id,
    .list_objects = list_objects,
    .max_packages = oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_MAX_MESSAGES, OMA_DM2_MAX_PACKAGES),
    .max_seconds = OMA_DM2_MAX_SECONDS,
    .max_object_size = MIN (max_object_size, OMA_MO_DATA_MAX_SIZE),
    .history_id = state->id,
  };

  self->session = oma_dm2_session_new (state->context.executor, &config);
  oma_dm2_session_set_spool_func (self->session, make_spool, self);
  oma_dm2_session_set_interaction (self->session, state->context.interaction);
  oma_dm2_session_set_alert_queue (self->session, state->context.alerts);
  oma_dm2_session_set_subscriptions (self->session, state->context.subscriptions);
  state->in_step = TRUE;
  oma_dm2_session_start_async (self->session, state->cancellable, step_cb, g_object_ref (self));
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* (transfer full): a digest that is the same whatever order a plugin tells its nodes in. */
static char *
make_digest (const GPtrArray *objects)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < objects->len; i++)
    {
      const OmaDm2Object *object = g_ptr_array_index (objects, i);

      g_ptr_array_add (lines, g_strdup_printf ("%s\n%s", object->moid, object->ddf != NULL ? object->ddf : ""));
      for (char **miid = object->miids; miid != NULL && *miid != NULL; miid++)
        g_ptr_array_add (lines, g_strdup_printf ("%s/%s", object->moid, *miid));
    }
  g_ptr_array_sort (lines, compare_texts);
  for (guint i = 0; i < lines->len; i++)
    g_checksum_update (checksum, lines->pdata[i], (gssize) strlen (lines->pdata[i]) + 1);
  return g_strdup (g_checksum_get_string (checksum));
}

static void
listed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaPumpDm2) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) objects = oma_objects_list_finish (self->objects, result, &error);
  gboolean changed = FALSE;

  self->state->in_step = FALSE;
  g_clear_pointer (&self->objects, oma_objects_free);
  if (objects == NULL)
    g_warning ("Account %s: what there is to manage could not be listed: %s",
               oma_account_get_name (self->state->account), error->message);
  else
    {
      self->digest = make_digest (objects);
      changed = g_strcmp0 (self->digest, oma_account_get_objects (self->state->account)) != 0;
    }
  if (self->state->stopping || self->state->expired)
    oma_pump_end (OMA_PUMP (self), NULL);
  else
    start_session (self, changed || self->cause.list_objects);
}

/* Our reading: the server gets the list of objects in the first session, and whenever it has changed since, beside when
 * it asks for it (DM Protocol 2.0, package 1). */
static gboolean
begin (OmaPump *pump, GError **error)
{
  OmaPumpDm2 *self = OMA_PUMP_DM2 (pump);
  OmaPumpState *state = self->state;

  if (!oma_pump_open (pump, error))
    return FALSE;
  self->moids = oma_account_dup_moids (state->account);
  if (self->cause.report_uri != NULL)
    {
      start_session (self, FALSE);
      return TRUE;
    }
  self->objects = oma_objects_new (state->context.executor, oma_account_get_server_id (state->account),
                                   (const char *const *) self->moids);
  state->in_step = TRUE;
  oma_objects_list_async (self->objects, state->cancellable, listed_cb, g_object_ref (self));
  return TRUE;
}

/* ---- The type ---- */

static void
oma_pump_dm2_class_init (OmaPumpDm2Class *klass)
{
  OmaPumpClass *pump_class = OMA_PUMP_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = oma_pump_dm2_finalize;
  pump_class->begin = begin;
  pump_class->release = release;
  pump_class->put_outcome = put_outcome;
  pump_class->get_protocol = get_protocol;
  pump_class->get_encoding = get_encoding;
}

static void
oma_pump_dm2_init (OmaPumpDm2 *self)
{
  self->state = oma_pump_get_state (OMA_PUMP (self));
}

/**
 * oma_pump_dm2_new:
 * @config: what it begins with; copied
 * @cause: why the session is opened; copied
 *
 * Returns: (transfer full): a pump with the account's address, or that of @cause
 */
OmaPump *
oma_pump_dm2_new (const OmaPumpConfig *config, const OmaSessionCause *cause)
{
  OmaPump *pump = oma_pump_new (OMA_TYPE_PUMP_DM2, config);
  OmaPumpDm2 *self = OMA_PUMP_DM2 (pump);

  self->cause = *cause;
  self->cause.report_uri = g_strdup (cause->report_uri);
  return pump;
}
