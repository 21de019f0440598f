/*
 * The grammar of CalcFlow: LALR(1), no conflicts, no lexer feedback. An action is one call of build.h; nothing is
 * checked, folded or looked up here. The alias of a keyword is its spelling: the lexer takes its keywords from here
 * and from attrs.def, so a word is spelt once.
 *
 * Where text is wrong: after a syntax error the token source (tokens.c) skips to where the next statement, attribute
 * or declaration seems to begin and hands out RESYNC there. Every braced list therefore has a production
 * `error RESYNC`, so that the braces open in the grammar are those that the token source counts.
 */
%define api.pure full
%define api.token.raw
%define api.prefix {calc_}
%define api.token.prefix {T_}
%define api.location.type {place_t}
%define api.header.include {"grammar/parser.h"}
%define parse.error custom
%define parse.lac full
%expect 0
%locations
%param { struct parser *p }

%code requires {
#include "grammar/build.h"
struct parser;
}
%code {
#include "grammar/parser_internal.h"
}

%union {
	uint64_t sym;	/* a sym_t, as wide as the others: a value is written and copied at once */
	struct node *node;
	struct node_list list;	/* under construction; build.h */
	unsigned flags;
}

%token END 0 "the end of the text"
%token <sym> NAME "a name"
%token <sym> INT "an integer"
%token <sym> FLOAT "a number"
%token <sym> QUANTITY "a quantity"
%token <sym> STRING "a string"
%token <sym> RAW_STRING "a raw string"
%token RESYNC "the next statement"
%token UNFINISHED "the end of the text, with braces open"	/* no rule takes it */

/* words that are never names, except of fields, members and levels */
%token <sym> TRUE "true" FALSE "false"
%token <sym> AFTER "after" CYCLE "cycle" EACH "each" ELSE "else" FOR "for" GATHER "gather" HOLD "hold" IF "if" IN "in"
%token <sym> LAUNCH "launch" LET "let" MATCH "match" PREVIOUS "previous" RETURN "return" RING "ring" STEPS "steps"
%token <sym> TAKES "takes" WALK "walk" WHEN "when"

/* words with a meaning in their places, and names everywhere else */
%token <sym> IMPORT "import" DATA "data" TYPE "type" ENUM "enum" TREE "tree" PARAM "param" FUNCTION "function" FLOW "flow"
%token <sym> WINDOW "window" SOURCE "source" SINK "sink" POND "pond" LOCK "lock" STATE "state" CALCSET "calcset"
%token <sym> AS "as" AT "at" BY "by" FROM "from" TO "to" THEN "then" ON "on" RUN "run" PASS "pass" DOWN "down"
%token <sym> PARTIAL "partial" LIMIT "limit" ROTATE "rotate" THROUGH "through" UNTIL "until" MAX "max" WITH "with"
%token <sym> OVER "over" STAGE "stage" PERSIST "persist" SHARE "share" PORTABLE "portable"
%token <sym> SLOTS "slots" SCRATCH "scratch" DEFAULT "default" WORKERS "workers" ROUTE "route" IMAGE "image"
%token <sym> DEVICE "device" ENV "env" SECRET "secret" SYSTEM "system" LATE "late" GUARDED "guarded"
/* attribute keywords of one shape: classes of attrs.def */
%token <sym> ATTR_VALUE "an attribute" ATTR_NAMES "an attribute of names" ATTR_FLAG "a sharing mode"
%token <sym> ATTR_DECL "an attribute of a window"

%token LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]" LBRACE "{" RBRACE "}"
%token COMMA "," SEMICOLON ";" COLON ":" DOT "." DOTDOT ".." ASSIGN "=" ARROW "->" FAT_ARROW "=>" TAKE "<-"
%token QUESTION "?" BAR "|" OR "||" AND "&&" NOT "!" EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">="
%token PLUS "+" MINUS "-" STAR "*" SLASH "/" PERCENT "%"

%right ELSE
%left OR
%left AND
%nonassoc EQ NE LT LE GT GE
%left PLUS MINUS
%left STAR SLASH PERCENT
%precedence UNARY

%type <sym> name type_word staged word soft
%type <node> item set_item stmt block items_block item_else stmt_else right attr decl_attr run_target
%type <node> type full_type choice optional primary_type result_type medium format_type text
%type <node> value tail_value pattern call expr postfix primary arg opt_arg_type field level arm arm_value rule
%type <node> target each_item param result generic path path_opt by_opt default_opt member opt_limit opt_rotate
%type <node> cycle_for cycle_until cycle_max steps_after name_node word_node opt_in stmt_if item_if
%type <node> generics params family params_opt results attrs_body decl_attrs type_body
%type <list> items stmts set_items attr_list decl_attr_list field_list member_list level_list param_list params_some
%type <list> result_list generic_list type_list type_list_some arm_list rule_list right_list targets names
%type <list> words value_list arg_list args_some expr_list exprs_some each_items down_list path_parts choice_list
%type <list> run_targets launch_args
%type <node> down
%type <flags> opt_partial opt_portable

