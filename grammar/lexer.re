/*
 * The lexer: one pass over the text, no look-back. What is no token is reported and passed over; after many such
 * errors the text is taken to end, since it is then hardly a program.
 */
#include "grammar/lexer.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "grammar/parser.h"

enum { ERRORS_MOST = 50 };

void lexer_init(struct lexer *l, const struct source *src, struct symtab *syms, struct words words, struct diags *diags)
{
	const unsigned char *text = (const unsigned char *)src->text;

	*l = (struct lexer){
		.text = text, .end = text + src->len, .cursor = text, .line = text,
		.base = src->base, .line_is_fresh = true, .syms = syms, .diags = diags, .words = words,
	};
	if (src->len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)	/* a byte order mark means nothing in UTF-8 */
		l->cursor += 3;
}

void lexer_release(struct lexer *l)
{
	mem_free(l->comments);
}

static struct span span_of(const struct lexer *l, const unsigned char *from, const unsigned char *to)
{
	return (struct span){ l->base + (uint32_t)(from - l->text), (uint32_t)(to - from) };
}

static void add_comment(struct lexer *l, const unsigned char *from, const unsigned char *to)
{
	bool doc = to - from >= 3 && memcmp(from, "///", 3) == 0 && !(to - from > 3 && from[3] == '/');

	l->comments = mem_grow(l->comments, &l->comments_cap, l->ncomments + 2, sizeof *l->comments);
	if (l->newlines > 1)	/* before what it parts: at its last line break */
		l->comments[l->ncomments++] = (struct comment){ .at = l->base + (uint32_t)(l->line - 1 - l->text) };
	if (to == from)
		return;
	while (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')
		to--;
	l->comments[l->ncomments++] = (struct comment){
		.at = l->base + (uint32_t)(from - l->text), .len = (uint32_t)(to - from),
		.doc = doc, .trailing = !l->line_is_fresh,
	};
	l->newlines = 0;
}

/* Lines inside a comment or a raw string: what follows on its last line is not the first of that line. */
static void count_lines(struct lexer *l, const unsigned char *from, const unsigned char *to)
{
	const unsigned char *newline;

	while ((newline = memchr(from, '\n', (size_t)(to - from))) != NULL) {
		from = newline + 1;
		l->line = from;
	}
}

static struct span note_error(struct lexer *l, const unsigned char *from, const unsigned char *to)
{
	struct span at = span_of(l, from, to);

	l->error_at = at.at;
	l->errors++;
	return at;
}

static const char *advice_for(uint32_t c)
{
	switch (c) {
	case '#': return "a comment begins with `//`";
	case '&': return "the logical operator is `&&`";
	case '^':
	case '~': return "there are no operators on bits";
	case '`': return "a string stands in \"…\" or '…'";
	case '\\': return "a line need not be continued: statements have no terminator";
	case '@':
	case '$': return "in a string, `{name}` stands for a value; outside, a name stands for itself";
	case 0x201C:
	case 0x201D:
	case 0x201E:
	case 0xAB:
	case 0xBB: return "a string stands in straight quotes: \"…\"";
	case 0x2018:
	case 0x2019: return "a raw string stands in straight quotes: '…'";
	case 0x2013:
	case 0x2014:
	case 0x2212: return "the minus sign is `-`";
	case 0x2192: return "an arrow is written `->`";
	case 0x21D2: return "an arrow is written `=>`";
	case 0x2190: return "an arrow is written `<-`";
	case 0x2264: return "write `<=`";
	case 0x2265: return "write `>=`";
	case 0x2260: return "write `!=`";
	case 0xA0: return "this is a no-break space; use a plain one";
	default: return c > 0x7F ? "names are made of the letters a to z, A to Z, digits and `_`" : NULL;
	}
}

/* What is written for a character; NULL when that is not known. A quote is written for both of a pair. */
static const char *plain_form(uint32_t c)
{
	switch (c) {
	case '#': return "//";
	case 0x201C:
	case 0x201D:
	case 0x201E:
	case 0xAB:
	case 0xBB:
	case '`': return "\"";
	case 0x2018:
	case 0x2019: return "'";
	case 0x2013:
	case 0x2014:
	case 0x2212: return "-";
	case 0x2192: return "->";
	case 0x21D2: return "=>";
	case 0x2190: return "<-";
	case 0x2264: return "<=";
	case 0x2265: return ">=";
	case 0x2260: return "!=";
	case 0xA0: return " ";
	default: return NULL;
	}
}

static bool mend_character(struct lexer *l, const unsigned char *from, uint32_t c, const char *advice)
{
	const char *plain = plain_form(c);
	const unsigned char *p = l->cursor;
	uint32_t other = 0;
	unsigned n = 0;

	if (!plain)
		return false;
	if (*plain != '"' && *plain != '\'') {
		diag_fix(l->diags, span_of(l, from, l->cursor), plain, "%s", advice);
		return true;
	}
	for (; p < l->end && *p != '\n'; p += n ? n : 1) {
		n = utf8_decode((const char *)p, (size_t)(l->end - p), &other);
		if (n && plain_form(other) && *plain_form(other) == *plain) {
			diag_fix(l->diags, span_of(l, from, l->cursor), plain, "%s", advice);
			diag_fix_also(l->diags, span_of(l, p, p + n), plain);
			return true;
		}
	}
	return false;
}

/* The unit that is meant by a longer name of it; NULL for others. */
static const char *short_unit(const char *unit, size_t len)
{
	static const struct { const char *name, *unit; } units[] = {
		{ "sec", "s" }, { "secs", "s" }, { "second", "s" }, { "seconds", "s" }, { "min", "m" }, { "mins", "m" }, { "minute", "m" },
		{ "minutes", "m" }, { "hr", "h" }, { "hrs", "h" }, { "hour", "h" }, { "hours", "h" }, { "day", "d" }, { "days", "d" },
		{ "msec", "ms" }, { "millis", "ms" }, { "KiB", "Ki" }, { "MiB", "Mi" }, { "GiB", "Gi" }, { "TiB", "Ti" },
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strlen(units[i].name) == len && memcmp(units[i].name, unit, len) == 0)
			return units[i].unit;
	}
	return NULL;
}

