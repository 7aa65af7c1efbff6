/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "executor-fixture.h"

#include <string.h>

/* Who tries; the root grants everything to SERVER and nothing to OTHER. */
#define SRV (&as_server)
#define OTH (&as_other)
#define ADM (&as_administrator)
#define DEV (&as_device)

#define ADD OMA_OPERATION_ADD
#define COPY OMA_OPERATION_COPY
#define DELETE OMA_OPERATION_DELETE
#define EXEC OMA_OPERATION_EXEC
#define GET OMA_OPERATION_GET
#define REPLACE OMA_OPERATION_REPLACE
#define LIST OMA_OPERATION_LIST
#define READ OMA_OPERATION_READ

#define LONG64 "0123456789012345678901234567890123456789012345678901234567890123"
#define LONG256 LONG64 LONG64 LONG64 LONG64

typedef struct {
  const char         *name;       /* the rule, after the section of dm-tree or the command */
  OmaOperationType    type;
  const char         *uri;
  OmaStatus           status;
  const char         *text;       /* data */
  OmaFormat           format;
  const OmaPrincipal *who;        /* NULL: SERVER */
  const char         *source;     /* of Copy */
  const char         *acl_uri, *acl;   /* an ACL that is set before */
  OmaStatus           stored_status;   /* where the store's differs: Exec */
  gboolean            base64;
  const char         *check_uri, *check;   /* what a Get of the device says afterwards */
} Row;

#define NODE OMA_FORMAT_NODE

