/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl-question.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

/* What may be entered; the daemon has the last word. */
static const struct {
  char        input_type;
  const char *pattern;
  const char *hint;
} input_types[] = {
  { 'N', "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)$", N_("a number") },
  { 'D', "^[0-9]{8}$", N_("a date as DDMMYYYY") },
  { 'T', "^[0-9]{6}$", N_("a time as hhmmss") },
  { 'P', "^\\+?[0-9pws]+$", N_("a telephone number") },
  { 'I', "^([0-9]{1,3}\\.){3}[0-9]{1,3}$", N_("an IPv4 address") },
};

/**
 * oma_ctl_question_new:
 * @parameters: the arguments of Ask
 *
 * Returns: (transfer full): the question
 */
OmaCtlQuestion *
oma_ctl_question_new (GVariant *parameters)
{
  OmaCtlQuestion *question = g_new0 (OmaCtlQuestion, 1);
  g_autoptr(GVariant) options = NULL;
  const char *input_type = "A";

  g_variant_get (parameters, "(usss^as@a{sv})", &question->id, &question->kind, &question->server, &question->text,
                 &question->choices, &options);
  g_variant_lookup (options, "min-time", "u", &question->min_time);
  g_variant_lookup (options, "max-time", "u", &question->max_time);
  g_variant_lookup (options, "initial", "s", &question->initial);
  g_variant_lookup (options, "max-length", "u", &question->max_length);
  g_variant_lookup (options, "input-type", "&s", &input_type);
  g_variant_lookup (options, "hidden", "b", &question->hidden);
  question->input_type = *input_type;
  return question;
}

/**
 * oma_ctl_question_free:
 * @question: (transfer full): a question
 */
void
oma_ctl_question_free (OmaCtlQuestion *question)
{
  g_free (question->kind);
  g_free (question->server);
  g_free (question->text);
  g_free (question->initial);
  g_strfreev (question->choices);
  g_free (question);
}

/**
 * oma_ctl_question_is_display:
 * @question: a question
 *
 * Returns: whether it is none: a text to show
 */
gboolean
oma_ctl_question_is_display (const OmaCtlQuestion *question)
{
  return strcmp (question->kind, "display") == 0;
}

/* ---- Showing it ---- */

/* Text of a server: no control characters and none that change the direction of writing, and a
 * mark before each line, so that it cannot pass for a prompt. */
static void
print_text (const char *mark, const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr(GString) line = g_string_new (mark);

      for (const char *p = lines[i]; *p != '\0'; p = g_utf8_next_char (p))
        {
          gunichar c = g_utf8_get_char (p);
          GUnicodeType type = g_unichar_type (c);

          if (c == '\t')
            g_string_append_c (line, ' ');
          else if (type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_SURROGATE &&
                   type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR)
            g_string_append_unichar (line, c);
        }
      puts (line->str);
    }
}

static const char *
get_hint (char input_type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (input_types); i++)
    if (input_types[i].input_type == input_type)
      return _(input_types[i].hint);
  return NULL;
}

static void
print_prompt (const OmaCtlQuestion *question)
{
  g_autofree char *initial = question->initial != NULL && !question->hidden
                               ? oma_ctl_printable (question->initial, strlen (question->initial)) : NULL;
  const char *hint = get_hint (question->input_type);

  if (strcmp (question->kind, "confirm") == 0)
    fputs (g_strcmp0 (question->initial, "1") == 0 ? _("Yes, no or cancel? [Y/n/c] ")
           : g_strcmp0 (question->initial, "0") == 0 ? _("Yes, no or cancel? [y/N/c] ")
                                                     : _("Yes, no or cancel? [y/n/c] "), stdout);
  else if (strcmp (question->kind, "choice") == 0)
    fputs (_("A number, or c to cancel"), stdout);
  else if (strcmp (question->kind, "multiple-choice") == 0)
    fputs (_("Numbers, or c to cancel"), stdout);
  else if (hint != NULL)
    fputs (hint, stdout);
  else
    fputs (_("Your answer"), stdout);
  if (strcmp (question->kind, "confirm") == 0)
    return;
  if (initial != NULL)
    printf (" [%s]", initial);
  fputs (": ", stdout);
}

static void
show_json (const OmaCtlQuestion *question)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  const struct {
    const char *name;
    const char *value;
  } texts[] = {
    { "kind", question->kind }, { "server", question->server }, { "text", question->text },
    { "initial", question->initial },
  };

  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].value != NULL)
      {
        json_builder_set_member_name (builder, texts[i].name);
        json_builder_add_string_value (builder, texts[i].value);
      }
  json_builder_set_member_name (builder, "choices");
  json_builder_begin_array (builder);
  for (guint i = 0; question->choices[i] != NULL; i++)
    json_builder_add_string_value (builder, question->choices[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "max-time");
  json_builder_add_int_value (builder, question->max_time);
  json_builder_set_member_name (builder, "hidden");
  json_builder_add_boolean_value (builder, question->hidden);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, FALSE);
}

/**
 * oma_ctl_question_show:
 * @ctl: what verbs share
 * @question: a question
 *
 * Prints it, with the answer it is set to at first.
 */
