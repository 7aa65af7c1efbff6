/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-alert-queue.h"
#include "session/oma-subscriptions.h"

G_BEGIN_DECLS

#define DM2_SERVER_ID "dm.example.org"

/* What a server of DM 2.0 asked for beyond the session: noted, or refused. */
#define FAKE_TYPE_SUBSCRIPTIONS (fake_subscriptions_get_type ())
G_DECLARE_FINAL_TYPE (FakeSubscriptions, fake_subscriptions, FAKE, SUBSCRIPTIONS, GObject)

struct _FakeSubscriptions {
  GObject     parent;
  const char *server_id;   /* who asks */
  GString    *log;         /* one a line */
  OmaStatus   refusal;
};

/* Alerts that wait for the server. */
#define FAKE_TYPE_ALERTS (fake_alerts_get_type ())
G_DECLARE_FINAL_TYPE (FakeAlerts, fake_alerts, FAKE, ALERTS, GObject)

struct _FakeAlerts {
  GObject     parent;
  const char *server_id;   /* who gets them */
  GPtrArray  *alerts;      /* (element-type OmaAlert) */
  GString    *settled;     /* "<id>=<status> " */
};

G_END_DECLS
