/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of a machine, as nodes and as properties with their setters.  Nothing here calls anybody. */
#pragma once

#include <omadm/omadm.h>

G_BEGIN_DECLS

/* Who owns a setting. */
typedef enum {
  SETTING_OF_HOSTNAMED,
  SETTING_OF_TIMEDATED,
  SETTING_OF_LOCALED,
} SettingService;

/* How its value travels. */
typedef enum {
  SETTING_TEXT,      /* s, and a setter of (sb) */
  SETTING_NTP,       /* b, and a setter of (bb) */
  SETTING_STATE,     /* b, read only */
  SETTING_TIME,      /* t, microseconds, and a setter of (xbb) */
  SETTING_LANG,      /* one of several assignments that are set together */
  SETTING_KEYMAP,    /* set together with the keymap to toggle to */
  SETTING_X11,       /* one of four that are set together */
} SettingKind;

/**
 * Setting:
 * @node: its URI below the node of all settings
 * @service: who owns it
 * @kind: how its value travels
 * @property: of the owner
 * @setter: (nullable): method of the owner
 */
typedef struct {
  const char    *node;
  SettingService service;
  SettingKind    kind;
  const char    *property;
  const char    *setter;
} Setting;

extern const Setting settings[];
extern const gsize   n_settings;

const Setting *setting_find            (const char *node);
gboolean       setting_needs_others    (const Setting *setting);
OmaValue      *setting_to_value        (const Setting *setting, GVariant *property);
GVariant      *setting_make_parameters (const Setting *setting, OmaValue *value, GVariant *properties);

G_END_DECLS