static const Row rows[] = {
  /* URIs */
  { "uri/empty", GET, "", OMA_STATUS_NOT_FOUND },
  { "uri/trailing-slash", GET, "./T/", OMA_STATUS_BAD_REQUEST },
  { "uri/leading-slash", REPLACE, "/T/RW", OMA_STATUS_BAD_REQUEST, "x" },
  { "uri/empty-segment", ADD, "./T//List", OMA_STATUS_BAD_REQUEST, "x" },
  { "uri/dot-segment", DELETE, "./T/./List", OMA_STATUS_BAD_REQUEST },
  { "uri/broken-escape", EXEC, "./T/%zz", OMA_STATUS_BAD_REQUEST },
  { "uri/escaped-slash", GET, "./T%2FRW", OMA_STATUS_BAD_REQUEST },
  { "uri/not-utf8", GET, "./T/%ff", OMA_STATUS_BAD_REQUEST },
  { "uri/segment-too-long", ADD, "./T/List/" LONG256, OMA_STATUS_URI_TOO_LONG, NULL, NODE },
  { "uri/without-dot", GET, "T/RW", OMA_STATUS_OK },
  { "uri/escaped-name", GET, "./T/List/b%20c/Auto", OMA_STATUS_OK },
  { "uri/case-counts", GET, "./t/RW", OMA_STATUS_NOT_FOUND },
  { "uri/unknown-query-get", GET, "./T/RW?what", OMA_STATUS_NOT_SUPPORTED },
  { "uri/unknown-query-replace", REPLACE, "./T/RW?what", OMA_STATUS_NOT_ALLOWED, "x" },
  { "uri/list-on-replace", REPLACE, "./T/RW?list=Struct", OMA_STATUS_NOT_ALLOWED, "x" },

  /* Get */
  { "get/leaf", GET, "./T/RO", OMA_STATUS_OK, .check_uri = "./T/RO", .check = "fixed" },
  { "get/interior", GET, "./T/List", OMA_STATUS_OK },
  { "get/root", GET, ".", OMA_STATUS_OK },
  { "get/missing", GET, "./T/Opt", OMA_STATUS_NOT_FOUND },
  { "get/missing-item", GET, "./T/List/z", OMA_STATUS_NOT_FOUND },
  { "get/below-missing", GET, "./T/List/z/Auto", OMA_STATUS_NOT_FOUND },
  { "get/below-leaf", GET, "./T/RW/x", OMA_STATUS_NOT_FOUND },
  { "get/undescribed", GET, "./T/Nothing", OMA_STATUS_NOT_FOUND },
  { "get/no-access", GET, "./T/Secret", OMA_STATUS_NOT_ALLOWED },
  { "get/no-access-administrator", GET, "./T/Secret", OMA_STATUS_NOT_ALLOWED, .who = ADM },
  { "get/no-access-device", GET, "./T/Secret", OMA_STATUS_OK, .who = DEV },
  { "get/no-right", GET, "./T/RO", OMA_STATUS_PERMISSION_DENIED, .who = OTH },
  { "get/405-before-425", GET, "./T/Secret", OMA_STATUS_NOT_ALLOWED, .who = OTH },
  { "get/404-before-425", GET, "./T/Opt", OMA_STATUS_NOT_FOUND, .who = OTH },
  { "get/administrator-without-acl", GET, "./T/RO", OMA_STATUS_OK, .who = ADM },
  { "get/list-struct", GET, "./T?list=Struct", OMA_STATUS_OK },
  { "get/list-structdata", GET, "./T?list=StructData", OMA_STATUS_OK },
  { "get/list-tnds", GET, "./T?list=TNDS", OMA_STATUS_OK },
  { "get/list-tnds-only", GET, "./T?list=TNDS+Value+ACL", OMA_STATUS_OK },
  { "get/list-tnds-without", GET, "./T?list=TNDS-Format-VerNo-TStamp-Title-Type", OMA_STATUS_OK },
  { "get/list-tnds-of-a-leaf", GET, "./T/RO?list=TNDS", OMA_STATUS_OK },
  { "get/list-tnds-mixed", GET, "./T?list=TNDS+Value-ACL", OMA_STATUS_NOT_SUPPORTED },
  { "get/list-tnds-unknown-property", GET, "./T?list=TNDS+Colour", OMA_STATUS_NOT_SUPPORTED },
  { "get/list-tnds-property-that-is-not-in-one", GET, "./T?list=TNDS+Name", OMA_STATUS_NOT_SUPPORTED },
  { "get/list-tnds-nothing-named", GET, "./T?list=TNDS+", OMA_STATUS_NOT_SUPPORTED },
  { "get/list-tnds-plus-is-literal", GET, "./T?list=TNDS Value", OMA_STATUS_NOT_SUPPORTED },
  { "get/list-tnds-escaped-plus", GET, "./T?list=TNDS%2BValue", OMA_STATUS_NOT_SUPPORTED },
  { "get/list-tnds-no-right", GET, "./T?list=TNDS", OMA_STATUS_PERMISSION_DENIED, .who = OTH },
  { "get/list-tnds-no-access", GET, "./T/Secret?list=TNDS", OMA_STATUS_NOT_ALLOWED },
  { "get/list-tnds-missing", GET, "./T/Opt?list=TNDS", OMA_STATUS_NOT_FOUND },
  { "get/list-tnds-on-replace", REPLACE, "./T/RW?list=TNDS", OMA_STATUS_NOT_ALLOWED, "x" },
  { "get/list-unknown", GET, "./T?list=struct", OMA_STATUS_NOT_SUPPORTED },
  { "list/interior", LIST, "./T", OMA_STATUS_OK },
  { "list/leaf", LIST, "./T/RW", OMA_STATUS_NOT_ALLOWED },
  { "list/no-right", LIST, "./T", OMA_STATUS_PERMISSION_DENIED, .who = OTH },
  { "read/leaf", READ, "./T/RW", OMA_STATUS_OK },
  { "read/missing", READ, "./T/Opt", OMA_STATUS_NOT_FOUND },
  { "read/query", READ, "./T?list=Struct", OMA_STATUS_NOT_ALLOWED },

  /* Properties */
  { "property/acl", GET, "./T/RW?prop=ACL", OMA_STATUS_OK, .check_uri = "./T/RW?prop=ACL", .check = "" },
  { "property/acl-root", GET, ".?prop=ACL", OMA_STATUS_OK },
  { "property/format", GET, "./T/Int?prop=Format", OMA_STATUS_OK, .check_uri = "./T/Int?prop=Format", .check = "int" },
  { "property/format-interior", GET, "./T/List?prop=Format", OMA_STATUS_OK, .check_uri = "./T/List?prop=Format",
    .check = "node" },
  { "property/name", GET, "./T/List/b%20c?prop=Name", OMA_STATUS_OK, .check_uri = "./T/List/b%20c?prop=Name",
    .check = "b c" },
  { "property/size", GET, "./T/RO?prop=Size", OMA_STATUS_OK, .check_uri = "./T/RO?prop=Size", .check = "5" },
  { "property/size-interior", GET, "./T/List?prop=Size", OMA_STATUS_NOT_SUPPORTED },
  { "property/title", GET, "./T/RO?prop=Title", OMA_STATUS_OK, .check_uri = "./T/RO?prop=Title", .check = "" },
  { "property/tstamp", GET, "./T/RO?prop=TStamp", OMA_STATUS_OK },
  { "property/type", GET, "./T/RO?prop=Type", OMA_STATUS_OK, .check_uri = "./T/RO?prop=Type", .check = "text/plain" },
  { "property/type-interior", GET, "./T/List?prop=Type", OMA_STATUS_OK, .check_uri = "./T/List?prop=Type",
    .check = "urn:example:mo:list:1.0" },
  { "property/type-item", GET, "./T/List/a?prop=Type", OMA_STATUS_OK, .check_uri = "./T/List/a?prop=Type",
    .check = "" },
  { "property/verno", GET, "./T/RO?prop=VerNo", OMA_STATUS_OK, .check_uri = "./T/RO?prop=VerNo", .check = "0" },
  { "property/wrong-case", GET, "./T/RW?prop=acl", OMA_STATUS_NOT_SUPPORTED },
  { "property/unknown-replace", REPLACE, "./T/RW?prop=Colour", OMA_STATUS_NOT_SUPPORTED, "x" },
  { "property/missing-node", GET, "./T/Opt?prop=ACL", OMA_STATUS_NOT_FOUND },
  { "property/no-access", GET, "./T/Secret?prop=Size", OMA_STATUS_NOT_ALLOWED },
  { "property/no-right", GET, "./T/RO?prop=Name", OMA_STATUS_PERMISSION_DENIED, .who = OTH },
  { "property/add", ADD, "./T/RW?prop=Title", OMA_STATUS_NOT_ALLOWED, "x" },
  { "property/delete", DELETE, "./T/List/a?prop=ACL", OMA_STATUS_NOT_ALLOWED },
  { "property/exec", EXEC, "./T/Run?prop=Name", OMA_STATUS_NOT_ALLOWED },
  { "property/replace-format", REPLACE, "./T/RW?prop=Format", OMA_STATUS_NOT_ALLOWED, "int" },
  { "property/replace-size", REPLACE, "./T/RW?prop=Size", OMA_STATUS_NOT_ALLOWED, "1" },
  { "property/replace-tstamp", REPLACE, "./T/RW?prop=TStamp", OMA_STATUS_NOT_ALLOWED, "20200101T000000Z" },
  { "property/replace-type", REPLACE, "./T/RW?prop=Type", OMA_STATUS_NOT_ALLOWED, "text/html" },
  { "property/replace-verno", REPLACE, "./T/RW?prop=VerNo", OMA_STATUS_NOT_ALLOWED, "1" },

  { "title/replace", REPLACE, "./T/RW?prop=Title", OMA_STATUS_OK, "My title", .check_uri = "./T/RW?prop=Title",
    .check = "My title" },
  { "title/of-item", REPLACE, "./T/List/a?prop=Title", OMA_STATUS_OK, "T", .check_uri = "./T/List/a?prop=Title",
    .check = "T" },
  { "title/too-long", REPLACE, "./T/RW?prop=Title", OMA_STATUS_ENTITY_TOO_LARGE, LONG256 },
  { "title/no-access", REPLACE, "./T/RO?prop=Title", OMA_STATUS_NOT_ALLOWED, "x" },
  { "title/no-right", REPLACE, "./T/RW?prop=Title", OMA_STATUS_PERMISSION_DENIED, "x", .who = OTH },
  { "title/not-utf8", REPLACE, "./T/RW?prop=Title", OMA_STATUS_COMMAND_FAILED, "\xff" },
  { "title/no-data", REPLACE, "./T/RW?prop=Title", OMA_STATUS_INCOMPLETE_COMMAND },

  { "rename/item", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_OK, "new", .check_uri = "./T/List/new/Leaf",
    .check = "leaf" },
  { "rename/old-name-is-gone", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_OK, "new", .check_uri = "./T/List/a",
    .check = "<404>" },
  { "rename/to-a-name-to-escape", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_OK, "x y",
    .check_uri = "./T/List/x%20y/Sub/Deep", .check = "deep" },
  { "rename/same-name", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_OK, "a", .check_uri = "./T/List/a/Leaf",
    .check = "leaf" },
  { "rename/sibling", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_ALREADY_EXISTS, "b c" },
  { "rename/root", REPLACE, ".?prop=Name", OMA_STATUS_NOT_ALLOWED, "x" },
  { "rename/permanent", REPLACE, "./T/RW?prop=Name", OMA_STATUS_NOT_ALLOWED, "x" },
  { "rename/named-by-the-ddf", REPLACE, "./T/List/a/Leaf?prop=Name", OMA_STATUS_NOT_ALLOWED, "x" },
  { "rename/to-a-name-of-the-ddf", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_NOT_ALLOWED, "named" },
  { "rename/missing", REPLACE, "./T/List/z?prop=Name", OMA_STATUS_NOT_FOUND, "x" },
  { "rename/slash", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_COMMAND_FAILED, "x/y" },
  { "rename/dots", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_COMMAND_FAILED, ".." },
  { "rename/empty", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_COMMAND_FAILED, "" },
  { "rename/too-long", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_URI_TOO_LONG, LONG256 },
  { "rename/no-right", REPLACE, "./T/List/a?prop=Name", OMA_STATUS_PERMISSION_DENIED, "x", .who = OTH },

  /* 4.4: who may change an ACL */
  { "acl/interior-own", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_OK, "Get=*", .who = OTH,
    .acl_uri = "./T/List/a", .acl = "Replace=" OTHER, .check_uri = "./T/List/a?prop=ACL", .check = "Get=*" },
  { "acl/interior-parent", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_OK, "Get=*", .who = OTH,
    .acl_uri = "./T/List", .acl = "Replace=" OTHER },
  { "acl/interior-neither", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_PERMISSION_DENIED, "Get=*", .who = OTH,
    .acl_uri = "./T/List", .acl = "Add=" OTHER },
  { "acl/interior-parent-when-own-denies", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_OK, "Get=*",
    .acl_uri = "./T/List/a", .acl = "Get=*" },
  { "acl/leaf-own-is-not-enough", REPLACE, "./T/List/a/Leaf?prop=ACL", OMA_STATUS_PERMISSION_DENIED, "Get=*",
    .who = OTH, .acl_uri = "./T/List/a/Leaf", .acl = "Replace=" OTHER },
  { "acl/leaf-parent", REPLACE, "./T/List/a/Leaf?prop=ACL", OMA_STATUS_OK, "Get=*", .who = OTH,
    .acl_uri = "./T/List/a", .acl = "Replace=" OTHER },
  { "acl/root", REPLACE, ".?prop=ACL", OMA_STATUS_OK, "Add=*&Get=*&Replace=" SERVER },
  { "acl/root-no-right", REPLACE, ".?prop=ACL", OMA_STATUS_PERMISSION_DENIED, "Get=*", .who = OTH },
  { "acl/root-empty", REPLACE, ".?prop=ACL", OMA_STATUS_NOT_ALLOWED, "" },
  { "acl/empty-inherits", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_OK, "", .acl_uri = "./T/List/a",
    .acl = "Get=*", .check_uri = "./T/List/a?prop=ACL", .check = "" },
  { "acl/malformed", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_COMMAND_FAILED, "Get=" },
  { "acl/unknown-command", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_COMMAND_FAILED, "Copy=*" },
  { "acl/access-type-does-not-bind", REPLACE, "./T/RO?prop=ACL", OMA_STATUS_OK, "Get=*" },
  { "acl/administrator", REPLACE, "./T/List/a?prop=ACL", OMA_STATUS_OK, "Get=*", .who = ADM },
  { "acl/missing", REPLACE, "./T/Opt?prop=ACL", OMA_STATUS_NOT_FOUND, "Get=*" },

  /* 4.2, 4.3, 4.7: inheritance and evaluation */
  { "rights/inherited-replace", REPLACE, "./T/List/a/Leaf", OMA_STATUS_OK, "x", .who = OTH, .acl_uri = "./T/List",
    .acl = "Replace=" OTHER },
  { "rights/own-list-ends-inheritance", REPLACE, "./T/List/a/Leaf", OMA_STATUS_PERMISSION_DENIED, "x",
    .acl_uri = "./T/List/a/Leaf", .acl = "Get=*" },
  { "rights/get-for-all-reads", GET, "./T/List/a/Leaf", OMA_STATUS_OK, .who = OTH, .acl_uri = "./T/List/a/Leaf",
    .acl = "Get=*" },
  { "rights/get-for-all-does-not-delete", DELETE, "./T/List/a/Leaf", OMA_STATUS_PERMISSION_DENIED,
    .acl_uri = "./T/List/a/Leaf", .acl = "Get=*" },
  { "rights/prefix-of-an-id", GET, "./T/RO", OMA_STATUS_PERMISSION_DENIED, .acl_uri = "./T/RO", .acl = "Get=" OTHER },
  { "rights/command-inside-an-id", REPLACE, "./T/RW", OMA_STATUS_PERMISSION_DENIED, "x", .acl_uri = "./T/RW",
    .acl = "Get=Replace+" SERVER },
  { "rights/one-of-several", REPLACE, "./T/RW", OMA_STATUS_OK, "x", .acl_uri = "./T/RW",
    .acl = "Get=*&Replace=a+" SERVER "+b" },

  /* Add */
  { "add/leaf", ADD, "./T/Opt", OMA_STATUS_OK, "v", .check_uri = "./T/Opt", .check = "v" },
  { "add/leaf-with-format", ADD, "./T/Opt", OMA_STATUS_OK, "v", OMA_FORMAT_CHR },
  { "add/item", ADD, "./T/List/n", OMA_STATUS_OK, NULL, NODE, .check_uri = "./T/List/n/Auto", .check = "d" },
  { "add/item-without-format", ADD, "./T/List/n", OMA_STATUS_OK },
  { "add/named-beside-placeholder", ADD, "./T/List/named", OMA_STATUS_OK, "v" },
  { "add/root", ADD, ".", OMA_STATUS_ALREADY_EXISTS, NULL, NODE },
  { "add/existing", ADD, "./T/RW", OMA_STATUS_ALREADY_EXISTS, "x" },
  { "add/existing-item", ADD, "./T/List/a", OMA_STATUS_ALREADY_EXISTS, NULL, NODE },
  { "add/automatic", ADD, "./T/List/a/Auto", OMA_STATUS_ALREADY_EXISTS, "x" },
  { "add/below-leaf", ADD, "./T/RW/x", OMA_STATUS_NOT_ALLOWED, "x" },
  { "add/deep-below-leaf", ADD, "./T/List/a/Leaf/x/y", OMA_STATUS_NOT_ALLOWED, "x" },
  { "add/undescribed", ADD, "./T/Nothing", OMA_STATUS_NOT_FOUND, "x" },
  { "add/undescribed-top", ADD, "./Nothing/x", OMA_STATUS_NOT_FOUND, "x" },
  { "add/implicit-parent", ADD, "./T/List/n/Leaf", OMA_STATUS_OK, "v", .check_uri = "./T/List/n/Leaf", .check = "v" },
  { "add/implicit-parents", ADD, "./T/List/n/Sub/Deep", OMA_STATUS_OK, "v", .check_uri = "./T/List/n/Sub/Deep",
    .check = "v" },
  { "add/automatic-of-implicit-parent", ADD, "./T/List/n/Auto", OMA_STATUS_OK, "v",
    .check_uri = "./T/List/n/Auto", .check = "v" },
  { "add/implicit-parent-no-access", ADD, "./T/List/a/NoAdd/Below", OMA_STATUS_NOT_ALLOWED, "v" },
  { "add/failed-leaves-no-parent", ADD, "./T/List/n/Number", OMA_STATUS_UNSUPPORTED_FORMAT, "v", OMA_FORMAT_CHR,
    .check_uri = "./T/List/n", .check = "<404>" },
  { "add/no-access", ADD, "./T/List/a/NoAdd", OMA_STATUS_NOT_ALLOWED, NULL, NODE },
  { "add/permanent", ADD, "./T/Hardware", OMA_STATUS_NOT_ALLOWED, "v" },
  { "add/permanent-administrator", ADD, "./T/Hardware", OMA_STATUS_NOT_ALLOWED, "v", .who = ADM },
  { "add/permanent-device", ADD, "./T/Hardware", OMA_STATUS_OK, "v", .who = DEV },
  { "add/too-many", ADD, "./T/Few/3", OMA_STATUS_NOT_ALLOWED, "v" },
  { "add/no-right", ADD, "./T/Opt", OMA_STATUS_PERMISSION_DENIED, "v", .who = OTH },
  { "add/right-is-that-of-the-parent", ADD, "./T/List/a/Sub/Deep2", OMA_STATUS_NOT_FOUND, "v" },
  { "add/right-on-nearest-parent", ADD, "./T/List/n/Leaf", OMA_STATUS_OK, "v", .who = OTH, .acl_uri = "./T/List",
    .acl = "Add=" OTHER },
  { "add/administrator", ADD, "./T/Opt", OMA_STATUS_OK, "v", .who = ADM },
  { "add/leaf-as-node", ADD, "./T/Opt", OMA_STATUS_UNSUPPORTED_FORMAT, NULL, NODE },
  { "add/node-as-leaf", ADD, "./T/List/n", OMA_STATUS_UNSUPPORTED_FORMAT, "v", OMA_FORMAT_CHR },
  { "add/node-with-data-and-no-format", ADD, "./T/List/n", OMA_STATUS_UNSUPPORTED_FORMAT, "v" },
  { "add/node-with-data", ADD, "./T/List/n", OMA_STATUS_NOT_ALLOWED, "v", NODE },
  { "add/node-with-empty-data", ADD, "./T/List/n", OMA_STATUS_OK, "", NODE },
  { "add/no-data", ADD, "./T/Opt", OMA_STATUS_INCOMPLETE_COMMAND },
  { "add/empty-data", ADD, "./T/Opt", OMA_STATUS_OK, "", .check_uri = "./T/Opt", .check = "" },
  { "add/null-without-data", ADD, "./T/List/a/Null", OMA_STATUS_OK, NULL, OMA_FORMAT_NULL },
  { "add/wrong-format", ADD, "./T/List/a/Number", OMA_STATUS_UNSUPPORTED_FORMAT, "1", OMA_FORMAT_BOOL },
  { "add/int-as-chr", ADD, "./T/List/a/Number", OMA_STATUS_OK, "12", OMA_FORMAT_CHR,
    .check_uri = "./T/List/a/Number?prop=Format", .check = "int" },
  { "add/bad-value", ADD, "./T/List/a/Number", OMA_STATUS_COMMAND_FAILED, "twelve", OMA_FORMAT_INT },
  { "add/425-before-value", ADD, "./T/List/a/Number", OMA_STATUS_PERMISSION_DENIED, "twelve", .who = OTH },

  /* Replace */
  { "replace/leaf", REPLACE, "./T/RW", OMA_STATUS_OK, "second", .check_uri = "./T/RW", .check = "second" },
  { "replace/missing", REPLACE, "./T/Opt", OMA_STATUS_NOT_FOUND, "x" },
  { "replace/interior", REPLACE, "./T/List/a", OMA_STATUS_NOT_ALLOWED, "x", NODE },
  { "replace/root", REPLACE, ".", OMA_STATUS_NOT_ALLOWED, "x" },
  { "replace/no-access", REPLACE, "./T/RO", OMA_STATUS_NOT_ALLOWED, "x" },
  { "replace/no-access-administrator", REPLACE, "./T/RO", OMA_STATUS_NOT_ALLOWED, "x", .who = ADM },
  { "replace/no-access-device", REPLACE, "./T/RO", OMA_STATUS_OK, "x", .who = DEV },
  { "replace/secret", REPLACE, "./T/Secret", OMA_STATUS_OK, "new", .check_uri = "./T/Secret", .check = "new" },
  { "replace/no-right", REPLACE, "./T/RW", OMA_STATUS_PERMISSION_DENIED, "x", .who = OTH },
  { "replace/405-before-425", REPLACE, "./T/RO", OMA_STATUS_NOT_ALLOWED, "x", .who = OTH },
  { "replace/425-before-value", REPLACE, "./T/Int", OMA_STATUS_PERMISSION_DENIED, "x", .who = OTH },
  { "replace/leaf-becomes-node", REPLACE, "./T/RW", OMA_STATUS_NOT_ALLOWED, NULL, NODE },
  { "replace/permanent-format", REPLACE, "./T/RW", OMA_STATUS_NOT_ALLOWED, "1", OMA_FORMAT_INT },
  { "replace/dynamic-format", REPLACE, "./T/List/a/Leaf", OMA_STATUS_UNSUPPORTED_FORMAT, "1", OMA_FORMAT_INT },
  { "replace/bad-int", REPLACE, "./T/Int", OMA_STATUS_COMMAND_FAILED, "x" },
  { "replace/int-range", REPLACE, "./T/Int", OMA_STATUS_COMMAND_FAILED, "2147483648" },
  { "replace/no-data", REPLACE, "./T/RW", OMA_STATUS_INCOMPLETE_COMMAND },
  { "replace/empty-data", REPLACE, "./T/RW", OMA_STATUS_OK, "", .check_uri = "./T/RW", .check = "" },
  { "replace/bin-from-base64", REPLACE, "./T/Bin", OMA_STATUS_OK, "aGVsbG8=", OMA_FORMAT_B64, .base64 = TRUE,
    .check_uri = "./T/Bin", .check = "hello" },
  { "replace/bin-size-is-decoded", REPLACE, "./T/Bin", OMA_STATUS_OK, "aGVsbG8=", OMA_FORMAT_B64, .base64 = TRUE,
    .check_uri = "./T/Bin?prop=Size", .check = "5" },
  { "replace/bin-format-stays", REPLACE, "./T/Bin", OMA_STATUS_OK, "aGVsbG8=", OMA_FORMAT_B64, .base64 = TRUE,
    .check_uri = "./T/Bin?prop=Format", .check = "bin" },
  { "replace/bin-stated-bin-in-base64", REPLACE, "./T/Bin", OMA_STATUS_OK, "aGVsbG8=", OMA_FORMAT_BIN, .base64 = TRUE,
    .check_uri = "./T/Bin", .check = "hello" },
  { "replace/b64-stays-text", REPLACE, "./T/B64", OMA_STATUS_OK, "aGVsbG8=", OMA_FORMAT_B64, .base64 = TRUE,
    .check_uri = "./T/B64", .check = "aGVsbG8=" },
  { "replace/chr-from-base64", REPLACE, "./T/RW", OMA_STATUS_OK, "aGVsbG8=", OMA_FORMAT_B64, .base64 = TRUE,
    .check_uri = "./T/RW", .check = "hello" },
  { "replace/bin-from-blank-base64", REPLACE, "./T/Bin", OMA_STATUS_OK, "\n", OMA_FORMAT_B64, .base64 = TRUE,
    .check_uri = "./T/Bin", .check = "" },
  { "replace/acl-from-blank-base64", REPLACE, "./T/RW?prop=ACL", OMA_STATUS_OK, "\n", OMA_FORMAT_B64, .base64 = TRUE,
    .who = DEV },
  { "replace/broken-base64", REPLACE, "./T/Bin", OMA_STATUS_COMMAND_FAILED, "a", OMA_FORMAT_B64, .base64 = TRUE },

  /* Delete */
  { "delete/leaf", DELETE, "./T/List/a/Leaf", OMA_STATUS_OK, .check_uri = "./T/List/a/Leaf", .check = "<404>" },
  { "delete/item-with-permanent-and-locked-children", DELETE, "./T/List/a", OMA_STATUS_OK,
    .check_uri = "./T/List/a/Auto", .check = "<404>" },
  { "delete/root", DELETE, ".", OMA_STATUS_NOT_ALLOWED },
  { "delete/missing", DELETE, "./T/Opt", OMA_STATUS_NOT_FOUND },
  { "delete/permanent", DELETE, "./T/RW", OMA_STATUS_NOT_ALLOWED },
  { "delete/permanent-interior", DELETE, "./T/List", OMA_STATUS_NOT_ALLOWED },
  { "delete/permanent-below-dynamic", DELETE, "./T/List/a/Auto", OMA_STATUS_NOT_ALLOWED },
  { "delete/no-access", DELETE, "./T/List/a/Locked", OMA_STATUS_NOT_ALLOWED },
  { "delete/no-access-device", DELETE, "./T/List/a/Locked", OMA_STATUS_OK, .who = DEV },
  { "delete/no-right", DELETE, "./T/List/a", OMA_STATUS_PERMISSION_DENIED, .who = OTH },
  { "delete/right-of-descendants-is-not-asked", DELETE, "./T/List/a", OMA_STATUS_OK, .acl_uri = "./T/List/a/Leaf",
    .acl = "Get=*" },
  { "delete/makes-room", DELETE, "./T/Few/1", OMA_STATUS_OK, .check_uri = "./T/Few", .check = "2" },

  /* Exec */
  { "exec/run", EXEC, "./T/Run", OMA_STATUS_OK, .stored_status = OMA_STATUS_NOT_ALLOWED },
  { "exec/accepted", EXEC, "./T/Run", OMA_STATUS_ACCEPTED, "later", .stored_status = OMA_STATUS_NOT_ALLOWED },
  { "exec/missing", EXEC, "./T/Opt", OMA_STATUS_NOT_FOUND },
  { "exec/no-access", EXEC, "./T/RW", OMA_STATUS_NOT_ALLOWED },
  { "exec/interior", EXEC, "./T/List", OMA_STATUS_NOT_ALLOWED },
  { "exec/no-right", EXEC, "./T/Run", OMA_STATUS_PERMISSION_DENIED, .who = OTH,
    .stored_status = OMA_STATUS_NOT_ALLOWED },

  /* Copy */
  { "copy/onto-leaf", COPY, "./T/RW", OMA_STATUS_OK, .source = "./T/List/a/Leaf", .check_uri = "./T/RW",
    .check = "leaf" },
  { "copy/makes-leaf", COPY, "./T/Opt", OMA_STATUS_OK, .source = "./T/RO", .check_uri = "./T/Opt", .check = "fixed" },
  { "copy/makes-parents", COPY, "./T/List/n/Leaf", OMA_STATUS_OK, .source = "./T/RO",
    .check_uri = "./T/List/n/Leaf", .check = "fixed" },
  { "copy/no-source", COPY, "./T/RW", OMA_STATUS_INCOMPLETE_COMMAND },
  { "copy/bad-source", COPY, "./T/RW", OMA_STATUS_BAD_REQUEST, .source = "./T/" },
  { "copy/missing-source", COPY, "./T/RW", OMA_STATUS_NOT_FOUND, .source = "./T/Opt" },
  { "copy/interior-source", COPY, "./T/RW", OMA_STATUS_NOT_ALLOWED, .source = "./T/List" },
  { "copy/interior-target", COPY, "./T/List", OMA_STATUS_NOT_ALLOWED, .source = "./T/RO" },
  { "copy/new-interior-target", COPY, "./T/List/n", OMA_STATUS_NOT_ALLOWED, .source = "./T/RO" },
  { "copy/secret-source", COPY, "./T/RW", OMA_STATUS_NOT_ALLOWED, .source = "./T/Secret" },
  { "copy/read-only-target", COPY, "./T/RO", OMA_STATUS_NOT_ALLOWED, .source = "./T/RW" },
  { "copy/property", COPY, "./T/RW?prop=Title", OMA_STATUS_NOT_ALLOWED, .source = "./T/RO" },
  { "copy/property-source", COPY, "./T/RW", OMA_STATUS_NOT_ALLOWED, .source = "./T/RO?prop=Name" },
  { "copy/no-right-on-source", COPY, "./T/RW", OMA_STATUS_PERMISSION_DENIED, .source = "./T/RO",
    .acl_uri = "./T/RO", .acl = "Get=" OTHER },
  { "copy/no-right-on-target", COPY, "./T/RW", OMA_STATUS_PERMISSION_DENIED, .source = "./T/RO",
    .acl_uri = "./T/RW", .acl = "Get=*" },
  { "copy/no-right-to-add", COPY, "./T/List/a/Number", OMA_STATUS_PERMISSION_DENIED, .source = "./T/Int",
    .acl_uri = "./T/List/a", .acl = "Get=*" },
  { "copy/value-of-another-format", COPY, "./T/Int", OMA_STATUS_UNSUPPORTED_FORMAT, .source = "./T/RO" },
};

