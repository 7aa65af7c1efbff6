/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "door-fixture.h"

/* ./Proxy: a proxy is written, put into a profile, and read from there. */

static void
set_up (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_open (f, &nm_door_proxy, "PROXY0");
}

static void
tear_down (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_close (f);
}

static void
set (DoorFixture *f, const char *node, const char *text)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (door_fixture_set (f, node, text, &error));
  g_assert_no_error (error);
}

static NMConnection *
make_target (void)
{
  NMConnection *target = nm_simple_connection_new ();

  g_object_set (nm_door_ensure_setting (target, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_ID, "a",
                NM_SETTING_CONNECTION_UUID, "11111111-2222-3333-4444-555555555555", NM_SETTING_CONNECTION_TYPE,
                NM_SETTING_WIRED_SETTING_NAME, NULL);
  return target;
}

/* From here on @f is about the profile that has the proxy. */
static void
attach (DoorFixture *f)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(NMConnection) target = make_target ();

  g_assert_true (f->door->attach (f->connection, target, &error));
  g_assert_no_error (error);
  g_set_object (&f->connection, target);
}

static void
has_script (DoorFixture *f, const char *result)
{
  g_autofree char *keyfile = door_fixture_finish (f);
  g_autofree char *script = g_strdup_printf ("function FindProxyForURL (url, host) { return \"%s\"; }", result);

  door_fixture_has (keyfile, "proxy", "pac-script", script);
}

