/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dm2-doubles.h"
#include "session-fixture.h"
#include "session/oma-dm2-session.h"

G_BEGIN_DECLS

/**
 * Dm2Fixture:
 *
 * A DM 2.0 session on the tree of the base, with a server and data repositories that a test plays by hand.  What is
 * there to manage:
 *
 *     urn:oma:mo:oma-dm-devinfo:1.2   ./DevInfo
 *     urn:ex:mo:vendor:1.0            ./Vendor
 *     urn:ex:mo:conn:1.0              ./Vendor/Net/Conn/<X>
 *     urn:ex:mo:ops:1.0               ./Ops
 *     urn:ex:mo:plug:1.0              ./Plug
 *     urn:ex:mo:box:1.0               ./Box/<X>
 */
typedef struct {
  Fixture            base;
  OmaDm2Config       config;          /* changed by a test before dm2_start() */
  OmaDm2Session     *session;
  OmaDm2Step        *step;            /* the last one */
  GError            *error;           /* of a call that gave no step */
  char              *body;            /* what the step sends, as text; "" for nothing */
  GCancellable      *cancellable;
  FakeAlerts        *alerts;
  FakeSubscriptions *subscriptions;   /* set to NULL by a test: nobody keeps them */
  gboolean           no_spool;
} Dm2Fixture;

#define JSON_MO "application/vnd.oma.dm.mos+json"

void dm2_set_up    (Dm2Fixture *f, gconstpointer data);
void dm2_tear_down (Dm2Fixture *f, gconstpointer data);

void dm2_start     (Dm2Fixture *f);
void dm2_feed      (Dm2Fixture *f, const OmaDm2Reply *reply);
void dm2_feed_then (Dm2Fixture *f, const OmaDm2Reply *reply, void (*meanwhile) (Dm2Fixture *f));
void dm2_answer    (Dm2Fixture *f, const char *commands);
void dm2_begin     (Dm2Fixture *f, const char *commands);
void dm2_give      (Dm2Fixture *f, guint status, const char *media_type, const char *body);
void dm2_add_box   (Dm2Fixture *f, const char *name, const char *value);
void dm2_add_conn  (Dm2Fixture *f, const char *name, const char *ssid);
void dm2_set_acl   (Dm2Fixture *f, const char *uri, const char *acl);

void dm2_assert_sent     (Dm2Fixture *f, const char *statuses);
void dm2_assert_transfer (Dm2Fixture *f, const char *method, const char *uri, const char *body);
void dm2_assert_done     (Dm2Fixture *f);
void dm2_assert_failed   (Dm2Fixture *f, OmaSessionError code);

#define dm2_add(path, func) g_test_add ("/dm2-session/" path, Dm2Fixture, NULL, dm2_set_up, func, dm2_tear_down)

G_END_DECLS