static const char *const backend_names[N_BACKENDS] = { "store", "plugin", "transactions" };

typedef struct {
  const Row *row;
  Backend    backend;
} Case;

static void
test_row (gconstpointer data)
{
  const Case *c = data;
  const Row *row = c->row;
  g_autoptr(Fixture) fixture = fixture_new (c->backend);
  OmaStatus expected = c->backend == SERVED_BY_STORE && row->stored_status != 0 ? row->stored_status : row->status;
  g_auto(OmaOperation) operation = {
    .type = row->type, .uri = row->uri, .source_uri = row->source, .format = row->format, .data = row->text,
    .length = row->text != NULL ? strlen (row->text) : 0, .data_is_base64 = row->base64,
  };

  if (row->acl != NULL)
    {
      g_autofree char *uri = g_strconcat (row->acl_uri, "?prop=ACL", NULL);
      prepare (fixture, REPLACE, uri, OMA_FORMAT_NONE, row->acl);
    }

  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, row->who != NULL ? row->who : SRV);
  g_autoptr(GError) error = NULL;
  run (work, &operation);
  if (operation.status != expected)
    g_test_message ("%s", operation.error != NULL ? operation.error->message : "");
  g_assert_cmpint (operation.status, ==, expected);
  if (operation.error != NULL)
    g_assert_error (operation.error, OMA_STATUS_ERROR, (int) expected);
  commit (work, &error);
  g_assert_no_error (error);
  if (row->check_uri != NULL)
    {
      g_autoptr(OmaWork) look = oma_work_new (fixture->executor, DEV);
      g_autofree char *found = get_text (look, row->check_uri);

      g_assert_cmpstr (found, ==, row->check);
    }
}