/* One error for each line: what is bad there has most likely one cause. */
static const unsigned char *bad_character(struct lexer *l, const unsigned char *from)
{
	size_t left = (size_t)(l->end - from);
	uint32_t c = *from;
	unsigned n = utf8_decode((const char *)from, left, &c);
	bool same_line = l->error_at && l->error_at >= l->base + (uint32_t)(l->line - l->text);
	const unsigned char *to = from + (n ? n : 1);
	const char *advice = advice_for(c);

	l->cursor = to;
	if (same_line)
		return to;
	if (c == 0)
		diag_report(l->diags, CF003, note_error(l, from, to), "a NUL byte: this is no program text");
	else if (c < 0x20 || c == 0x7F)
		diag_report(l->diags, CF003, note_error(l, from, to), "a control character (U+%04X) outside a string",
			    (unsigned)c);
	else
		diag_report(l->diags, CF003, note_error(l, from, to), "`%.*s` has no meaning here",
			    (int)(to - from), (const char *)from);
	if (advice && !mend_character(l, from, c, advice))
		diag_help(l->diags, "%s", advice);
	return to;
}

static bool too_long(struct lexer *l, const unsigned char *from, const unsigned char *to, const char *what)
{
	if (to - from <= LIMIT_TOKEN)
		return false;
	diag_report(l->diags, CF008, note_error(l, from, from + 20), "%s of %zu bytes: the limit is %d", what,
		    (size_t)(to - from), LIMIT_TOKEN);
	return true;
}