%%

module:
  items							{ ast_module(p, @$, $1); }
| items error						{ ast_module(p, @$, $1); }	/* wrong up to the end */
;

/* ---- declarations ---- */

items:
  %empty						{ $$ = ast_list(p); }
| items item						{ $$ = ast_push(p, $1, $2); }
| items SEMICOLON					{ $$ = $1; }
| items error RESYNC					{ $$ = $1; yyerrok; }
;
items_block:
  LBRACE items RBRACE					{ $$ = ast_node(p, N_BLOCK, @$, KIDS(ast_end(p, @2, $2))); }
;
item:
  IMPORT text						{ $$ = ast_node(p, N_IMPORT, @$, KIDS($2)); }
| IMPORT DATA text path_opt AS name COLON type by_opt	{ $$ = ast_named(p, N_IMPORT_DATA, @$, $6, @6, KIDS($3, $4, $8, $9)); }
| TYPE name generics type_body				{ $$ = ast_named(p, N_TYPE_DECL, @$, $2, @2, KIDS($3, $4)); }
| ENUM name LBRACE member_list RBRACE			{ $$ = ast_named(p, N_ENUM_DECL, @$, $2, @2, KIDS(ast_end(p, @4, $4))); }
| TREE name ASSIGN level_list				{ $$ = ast_named(p, N_TREE_DECL, @$, $2, @2, KIDS(ast_end(p, @4, $4))); }
| PARAM name COLON type default_opt			{ $$ = ast_named(p, N_PARAM_DECL, @$, $2, @2, KIDS($4, $5)); }
| FUNCTION name generics params results attrs_body	{ $$ = ast_named(p, N_FUNCTION, @$, $2, @2, KIDS($3, $4, $5, $6)); }
| FLOW name generics params_opt results block		{ $$ = ast_named(p, N_FLOW, @$, $2, @2, KIDS($3, $4, $5, $6)); }
| WINDOW name ASSIGN decl_attrs				{ $$ = ast_named(p, N_WINDOW_DECL, @$, $2, @2, KIDS($4)); }
| SOURCE name family COLON full_type decl_attrs		{ $$ = ast_named(p, N_SOURCE_DECL, @$, $2, @2, KIDS($3, $5, $6)); }
| SINK name family COLON full_type decl_attrs		{ $$ = ast_named(p, N_SINK_DECL, @$, $2, @2, KIDS($3, $5, $6)); }
| POND name attrs_body					{ $$ = ast_named(p, N_POND_DECL, @$, $2, @2, KIDS($3)); }
| LOCK name decl_attrs					{ $$ = ast_named(p, N_LOCK_DECL, @$, $2, @2, KIDS($3)); }
| STATE name COLON full_type default_opt decl_attrs	{ $$ = ast_named(p, N_STATE_DECL, @$, $2, @2, KIDS($4, $5, $6)); }
| CALCSET name params_opt ON name LBRACE set_items RBRACE
		{ $$ = ast_calcset(p, ast_named(p, N_CALCSET, @$, $2, @2, KIDS($3, ast_end(p, @7, $7))), $5, @5); }
| CALCSET text params_opt ON name LBRACE set_items RBRACE
		{ $$ = ast_calcset(p, ast_node(p, N_CALCSET_NAMED, @$, KIDS($2, $3, ast_end(p, @7, $7))), $5, @5); }
| LET name opt_arg_type ASSIGN expr			{ $$ = ast_named(p, N_LET, @$, $2, @2, KIDS($3, $5)); }
| FOR name IN expr items_block				{ $$ = ast_named(p, N_FOR, @$, $2, @2, KIDS($4, $5)); }
| item_if						{ $$ = $1; }
;
item_if:
  IF expr items_block item_else				{ $$ = ast_node(p, N_IF, @$, KIDS($2, $3, $4)); }
;
item_else:
  %empty						{ $$ = NULL; }
| ELSE items_block					{ $$ = $2; }
| ELSE item_if						{ $$ = $2; }
;
path_opt:
  %empty						{ $$ = NULL; }
| AT path						{ $$ = $2; }
;
path:
  path_parts						{ $$ = ast_node(p, N_PATH, @$, KIDS(ast_end(p, @1, $1))); }
;
path_parts:
  word_node						{ $$ = ast_push(p, ast_list(p), $1); }
| path_parts DOT word_node				{ $$ = ast_push(p, $1, $3); }
;
by_opt:
  %empty						{ $$ = NULL; }
| BY word_node						{ $$ = $2; }
;
type_body:
  LBRACE field_list RBRACE				{ $$ = ast_node(p, N_RECORD_TYPE, @$, KIDS(ast_end(p, @2, $2))); }
