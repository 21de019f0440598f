/*
 * What is put differently here than elsewhere: records in braces, calls like methods, lists as `T[]`, paths without quotes, results
 * after their call. A mend is made of edits around what was found, found by looking at the text itself, a few hundred bytes at most.
 */
#include "grammar/mend.h"

#include <strings.h>

#include "grammar/parser.h"

enum { FAR = 400, HEAD_MOST = 60, SHOWN_MOST = 80 };

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The position of the first byte of the line. */
static uint32_t begin_of_line(const struct mend *m, uint32_t at)
{
	while (at > m->source->base && *mend_text(m, at - 1) != '\n')
		at--;
	return at;
}

bool mend_line_begins(const struct mend *m, const char *word)
{
	const char *line = mend_text(m, begin_of_line(m, m->found->span.at));

	line += strspn(line, " \t");
	return strncmp(line, word, strlen(word)) == 0 && !is_word_byte(line[strlen(word)]);
}

/* The bracket that closes the one at `at`, at most FAR bytes on; strings are passed over. 0 when there is none. */
static uint32_t closing(const struct mend *m, uint32_t at)
{
	const char *p = mend_text(m, at);
	unsigned depth = 0;
	char quote = 0;

	for (uint32_t i = 0; i < FAR && p[i]; i++) {
		if (quote) {
			if (p[i] == '\\' && quote == '"' && p[i + 1])
				i++;
			else if (p[i] == quote)
				quote = 0;
		} else if (p[i] == '"' || p[i] == '\'') {
			quote = p[i];
		} else if (strchr("([{", p[i])) {
			depth++;
		} else if (strchr(")]}", p[i]) && --depth == 0) {
			return at + i;
		}
	}
	return 0;
}

/* What stands between two brackets, without the blanks at its ends; false when it is too much for a help line. */
static bool within(const struct mend *m, uint32_t open, uint32_t close, char shown[SHOWN_MOST + 1])
{
	const char *from = mend_text(m, open + 1), *to = mend_text(m, close);

	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	if (to - from > SHOWN_MOST || memchr(from, '\n', (size_t)(to - from)))
		return false;
	snprintf(shown, SHOWN_MOST + 1, "%.*s", (int)(to - from), from);
	return true;
}

/* `name:`, `name =` or nothing behind an open brace. */
static bool has_fields(const struct mend *m, uint32_t open)
{
	const char *p = mend_text(m, open + 1);

	p += strspn(p, " \t\r\n");
	if (*p == '}')
		return true;
	if (!is_word_byte(*p))
		return false;
	while (is_word_byte(*p))
		p++;
	p += strspn(p, " \t");
	return *p == ':' || (*p == '=' && p[1] != '>' && p[1] != '=');
}

/* A record's fields stand on lines of their own without commas: then a pair of parentheses does not mend it. */
static bool has_bare_lines(const struct mend *m, uint32_t open, uint32_t close)
{
	char last = ',';

	for (uint32_t at = open + 1; at < close; at++) {
		char c = *mend_text(m, at);

		if (c == '\n' && last != ',')
			return true;
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			last = c;
	}
	return false;
}

/* `Stat{n: 0}` */
static bool record_in_braces(const struct mend *m)
{
	uint32_t close = m->found->kind == T_LBRACE ? closing(m, m->found->span.at) : 0;

	if (m->found->kind != T_LBRACE)
		return false;
	if (m->before->kind == T_ASSIGN || m->before->kind == T_LPAREN || m->before->kind == T_COMMA) {
		if (!m->could[T_INT])
			return false;
		diag_help(m->diags, "a record is built by the name of its type: `T(field: value)`");
		return true;
	}
	if (!*m->word_before || !(m->could[T_PLUS] || m->could[T_LPAREN]) || m->could[T_ON])
		return false;
	if (close && !has_fields(m, m->found->span.at))
		return false;
	if (!close || has_bare_lines(m, m->found->span.at, close)) {
		diag_help(m->diags, "a record is built as `%s(field: value, …)`", m->word_before);
		return true;
	}
	char fields[SHOWN_MOST + 1];

	diag_fix(m->diags, mend_span(mend_end(m->before), mend_end(m->found)), "(", "a record is built as `%s(%s)`", m->word_before,
		 within(m, m->found->span.at, close, fields) ? fields : "field: value, …");
	diag_fix_also(m->diags, mend_span(close, close + 1), ")");
	return true;
}

