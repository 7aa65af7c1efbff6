/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-uri.h"
#include "codec/oma-codec.h"
#include "codec/oma-ddf.h"

#include <gio/gio.h>
#include <libxml/parser.h>
#include <string.h>

#define HEAD "<MgmtTree xmlns:MSFT='http://schemas.microsoft.com/MobileDevice/DM'>\n<VerDTD>1.2</VerDTD>\n"
#define TAIL "</MgmtTree>"
#define LEAF(name, format, rest) \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType><Get/></AccessType>" \
  "<DFFormat><" format "/></DFFormat><DFType><MIME>text/plain</MIME></DFType>" rest "</DFProperties></Node>\n"
#define ALLOWED(type, content) \
  "<MSFT:AllowedValues ValueType='" type "'>" content "</MSFT:AllowedValues>"
#define VALUE(text) "<MSFT:Value>" text "</MSFT:Value>"

static GString *warnings;
static guint n_fetches;

static GLogWriterOutput
keep_warnings (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if (!(level & G_LOG_LEVEL_WARNING))
    return g_log_writer_default (level, fields, n_fields, user_data);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_string_append_printf (warnings, "%s\n", (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static xmlParserInput *
count_fetch (const char *url, const char *id G_GNUC_UNUSED, xmlParserCtxt *context G_GNUC_UNUSED)
{
  g_test_message ("fetches %s", url);
  n_fetches++;
  return NULL;
}

static OmaSchema *
parse (const char *text, GError **error)
{
  g_string_truncate (warnings, 0);
  return oma_ddf_parse ("test.ddf.xml", text, strlen (text), error);
}

static OmaSchema *
parse_good (const char *text)
{
  g_autoptr(GError) error = NULL;
  OmaSchema *schema = parse (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (schema);
  return schema;
}

static OmaSchema *
load_fixture (const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (FIXTURES, name, NULL);

  g_string_truncate (warnings, 0);
  return oma_ddf_load (path, error);
}

/* Finds a node below top node @root; NULL stands for "X" where nothing is named so. */
static const OmaSchemaNode *
find (const OmaSchema *schema, guint root, const char *path)
{
  const OmaSchemaNode *node = ((OmaSchemaRoot *) g_ptr_array_index (schema->roots, root))->node;
  g_auto(GStrv) names = g_strsplit (path, "/", -1);

  for (guint i = 0; names[i] != NULL && names[i][0] != '\0'; i++)
    {
      node = oma_schema_node_get_child (node, names[i], strlen (names[i]));
      g_assert_nonnull (node);
    }
  return node;
}

static gboolean
permits (const OmaSchemaNode *node, const char *text)
{
  g_autoptr(OmaValue) value =
    oma_schema_node_make_value (node, OMA_FORMAT_NONE, NULL, text, strlen (text), NULL);

  return value != NULL;
}

static void
test_top_nodes_have_canonical_paths (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSchema) schema = load_fixture ("firewall.ddf.xml", &error);
  const char *const expected[][2] = {
    { "./Vendor/Example", "Firewall" }, { ".", "Zone" }, { "./User/Vendor/Example", "Firewall" },
  };

  g_assert_no_error (error);
  g_assert_cmpstr (warnings->str, ==, "");
  g_assert_true (g_str_has_suffix (schema->origin, "/firewall.ddf.xml"));
  g_assert_cmpstr (schema->manufacturer, ==, "Example Works");
  g_assert_cmpstr (schema->model, ==, "Firewall 3");
  g_assert_cmpuint (schema->roots->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < schema->roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, i);

      g_assert_cmpstr (root->path, ==, expected[i][0]);
      g_assert_cmpstr (root->node->name, ==, expected[i][1]);
    }
}

/* DM Tree and Description 1.2, DFProperties */
static void
test_properties_are_read (void)
{
  g_autoptr(OmaSchema) schema = load_fixture ("firewall.ddf.xml", NULL);
  const OmaSchemaNode *top = find (schema, 0, ""), *enable = find (schema, 0, "Enable");
  const OmaSchemaNode *bare = find (schema, 0, "Bare"), *rule = find (schema, 0, "Rules/any");
  g_autoptr(OmaValue) banner = oma_schema_node_make_default (find (schema, 0, "Banner"));

  g_assert_cmpint (top->format, ==, OMA_FORMAT_NODE);
  g_assert_cmpuint (top->access, ==, OMA_ACCESS_GET);
  g_assert_true (top->permanent);
  g_assert_cmpstr (top->title, ==, "Firewall");
  g_assert_cmpstr (top->description, ==, "Packet filter of the device & its zones");
  g_assert_cmpstr (top->ddf_name, ==, "com.example/1.0/Firewall");

  g_assert_cmpint (enable->format, ==, OMA_FORMAT_BOOL);
  g_assert_cmpstr (enable->types[1], ==, "text/x-truth");
  g_assert_cmpstr (enable->default_acl, ==, "Get=*&Replace=*");
  g_assert_true (oma_schema_node_is_automatic (enable));

  g_assert_cmpuint (bare->access, ==, 0);
  g_assert_false (bare->permanent);
  g_assert_cmpuint (bare->min_occurrence, ==, 1);
  g_assert_cmpuint (bare->max_occurrence, ==, 1);
  g_assert_null (bare->types);
  g_assert_null (bare->default_value);

  g_assert_null (rule->name);
  g_assert_cmpuint (rule->min_occurrence, ==, 0);
  g_assert_cmpuint (rule->max_occurrence, ==, 64);
  g_assert_cmpuint (rule->access, ==, OMA_ACCESS_ADD | OMA_ACCESS_COPY | OMA_ACCESS_DELETE | OMA_ACCESS_GET |
                                        OMA_ACCESS_REPLACE);
  g_assert_cmpint (oma_value_get_format (banner), ==, OMA_FORMAT_BIN);
  g_assert_cmpstr (oma_value_get_text (banner), ==, "ABC");
  g_assert_cmpstr (oma_value_get_type_name (banner), ==, "image/png");
}

static void
test_case_sense_reaches_down (void)
{
  g_autoptr(OmaSchema) schema = load_fixture ("firewall.ddf.xml", NULL);

  g_assert_cmpstr (find (schema, 0, "Rules/DEFAULT")->name, ==, "Default");
  g_assert_cmpstr (find (schema, 0, "Rules/any/port")->name, ==, "Port");
  g_assert_true (find (schema, 0, "Rules/any")->case_insensitive);
  g_assert_null (oma_schema_node_get_child (find (schema, 0, "Rules/any"), "DIRECTION", 9));
  g_assert_null (oma_schema_node_get_child (find (schema, 0, ""), "ENABLE", 6));
}

static void
test_what_the_client_names_no_server_adds (void)
{
  g_autoptr(OmaSchema) schema = load_fixture ("firewall.ddf.xml", NULL);
  const OmaSchemaNode *adapter = find (schema, 0, "Adapters/eth0");

  g_assert_cmpuint (adapter->access, ==, OMA_ACCESS_GET);
  g_assert_cmpuint (adapter->min_occurrence, ==, 1);
  g_assert_cmpuint (adapter->max_occurrence, ==, OMA_OCCURRENCE_UNBOUNDED);
}

static void
test_permitted_values_constrain (void)
{
  g_autoptr(OmaSchema) schema = load_fixture ("firewall.ddf.xml", NULL);
  const struct {
    const char *path;
    const char *text;
    gboolean    good;
  } cases[] = {
    { "Enable", "1", TRUE },
    { "Enable", "false", TRUE },
    { "Rules/x/Port", "80,443", TRUE },
    { "Rules/x/Port", "80,65536", FALSE },
    { "Rules/x/Direction", "in", TRUE },
    { "Rules/x/Direction", "inout", FALSE },
    { "Rules/x/Profiles", "7", TRUE },
    { "Rules/x/Profiles", "8", FALSE },
    { "Rules/x/Users", "anybody", TRUE },
    { "Rules/Default", "allow", TRUE },
    { "Rules/Default", "<allow/>", FALSE },
    { "Rules/Default", "", FALSE },
    { "Policy", "<enabled/>", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (permits (find (schema, 0, cases[i].path), cases[i].text), ==, cases[i].good);
    }
  g_assert_cmpstr (find (schema, 0, "Rules/x/Users")->annotation, ==, "O:BAG:BAD:(A;;CC;;;AU)");
  g_assert_cmpstr (find (schema, 0, "Policy")->annotation, ==,
                   "Area=Network~Firewall Name=Policy_1 File=firewall.admx");
}

static void
test_values_of_no_sense_cost_a_warning (void)
{
  const char *const contents[] = {
    LEAF ("A", "chr", ALLOWED ("RegEx", VALUE ("("))),
    LEAF ("A", "chr", ALLOWED ("RegEx", "")),
    LEAF ("A", "int", ALLOWED ("Range", VALUE ("many"))),
    LEAF ("A", "bool", ALLOWED ("Range", VALUE ("[0-1]"))),
    LEAF ("A", "bool", ALLOWED ("ENUM", "<MSFT:Enum>" VALUE ("maybe") "</MSFT:Enum>")),
    LEAF ("A", "chr", ALLOWED ("ENUM", "")),
    LEAF ("A", "int", ALLOWED ("Flag", VALUE ("x"))),
    LEAF ("A", "chr", ALLOWED ("XSD", VALUE ("&lt;schema/>"))),
    LEAF ("A", "chr", ALLOWED ("Odd", VALUE ("x"))),
    LEAF ("A", "chr", "<MSFT:AllowedValues/>"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autofree char *text = g_strconcat (HEAD, contents[i], TAIL, NULL);
      g_autoptr(OmaSchema) schema = parse_good (text);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_true (g_str_has_prefix (warnings->str, "test.ddf.xml:3: ./A: permitted values are not enforced: "));
      g_assert_null (find (schema, 0, "")->constraint);
      g_assert_true (permits (find (schema, 0, ""), "1"));
    }
}

static void
test_list_can_be_delimited_by_a_character_number (void)
{
  g_autoptr(OmaSchema) schema = parse_good (
    HEAD LEAF ("A", "chr", ALLOWED ("ENUM", VALUE ("a") VALUE ("b") "<MSFT:List Delimiter='0xF000'/>")) TAIL);

  g_assert_true (permits (find (schema, 0, ""), "a\xef\x80\x80" "b"));
  g_assert_false (permits (find (schema, 0, ""), "a0xF000b"));
}

static void
test_bad_default_is_left_out (void)
{
  g_autoptr(OmaSchema) schema = parse_good (
    HEAD LEAF ("A", "int", "<DefaultValue>few</DefaultValue>") LEAF ("B", "int", "<DefaultValue> 5 </DefaultValue>")
    LEAF ("C", "int", "<DefaultValue/>") LEAF ("D", "chr", "<DefaultValue> d </DefaultValue>") TAIL);

  g_assert_cmpstr (warnings->str, ==, "test.ddf.xml:3: ./A: the default value is not of format int and is left out\n");
  g_assert_null (find (schema, 0, "")->default_value);
  g_assert_cmpstr (find (schema, 1, "")->default_value, ==, "5");
  g_assert_cmpstr (find (schema, 3, "")->default_value, ==, " d ");
}

static void
test_field_spellings_are_taken (void)
{
  const char *const texts[] = {
    "<MgmtTree xmlns='syncml:dmddf1.2'>" LEAF ("A", "chr", "") TAIL,
    "<d:MgmtTree xmlns:d='syncml:dmddf'><d:Node><d:NodeName>A</d:NodeName></d:Node></d:MgmtTree>",
    HEAD "<Node><NodeName> A </NodeName><DFProperties><DFFormat>chr</DFFormat></DFProperties></Node>" TAIL,
    HEAD "<Node><DFProperties><DFFormat><chr/></DFFormat></DFProperties><NodeName>A</NodeName></Node>" TAIL,
    HEAD "<Other><Node/></Other>" LEAF ("A", "chr", "<x:y xmlns:x='z'><x:Scope/></x:y>") TAIL,
    "<!DOCTYPE MgmtTree SYSTEM 'http://localhost:1/x.dtd'>" HEAD LEAF ("A", "chr", "") TAIL,
    "<?xml version='1.0' encoding='UTF-8' standalone='no'?>" HEAD "<!-- c --><?p i?>" LEAF ("A", "chr", "") TAIL "\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaSchema) schema = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      schema = parse (texts[i], &error);
      g_assert_no_error (error);
      g_assert_cmpuint (schema->roots->len, ==, 1);
      g_assert_cmpstr (find (schema, 0, "")->name, ==, "A");
      g_assert_cmpint (find (schema, 0, "")->format, ==, OMA_FORMAT_CHR);
    }
  g_assert_cmpuint (n_fetches, ==, 0);
}

static void
test_unknown_version_costs_a_warning (void)
{
  g_autoptr(OmaSchema) schema =
    parse_good ("<MgmtTree>\n<VerDTD>7</VerDTD>" LEAF ("A", "chr", "") TAIL);

  g_assert_nonnull (schema);
  g_assert_cmpstr (warnings->str, ==, "test.ddf.xml:2: version “7” of the description format is not known\n");
}

static void
test_unusable_descriptions_name_line_and_node (void)
{
  const struct {
    const char *text;
    const char *message;
  } cases[] = {
    { HEAD "<Node><NodeName>T</NodeName><DFProperties><DFFormat><node/></DFFormat></DFProperties>\n"
      LEAF ("A", "chr", "") LEAF ("A", "int", "") "</Node>" TAIL, "test.ddf.xml:5: ./T: There are two children “A”" },
    { HEAD "<Node><NodeName>T</NodeName>\n" LEAF ("", "chr", "") LEAF ("", "int", "") "</Node>" TAIL,
      "test.ddf.xml:5: ./T: There are two children without a name" },
    { HEAD LEAF ("A", "chr", "") LEAF ("A", "chr", "") TAIL, "test.ddf.xml:4: ./A: the node is described twice" },
    { HEAD "<Node><NodeName>T</NodeName><DFProperties><DFFormat><chr/></DFFormat></DFProperties>" LEAF ("A", "chr", "")
      "</Node>" TAIL, "test.ddf.xml:3: ./T: a leaf cannot have children" },
    { HEAD LEAF ("A", "node", "<DefaultValue>x</DefaultValue>") TAIL,
      "test.ddf.xml:3: ./A: an interior node cannot have a value" },
    { HEAD LEAF ("A", "long", "") TAIL, "test.ddf.xml:3: ./A: “long” is not a format" },
    { HEAD LEAF ("A", "chr", "\n<Occurrence><Often/></Occurrence>") TAIL,
      "test.ddf.xml:4: ./A: “Often” is not an occurrence" },
    { HEAD LEAF ("A", "chr", "<Occurrence><OneOrN>some</OneOrN></Occurrence>") TAIL,
      "test.ddf.xml:3: ./A: OneOrN needs a number from 1 to 65536" },
    { HEAD LEAF ("A", "chr", "<Scope><Global/></Scope>") TAIL, "test.ddf.xml:3: ./A: “Global” is not a scope" },
    { HEAD "<Node><NodeName>A</NodeName><Path>./B?prop=ACL</Path></Node>" TAIL,
      "test.ddf.xml:3: ./A: Path “./B?prop=ACL” is not the URI of a node" },
    { HEAD "<Node><NodeName>A</NodeName><Path>//B</Path></Node>" TAIL,
      "test.ddf.xml:3: ./A: Path “//B” is not the URI of a node" },
    { HEAD "<Node><NodeName>A</NodeName>\n<Node><NodeName>B</NodeName><Path>C</Path></Node></Node>" TAIL,
      "test.ddf.xml:4: ./A/B: only a top node can have a Path" },
    { HEAD "<Node><NodeName>a/b</NodeName></Node>" TAIL, "test.ddf.xml:3: “a%2Fb” cannot be the name of a node" },
    { HEAD "<Node><NodeName>A</NodeName><RTProperties><ACL>Take=*</ACL></RTProperties></Node>" TAIL,
      "test.ddf.xml:3: ./A: Bad ACL: an entry does not begin with a command" },
    { HEAD TAIL, "test.ddf.xml:1: there is no node" },
    { "<SyncML/>", "test.ddf.xml:1: the root element is not MgmtTree" },
    { "<MgmtTree xmlns='SYNCML:SYNCML1.2'/>", "test.ddf.xml:1: the root element is not MgmtTree" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (parse (cases[i].text, &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_what_is_not_well_formed_is_refused (void)
{
  const char *const texts[] = {
    "", " ", "text", HEAD, HEAD LEAF ("A", "chr", ""), HEAD LEAF ("A", "chr", "") TAIL "<x/>", HEAD "<Node>" TAIL,
    HEAD LEAF ("A\xff", "chr", "") TAIL, HEAD LEAF ("&x;", "chr", "") TAIL, HEAD LEAF ("A", "chr", "") TAIL "x",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (parse (texts[i], &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
      g_assert_true (g_str_has_prefix (error->message, "test.ddf.xml:"));
    }
}

static void
test_entities_are_forbidden (void)
{
  const char *const texts[] = {
    "<!DOCTYPE MgmtTree [<!ENTITY a 'b'>]>" HEAD LEAF ("A", "chr", "") TAIL,
    "<!DOCTYPE MgmtTree [<!ENTITY % a 'b'>]>" HEAD LEAF ("A", "chr", "") TAIL,
    "<!DOCTYPE MgmtTree [<!NOTATION n SYSTEM 'n'><!ENTITY a SYSTEM 'x' NDATA n>]>" HEAD LEAF ("A", "chr", "") TAIL,
    "<!DOCTYPE MgmtTree SYSTEM 'x.dtd' [<!ENTITY a SYSTEM 'x'>]>" HEAD LEAF ("&a;", "chr", "") TAIL,
  };
  const char *const files[] = { "billion-laughs.ddf.xml", "external-entity.ddf.xml" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (parse (texts[i], &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (load_fixture (files[i], &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN);
    }
  g_assert_cmpuint (n_fetches, ==, 0);
}

static void
test_entity_in_another_encoding_is_forbidden (void)
{
  const char *text = "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE MgmtTree [<!ENTITY a 'b'>]>" HEAD TAIL;
  g_autoptr(GError) error = NULL;
  gsize size;
  g_autofree char *wide = g_convert (text, -1, "UTF-16", "UTF-8", NULL, &size, NULL);

  g_assert_null (oma_ddf_parse ("test.ddf.xml", wide, size, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN);
}

static void
nest (GString *text, guint depth)
{
  g_string_assign (text, HEAD);
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "<Node><NodeName>N</NodeName>");
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "</Node>");
  g_string_append (text, TAIL);
}

static void
test_depth_is_limited (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(OmaSchema) schema = NULL;
  const guint depths[] = { OMA_URI_MAX_DEPTH + 1, 60, 200, 100000 };

  nest (text, OMA_URI_MAX_DEPTH);
  schema = parse_good (text->str);
  for (gsize i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autoptr(GError) error = NULL;

      nest (text, depths[i]);
      g_assert_null (parse (text->str, &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
    }
}

static void
test_path_counts_to_the_depth (void)
{
  g_autoptr(GString) text = g_string_new (HEAD "<Node><NodeName>N</NodeName><Path>.");
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < OMA_URI_MAX_DEPTH; i++)
    g_string_append (text, "/P");
  g_string_append (text, "</Path></Node>" TAIL);
  g_assert_null (parse (text->str, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
}

static void
test_size_and_count_are_limited (void)
{
  g_autoptr(GString) text = g_string_new (HEAD "<Node><NodeName>N</NodeName>");
  g_autofree char *blanks = g_strnfill (16 * 1024 * 1024 + 1, ' ');
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "<Node/>");
  g_string_append (text, "</Node>" TAIL);
  g_assert_null (parse (text->str, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
  g_clear_error (&error);

  g_assert_null (parse (blanks, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
}

static void
test_every_truncation_fails_cleanly (void)
{
  g_autofree char *path = g_build_filename (FIXTURES, "firewall.ddf.xml", NULL), *text = NULL;
  gsize size, good;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  good = strlen (g_strchomp (text));
  for (gsize n = 0; n < good; n++)
    {
      g_autofree char *copy = g_memdup2 (text, n);
      g_autoptr(GError) error = NULL;

      g_assert_null (oma_ddf_parse ("test.ddf.xml", copy, n, &error));
      g_assert_true (error != NULL && error->domain == OMA_CODEC_ERROR);
    }
}

/* One octet is another: whatever comes of it, a schema or an error and never both. */
static void
test_damage_never_confuses_the_reader (void)
{
  g_autofree char *path = g_build_filename (FIXTURES, "firewall.ddf.xml", NULL), *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  for (gsize i = 0; i < size; i += 3)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaSchema) schema = NULL;
      char kept = text[i];

      text[i] = "<>&\xff/ x"[i % 7];
      schema = oma_ddf_parse ("test.ddf.xml", text, size, &error);
      g_assert_true ((schema == NULL) == (error != NULL));
      text[i] = kept;
    }
}

static void
test_rules_for_conflicts_are_read (void)
{
  static const struct {
    const char  *name;
    OmaMergeRule rule;
    gboolean     known;
  } cases[] = {
    { "NoMerge", OMA_MERGE_NONE, TRUE },
    { " LastWrite ", OMA_MERGE_LAST_WRITE, TRUE },
    { "LowestValueMostSecure", OMA_MERGE_LOWEST, TRUE },
    { "LowestValueMostSecureZeroHasNoLimits", OMA_MERGE_LOWEST_ZERO_OPEN, TRUE },
    { "HighestValueMostSecure", OMA_MERGE_HIGHEST, TRUE },
    { "HighestValueMostSecureZeroHasNoLimits", OMA_MERGE_HIGHEST_ZERO_OPEN, TRUE },
    { "FirstComeFirstServed", OMA_MERGE_NONE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (HEAD LEAF ("A", "int", "<MSFT:ConflictResolution>%s"
                                                          "</MSFT:ConflictResolution>") TAIL, cases[i].name);
      g_autoptr(OmaSchema) schema = parse_good (text);
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, 0);

      g_assert_cmpint (root->node->merge, ==, cases[i].rule);
      g_assert_cmpint (warnings->len == 0, ==, cases[i].known);
    }
}

static void
test_file_must_be_a_regular_one (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_ddf_load ("/dev/null", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_null (load_fixture ("not-there.ddf.xml", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  warnings = g_string_new (NULL);
  /* Warnings are what some tests look for. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (keep_warnings, NULL, NULL);
  xmlSetExternalEntityLoader (count_fetch);

  g_test_add_func ("/ddf/top-nodes-have-canonical-paths", test_top_nodes_have_canonical_paths);
  g_test_add_func ("/ddf/properties-are-read", test_properties_are_read);
  g_test_add_func ("/ddf/case-sense-reaches-down", test_case_sense_reaches_down);
  g_test_add_func ("/ddf/what-the-client-names-no-server-adds", test_what_the_client_names_no_server_adds);
  g_test_add_func ("/ddf/permitted-values-constrain", test_permitted_values_constrain);
  g_test_add_func ("/ddf/values-of-no-sense-cost-a-warning", test_values_of_no_sense_cost_a_warning);
  g_test_add_func ("/ddf/list-can-be-delimited-by-a-character-number",
                   test_list_can_be_delimited_by_a_character_number);
  g_test_add_func ("/ddf/bad-default-is-left-out", test_bad_default_is_left_out);
  g_test_add_func ("/ddf/field-spellings-are-taken", test_field_spellings_are_taken);
  g_test_add_func ("/ddf/unknown-version-costs-a-warning", test_unknown_version_costs_a_warning);
  g_test_add_func ("/ddf/unusable-descriptions-name-line-and-node", test_unusable_descriptions_name_line_and_node);
  g_test_add_func ("/ddf/what-is-not-well-formed-is-refused", test_what_is_not_well_formed_is_refused);
  g_test_add_func ("/ddf/entities-are-forbidden", test_entities_are_forbidden);
  g_test_add_func ("/ddf/entity-in-another-encoding-is-forbidden", test_entity_in_another_encoding_is_forbidden);
  g_test_add_func ("/ddf/depth-is-limited", test_depth_is_limited);
  g_test_add_func ("/ddf/path-counts-to-the-depth", test_path_counts_to_the_depth);
  g_test_add_func ("/ddf/size-and-count-are-limited", test_size_and_count_are_limited);
  g_test_add_func ("/ddf/every-truncation-fails-cleanly", test_every_truncation_fails_cleanly);
  g_test_add_func ("/ddf/damage-never-confuses-the-reader", test_damage_never_confuses_the_reader);
  g_test_add_func ("/ddf/rules-for-conflicts-are-read", test_rules_for_conflicts_are_read);
  g_test_add_func ("/ddf/file-must-be-a-regular-one", test_file_must_be_a_regular_one);
  result = g_test_run ();
  g_string_free (warnings, TRUE);
  return result;
}