| ASSIGN full_type					{ $$ = $2; }
;
field_list:
  %empty						{ $$ = ast_list(p); }
| field_list field					{ $$ = ast_push(p, $1, $2); }
| field_list COMMA					{ $$ = $1; }
| field_list SEMICOLON					{ $$ = $1; }
| field_list error RESYNC				{ $$ = $1; yyerrok; }
;
field:
  word COLON type					{ $$ = ast_named(p, N_FIELD, @$, $1, @1, KIDS($3)); }
;
member_list:
  %empty						{ $$ = ast_list(p); }
| member_list member					{ $$ = ast_push(p, $1, $2); }
| member_list COMMA					{ $$ = $1; }
| member_list error RESYNC				{ $$ = $1; yyerrok; }
;
member:
  word_node						{ $$ = $1; }
;
level_list:
  level							{ $$ = ast_push(p, ast_list(p), $1); }
| level_list GT level					{ $$ = ast_push(p, $1, $3); }
;
level:
  word COLON type					{ $$ = ast_named(p, N_LEVEL, @$, $1, @1, KIDS($3)); }
;
default_opt:
  %empty						{ $$ = NULL; }
| ASSIGN expr						{ $$ = $2; }
;
generics:
  %empty						{ $$ = ast_nothing(p); }
| LT generic_list GT					{ $$ = ast_end(p, @2, $2); }
;
generic_list:
  generic						{ $$ = ast_push(p, ast_list(p), $1); }
| generic_list COMMA generic				{ $$ = ast_push(p, $1, $3); }
;
generic:
  name							{ $$ = ast_named(p, N_GENERIC, @$, $1, @1, NO_KIDS); }
;
family:
  %empty						{ $$ = ast_nothing(p); }
| LBRACKET param_list RBRACKET				{ $$ = ast_end(p, @$, $2); }
;
params_opt:
  %empty						{ $$ = ast_no_list(p, @$); }
| params						{ $$ = $1; }
;
params:
  LPAREN param_list RPAREN				{ $$ = ast_end(p, @$, $2); }
;
param_list:
  %empty						{ $$ = ast_list(p); }
| params_some						{ $$ = $1; }
| params_some COMMA					{ $$ = $1; }
;
params_some:
  param							{ $$ = ast_push(p, ast_list(p), $1); }
| params_some COMMA param				{ $$ = ast_push(p, $1, $3); }
;
param:
  name COLON full_type default_opt			{ $$ = ast_named(p, N_PARAM, @$, $1, @1, KIDS($3, $4)); }
;
results:
  %empty						{ $$ = ast_no_list(p, @$); }
| ARROW result_type					{ $$ = ast_end(p, @2, ast_push(p, ast_list(p), $2)); }
| ARROW LPAREN result_list RPAREN			{ $$ = ast_end(p, @$, $3); }
| ARROW LPAREN result_list COMMA RPAREN			{ $$ = ast_end(p, @$, $3); }
;
result_type:
  full_type						{ $$ = ast_node(p, N_RESULT, @$, KIDS($1)); }
;
result_list:
  result						{ $$ = ast_push(p, ast_list(p), $1); }
| result_list COMMA result				{ $$ = ast_push(p, $1, $3); }
;
result:
  name COLON full_type					{ $$ = ast_named(p, N_RESULT, @$, $1, @1, KIDS($3)); }
;

/* ---- attributes ---- */

attrs_body:
  LBRACE attr_list RBRACE				{ $$ = ast_end(p, @2, $2); }
;
attr_list:
  %empty						{ $$ = ast_list(p); }
