/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-pki.h"
#include "../remove-recursively.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gnutls/x509.h>

#define DAY (24 * 60 * 60)

struct _TestPki {
  char                 *directory;
  gnutls_x509_crt_t     ca;
  gnutls_x509_privkey_t key;
  guint8                serial;
};

static gnutls_x509_privkey_t
new_key (void)
{
  gnutls_x509_privkey_t key;

  g_assert_cmpint (gnutls_x509_privkey_init (&key), ==, 0);
  g_assert_cmpint (gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                                 GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0), ==, 0);
  return key;
}

static gnutls_x509_crt_t
new_certificate (TestPki *pki, const char *name, gnutls_x509_privkey_t key, int from_day, int to_day)
{
  gnutls_x509_crt_t crt;
  g_autofree char *dn = g_strconcat ("CN=", name, NULL);
  time_t now = time (NULL);

  pki->serial++;
  g_assert_cmpint (gnutls_x509_crt_init (&crt), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_version (crt, 3), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_dn (crt, dn, NULL), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_serial (crt, &pki->serial, 1), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_activation_time (crt, now + (time_t) from_day * DAY), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_expiration_time (crt, now + (time_t) to_day * DAY), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_key (crt, key), ==, 0);
  return crt;
}

static void
save (TestPki *pki, const char *name, gnutls_datum_t pem)
{
  g_autofree char *file = test_pki_file (pki, name);

  g_assert_true (g_file_set_contents (file, (char *) pem.data, pem.size, NULL));
  gnutls_free (pem.data);
}

/**
 * test_pki_new:
 * @name: common name of the authority
 *
 * Makes an authority and writes its certificate to "ca.pem".
 */
TestPki *
test_pki_new (const char *name)
{
  TestPki *pki = g_new0 (TestPki, 1);
  gnutls_datum_t pem;

  pki->directory = g_dir_make_tmp ("omadm-pki-XXXXXX", NULL);
  g_assert_nonnull (pki->directory);
  pki->key = new_key ();
  pki->ca = new_certificate (pki, name, pki->key, -1, 30);
  g_assert_cmpint (gnutls_x509_crt_set_ca_status (pki->ca, 1), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_key_usage (pki->ca, GNUTLS_KEY_KEY_CERT_SIGN), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_sign2 (pki->ca, pki->ca, pki->key, GNUTLS_DIG_SHA256, 0), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_export2 (pki->ca, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  save (pki, "ca.pem", pem);
  return pki;
}

/**
 * test_pki_free:
 * @pki: (transfer full): an authority, whose directory is removed
 */
void
test_pki_free (TestPki *pki)
{
  gnutls_x509_crt_deinit (pki->ca);
  gnutls_x509_privkey_deinit (pki->key);
  remove_recursively (pki->directory);
  g_free (pki->directory);
  g_free (pki);
}

/**
 * test_pki_file:
 *
 * Returns: (transfer full): the absolute name of a file in the authority's directory
 */
char *
test_pki_file (TestPki *pki, const char *name)
{
  return g_build_filename (pki->directory, name, NULL);
}

/**
 * test_pki_issue:
 * @name: the certificate goes to "NAME.pem", its key to "NAME-key.pem"
 * @host: host name or IPv4 address
 * @from_day, @to_day: validity, in days from now
 */
void
test_pki_issue (TestPki *pki, const char *name, const char *host, int from_day, int to_day)
{
  gnutls_x509_privkey_t key = new_key ();
  gnutls_x509_crt_t crt = new_certificate (pki, name, key, from_day, to_day);
  g_autofree char *file = g_strconcat (name, ".pem", NULL);
  g_autofree char *key_file = g_strconcat (name, "-key.pem", NULL);
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (host);
  gnutls_datum_t pem;

  if (address != NULL)
    g_assert_cmpint (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS, g_inet_address_to_bytes (address),
                                                           g_inet_address_get_native_size (address), 0), ==, 0);
  else
    g_assert_cmpint (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_DNSNAME, host, strlen (host), 0), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_set_key_usage (crt, GNUTLS_KEY_DIGITAL_SIGNATURE), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_sign2 (crt, pki->ca, pki->key, GNUTLS_DIG_SHA256, 0), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  save (pki, file, pem);
  g_assert_cmpint (gnutls_x509_privkey_export2 (key, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  save (pki, key_file, pem);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_privkey_deinit (key);
}