/* Names come in no order. */
static gboolean
has_name (const char *joined, const char *name)
{
  g_auto(GStrv) names = g_strsplit (joined, "/", -1);

  return g_strv_contains ((const char *const *) names, name);
}

static void
test_get_of_an_interior_node_gives_escaped_names (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_autofree char *list = get_text (work, "./T/List");
  g_autofree char *top = get_text (work, "./T");
  g_auto(OmaOperation) names = { .type = LIST, .uri = "./T/List" };

  g_assert_true (has_name (list, "a"));
  g_assert_true (has_name (list, "b%20c"));
  g_assert_cmpuint (strlen (list), ==, strlen ("a/b%20c"));
  g_assert_true (has_name (top, "RO") && has_name (top, "Secret") && has_name (top, "List"));
  g_assert_false (has_name (top, "Opt"));
  g_assert_false (has_name (top, "Hardware"));

  g_assert_cmpint (run (work, &names), ==, OMA_STATUS_OK);
  g_assert_cmpuint (g_strv_length (names.names), ==, 2);
  g_assert_true (g_strv_contains ((const char *const *) names.names, "b c"));
}

static OmaValue *
find_in_list (OmaNodeList *nodes, const char *uri, gboolean *found)
{
  *found = FALSE;
  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    if (strcmp (oma_node_list_get_uri (nodes, i), uri) == 0)
      {
        *found = TRUE;
        return oma_node_list_get_value (nodes, i);
      }
  return NULL;
}