void
oma_ctl_question_show (OmaCtl *ctl, const OmaCtlQuestion *question)
{
  g_autofree char *server = oma_ctl_printable (question->server, strlen (question->server));

  if (ctl->json)
    {
      show_json (question);
      return;
    }
  if (oma_ctl_question_is_display (question))
    oma_ctl_print (ctl, OMA_CTL_BOLD, _("The server %s says:"), server);
  else
    oma_ctl_print (ctl, OMA_CTL_BOLD, _("The server %s asks:"), server);
  putchar ('\n');
  print_text ("  | ", question->text);
  for (guint i = 0; question->choices[i] != NULL; i++)
    {
      g_autofree char *mark = g_strdup_printf ("  | %u. ", i + 1);
      print_text (mark, question->choices[i]);
    }
  if (!oma_ctl_question_is_display (question))
    print_prompt (question);
  fflush (stdout);
}

static void
show_page_json (const char *server, const char *uri)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, "page");
  json_builder_set_member_name (builder, "server");
  json_builder_add_string_value (builder, server);
  json_builder_set_member_name (builder, "uri");
  json_builder_add_string_value (builder, uri);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, FALSE);
}

/**
 * oma_ctl_question_show_page:
 * @ctl: what verbs share
 * @server: identifier of the server
 * @uri: the arguments of ShowPage
 *
 * Prints which page a server wants shown.
 */
void
oma_ctl_question_show_page (OmaCtl *ctl, const char *server, const char *uri)
{
  g_autofree char *shown = oma_ctl_printable (server, strlen (server));

  if (ctl->json)
    show_page_json (server, uri);
  else
    {
      oma_ctl_print (ctl, OMA_CTL_BOLD, _("The server %s shows a page:"), shown);
      putchar ('\n');
      print_text ("  | ", uri);
    }
  fflush (stdout);
}

/* ---- Understanding the answer ---- */

static const char *
answer_confirmation (const OmaCtlQuestion *question, const char *line, const char **complaint)
{
  g_autofree char *word = g_utf8_casefold (line, -1);

  if (*line == '\0' && question->initial != NULL)
    return g_str_equal (question->initial, "1") ? "ok" : "no";
  if (g_str_equal (word, "y") || g_str_equal (word, "yes") || g_str_equal (line, _("yes")))
    return "ok";
  if (g_str_equal (word, "n") || g_str_equal (word, "no") || g_str_equal (line, _("no")))
    return "no";
  *complaint = _("Please answer y, n or c.");
  return NULL;
}

static const char *
answer_input (const OmaCtlQuestion *question, const char *line, char ***answers, const char **complaint)
{
  const char *text = *line == '\0' && question->initial != NULL ? question->initial : line;

  if (!g_utf8_validate (text, -1, NULL) ||
      (question->max_length > 0 && g_utf8_strlen (text, -1) > (glong) question->max_length))
    {
      *complaint = _("That is too long.");
      return NULL;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (input_types); i++)
    if (input_types[i].input_type == question->input_type &&
        !g_regex_match_simple (input_types[i].pattern, text, G_REGEX_DOLLAR_ENDONLY, G_REGEX_MATCH_DEFAULT))
      {
        *complaint = _(input_types[i].hint);
        return NULL;
      }
  *answers = g_strdupv ((char *[]) { (char *) text, NULL });
  return "ok";
}

static const char *
answer_choice (const OmaCtlQuestion *question, const char *line, char ***answers, const char **complaint)
{
  const char *text = *line == '\0' && question->initial != NULL ? question->initial : line;
  gboolean single = g_str_equal (question->kind, "choice");
  g_auto(GStrv) words = g_strsplit_set (text, " ,-", -1);
  g_autoptr(GPtrArray) numbers = g_ptr_array_new_with_free_func (g_free);
  guint64 number;

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] == '\0')
        continue;
      if (!g_ascii_string_to_unsigned (words[i], 10, 1, MAX (g_strv_length (question->choices), 1), &number, NULL) ||
          g_ptr_array_find_with_equal_func (numbers, words[i], g_str_equal, NULL))
        {
          *complaint = _("There is no such choice.");
          return NULL;
        }
      g_ptr_array_add (numbers, g_strdup_printf ("%u", (guint) number));
    }
  if (single && numbers->len != 1)
    {
      *complaint = _("Please choose one.");
      return NULL;
    }
  g_ptr_array_add (numbers, NULL);
  *answers = (char **) g_ptr_array_free (g_steal_pointer (&numbers), FALSE);
  return "ok";
}

/**
 * oma_ctl_question_answer:
 * @question: a question
 * @line: (nullable): what the user entered, %NULL to cancel
 * @answers: (out) (nullable): what Ask returns as answers
 * @complaint: (out) (nullable): what is wrong with @line
 *
 * An empty line takes the answer that is offered.
 *
 * Returns: (nullable): the verdict that Ask returns, %NULL when the user has to try again
 */
const char *
oma_ctl_question_answer (const OmaCtlQuestion *question, const char *line, char ***answers, const char **complaint)
{
  *answers = NULL;
  *complaint = NULL;
  if (line == NULL)
    return "cancel";
  if (g_str_equal (question->kind, "input"))
    return answer_input (question, line, answers, complaint);
  if (g_str_equal (line, "c") || g_str_equal (line, "cancel"))
    return "cancel";
  if (g_str_equal (question->kind, "confirm"))
    return answer_confirmation (question, line, complaint);
  return answer_choice (question, line, answers, complaint);
}