/* Where the name begins that ends before `at`, with the dots and names before it when `path`. */
static uint32_t begin_of_name(const struct mend *m, uint32_t at, bool path)
{
	while (at > m->source->base && (is_word_byte(*mend_text(m, at - 1)) || (path && *mend_text(m, at - 1) == '.')))
		at--;
	return at;
}

/* `xs.len()`, `x.stats(3)`: what stands before the dot is the first argument. */
static bool call_like_method(const struct mend *m)
{
	uint32_t dot = m->before->span.at - 1, receiver;
	char head[2 * HEAD_MOST], rest[SHOWN_MOST + 1];
	uint32_t close = closing(m, m->found->span.at);

	if (m->found->kind != T_LPAREN || !*m->word_before || m->before->span.at == m->source->base || *mend_text(m, dot) != '.')
		return false;
	receiver = begin_of_name(m, dot, true);
	if (receiver == dot || dot - receiver > HEAD_MOST || m->before->span.len > HEAD_MOST || *mend_text(m, receiver) == '.') {
		diag_help(m->diags, "there are no methods: call it as `%s(x, …)`", m->word_before);
		return true;
	}
	if (!close || !within(m, m->found->span.at, close, rest))
		snprintf(rest, sizeof rest, "…");
	snprintf(head, sizeof head, "%s(%.*s%s", m->word_before, (int)(dot - receiver), mend_text(m, receiver), *rest ? ", " : "");
	diag_fix(m->diags, mend_span(receiver, mend_end(m->found)), head, "there are no methods: call it as `%s%s)`", head, rest);
	return true;
}

static bool names_list(const char *word)
{
	return strcasecmp(word, "list") == 0 || strcasecmp(word, "array") == 0 || strcasecmp(word, "vector") == 0 || strcasecmp(word, "vec") == 0 ||
	       strcasecmp(word, "seq") == 0 || strcasecmp(word, "set") == 0;
}

static bool names_optional(const char *word)
{
	return strcasecmp(word, "optional") == 0 || strcasecmp(word, "option") == 0 || strcasecmp(word, "maybe") == 0;
}

/* The `>` that closes the `<` at `at`, on the same line. */
static uint32_t closing_angle(const struct mend *m, uint32_t at)
{
	const char *p = mend_text(m, at);
	unsigned depth = 0;

	for (uint32_t i = 0; i < FAR && p[i] && p[i] != '\n'; i++) {
		if (p[i] == '<')
			depth++;
		else if (p[i] == '>' && --depth == 0)
			return at + i;
	}
	return 0;
}

/* Type and its name in [from, to): what was within brackets at `open` and `close` is a list, or may be absent. */
static void mend_type(const struct mend *m, const char *name, uint32_t name_at, uint32_t open, uint32_t close)
{
	bool optional = names_optional(name);

	diag_fix(m->diags, mend_span(name_at, open + 1), optional ? "" : "[", optional ? "what may be absent is written `T?`" : "a list is written `[T]`");
	diag_fix_also(m->diags, mend_span(close, close + 1), optional ? "?" : "]");
}

/* `list<T>`, `List[T]`, `Optional<T>`, `T[]` */
static bool list_type(const struct mend *m)
{
	uint32_t open = m->before->span.at, close, name;
	char word[HEAD_MOST + 1];

	if (m->found->kind == T_LT && (names_list(m->word_before) || names_optional(m->word_before))) {
		close = closing_angle(m, m->found->span.at);
		if (close)
			mend_type(m, m->word_before, m->before->span.at, m->found->span.at, close);
		return close != 0;
	}
	if (m->before->kind != T_LBRACKET || !m->could[T_INT] || m->could[T_NAME])
		return false;
	name = begin_of_name(m, open, false);
	if (name == open || open - name > HEAD_MOST)
		return false;
	if (m->found->kind == T_RBRACKET) {
		diag_fix(m->diags, mend_span(name, name), "[", "a list is written `[%.*s]`", (int)(open - name), mend_text(m, name));
		diag_fix_also(m->diags, mend_span(open, open + 1), "");
		return true;
	}
	snprintf(word, sizeof word, "%.*s", (int)(open - name), mend_text(m, name));
	close = closing(m, open);
	if (!close || !(names_list(word) || names_optional(word)))
		return false;
	mend_type(m, word, name, open, close);
	return true;
}