static void
check_subtree (OmaNodeList *nodes, gboolean values)
{
  gboolean found;
  OmaValue *value;

  g_assert_cmpstr (oma_node_list_get_uri (nodes, 0), ==, "");
  g_assert_null (oma_node_list_get_value (nodes, 0));
  value = find_in_list (nodes, "List/a/Sub/Deep", &found);
  g_assert_true (found);
  g_assert_cmpstr (oma_value_get_text (value), ==, values ? "deep" : "");
  value = find_in_list (nodes, "Few/1", &found);
  g_assert_true (found);
  g_assert_cmpstr (oma_value_get_text (value), ==, values ? "one" : "");
  g_assert_null (find_in_list (nodes, "List/b%20c", &found));
  g_assert_true (found);
}

static void
check_left_out (OmaNodeList *nodes, const char *uri)
{
  gboolean found;

  find_in_list (nodes, uri, &found);
  g_assert_false (found);
}

static void
test_subtree_leaves_out_what_cannot_be_read (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);

  for (int can_read = 0; can_read < 2; can_read++)
    {
      g_auto(OmaOperation) with_data = { .type = GET, .uri = "./T?list=StructData" };
      g_auto(OmaOperation) without = { .type = GET, .uri = "./T?list=Struct" };
      g_auto(OmaOperation) read = { .type = READ, .uri = "./T" };

      if (fixture->plugin != NULL)
        fixture->plugin->can_read = can_read;
      g_assert_cmpint (run (work, &with_data), ==, OMA_STATUS_OK);
      check_subtree (with_data.nodes, TRUE);
      check_left_out (with_data.nodes, "Secret");
      g_assert_cmpint (run (work, &without), ==, OMA_STATUS_OK);
      check_subtree (without.nodes, FALSE);
      g_assert_cmpint (run (work, &read), ==, OMA_STATUS_OK);
      check_subtree (read.nodes, TRUE);
    }
}

