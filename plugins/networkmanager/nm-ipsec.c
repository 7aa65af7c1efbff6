/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-ipsec.h"

#include <string.h>

/* What both sides know.  What is broken (DES, MD5, the groups of 768 and 1024 bits) is refused: NetworkManager's
 * plugins are built without it or soon will be, and a server should know. */
typedef struct {
  const char *windows;
  const char *strongswan;
} Word;

static const Word ciphers[] = {
  { "DES3", "3des" }, { "AES128", "aes128" }, { "AES192", "aes192" }, { "AES256", "aes256" },
  { "AES_GCM_128", "aes128gcm16" }, { "AES_GCM_256", "aes256gcm16" }, { "GCMAES128", "aes128gcm16" },
  { "GCMAES192", "aes192gcm16" }, { "GCMAES256", "aes256gcm16" },
};
static const Word integrities[] = {
  { "SHA196", "sha1" }, { "SHA256", "sha256" }, { "SHA384", "sha384" }, { "SHA256128", "sha256" },
  { "GCMAES128", NULL }, { "GCMAES192", NULL }, { "GCMAES256", NULL },
};
static const Word groups[] = {
  { "Group14", "modp2048" }, { "PFS2048", "modp2048" }, { "ECP256", "ecp256" }, { "ECP384", "ecp384" },
  { "Group24", "modp2048s256" }, { "PFS24", "modp2048s256" }, { "None", NULL },
};

static gboolean
find (const Word *words, gsize n, const char *windows, const char **strongswan, GError **error)
{
  for (gsize i = 0; i < n; i++)
    if (g_ascii_strcasecmp (words[i].windows, windows) == 0)
      {
        *strongswan = words[i].strongswan;
        return TRUE;
      }
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "CryptographySuite: %.64s is not supported", windows);
}

static void
append (GString *proposal, const char *word)
{
  if (word != NULL)
    g_string_append_printf (proposal, "%s%s", proposal->len > 0 ? "-" : "", word);
}

/**
 * nm_ipsec_make_proposal:
 * @suite: words of Windows, each may be %NULL
 * @child: whether it is for a child; one may be without a group
 * @proposal: (out) (transfer full) (nullable): the same for strongSwan, %NULL when @suite says nothing
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE with 415 for a word that is not known, and with 412 when a word is missing
 */
gboolean
nm_ipsec_make_proposal (const NmIpsecSuite *suite, gboolean child, char **proposal, GError **error)
{
  const char *cipher = NULL, *integrity = NULL, *group = NULL;
  g_autoptr(GString) text = g_string_new (NULL);

  *proposal = NULL;
  if (suite->cipher == NULL && suite->integrity == NULL && suite->group == NULL)
    return TRUE;
  if ((suite->cipher != NULL && !find (ciphers, G_N_ELEMENTS (ciphers), suite->cipher, &cipher, error)) ||
      (suite->integrity != NULL &&
       !find (integrities, G_N_ELEMENTS (integrities), suite->integrity, &integrity, error)) ||
      (suite->group != NULL && !find (groups, G_N_ELEMENTS (groups), suite->group, &group, error)))
    return FALSE;
  /* A cipher that authenticates needs no other word; as IKE's, it takes the hash for its keys. */
  if (cipher == NULL || (integrity == NULL && strstr (cipher, "gcm") == NULL) || (group == NULL && !child))
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "CryptographySuite lacks a cipher, a hash or a group");
  append (text, cipher);
  if (strstr (cipher, "gcm") == NULL)
    append (text, integrity);
  else if (!child)
    {
      g_autofree char *prf = g_strconcat ("prf", integrity != NULL ? integrity : "sha256", NULL);

      append (text, prf);
    }
  append (text, group);
  *proposal = g_strdup (text->str);
  return TRUE;
}
