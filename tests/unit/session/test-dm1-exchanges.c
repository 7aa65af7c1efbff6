/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole sessions: both sides prove who they are with MD5 (DM Security 1.2, section 5.3), the
 * server gets, replaces, executes, and fails an Atomic (DM Protocol 1.2, section 8). */
#include "config.h"

#include "session-fixture.h"

#include "base/oma-digest.h"

#define HEADER "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>" \
               "<SessionID>63</SessionID>"
#define MET(name, text) "<" name " xmlns=\"syncml:metinf\">" text "</" name ">"
#define NONCE "ABEiM0RVZneImaq7zN3u/w=="

/* The nonce of the vectors comes first, so that the server's digest is that of the sheet. */
static void
fill_vector (gpointer octets, gsize size, gpointer user_data)
{
  Fixture *f = user_data;

  for (gsize i = 0; i < size; i++)
    ((guint8 *) octets)[i] = f->next_random == 0 ? i * 0x11 : f->next_random;
  f->next_random++;
}

static void
begin (Fixture *f)
{
  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("dev-0001"), g_strdup ("s3cret"), NULL };
  f->config.server = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("dm.example.org"), g_strdup ("srvpass"), NULL };
  fixture_begin (f);
  oma_session_set_random_func (f->session, fill_vector, f);
}

static const char server_1[] =
  HEADER "<MsgID>1</MsgID><Target><LocURI>urn:dev:1</LocURI></Target>"
  "<Source><LocURI>https://dm.example.org/s</LocURI></Source>"
  "<RespURI>https://dm.example.org/s?k=77&amp;n=2</RespURI></SyncHdr><SyncBody>"
  "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
  "<TargetRef>https://dm.example.org/s</TargetRef><SourceRef>urn:dev:1</SourceRef>"
  "<Chal><Meta>" MET ("Format", "b64") MET ("Type", "syncml:auth-md5") MET ("NextNonce", NONCE) "</Meta></Chal>"
  "<Data>407</Data></Status>"
  "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Alert</Cmd><Data>407</Data></Status>"
  "<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Replace</Cmd><Data>407</Data></Status>"
  "<Final/></SyncBody></SyncML>";

static const char server_2[] =
  HEADER "<MsgID>2</MsgID><Target><LocURI>urn:dev:1</LocURI></Target>"
  "<Source><LocURI>https://dm.example.org/s</LocURI><LocName>dm.example.org</LocName></Source>"
  "<Cred><Meta>" MET ("Format", "b64") MET ("Type", "syncml:auth-md5") "</Meta>"
  "<Data>03GWbh88bDo6er/GXn4aBA==</Data></Cred><Meta>" MET ("MaxMsgSize", "20000") "</Meta></SyncHdr><SyncBody>"
  "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
  "<Chal><Meta>" MET ("Format", "b64") MET ("Type", "syncml:auth-md5") MET ("NextNonce", "LG3iZQhhdmKNHg==")
  "</Meta></Chal><Data>212</Data></Status>"
  "<Status><CmdID>2</CmdID><MsgRef>2</MsgRef><CmdRef>2</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>"
  "<Status><CmdID>3</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Replace</Cmd><Data>200</Data></Status>"
  "<Get><CmdID>4</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item>"
  "<Item><Target><LocURI>./Vendor/Nope</LocURI></Target></Item></Get>"
  "<Replace><CmdID>5</CmdID><Item><Target><LocURI>./Vendor/Net/Hostname</LocURI></Target>"
  "<Meta>" MET ("Format", "chr") MET ("Type", "text/plain") "</Meta><Data>edge-0042</Data></Item></Replace>"
  "<Exec><CmdID>6</CmdID><Correlator>upd-19</Correlator><Item><Target><LocURI>./Ops/Refresh</LocURI></Target>"
  "<Data>security</Data></Item></Exec><Final/></SyncBody></SyncML>";