static void bad_number(struct lexer *l, const unsigned char *from, const unsigned char *to)
{
	diag_report(l->diags, CF007, note_error(l, from, to), "`%.*s` is neither a number nor a quantity",
		    to - from > 40 ? 40 : (int)(to - from), (const char *)from);
	const unsigned char *unit = from;
	while (unit < to && *unit >= '0' && *unit <= '9')
		unit++;
	const char *meant = short_unit((const char *)unit, (size_t)(to - unit));

	if (from[0] == '0' && to - from > 1 && from[1] >= '0' && from[1] <= '9')
		diag_help(l->diags, "numbers are decimal and have no leading zero");
	else if (meant)
		diag_fix(l->diags, span_of(l, unit, to), meant, "the unit is written `%s`", meant);
	else
		diag_help(l->diags, "the units are ms s m h d (time), Ki Mi Gi Ti (bytes) and m (thousandths of a core)");
}

/* The end of an unterminated string is the end of its line, so that the lines after it are still read. */
static const unsigned char *unterminated(struct lexer *l, const unsigned char *from, enum diag_code code, const char *what)
{
	const unsigned char *newline = memchr(from, '\n', (size_t)(l->end - from));

	diag_report(l->diags, code, note_error(l, from, from + (code == CF005 ? 2 : 1)), "%s has no end", what);
	return newline && code == CF004 ? newline : l->end;
}

/* The token from `from` to `to`; the next one is looked for behind it. */
static void give(struct lexer *l, struct token *t, int kind, const unsigned char *from, const unsigned char *to)
{
	l->cursor = to;
	t->kind = kind;
	t->span = span_of(l, from, to);
	t->first = l->line_is_fresh;
	t->indent = (uint32_t)(from - l->line);
	if (l->newlines > 1)
		add_comment(l, from, from);
	l->newlines = 0;
	l->line_is_fresh = false;
}

/* A number or a string, whose text lies `quote` bytes within its ends. */
static void give_text(struct lexer *l, struct token *t, int kind, const unsigned char *from, const unsigned char *to, unsigned quote)
{
	t->sym = sym_intern(l->syms, (const char *)from + quote, (size_t)(to - from) - 2 * quote);
	give(l, t, kind, from, to);
}

static void give_word(struct lexer *l, struct token *t, const unsigned char *from, const unsigned char *to)
{
	size_t len = (size_t)(to - from);
	int kind = T_NAME;

	t->sym = to - l->text >= 8 ? sym_intern_word(l->syms, (const char *)from, len)
				   : sym_intern(l->syms, (const char *)from, len);
	if (t->sym < l->words.count && l->words.kinds[t->sym])
		kind = l->words.kinds[t->sym];
	give(l, t, kind, from, to);
}

/* Goes on as if its first digit had been written. */
static void give_bad_number(struct lexer *l, struct token *t, const unsigned char *from, const unsigned char *to)
{
	bad_number(l, from, to);
	t->sym = sym_intern(l->syms, (const char *)from, 1);
	give(l, t, T_INT, from, to);
}

/*!re2c
	re2c:yyfill:enable = 0;
	re2c:define:YYCTYPE = "unsigned char";
	re2c:define:YYCURSOR = cursor;
	re2c:define:YYMARKER = marker;

	digits = [0-9]+;
	number = "0" | [1-9][0-9]*;
	unit = "ms" | "us" | "ns" | [smhd] | [KMGT] "i";
	word = [A-Za-z_][A-Za-z0-9_]*;
	in_string = [^"\\\n\x00] | "\\" [^\n\x00];
	in_comment = [^*\x00] | "*"+ [^*\x2F\x00];
*/