| attr_list attr					{ $$ = ast_push(p, $1, $2); }
| attr_list SEMICOLON					{ $$ = $1; }
| attr_list error RESYNC				{ $$ = $1; yyerrok; }
;
attr:
  ATTR_VALUE expr					{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| TAKES expr						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| ATTR_NAMES names					{ $$ = ast_attr_list(p, @$, $1, @1, ast_end(p, @2, $2)); }
| IMAGE expr opt_portable				{ $$ = ast_flags(ast_attr(p, @$, $1, @1, KIDS($2)), $3); }
| DEVICE text expr					{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, $3)); }
| ENV word_node ASSIGN expr				{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, $4)); }
| SECRET word_node FROM text				{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, $4)); }
| SYSTEM LBRACE right_list RBRACE			{ $$ = ast_attr_list(p, @$, $1, @1, ast_end(p, @3, $3)); }
| SLOTS expr						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| SLOTS expr FOR name_node				{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, $4)); }
| SCRATCH expr						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| SCRATCH expr IN name_node				{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, $4)); }
| DEFAULT attr						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| WORKERS expr						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| WORKERS expr DOTDOT					{ $$ = ast_flags(ast_attr(p, @$, $1, @1, KIDS($2)), NODE_OPEN); }
| WORKERS expr DOTDOT INT				{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, ast_leaf(p, N_INT, @4, $4))); }
| ROUTE name_node AT text				{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, $4)); }
| PERSIST medium					{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
;
opt_portable:
  %empty						{ $$ = 0; }
| PORTABLE						{ $$ = NODE_PORTABLE; }
;
right_list:
  %empty						{ $$ = ast_list(p); }
| right_list right					{ $$ = ast_push(p, $1, $2); }
| right_list SEMICOLON					{ $$ = $1; }
| right_list error RESYNC				{ $$ = $1; yyerrok; }
;
right:
  word word_node					{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| word text						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
;
decl_attrs:
  decl_attr_list					{ $$ = ast_end(p, @$, $1); }
;
decl_attr_list:
  %empty						{ $$ = ast_list(p); }
| decl_attr_list decl_attr				{ $$ = ast_push(p, $1, $2); }
;
decl_attr:
  ATTR_DECL expr					{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| ATTR_DECL HOLD						{ $$ = ast_attr(p, @$, $1, @1, KIDS(ast_leaf(p, N_NAME, @2, $2))); }	/* idle hold */
| ATTR_FLAG						{ $$ = ast_attr(p, @$, $1, @1, NO_KIDS); }
| AT medium						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| IN name_node						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| BY word_node						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| FROM text						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| LATE expr						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| LATE expr THEN name_node				{ $$ = ast_attr(p, @$, $1, @1, KIDS($2, $4)); }
| GUARDED BY name_node					{ $$ = ast_attr(p, @$, $1, @1, KIDS($3)); }
;
medium:
  NAME							{ $$ = ast_attr(p, @$, $1, @1, NO_KIDS); }
| SCRATCH						{ $$ = ast_attr(p, @$, $1, @1, NO_KIDS); }
| POND name_node					{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
| SHARE text						{ $$ = ast_attr(p, @$, $1, @1, KIDS($2)); }
;

/* ---- calculation sets ---- */

set_items:
  %empty						{ $$ = ast_list(p); }
| set_items set_item					{ $$ = ast_push(p, $1, $2); }
| set_items SEMICOLON					{ $$ = $1; }
| set_items error RESYNC				{ $$ = $1; yyerrok; }
;
set_item:
  attr							{ $$ = $1; }
| RUN call						{ $$ = ast_node(p, N_RUN, @$, KIDS(ast_no_list(p, @1), $2)); }
| RUN pattern						{ $$ = ast_node(p, N_RUN, @$, KIDS(ast_no_list(p, @1), $2)); }
| RUN run_targets TAKE call				{ $$ = ast_node(p, N_RUN, @$, KIDS(ast_end(p, @2, $2), $4)); }
| RUN run_targets TAKE pattern				{ $$ = ast_node(p, N_RUN, @$, KIDS(ast_end(p, @2, $2), $4)); }
;
run_targets:
  run_target						{ $$ = ast_push(p, ast_list(p), $1); }
| run_targets COMMA run_target				{ $$ = ast_push(p, $1, $3); }
;
run_target:
  name_node						{ $$ = $1; }
| run_target LBRACKET expr RBRACKET			{ $$ = ast_node(p, N_INDEX, @$, KIDS($1, $3)); }
;

/* ---- types ---- */

full_type:
  type							{ $$ = $1; }
| format_type						{ $$ = $1; }
;
format_type:
  type AS word						{ $$ = ast_named(p, N_TYPE_AS, @$, $3, @3, KIDS($1)); }
;
type:
  choice						{ $$ = $1; }
| FUNCTION LPAREN type_list RPAREN ARROW type
		{ $$ = ast_node(p, N_TYPE_FUNC, @$, KIDS(ast_end(p, @3, $3), ast_end(p, @6, ast_push(p, ast_list(p), $6)))); }
| FUNCTION LPAREN type_list RPAREN ARROW LPAREN type COMMA type_list_some RPAREN
		{ $$ = ast_node(p, N_TYPE_FUNC, @$, KIDS(ast_end(p, @3, $3), ast_end(p, @7, ast_unshift(p, $7, $9)))); }
| FLOW LPAREN type_list RPAREN
		{ $$ = ast_flags(ast_node(p, N_TYPE_FUNC, @$, KIDS(ast_end(p, @3, $3), ast_no_list(p, @4))), NODE_IS_FLOW); }
| FLOW LPAREN type_list RPAREN ARROW type
		{ $$ = ast_flags(ast_node(p, N_TYPE_FUNC, @$, KIDS(ast_end(p, @3, $3),
				ast_end(p, @6, ast_push(p, ast_list(p), $6)))), NODE_IS_FLOW); }
| FLOW LPAREN type_list RPAREN ARROW LPAREN type COMMA type_list_some RPAREN
		{ $$ = ast_flags(ast_node(p, N_TYPE_FUNC, @$, KIDS(ast_end(p, @3, $3),
				ast_end(p, @7, ast_unshift(p, $7, $9)))), NODE_IS_FLOW); }
;
type_list:
  %empty						{ $$ = ast_list(p); }
| type_list_some					{ $$ = $1; }
;
type_list_some:
  type							{ $$ = ast_push(p, ast_list(p), $1); }
| type_list_some COMMA type				{ $$ = ast_push(p, $1, $3); }
;
choice:
  optional						{ $$ = $1; }
| choice_list						{ $$ = ast_node(p, N_TYPE_CHOICE, @$, KIDS(ast_end(p, @1, $1))); }
;
choice_list:
  optional BAR optional					{ $$ = ast_push(p, ast_push(p, ast_list(p), $1), $3); }
| choice_list BAR optional				{ $$ = ast_push(p, $1, $3); }
;
optional:
  primary_type						{ $$ = $1; }
| optional QUESTION					{ $$ = ast_node(p, N_TYPE_OPT, @$, KIDS($1)); }
;
primary_type:
  type_word						{ $$ = ast_named(p, N_TYPE_NAME, @$, $1, @1, KIDS(ast_nothing(p))); }
| type_word LBRACKET INT RBRACKET
		{ $$ = ast_named(p, N_TYPE_NAME, @$, $1, @1,
				 KIDS(ast_end(p, @3, ast_push(p, ast_list(p), ast_leaf(p, N_INT, @3, $3))))); }
| LBRACKET type RBRACKET				{ $$ = ast_node(p, N_TYPE_LIST, @$, KIDS($2)); }
| LPAREN type RPAREN					{ $$ = $2; }
;

/* ---- statements ---- */

block:
  LBRACE stmts RBRACE					{ $$ = ast_node(p, N_BLOCK, @$, KIDS(ast_end(p, @2, $2))); }
| LBRACE stmts targets semicolons RBRACE
		{ $$ = ast_node(p, N_BLOCK, @$, KIDS(ast_end(p, @2, ast_push(p, $2, ast_block_value(p, @3, $3))))); }
;
semicolons:
  %empty
| semicolons SEMICOLON
;
stmts:
  %empty						{ $$ = ast_list(p); }
| stmts stmt						{ $$ = ast_push(p, $1, $2); }
| stmts SEMICOLON					{ $$ = $1; }
| stmts error RESYNC					{ $$ = $1; yyerrok; }
;
stmt:
  targets ASSIGN tail_value				{ $$ = ast_node(p, N_BIND, @$, KIDS(ast_end(p, @1, $1), $3)); }
| RETURN tail_value
		{ $$ = ast_node(p, N_RETURN, @$, KIDS(ast_end(p, @2, ast_push(p, ast_list(p), $2)))); }
| RETURN value COMMA value_list
		{ $$ = ast_node(p, N_RETURN, @$, KIDS(ast_end(p, @2, ast_unshift(p, $2, $4)))); }
| call							{ $$ = ast_node(p, N_EXPR_STMT, @$, KIDS($1)); }
| pattern						{ $$ = ast_node(p, N_EXPR_STMT, @$, KIDS($1)); }
| call AFTER names
		{ $$ = ast_node(p, N_EXPR_STMT, @$, KIDS(ast_node(p, N_AFTER, @$, KIDS($1, ast_end(p, @3, $3))))); }
| pattern AFTER names
		{ $$ = ast_node(p, N_EXPR_STMT, @$, KIDS(ast_node(p, N_AFTER, @$, KIDS($1, ast_end(p, @3, $3))))); }
| LET name opt_arg_type ASSIGN expr			{ $$ = ast_named(p, N_LET, @$, $2, @2, KIDS($3, $5)); }
| FOR name IN expr block				{ $$ = ast_named(p, N_FOR, @$, $2, @2, KIDS($4, $5)); }
| stmt_if						{ $$ = $1; }
| STAGE staged TO medium				{ $$ = ast_node(p, N_STAGE, @$, KIDS(ast_leaf(p, N_NAME, @2, $2), $4)); }
| PERSIST staged TO medium				{ $$ = ast_node(p, N_PERSIST, @$, KIDS(ast_leaf(p, N_NAME, @2, $2), $4)); }
;
stmt_if:
  IF expr block stmt_else				{ $$ = ast_node(p, N_IF, @$, KIDS($2, $3, $4)); }
;
stmt_else:
  %empty						{ $$ = NULL; }
| ELSE block						{ $$ = $2; }
| ELSE stmt_if						{ $$ = $2; }
;
targets:
  target						{ $$ = ast_push(p, ast_list(p), $1); }
| targets COMMA target					{ $$ = ast_push(p, $1, $3); }
;
target:
  name							{ $$ = ast_named(p, N_TARGET, @$, $1, @1, KIDS(NULL, NULL)); }
| name COLON full_type					{ $$ = ast_named(p, N_TARGET, @$, $1, @1, KIDS($3, NULL)); }
| name AT medium					{ $$ = ast_named(p, N_TARGET, @$, $1, @1, KIDS(NULL, $3)); }
| name COLON full_type AT medium			{ $$ = ast_named(p, N_TARGET, @$, $1, @1, KIDS($3, $5)); }
;
opt_arg_type:
  %empty						{ $$ = NULL; }
| COLON type						{ $$ = $2; }
;
tail_value:
  value							{ $$ = $1; }
| call AFTER names					{ $$ = ast_node(p, N_AFTER, @$, KIDS($1, ast_end(p, @3, $3))); }
| pattern AFTER names					{ $$ = ast_node(p, N_AFTER, @$, KIDS($1, ast_end(p, @3, $3))); }
;
value:
  expr							{ $$ = $1; }
| pattern						{ $$ = $1; }
;
value_list:
  value							{ $$ = ast_push(p, ast_list(p), $1); }
| value_list COMMA value				{ $$ = ast_push(p, $1, $3); }
;

/* ---- patterns ---- */

pattern:
  EACH each_items opt_partial opt_limit opt_rotate block
		{ $$ = ast_flags(ast_node(p, N_EACH, @$, KIDS(ast_end(p, @2, $2), $4, $5, $6)), $3); }
| STEPS each_item BY expr steps_after block
		{ $$ = ast_node(p, N_STEPS, @$, KIDS($2, $4, $5, NULL, NULL, NULL, $6)); }
| STEPS each_item BY expr steps_after FROM expr opt_in TO expr block
		{ $$ = ast_node(p, N_STEPS, @$, KIDS($2, $4, $5, $7, $8, $10, $11)); }
| MATCH expr LBRACE arm_list RBRACE			{ $$ = ast_node(p, N_MATCH, @$, KIDS($2, ast_end(p, @4, $4))); }
| WHEN expr block					{ $$ = ast_node(p, N_WHEN, @$, KIDS($2, $3, NULL)); }
| WHEN expr block ELSE block				{ $$ = ast_node(p, N_WHEN, @$, KIDS($2, $3, $5)); }
| CYCLE names FROM exprs_some cycle_for cycle_until cycle_max block
		{ $$ = ast_node(p, N_CYCLE, @$, KIDS(ast_end(p, @2, $2), ast_end(p, @4, $4), $5, $6, $7, $8)); }
| RING name IN expr opt_partial THROUGH names UNTIL expr MAX expr
		{ $$ = ast_flags(ast_named(p, N_RING, @$, $2, @2, KIDS($4, ast_end(p, @7, $7), $9, $11)), $5); }
| WALK expr AS name down_list LBRACE rule_list RBRACE
		{ $$ = ast_named(p, N_WALK, @$, $4, @4, KIDS($2, ast_end(p, @5, $5), ast_end(p, @7, $7))); }
| LAUNCH call WITH launch_args				{ $$ = ast_node(p, N_LAUNCH, @$, KIDS($2, ast_end(p, @4, $4))); }
| GATHER postfix OVER name_node				{ $$ = ast_node(p, N_GATHER, @$, KIDS($2, $4)); }
| HOLD postfix IN name_node				{ $$ = ast_node(p, N_HOLD, @$, KIDS($2, $4)); }
| PREVIOUS postfix					{ $$ = ast_node(p, N_PREVIOUS, @$, KIDS($2)); }
;
each_items:
  each_item						{ $$ = ast_push(p, ast_list(p), $1); }
| each_items COMMA each_item				{ $$ = ast_push(p, $1, $3); }
;
each_item:
  name IN expr						{ $$ = ast_named(p, N_ITEM, @$, $1, @1, KIDS($3)); }
;
opt_partial:
  %empty						{ $$ = 0; }
| PARTIAL						{ $$ = NODE_PARTIAL; }
;
opt_limit:
  %empty						{ $$ = NULL; }
| LIMIT expr						{ $$ = $2; }
;
opt_rotate:
  %empty						{ $$ = NULL; }
| ROTATE expr						{ $$ = $2; }
;
steps_after:
  %empty						{ $$ = NULL; }
| AFTER expr						{ $$ = $2; }
;
opt_in:
  %empty						{ $$ = NULL; }
| IN expr						{ $$ = $2; }
;
arm_list:
  %empty						{ $$ = ast_list(p); }
| arm_list arm						{ $$ = ast_push(p, $1, $2); }
| arm_list SEMICOLON					{ $$ = $1; }
| arm_list error RESYNC					{ $$ = $1; yyerrok; }
;
arm:
  name FAT_ARROW arm_value				{ $$ = ast_arm(p, @$, $1, @1, 0, $3); }
| name name FAT_ARROW arm_value				{ $$ = ast_arm(p, @$, $1, @1, $2, $4); }
;
arm_value:
  tail_value						{ $$ = $1; }
| block							{ $$ = $1; }
;
cycle_for:
  %empty						{ $$ = NULL; }
| FOR expr						{ $$ = $2; }
;
cycle_until:
  %empty						{ $$ = NULL; }
| UNTIL expr						{ $$ = $2; }
;
cycle_max:
  %empty						{ $$ = NULL; }
| MAX expr						{ $$ = $2; }
;
down_list:
  %empty						{ $$ = ast_list(p); }
| DOWN down						{ $$ = ast_push(p, ast_list(p), $2); }
| down_list COMMA down					{ $$ = ast_push(p, $1, $3); }
;
down:
  name ASSIGN expr					{ $$ = ast_named(p, N_DOWN, @$, $1, @1, KIDS($3)); }
;
rule_list:
  %empty						{ $$ = ast_list(p); }
| rule_list rule					{ $$ = ast_push(p, $1, $2); }
| rule_list SEMICOLON					{ $$ = $1; }
| rule_list error RESYNC				{ $$ = $1; yyerrok; }
;
rule:
  PASS name ASSIGN tail_value				{ $$ = ast_named(p, N_PASS, @$, $2, @2, KIDS($4)); }
| ON words FAT_ARROW arm_value				{ $$ = ast_node(p, N_ON, @$, KIDS(ast_end(p, @2, $2), $4)); }
;
launch_args:
  expr							{ $$ = ast_push(p, ast_list(p), $1); }
| LPAREN expr COMMA exprs_some RPAREN			{ $$ = ast_unshift(p, $2, $4); }
;

/* ---- expressions ---- */

expr:
  postfix						{ $$ = $1; }
| expr ELSE expr					{ $$ = ast_node(p, N_ELSE, @$, KIDS($1, $3)); }
| expr OR expr						{ $$ = ast_op(p, N_BINARY, @$, OP_OR, KIDS($1, $3)); }
| expr AND expr						{ $$ = ast_op(p, N_BINARY, @$, OP_AND, KIDS($1, $3)); }
| expr EQ expr						{ $$ = ast_op(p, N_BINARY, @$, OP_EQ, KIDS($1, $3)); }
| expr NE expr						{ $$ = ast_op(p, N_BINARY, @$, OP_NE, KIDS($1, $3)); }
| expr LT expr						{ $$ = ast_op(p, N_BINARY, @$, OP_LT, KIDS($1, $3)); }
| expr LE expr						{ $$ = ast_op(p, N_BINARY, @$, OP_LE, KIDS($1, $3)); }
| expr GT expr						{ $$ = ast_op(p, N_BINARY, @$, OP_GT, KIDS($1, $3)); }
| expr GE expr						{ $$ = ast_op(p, N_BINARY, @$, OP_GE, KIDS($1, $3)); }
| expr PLUS expr					{ $$ = ast_op(p, N_BINARY, @$, OP_ADD, KIDS($1, $3)); }
| expr MINUS expr					{ $$ = ast_op(p, N_BINARY, @$, OP_SUB, KIDS($1, $3)); }
| expr STAR expr					{ $$ = ast_op(p, N_BINARY, @$, OP_MUL, KIDS($1, $3)); }
| expr SLASH expr					{ $$ = ast_op(p, N_BINARY, @$, OP_DIV, KIDS($1, $3)); }
| expr PERCENT expr					{ $$ = ast_op(p, N_BINARY, @$, OP_MOD, KIDS($1, $3)); }
| NOT expr %prec UNARY					{ $$ = ast_op(p, N_UNARY, @$, OP_NOT, KIDS($2)); }
| MINUS expr %prec UNARY				{ $$ = ast_op(p, N_UNARY, @$, OP_NEG, KIDS($2)); }
;
postfix:
  primary						{ $$ = $1; }
| postfix DOT word					{ $$ = ast_named(p, N_MEMBER, @$, $3, @3, KIDS($1)); }
| postfix LBRACKET expr RBRACKET			{ $$ = ast_node(p, N_INDEX, @$, KIDS($1, $3)); }
;
primary:
  name							{ $$ = ast_leaf(p, N_NAME, @1, $1); }
| call							{ $$ = $1; }
| INT							{ $$ = ast_leaf(p, N_INT, @1, $1); }
| FLOAT							{ $$ = ast_leaf(p, N_FLOAT, @1, $1); }
| QUANTITY						{ $$ = ast_leaf(p, N_QUANTITY, @1, $1); }
| TRUE							{ $$ = ast_leaf(p, N_BOOL, @1, $1); }
| FALSE							{ $$ = ast_leaf(p, N_BOOL, @1, $1); }
| text							{ $$ = $1; }
| LPAREN expr RPAREN					{ $$ = $2; }
| LBRACKET expr_list RBRACKET				{ $$ = ast_node(p, N_LIST_EXPR, @$, KIDS(ast_end(p, @2, $2))); }
| LBRACKET expr FOR name IN expr RBRACKET		{ $$ = ast_named(p, N_COMPREHENSION, @$, $4, @4, KIDS($2, $6, NULL)); }
| LBRACKET expr FOR name IN expr IF expr RBRACKET	{ $$ = ast_named(p, N_COMPREHENSION, @$, $4, @4, KIDS($2, $6, $8)); }
;
call:
  name LPAREN arg_list RPAREN				{ $$ = ast_named(p, N_CALL, @$, $1, @1, KIDS(ast_end(p, @3, $3))); }
;
arg_list:
  %empty						{ $$ = ast_list(p); }
| args_some						{ $$ = $1; }
| args_some COMMA					{ $$ = $1; }
;
args_some:
  arg							{ $$ = ast_push(p, ast_list(p), $1); }
| args_some COMMA arg					{ $$ = ast_push(p, $1, $3); }
;
arg:
  value							{ $$ = $1; }
| name COLON value					{ $$ = ast_named(p, N_ARG, @$, $1, @1, KIDS($3)); }
;
expr_list:
  %empty						{ $$ = ast_list(p); }
| exprs_some						{ $$ = $1; }
| exprs_some COMMA					{ $$ = $1; }
;
exprs_some:
  expr							{ $$ = ast_push(p, ast_list(p), $1); }
| exprs_some COMMA expr					{ $$ = ast_push(p, $1, $3); }
;
text:
  STRING						{ $$ = ast_leaf(p, N_STRING, @1, $1); }
| RAW_STRING						{ $$ = ast_leaf(p, N_RAW_STRING, @1, $1); }
;

/* ---- names ---- */

names:
  name_node						{ $$ = ast_push(p, ast_list(p), $1); }
| names COMMA name_node					{ $$ = ast_push(p, $1, $3); }
;
words:
  word_node						{ $$ = ast_push(p, ast_list(p), $1); }
| words COMMA word_node					{ $$ = ast_push(p, $1, $3); }
;
name_node:
  name							{ $$ = ast_leaf(p, N_NAME, @1, $1); }
;
word_node:
  word							{ $$ = ast_leaf(p, N_NAME, @1, $1); }
;
name: NAME | soft | AT | FUNCTION | FLOW;
type_word: NAME | soft | AT;		/* `function(…)` and `flow(…)` are types of their own */
staged: NAME | soft | FUNCTION | FLOW;	/* `stage at …` binds a name with a medium */
word:
  name | TRUE | FALSE
| AFTER | CYCLE | EACH | ELSE | FOR | GATHER | HOLD | IF | IN | LAUNCH | LET | MATCH | PREVIOUS | RETURN | RING | STEPS
| TAKES | WALK | WHEN
;
soft:
  IMPORT | DATA | TYPE | ENUM | TREE | PARAM | WINDOW | SOURCE | SINK | POND | LOCK | STATE | CALCSET | AS | BY | FROM | TO
| THEN | ON | RUN | PASS | DOWN | PARTIAL | LIMIT | ROTATE | THROUGH | UNTIL | MAX | WITH | OVER | STAGE | PERSIST | SHARE
| PORTABLE | SLOTS | SCRATCH | DEFAULT | WORKERS | ROUTE | IMAGE | DEVICE | ENV | SECRET | SYSTEM | LATE | GUARDED
| ATTR_VALUE | ATTR_NAMES | ATTR_FLAG | ATTR_DECL
;

%%

#ifndef QUICK_PARSER
int parser_token_kinds(void)
{
	return YYNTOKENS;
}

const char *parser_token_alias(int kind)
{
	return yysymbol_name((yysymbol_kind_t)kind);	/* api.token.raw: kinds of tokens are those of symbols */
}

bool parser_token_is_word(int kind)
{
	switch (kind) {
	case T_NAME: case T_ATTR_VALUE: case T_ATTR_NAMES: case T_ATTR_FLAG: case T_ATTR_DECL:
		return true;
	default: {
		char c = kind == T_RESYNC || kind == YYSYMBOL_YYerror ? '\0' : parser_token_alias(kind)[0];

		return c >= 'a' && c <= 'z' && !strchr(parser_token_alias(kind), ' ');
	}
	}
}
#endif

static int yyreport_syntax_error(const yypcontext_t *context, struct parser *p)
{
	yysymbol_kind_t expected[YYNTOKENS];
	int kinds[YYNTOKENS], n = p->quick ? 0 : yypcontext_expected_tokens(context, expected, YYNTOKENS);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		kinds[i] = (int)expected[i];
	syntax_error(p, kinds, n);
	return 0;
}

#ifndef QUICK_PARSER
/* Bison's own messages: only that its stack is full. */
void calc_error(const place_t *at, struct parser *p, const char *message)
{
	(void)message;
	parser_too_deep(p, place_span(*at));
}
#endif