static const char server_3[] =
  HEADER "<MsgID>3</MsgID><Target><LocURI>urn:dev:1</LocURI></Target>"
  "<Source><LocURI>https://dm.example.org/s</LocURI></Source></SyncHdr><SyncBody>"
  "<Status><CmdID>1</CmdID><MsgRef>3</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>212</Data></Status>"
  "<Atomic><CmdID>2</CmdID>"
  "<Add><CmdID>3</CmdID><Item><Target><LocURI>./Vendor/Net/Conn/c1</LocURI></Target>"
  "<Meta>" MET ("Format", "node") "</Meta></Item></Add>"
  "<Add><CmdID>4</CmdID><Item><Target><LocURI>./Vendor/Net/Conn/c1/Ssid</LocURI></Target>"
  "<Meta>" MET ("Format", "chr") "</Meta><Data>lab</Data></Item></Add>"
  "<Replace><CmdID>5</CmdID><Item><Target><LocURI>./DevInfo/DevId</LocURI></Target><Data>x</Data></Item></Replace>"
  "<Delete><CmdID>6</CmdID><Item><Target><LocURI>./Vendor/Net/Conn/c0</LocURI></Target></Item></Delete>"
  "</Atomic><Final/></SyncBody></SyncML>";

static const char server_4[] =
  HEADER "<MsgID>4</MsgID><Target><LocURI>urn:dev:1</LocURI></Target>"
  "<Source><LocURI>https://dm.example.org/s</LocURI></Source></SyncHdr><SyncBody>"
  "<Status><CmdID>1</CmdID><MsgRef>4</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>"
  "<Final/></SyncBody></SyncML>";

#define PACKAGE_1 "Alert 1201\nReplace ./DevInfo/DevId 'urn:dev:1' ./DevInfo/Man 'Example Corp' " \
                  "./DevInfo/Mod 'Edge-7' ./DevInfo/DmV '0.1' ./DevInfo/Lang 'en-US'\nFinal\n"

static void
test_mutual_md5_with_commands_and_atomic (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *hostname = NULL, *conn = NULL;

  begin (f);
  fixture_assert_sent (f, PACKAGE_1);
  g_assert_cmpstr (f->sent->header.source_name, ==, "dev-0001");
  g_assert_false (f->sent->header.has_cred);

  fixture_feed (f, server_1);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 407 syncml:auth-md5 b64 " NONCE "\n" PACKAGE_1);
  g_assert_cmpstr (f->step->uri, ==, "https://dm.example.org/s?k=77&n=2");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "2");
  g_assert_cmpstr (f->sent->header.cred_data, ==, "0UP/r2MJQrgvqvCAlMMc0Q==");

  fixture_feed (f, server_2);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 212 syncml:auth-md5 b64 AQEBAQEBAQEBAQEBAQEBAQ==\n"
                       "Status 2/4 Get ./Vendor/Motd 200\nStatus 2/4 Get ./Vendor/Nope 404\n"
                       "Results 2/4 ./Vendor/Motd chr 'hello'\n"
                       "Status 2/5 Replace ./Vendor/Net/Hostname 200\nStatus 2/6 Exec ./Ops/Refresh 202\nFinal\n");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "3");
  g_assert_false (f->sent->header.has_cred);
  hostname = fixture_get_value (f, "./Vendor/Net/Hostname");
  g_assert_cmpstr (hostname, ==, "edge-0042");

  fixture_feed (f, server_3);
  fixture_assert_sent (f, "Status 3/0 SyncHdr 212\nStatus 3/2 Atomic 507\n"
                       "Status 3/3 Add ./Vendor/Net/Conn/c1 216\nStatus 3/4 Add ./Vendor/Net/Conn/c1/Ssid 216\n"
                       "Status 3/5 Replace ./DevInfo/DevId 405\nStatus 3/6 Delete ./Vendor/Net/Conn/c0 215\nFinal\n");
  conn = fixture_get_value (f, "./Vendor/Net/Conn");
  g_assert_cmpstr (conn, ==, "");

  fixture_feed (f, server_4);
  fixture_assert_done (f);
  g_assert_cmpstr (f->nonces->str, ==, "server " NONCE "\nclient LG3iZQhhdmKNHg==\n"
                   "server AQEBAQEBAQEBAQEBAQEBAQ==\n");
}

static void
test_next_session_uses_the_kept_nonces (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *expected = NULL;

  begin (f);
  fixture_feed (f, server_1);
  fixture_feed (f, server_2);
  f->config.client.nonce = oma_digest_decode_nonce ("LG3iZQhhdmKNHg==", NULL);
  expected = oma_digest_response (OMA_DIGEST_MD5, "dev-0001", "s3cret", f->config.client.nonce);
  fixture_begin (f);
  g_assert_cmpstr (f->sent->header.cred_data, ==, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/exchanges/mutual-md5-with-commands-and-atomic", test_mutual_md5_with_commands_and_atomic);
  fixture_add ("/exchanges/next-session-uses-the-kept-nonces", test_next_session_uses_the_kept_nonces);
  return g_test_run ();
}