static void
test_subtree_leaves_out_what_the_acl_denies (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);

  prepare (fixture, REPLACE, "./T/List/a/Sub?prop=ACL", OMA_FORMAT_NONE, "Get=" OTHER);
  for (int can_read = 0; can_read < 2; can_read++)
    {
      g_auto(OmaOperation) read = { .type = READ, .uri = "./T/List/a" };
      gboolean found;

      if (fixture->plugin != NULL)
        fixture->plugin->can_read = can_read;
      g_assert_cmpint (run (work, &read), ==, OMA_STATUS_OK);
      find_in_list (read.nodes, "Leaf", &found);
      g_assert_true (found);
      check_left_out (read.nodes, "Sub");
      check_left_out (read.nodes, "Sub/Deep");
    }
}

static void
test_creator_without_replace_gets_rights_on_what_it_adds (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, OTH);

  prepare (fixture, REPLACE, "./T/List?prop=ACL", OMA_FORMAT_NONE, "Add=" OTHER);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Sub/Deep", "v"), ==, OMA_STATUS_OK);
  g_autofree char *acl = get_text (work, "./T/List/n?prop=ACL");
  g_autoptr(OmaAcl) parsed = oma_acl_parse (acl, NULL);
  g_assert_nonnull (parsed);
  for (guint command = OMA_ACCESS_ADD; command <= OMA_ACCESS_REPLACE; command <<= 1)
    if (command != OMA_ACCESS_COPY)
      g_assert_true (oma_acl_allows (parsed, command, OTHER) == (command != OMA_ACCESS_EXEC));
  /* What is added below has Replace on its parent, so it inherits. */
  g_autofree char *below = get_text (work, "./T/List/n/Sub?prop=ACL");
  g_assert_cmpstr (below, ==, "");
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/n/Sub/Deep", "w"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/n", NULL), ==, OMA_STATUS_OK);
}

