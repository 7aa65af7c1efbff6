/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"
#include "codec/oma-xsd.h"

#include <libxml/parser.h>
#include <string.h>

#define SCHEMA(attributes, content) \
  "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' " attributes ">" content "</xs:schema>"
#define BYTE_TYPE(name, max) \
  "<xs:simpleType name='" name "'><xs:restriction base='xs:integer'><xs:minInclusive value='0'/>" \
  "<xs:maxInclusive value='" max "'/></xs:restriction></xs:simpleType>"
#define PROFILE \
  "<xs:element name='profile'><xs:complexType><xs:sequence><xs:element name='port' type='xs:unsignedShort' " \
  "maxOccurs='2'/></xs:sequence></xs:complexType></xs:element>"

static guint n_fetches;

static xmlParserInput *
count_fetch (const char *url, const char *id G_GNUC_UNUSED, xmlParserCtxt *context G_GNUC_UNUSED)
{
  g_test_message ("fetches %s", url);
  n_fetches++;
  return NULL;
}

static OmaConstraint *
compile (const char *schema)
{
  g_autoptr(GError) error = NULL;
  OmaConstraint *constraint = oma_xsd_new_constraint (schema, &error);

  g_assert_no_error (error);
  return constraint;
}

static gboolean
accepts (const OmaConstraint *constraint, const char *text)
{
  return oma_constraint_accepts (constraint, text, strlen (text));
}

static void
test_simple_type_takes_text (void)
{
  const char *const schemas[] = {
    SCHEMA ("", BYTE_TYPE ("byte", "255") BYTE_TYPE ("other", "999")),
    SCHEMA ("targetNamespace='urn:x'", BYTE_TYPE ("byte", "255")),
    SCHEMA ("targetNamespace='urn:x' xmlns='urn:x' elementFormDefault='qualified'", BYTE_TYPE ("byte", "255")),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (schemas); i++)
    {
      g_autoptr(OmaConstraint) constraint = compile (schemas[i]);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_true (accepts (constraint, "255"));
      g_assert_false (accepts (constraint, "256"));
      g_assert_false (accepts (constraint, "<value>5</value>"));
      g_assert_false (accepts (constraint, ""));
    }
}

static void
test_element_takes_a_document (void)
{
  g_autoptr(OmaConstraint) constraint = compile (SCHEMA ("", BYTE_TYPE ("byte", "255") PROFILE));

  g_assert_true (accepts (constraint, "<profile><port>80</port></profile>"));
  g_assert_false (accepts (constraint, "<profile><port>99999</port></profile>"));
  g_assert_false (accepts (constraint, "<profile/>"));
  g_assert_false (accepts (constraint, "<profile><port>80</port>"));
  g_assert_false (accepts (constraint, "80"));
  g_assert_false (accepts (constraint, ""));
}

static void
test_schema_stands_alone (void)
{
  const char *const references[] = {
    SCHEMA ("", "<xs:include schemaLocation='http://localhost:1/x.xsd'/>" PROFILE),
    SCHEMA ("", "<xs:import namespace='urn:y' schemaLocation='file:///etc/x.xsd'/>" PROFILE),
    SCHEMA ("", "<xs:redefine schemaLocation='x.xsd'/>" PROFILE),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (references); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (oma_xsd_new_constraint (references[i], &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_FORBIDDEN);
    }
  g_assert_cmpuint (n_fetches, ==, 0);
}

static void
test_value_cannot_bring_a_schema_or_entities (void)
{
  g_autoptr(OmaConstraint) constraint = compile (SCHEMA ("", PROFILE));

  g_assert_false (accepts (constraint, "<profile xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
                                       "i:noNamespaceSchemaLocation='http://localhost:1/x.xsd'>"
                                       "<port>80</port></profile>"));
  g_assert_false (accepts (constraint, "<profile><port xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
                                       "i:schemaLocation='urn:x file:///x.xsd'>80</port></profile>"));
  g_assert_false (accepts (constraint, "<!DOCTYPE profile [<!ENTITY e '80'>]><profile><port>&e;</port></profile>"));
  g_assert_false (accepts (constraint, "<!DOCTYPE profile SYSTEM 'http://localhost:1/x.dtd'>"
                                       "<profile><port>80</port></profile>"));
  g_assert_cmpuint (n_fetches, ==, 0);
}

static void
test_what_is_no_schema_is_refused (void)
{
  const char *const texts[] = {
    "", "text", "<schema/>", "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>",
    SCHEMA ("", "<xs:simpleType name='x'><xs:restriction base='xs:nothing'/></xs:simpleType>"),
    SCHEMA ("", "<xs:complexType name='x'/>"),
    "<!DOCTYPE x>" SCHEMA ("", PROFILE),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (oma_xsd_new_constraint (texts[i], &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xmlSetExternalEntityLoader (count_fetch);
  g_test_add_func ("/xsd/simple-type-takes-text", test_simple_type_takes_text);
  g_test_add_func ("/xsd/element-takes-a-document", test_element_takes_a_document);
  g_test_add_func ("/xsd/schema-stands-alone", test_schema_stands_alone);
  g_test_add_func ("/xsd/value-cannot-bring-a-schema-or-entities", test_value_cannot_bring_a_schema_or_entities);
  g_test_add_func ("/xsd/what-is-no-schema-is-refused", test_what_is_no_schema_is_refused);
  return g_test_run ();
}
