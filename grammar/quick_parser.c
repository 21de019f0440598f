/*
 * The parser for texts without syntax errors, which most are: the same grammar without look-ahead correction, which
 * would parse every token twice only to know, should it be wrong, what could have stood there.
 */
#define QUICK_PARSER
#define calc_parse calc_parse_quick
#define calc_lex calc_lex_quick
#include "grammar/quick_tables.c"