static void
test_server_with_replace_adds_without_an_acl (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) add = { .type = ADD, .uri = "./T/List/n", .format = NODE };

  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_OK);
  g_autofree char *acl = get_text (work, "./T/List/n?prop=ACL");
  g_assert_cmpstr (acl, ==, "");
}

static void
test_upsert_adds_what_is_missing (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_autoptr(OmaWork) other = oma_work_new (fixture->executor, OTH);

  oma_work_set_upsert (work, TRUE);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Opt", "v"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Opt", "w"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Hardware", "w"), ==, OMA_STATUS_NOT_ALLOWED);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Nothing", "w"), ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/z?prop=Name", "w"), ==, OMA_STATUS_NOT_FOUND);
  g_autofree char *text = get_text (work, "./T/Opt");
  g_assert_cmpstr (text, ==, "w");
  g_assert_true (commit (work, NULL));
  oma_work_set_upsert (other, TRUE);
  g_assert_cmpint (run_simple (other, REPLACE, "./T/List/n/Leaf", "v"), ==, OMA_STATUS_PERMISSION_DENIED);
}

static void
test_replace_moves_verno (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);

  for (int i = 1; i <= 2; i++)
    {
      g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "value"), ==, OMA_STATUS_OK);
      g_assert_true (commit (work, NULL));
      g_autofree char *verno = get_text (work, "./T/RW?prop=VerNo");
      g_assert_cmpint (atoi (verno), ==, i);
    }
}

static void
test_value_is_used_in_place_of_data (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_autoptr(OmaValue) number = oma_value_new_int (42);
  g_auto(OmaOperation) replace = { .type = REPLACE, .uri = "./T/Int", .value = number };
  g_auto(OmaOperation) add = { .type = ADD, .uri = "./T/List/n", .value = number };
  g_auto(OmaOperation) wrong = { .type = REPLACE, .uri = "./T/Bin", .value = number };

  g_assert_cmpint (run (work, &replace), ==, OMA_STATUS_OK);
  g_assert_cmpint (run (work, &add), ==, OMA_STATUS_UNSUPPORTED_FORMAT);
  g_assert_cmpint (run (work, &wrong), ==, OMA_STATUS_NOT_ALLOWED);
  g_autofree char *text = get_text (work, "./T/Int");
  g_assert_cmpstr (text, ==, "42");
}