void lexer_next(struct lexer *l, struct token *t)
{
	const unsigned char *from, *marker, *cursor = l->cursor;

	t->sym = 0;
	if (l->errors > ERRORS_MOST)
		cursor = l->end;
	for (;;) {
		from = cursor;
		/*!re2c
		[ \t\r]+	{ continue; }
		"\n" [ \t\r]*	{ l->newlines++; l->line = from + 1; l->line_is_fresh = true; continue; }
		"//" [^\n\x00]*	{ add_comment(l, from, cursor); continue; }
		"/" "*" in_comment* "*"+ "/" {
			add_comment(l, from, cursor);
			count_lines(l, from, cursor);
			continue;
		}
		"/" "*"		{ cursor = unterminated(l, from, CF005, "a comment"); continue; }

		word {
			if (too_long(l, from, cursor, "a name"))
				give(l, t, T_NAME, from, cursor);
			else
				give_word(l, t, from, cursor);
			return;
		}
		number			{ if (too_long(l, from, cursor, "a number")) continue;
					  give_text(l, t, T_INT, from, cursor, 0); return; }
		number ("." digits)? ([eE] [-+]? digits)? {
			if (too_long(l, from, cursor, "a number"))
				continue;
			give_text(l, t, T_FLOAT, from, cursor, 0);
			return;
		}
		number ("." digits)? unit { give_text(l, t, T_QUANTITY, from, cursor, 0); return; }
		digits ("." digits)? [A-Za-z0-9_]* { give_bad_number(l, t, from, cursor); return; }

		"\"" in_string* "\"" {
			if (too_long(l, from, cursor, "a string"))
				give(l, t, T_STRING, from, cursor);
			else
				give_text(l, t, T_STRING, from, cursor, 1);
			return;
		}
		"\""			{ give(l, t, T_STRING, from, unterminated(l, from, CF004, "a string")); return; }
		"'" [^'\x00]* "'" {
			if (too_long(l, from, cursor, "a string"))
				give(l, t, T_RAW_STRING, from, cursor);
			else
				give_text(l, t, T_RAW_STRING, from, cursor, 1);
			count_lines(l, from, cursor);
			return;
		}
		"'"			{ give(l, t, T_RAW_STRING, from, unterminated(l, from, CF004, "a raw string")); return; }

		"("	{ give(l, t, T_LPAREN, from, cursor); return; }
		")"	{ give(l, t, T_RPAREN, from, cursor); return; }
		"["	{ give(l, t, T_LBRACKET, from, cursor); return; }
		"]"	{ give(l, t, T_RBRACKET, from, cursor); return; }
		"{"	{ give(l, t, T_LBRACE, from, cursor); return; }
		"}"	{ give(l, t, T_RBRACE, from, cursor); return; }
		","	{ give(l, t, T_COMMA, from, cursor); return; }
		";"	{ give(l, t, T_SEMICOLON, from, cursor); return; }
		":"	{ give(l, t, T_COLON, from, cursor); return; }
		"."	{ give(l, t, T_DOT, from, cursor); return; }
		".."	{ give(l, t, T_DOTDOT, from, cursor); return; }
		"="	{ give(l, t, T_ASSIGN, from, cursor); return; }
		"->"	{ give(l, t, T_ARROW, from, cursor); return; }
		"=>"	{ give(l, t, T_FAT_ARROW, from, cursor); return; }
		"<-"	{ give(l, t, T_TAKE, from, cursor); return; }
		"?"	{ give(l, t, T_QUESTION, from, cursor); return; }
		"|"	{ give(l, t, T_BAR, from, cursor); return; }
		"||"	{ give(l, t, T_OR, from, cursor); return; }
		"&&"	{ give(l, t, T_AND, from, cursor); return; }
		"!"	{ give(l, t, T_NOT, from, cursor); return; }
		"=="	{ give(l, t, T_EQ, from, cursor); return; }
		"!="	{ give(l, t, T_NE, from, cursor); return; }
		"<"	{ give(l, t, T_LT, from, cursor); return; }
		"<="	{ give(l, t, T_LE, from, cursor); return; }
		">"	{ give(l, t, T_GT, from, cursor); return; }
		">="	{ give(l, t, T_GE, from, cursor); return; }
		"+"	{ give(l, t, T_PLUS, from, cursor); return; }
		"-"	{ give(l, t, T_MINUS, from, cursor); return; }
		"*"	{ give(l, t, T_STAR, from, cursor); return; }
		"/"	{ give(l, t, T_SLASH, from, cursor); return; }
		"%"	{ give(l, t, T_PERCENT, from, cursor); return; }

		"\x00" {
			if (from == l->end) {
				if (l->newlines)
					l->line_is_fresh = true;
				give(l, t, T_END, from, from);
				return;
			}
			cursor = bad_character(l, from);
			continue;
		}
		*	{
			cursor = bad_character(l, from);
			if (l->errors > ERRORS_MOST)
				cursor = l->end;
			continue;
		}
		*/
	}
}