/* `at share /in/x.txt`, `import lib.cf`: a path without quotes. */
static bool bare_path(const struct mend *m)
{
	const char *from = mend_text(m, m->found->span.at);
	size_t len = strcspn(from, " \t\r\n,;(){}[]\"'");
	bool share = m->before->kind == T_SHARE, import = m->before->kind == T_IMPORT || m->before->kind == T_DATA;
	char quoted[HEAD_MOST + 8];
	bool name_only = true;

	if (!m->could[T_STRING] || (!share && !import) || m->found->kind == T_STRING || m->found->kind == T_RAW_STRING || len == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		name_only &= is_word_byte(from[i]);
	if (len > HEAD_MOST || (share && !memchr(from + 1, '/', len - 1))) {	/* a share's name alone is no path */
		diag_help(m->diags, "a path stands in quotes");
		return true;
	}
	snprintf(quoted, sizeof quoted, "\"%s%.*s%s\"", share && *from != '/' ? "/" : "", (int)len, from, import && name_only && m->before->kind == T_IMPORT ? ".cf" : "");
	diag_fix(m->diags, mend_span(m->found->span.at, m->found->span.at + (uint32_t)len), quoted, "a path stands in quotes: %s", quoted);
	return true;
}

/* `source a : file = "/x"`, `in "/x"`, `at "/x"`: a source or a sink stands at a share. */
static bool missing_share(const struct mend *m)
{
	bool string = m->found->kind == T_STRING || m->found->kind == T_RAW_STRING;
	const char *path = string && m->found->span.len < SHOWN_MOST ? mend_text(m, m->found->span.at) : "\"/NAME/path\"";
	int len = string && m->found->span.len < SHOWN_MOST ? (int)m->found->span.len : (int)strlen(path);

	if (!mend_line_begins(m, "source") && !mend_line_begins(m, "sink"))
		return false;
	if (string && m->before->kind == T_AT)
		diag_fix(m->diags, mend_span(m->found->span.at, m->found->span.at), "share ", "a path needs its medium: `at share %.*s`", len, path);
	else if (string && (m->before->kind == T_IN || m->before->kind == T_FROM || m->before->kind == T_TO))
		diag_fix(m->diags, m->before->span, "at share", "it stands at a medium: `at share %.*s`", len, path);
	else if ((m->found->kind == T_ASSIGN && !m->could[T_COLON]) || ((m->found->kind == T_FROM || m->found->kind == T_TO) && !m->could[m->found->kind]))
		diag_fix(m->diags, m->found->span, "at share", "it stands at a medium: `at share %.*s`", len, path);
	else
		return false;
	return true;
}

/* `run g(x) -> out` */
static bool results_after_call(const struct mend *m)
{
	uint32_t line = begin_of_line(m, m->found->span.at), run = m->found->span.at;
	const char *name = mend_text(m, mend_end(m->found));
	size_t blanks = strspn(name, " \t"), len = 0;
	char put[HEAD_MOST + 8];

	if (m->found->kind != T_ARROW || !m->could[T_RUN] || m->before->kind != T_RPAREN)
		return false;
	while (is_word_byte(name[blanks + len]))
		len++;
	while (run > line && strncmp(mend_text(m, run), "run ", 4))
		run--;
	if (strncmp(mend_text(m, run), "run ", 4) || len == 0 || len > HEAD_MOST)
		return false;
	snprintf(put, sizeof put, "%.*s <- ", (int)len, name + blanks);
	diag_fix(m->diags, mend_span(run + 4, run + 4), put, "results go to sinks with `<-`, named first: `run %s…`", put);
	diag_fix_also(m->diags, mend_span(mend_end(m->before), mend_end(m->found) + (uint32_t)(blanks + len)), "");
	return true;
}

/* `type T = { … }`, `import "x" as y`, `each (x in xs) { … }` */
static bool too_much(const struct mend *m)
{
	uint32_t close;

	if (m->found->kind == T_LBRACE && m->before->kind == T_ASSIGN && mend_line_begins(m, "type")) {
		diag_fix(m->diags, mend_span(m->before->span.at, m->found->span.at), "", "a record is declared without `=`");
		return true;
	}
	if (m->found->kind == T_AS && m->before->kind == T_STRING && mend_line_begins(m, "import")) {
		const char *name = mend_text(m, mend_end(m->found));
		size_t len = strspn(name, " \t");

		while (is_word_byte(name[len]))
			len++;
		diag_fix(m->diags, mend_span(mend_end(m->before), mend_end(m->found) + (uint32_t)len), "", "what is imported keeps its names");
		return true;
	}
	if (m->found->kind == T_LPAREN && (m->before->kind == T_EACH || m->before->kind == T_STEPS || m->before->kind == T_FOR) && m->could[T_NAME]) {
		close = closing(m, m->found->span.at);
		if (!close)
			return false;
		diag_fix(m->diags, m->found->span, "", "no parentheses here: `%s x in xs { … }`", m->word_before);
		diag_fix_also(m->diags, mend_span(close, close + 1), "");
		return true;
	}
	return false;
}

/* Other shapes, for which the words are known and the edit is not. */
static bool advise_shape(const struct mend *m)
{
	if (m->found->kind == T_FOR && m->before->kind == T_LBRACKET)
		diag_help(m->diags, "what is made comes first: `[f(x) for x in xs]`");
	else if (m->found->kind == T_QUESTION && !m->could[T_BAR])
		diag_help(m->diags, "a branch is `when c { a } else { b }`");
	else if (m->found->kind == T_COLON && m->could[T_LBRACE] && !m->could[T_ARROW])
		diag_help(m->diags, "what is repeated stands in braces: `each x in xs { f(x) }`");
	else if ((m->found->kind == T_PLUS || m->found->kind == T_MINUS || m->found->kind == T_STAR || m->found->kind == T_SLASH) && m->could[T_ASSIGN] &&
		 *mend_text(m, mend_end(m->found)) == '=')
		diag_help(m->diags, "a name is bound once: give the new value a name of its own, `x2 = x %.*s …`", (int)m->found->span.len,
			  mend_text(m, m->found->span.at));
	else
		return false;
	return true;
}

/* `steps t in tasks after t.parents`: the key is the field that the block reads, if that is called `id`. */
static bool missing_by(const struct mend *m)
{
	const char *line, *p;
	char key[HEAD_MOST + 8];
	size_t len = 0;

	if (!m->could[T_BY] || (m->found->kind != T_AFTER && m->found->kind != T_FROM && m->found->kind != T_LBRACE))
		return false;
	line = mend_text(m, begin_of_line(m, m->found->span.at));
	p = strstr(line, "steps ");
	if (!p || p > mend_text(m, m->found->span.at) || (strstr(p, " by ") && strstr(p, " by ") < mend_text(m, m->found->span.at)))
		return false;
	for (p += 6, p += strspn(p, " \t"); is_word_byte(p[len]);)
		len++;
	if (len == 0 || len > HEAD_MOST)
		return false;
	snprintf(key, sizeof key, "%.*s.id", (int)len, p);
	for (p = mend_text(m, m->found->span.at); (size_t)(p - mend_text(m, m->found->span.at)) < FAR && *p; p++) {
		if (strncmp(p, key, len + 3) || is_word_byte(p[len + 3]) || is_word_byte(p[-1]))
			continue;
		snprintf(key, sizeof key, "by %.*s.id ", (int)len, p);
		diag_fix(m->diags, mend_span(m->found->span.at, m->found->span.at), key, "every row needs a key of its own: `steps %.*s in … %s%s …`", (int)len, p, key,
			 m->word);
		return true;
	}
	diag_help(m->diags, "every row needs a key of its own: `by` and the field that tells the rows apart, before `%s`", m->word);
	return true;
}

bool mend_shape(const struct mend *m)
{
	return record_in_braces(m) || call_like_method(m) || list_type(m) || bare_path(m) || missing_share(m) || results_after_call(m) || too_much(m) ||
	       missing_by(m) || advise_shape(m);
}