static void
test_messages_name_the_node_and_keep_secrets (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) bad = { .type = REPLACE, .uri = "./T/Secret", .data = "pass\xff", .length = 5 };
  g_auto(OmaOperation) rude = { .type = GET, .uri = "./T/\n\x1b[31m" };

  g_assert_cmpint (run (work, &bad), ==, OMA_STATUS_COMMAND_FAILED);
  g_assert_true (g_str_has_prefix (bad.error->message, "./T/Secret: "));
  g_assert_null (strstr (bad.error->message, "pass"));
  g_assert_cmpint (run (work, &rude), ==, OMA_STATUS_BAD_REQUEST);
  g_assert_null (strchr (rude.error->message, '\n'));
  g_assert_null (strchr (rude.error->message, '\x1b'));
}

static void
test_accounts_of_other_servers_are_invisible (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  static const char *const uris[] = {
    "./DMAcc/theirs", "./DMAcc/theirs/Name", "./DMAcc/theirs/ServerID", "./DMAcc/theirs/Name/x", "./DMAcc/theirs/new",
    "./DMAcc/theirs?prop=ACL",
  };
  static const OmaOperationType types[] = { ADD, DELETE, EXEC, GET, REPLACE, LIST, READ };

  prepare (fixture, ADD, "./DMAcc/mine/ServerID", OMA_FORMAT_NONE, SERVER);
  prepare (fixture, ADD, "./DMAcc/theirs/ServerID", OMA_FORMAT_NONE, OTHER);
  prepare (fixture, ADD, "./DMAcc/theirs/Name", OMA_FORMAT_NONE, "secret name");

  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    for (guint t = 0; t < G_N_ELEMENTS (types); t++)
      g_assert_cmpint (run_simple (work, types[t], uris[i], "x"), ==, OMA_STATUS_NOT_FOUND);
  g_assert_true (commit (work, NULL));

  g_autofree char *names = get_text (work, "./DMAcc");
  g_assert_cmpstr (names, ==, "mine");
  g_auto(OmaOperation) read = { .type = READ, .uri = "." };
  g_assert_cmpint (run (work, &read), ==, OMA_STATUS_OK);
  check_left_out (read.nodes, "DMAcc/theirs");
  check_left_out (read.nodes, "DMAcc/theirs/Name");
  gboolean found;
  find_in_list (read.nodes, "DMAcc/mine/ServerID", &found);
  g_assert_true (found);
  g_auto(OmaOperation) copy = { .type = COPY, .uri = "./T/RW", .source_uri = "./DMAcc/theirs/Name" };
  g_assert_cmpint (run (work, &copy), ==, OMA_STATUS_NOT_FOUND);

  g_autoptr(OmaWork) administrator = oma_work_new (fixture->executor, ADM);
  g_autofree char *theirs = get_text (administrator, "./DMAcc/theirs/Name");
  g_assert_cmpstr (theirs, ==, "secret name");
}

static void
test_copy_is_406_where_the_plugin_cannot (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) copy = { .type = COPY, .uri = "./T/RW", .source_uri = "./T/RO" };

  fixture->plugin->can_copy = FALSE;
  g_assert_cmpint (run (work, &copy), ==, OMA_STATUS_NOT_SUPPORTED);
}

static void
test_plugin_gives_the_format_of_its_ddf (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) get = { .type = GET, .uri = "./T/Int" };
  g_auto(OmaOperation) read = { .type = READ, .uri = "./T" };

  g_hash_table_insert (fixture->plugin->nodes, g_strdup ("Int"), oma_value_new_string ("seven"));
  g_assert_cmpint (run (work, &get), ==, OMA_STATUS_COMMAND_FAILED);
  fixture->plugin->can_read = TRUE;
  g_assert_cmpint (run (work, &read), ==, OMA_STATUS_OK);
  check_left_out (read.nodes, "Int");
}

static void
test_exec_hands_over_the_correlator (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, SRV);
  g_auto(OmaOperation) exec = { .type = EXEC, .uri = "./T/Run", .correlator = "c-1" };

  g_assert_cmpint (run (work, &exec), ==, OMA_STATUS_OK);
  g_assert_cmpstr (fixture->plugin->correlator, ==, "c-1");
}

static void
add_for_each_backend (const char *path, GTestDataFunc func)
{
  for (int backend = 0; backend < N_BACKENDS; backend++)
    {
      g_autofree char *full = g_strdup_printf ("/operation/%s/%s", backend_names[backend], path);
      g_test_add_data_func (full, GINT_TO_POINTER (backend), func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (int backend = 0; backend < N_BACKENDS; backend++)
      {
        g_autofree char *path = g_strdup_printf ("/operation/%s/%s", backend_names[backend], rows[i].name);
        Case *c = g_new (Case, 1);

        *c = (Case) { &rows[i], backend };
        g_test_add_data_func_full (path, c, test_row, g_free);
      }
  add_for_each_backend ("get/names-are-escaped", test_get_of_an_interior_node_gives_escaped_names);
  add_for_each_backend ("read/leaves-out-unreadable", test_subtree_leaves_out_what_cannot_be_read);
  add_for_each_backend ("read/leaves-out-denied", test_subtree_leaves_out_what_the_acl_denies);
  add_for_each_backend ("add/4.5-creator-gets-rights", test_creator_without_replace_gets_rights_on_what_it_adds);
  add_for_each_backend ("add/4.5-otherwise-inherits", test_server_with_replace_adds_without_an_acl);
  add_for_each_backend ("replace/upsert", test_upsert_adds_what_is_missing);
  add_for_each_backend ("replace/verno", test_replace_moves_verno);
  add_for_each_backend ("replace/value", test_value_is_used_in_place_of_data);
  add_for_each_backend ("messages", test_messages_name_the_node_and_keep_secrets);
  g_test_add_func ("/operation/private", test_accounts_of_other_servers_are_invisible);
  g_test_add_func ("/operation/plugin/copy/not-supported", test_copy_is_406_where_the_plugin_cannot);
  g_test_add_func ("/operation/plugin/exec/correlator", test_exec_hands_over_the_correlator);
  g_test_add_func ("/operation/plugin/format-is-that-of-the-ddf", test_plugin_gives_the_format_of_its_ddf);
  return g_test_run ();
}