static void
test_goes_into_the_profile_of_its_reference (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const nodes[][2] = {
    { "ProxyID", "carrier-proxy" }, { "Name", "Proxy of the carrier" }, { "ProxyType", "HTTP" }, { "AddrType", "IPV4" },
    { "Addr", "192.0.2.1" }, { "AddrFQDN", "proxy.example.com" }, { "Ports/PORT0/PortNbr", "8080" },
    { "ConRefs/CONREF0/ConRef", "./NAP/carrier" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (nodes); i++)
    {
      g_assert_null (f->door->attaches_to (f->connection));
      set (f, nodes[i][0], nodes[i][1]);
      door_fixture_is (f, nodes[i][0], nodes[i][1]);
    }
  g_assert_cmpstr (f->door->attaches_to (f->connection), ==, "./NAP/carrier");
  attach (f);
  g_assert_true (f->door->shows (f->connection));
  has_script (f, "PROXY 192.0.2.1:8080");
  for (gsize i = 0; i < G_N_ELEMENTS (nodes); i++)
    door_fixture_is (f, nodes[i][0], nodes[i][1]);
}

static void
make_one (DoorFixture *f)
{
  set (f, "Addr", "proxy.example.com");
  set (f, "Ports/1/PortNbr", "3128");
  set (f, "ConRefs/1/ConRef", "11111111-2222-3333-4444-555555555555");
  attach (f);
}

static void
test_changes_where_it_is (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_one (f);
  set (f, "ProxyType", "SOCKS");
  set (f, "Addr", "2001:db8::1");
  set (f, "AddrType", "IPV6");
  set (f, "Ports/1/PortNbr", "1080");
  has_script (f, "SOCKS [2001:db8::1]:1080");
  set (f, "AddrType", "IPV4");
  door_fixture_unfinished (f, "not of its AddrType");
  door_fixture_refuses (f, "ConRefs/1/ConRef", "./NAP/other", OMA_STATUS_NOT_ALLOWED, "stays where it is");
}

static void
test_tells_what_somebody_made_of_it (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_one (f);
  g_object_set (nm_connection_get_setting_proxy (f->connection), NM_SETTING_PROXY_PAC_SCRIPT,
                "function FindProxyForURL (url, host) { return \"PROXY other.example.com:80\"; }", NULL);
  g_assert_true (f->door->shows (f->connection));
  door_fixture_is (f, "Addr", "other.example.com");
  door_fixture_is (f, "Ports/1/PortNbr", "80");
  door_fixture_is (f, "ProxyType", "HTTP");
  g_object_set (nm_connection_get_setting_proxy (f->connection), NM_SETTING_PROXY_PAC_SCRIPT,
                "function FindProxyForURL (url, host) { return \"DIRECT\"; }", NULL);
  g_assert_false (f->door->shows (f->connection));
}

static void
test_leaves_the_profile_when_it_is_removed (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_one (f);
  g_assert_true (f->door->remove (f->connection, f->name, NULL));
  g_assert_null (nm_connection_get_setting_proxy (f->connection));
  g_assert_null (nm_connection_get_setting (f->connection, NM_TYPE_SETTING_USER));
  /* What is somebody else's stays. */
  door_fixture_close (f);
  door_fixture_open (f, &nm_door_proxy, "PROXY0");
  make_one (f);
  g_object_set (nm_connection_get_setting_proxy (f->connection), NM_SETTING_PROXY_PAC_SCRIPT, NULL,
                NM_SETTING_PROXY_PAC_URL, "http://example.com/pac", NULL);
  g_assert_true (f->door->remove (f->connection, f->name, NULL));
  g_assert_nonnull (nm_connection_get_setting_proxy (f->connection));
}

static void
test_profile_has_one (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(NMConnection) target = NULL;
  g_autoptr(GError) error = NULL;

  make_one (f);
  target = g_object_ref (f->connection);
  door_fixture_close (f);
  door_fixture_open (f, &nm_door_proxy, "PROXY1");
  set (f, "Addr", "b");
  set (f, "Ports/1/PortNbr", "1");
  set (f, "ConRefs/1/ConRef", "x");
  g_assert_false (f->door->attach (f->connection, target, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS);
}

/* One that is added with it, and does not say yet what it is. */
static void
test_goes_into_a_profile_that_is_not_complete (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(NMConnection) target = nm_simple_connection_new ();
  g_autoptr(GError) error = NULL;

  set (f, "Addr", "proxy.example.com");
  set (f, "Ports/1/PortNbr", "3128");
  set (f, "ConRefs/1/ConRef", "./NAP/new");
  g_assert_true (f->door->attach (f->connection, target, &error));
  g_assert_no_error (error);
  g_assert_nonnull (nm_connection_get_setting_proxy (target));
  g_assert_true (f->door->shows (target));
}

static void
test_what_no_script_can_say_is_refused (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_refuses (f, "Addr", "a\"; alert(1); \"", OMA_STATUS_UNSUPPORTED_FORMAT, "no name or address");
  door_fixture_refuses (f, "AddrFQDN", "", OMA_STATUS_UNSUPPORTED_FORMAT, "no name or address");
  door_fixture_refuses (f, "Ports/1/PortNbr", "65536", OMA_STATUS_UNSUPPORTED_FORMAT, "PortNbr");
  door_fixture_refuses (f, "Ports/2/PortNbr", "80", OMA_STATUS_NOT_SUPPORTED, "one port");
  set (f, "ConRefs/1/ConRef", "./NAP/a");
  door_fixture_refuses (f, "ConRefs/2/ConRef", "./NAP/b", OMA_STATUS_NOT_SUPPORTED, "one profile");
}

static void
test_what_is_missing_is_told (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_unfinished (f, "ConRef is missing");
  set (f, "ConRefs/1/ConRef", "./NAP/a");
  door_fixture_unfinished (f, "PortNbr is missing");
  set (f, "Ports/1/PortNbr", "80");
  door_fixture_unfinished (f, "AddrFQDN is missing");
  set (f, "AddrFQDN", "proxy.example.com");
  attach (f);
  has_script (f, "PROXY proxy.example.com:80");
}

#define ADD(name, function) g_test_add ("/nm-proxy/" name, DoorFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("goes-into-the-profile-of-its-reference", test_goes_into_the_profile_of_its_reference);
  ADD ("goes-into-a-profile-that-is-not-complete", test_goes_into_a_profile_that_is_not_complete);
  ADD ("changes-where-it-is", test_changes_where_it_is);
  ADD ("tells-what-somebody-made-of-it", test_tells_what_somebody_made_of_it);
  ADD ("leaves-the-profile-when-it-is-removed", test_leaves_the_profile_when_it_is_removed);
  ADD ("profile-has-one", test_profile_has_one);
  ADD ("what-no-script-can-say-is-refused", test_what_no_script_can_say_is_refused);
  ADD ("what-is-missing-is-told", test_what_is_missing_is_told);
  return g_test_run ();
}
