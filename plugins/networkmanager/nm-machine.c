/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-machine.h"

#include <string.h>

#define AUTHORITIES "/etc/ssl/certs"
#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

/* The plugin has one machine; the converters are called from everywhere. */
static NmMachine the_machine;
static char *configured[4];

/**
 * nm_machine_set:
 * @machine: what there is; its texts are not copied
 */
void
nm_machine_set (const NmMachine *machine)
{
  the_machine = *machine;
}

/**
 * nm_machine_set_up:
 * @host: the plugin's host
 *
 * Takes over what stands in the configuration of the plugin.
 */
void
nm_machine_set_up (OmaPluginHost *host)
{
  static const char *const keys[] = { "Identity", "ClientCertificate", "PrivateKey", "Authorities" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_free (configured[i]);
      configured[i] = oma_plugin_host_get_config (host, keys[i]);
    }
  the_machine = (NmMachine) { configured[0], configured[1], configured[2], configured[3], NULL };
}

/**
 * nm_machine_dup_identity:
 *
 * Returns: (transfer full): who the machine is, for EAP
 */
char *
nm_machine_dup_identity (void)
{
  return the_machine.identity != NULL ? g_strdup (the_machine.identity)
                                      : g_strconcat ("host/", g_get_host_name (), NULL);
}

/**
 * nm_machine_get_certificate:
 *
 * Returns: (transfer none) (nullable): URI of the machine's certificate
 */
const char *
nm_machine_get_certificate (void)
{
  return the_machine.client_certificate;
}

/**
 * nm_machine_get_key:
 *
 * Returns: (transfer none) (nullable): URI of its key
 */
const char *
nm_machine_get_key (void)
{
  return the_machine.private_key;
}

/* SHA-1 of the octets of the first certificate in a PEM text, in lower case; NULL when there is none. */
static char *
hash_certificate (const char *pem)
{
  const char *begin = strstr (pem, BEGIN), *end = begin != NULL ? strstr (begin, END) : NULL;
  g_autofree char *base64 = NULL;
  g_autofree guchar *octets = NULL;
  gsize size;

  if (end == NULL)
    return NULL;
  begin += strlen (BEGIN);
  base64 = g_strndup (begin, (gsize) (end - begin));
  octets = g_base64_decode (base64, &size);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA1, octets, size);
}

/**
 * nm_machine_make_thumbprint:
 * @path: a file
 *
 * Returns: (transfer full) (nullable): the SHA-1 of its first certificate, hexadecimal in lower case
 */
char *
nm_machine_make_thumbprint (const char *path)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileInputStream) stream = g_file_read (file, NULL, NULL);
  g_autofree char *pem = g_malloc (NM_MACHINE_MAX_AUTHORITY + 1);
  gsize n;

  if (stream == NULL ||
      !g_input_stream_read_all (G_INPUT_STREAM (stream), pem, NM_MACHINE_MAX_AUTHORITY, &n, NULL, NULL))
    return NULL;
  pem[n] = '\0';
  return hash_certificate (pem);
}

/**
 * nm_machine_find_authority:
 * @thumbprint: SHA-1 of a certificate, hexadecimal in lower case
 *
 * Looks for it among the authorities that the machine trusts: some hundred small files, read only when a document names
 * a thumbprint.
 *
 * Returns: (transfer full) (nullable): path of its file
 */
char *
nm_machine_find_authority (const char *thumbprint)
{
  const char *folder = the_machine.authorities != NULL ? the_machine.authorities : AUTHORITIES, *name;
  g_autoptr(GDir) directory = g_dir_open (folder, 0, NULL);

  for (guint n = 0; directory != NULL && n < NM_MACHINE_MAX_AUTHORITIES;)
    {
      g_autofree char *path = NULL, *found = NULL;

      name = g_dir_read_name (directory);
      if (name == NULL)
        break;
      if (!g_str_has_suffix (name, ".pem") && !g_str_has_suffix (name, ".crt"))
        continue;
      n++;
      path = g_build_filename (folder, name, NULL);
      found = strcmp (name, "ca-certificates.crt") != 0 ? nm_machine_make_thumbprint (path) : NULL;
      if (found != NULL && strcmp (found, thumbprint) == 0)
        return g_steal_pointer (&path);
    }
  return NULL;
}

/**
 * nm_machine_has_vpn:
 * @service: type of a VPN service, as org.freedesktop.NetworkManager.strongswan
 *
 * NetworkManager does not tell on D-Bus which VPN plugins it has; it knows them from files that anybody may read.
 *
 * Returns: whether there is such a plugin
 */
gboolean
nm_machine_has_vpn (const char *service)
{
  GSList *plugins;
  gboolean found;

  if (the_machine.has_vpn != NULL)
    return the_machine.has_vpn (service);
  plugins = nm_vpn_plugin_info_list_load ();
  found = nm_vpn_plugin_info_list_find_by_service (plugins, service) != NULL;
  g_slist_free_full (plugins, g_object_unref);
  return found;
}
