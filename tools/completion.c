/*
 * `calcc completion SHELL`: what a shell needs to complete the command line of calcc, made of options.def. What the
 * scripts know of programs (names of sets and params) they read from the text of the program that is named.
 */
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/exit.h"
#include "tools/commands.h"

/* Of each row: its id as text, for VALUES says by it whose words they are. */
struct option_row {
	const char *id, *name;
	char letter;
	const char *argument, *commands, *help;
};
struct command_row {
	const char *id;
	char letter;
	const char *name, *usage, *help;
};
struct values_row {
	const char *id, *words;
};

#define COMMAND(id, letter, name, usage, help)
#define VALUES(id, words)
static const struct option_row options[] = {
#define OPTION(id, name, letter, argument, commands, help) { #id, name, letter, argument, commands, help },
#include "tools/options.def"
#undef OPTION
};
#undef COMMAND
#define OPTION(id, name, letter, argument, commands, help)
static const struct command_row commands[] = {
#define COMMAND(id, letter, name, usage, help) { #id, letter, name, usage, help },
#include "tools/options.def"
#undef COMMAND
};
#undef VALUES
#define COMMAND(id, letter, name, usage, help)
static const struct values_row values[] = {
#define VALUES(id, words) { #id, words },
#include "tools/options.def"
#undef VALUES
};
#undef COMMAND
#undef OPTION

enum {
	OPTIONS = sizeof options / sizeof *options,
	COMMANDS = sizeof commands / sizeof *commands,
	VALUES_ROWS = sizeof values / sizeof *values
};

static const char *words_of(const char *id)
{
	for (int i = 0; i < VALUES_ROWS; i++) {
		if (strcmp(values[i].id, id) == 0)
			return values[i].words;
	}
	return NULL;
}

/* What an argument is, as the scripts call it: a word list, or one of the kinds below. */
static const char *kind_of(const struct option_row *o)
{
	static const struct {
		const char *argument, *kind;
	} kinds[] = {
		{ "DIR", "dir" }, { "FILE", "file" }, { "NAME=DIR", "name=dir" }, { "IMAGE=DIR", "name=dir" },
		{ "NAME=FILE", "name=file" }, { "NAME=VALUE", "param=" },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(kinds[i].argument, o->argument) == 0)
			return kinds[i].kind;
	}
	return strcmp(o->id, "SET") == 0 ? "set" : words_of(o->id) ? "words" : "other";
}

/* What stands behind a command. */
static const char *operand_of(const struct command_row *c)
{
	return strstr(c->usage, ".cf") ? "program" : strstr(c->usage, "CODE") ? "code" : words_of(c->id) ? "words" : "dir";
}

/* In single quotes for a POSIX shell or zsh; `marked` bytes get a backslash before them. */
static void put_quoted(const char *s, const char *marked)
{
	putchar('\'');
	for (; *s; s++) {
		if (strchr(marked, *s))
			putchar('\\');
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
	}
	putchar('\'');
}

static void put_lines(const char *const *lines)
{
	for (; *lines; lines++)
		puts(*lines);
}

static void put_codes(void)
{
	for (int i = 0; i < DIAG_CODES; i++)
		printf("%s%s", i ? " " : "", diag_code_name((enum diag_code)i));
}

/* ---- bash ---- */

static void bash_tables(void)
{
	printf("_calcc_commands='");
	for (int i = 0; i < COMMANDS; i++)
		printf("%s%s", i ? " " : "", commands[i].name);
	printf("'\n\n# sets `command` to its letter, `operand` to what follows it, `words` to all that it can be\n"
	       "_calcc_command()\n{\n\tcommand=c operand=program words=\n\tcase $1 in\n");
	for (int i = 0; i < COMMANDS; i++)
		printf("\t%s) command=%c operand=%s words='%s' ;;\n", commands[i].name, commands[i].letter, operand_of(&commands[i]),
		       words_of(commands[i].id) ? words_of(commands[i].id) : "");
	printf("\tesac\n\t[ \"$operand\" != code ] || words='");
	put_codes();
	printf("'\n}\n\n# the options of a command, by its letter\n_calcc_options()\n{\n\tcase $1 in\n");
	for (int i = 0; i < COMMANDS; i++) {
		printf("\t%c) words='", commands[i].letter);
		for (int k = 0; k < OPTIONS; k++) {
			if (strchr(options[k].commands, commands[i].letter))
				printf("--%s ", options[k].name);
		}
		printf("' ;;\n");
	}
	printf("\tesac\n}\n\n# sets `kind` to what the argument of an option is, `words` to all that it can be\n"
	       "_calcc_argument()\n{\n\tkind= words=\n\tcase $1 in\n");
	for (int k = 0; k < OPTIONS; k++) {
		if (!options[k].argument)
			continue;
		printf("\t--%s", options[k].name);
		if (options[k].letter)
			printf("|-%c", options[k].letter);
		printf(") kind=%s words='%s' ;;\n", kind_of(&options[k]), words_of(options[k].id) ? words_of(options[k].id) : "");
	}
	printf("\tesac\n}\n\n");
}

static const char *const bash_functions[] = {
	"# names that a program declares with a keyword",
	"_calcc_names()",
	"{",
	"\t[ -r \"$2\" ] && sed -nE \"s/^[[:space:]]*$1[[:space:]]+\\\"?([A-Za-z_][A-Za-z0-9_.-]*)\\\"?([^A-Za-z0-9_.{-].*)?\\$/\\1/p\" \"$2\" 2>/dev/null",
	"}",
	"",
	"_calcc_files()",
	"{",
	"\tcompopt -o filenames 2>/dev/null",
	"\tcase $1 in",
	"\tdir) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;",
	"\tprogram) mapfile -t COMPREPLY < <(compgen -f -X '!*.cf' -- \"$cur\"; compgen -d -- \"$cur\") ;;",
	"\t*) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;",
	"\tesac",
	"}",
	"",
	"_calcc()",
	"{",
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} command operand words kind option= part=1 program= i=$((COMP_CWORD - 1))",
	"",
	"\tCOMPREPLY=()",
	"\t_calcc_command \"${COMP_WORDS[1]}\"",
	"\tlocal w",
	"\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do",
	"\t\tcase $w in *.cf) [ -n \"$program\" ] || program=$w ;; esac",
	"\tdone",
	"\t# the option that this is the argument of; bash makes a word of each `=`",
	"\tif [ \"$cur\" = = ]; then",
	"\t\tcur=",
	"\telif [ \"${COMP_WORDS[i]}\" = = ]; then",
	"\t\ti=$((i - 1))",
	"\telif [[ ${COMP_WORDS[i]} != -* ]]; then",
	"\t\ti=0",
	"\tfi",
	"\tif [ $i -gt 1 ] && [[ ${COMP_WORDS[i]} != -* ]]; then",
	"\t\tpart=2 i=$((i - 1))",
	"\t\t[ \"${COMP_WORDS[i]}\" != = ] || i=$((i - 1))",
	"\tfi",
	"\t[ $i -lt 1 ] || [[ ${COMP_WORDS[i]} != -* ]] || option=${COMP_WORDS[i]}",
	"\tif [ -n \"$option\" ]; then",
	"\t\tlocal operand_words=$words",
	"\t\t_calcc_argument \"$option\"",
	"\t\tcase $kind/$part in",
	"\t\t'/1') words=$operand_words ;;\t# it has none: go on",
	"\t\tdir/1|name=dir/2) _calcc_files dir; return ;;",
	"\t\tfile/1|name=file/2) _calcc_files file; return ;;",
	"\t\tset/1) mapfile -t COMPREPLY < <(compgen -W \"$(_calcc_names calcset \"$program\")\" -- \"$cur\"); return ;;",
	"\t\tparam=/1)",
	"\t\t\tcompopt -o nospace 2>/dev/null",
	"\t\t\tmapfile -t COMPREPLY < <(compgen -S = -W \"$(_calcc_names param \"$program\")\" -- \"$cur\")",
	"\t\t\treturn ;;",
	"\t\twords/1) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"); return ;;",
	"\t\t*) return ;;",
	"\t\tesac",
	"\tfi",
	"\tif [[ $cur == -* ]]; then",
	"\t\t_calcc_options \"$command\"",
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")",
	"\telif [ \"$COMP_CWORD\" = 1 ]; then",
	"\t\t_calcc_files program",
	"\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W \"$_calcc_commands\" -- \"$cur\")",
	"\telif [ \"$command\" = r ] && [ -n \"$program\" ]; then",
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$(_calcc_names calcset \"$program\")\" -- \"$cur\")",
	"\telif [ -n \"$words\" ]; then",
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")",
	"\telse",
	"\t\t_calcc_files \"$operand\"",
	"\tfi",
	"}",
	"complete -F _calcc calcc",
	NULL
};

static void bash(void)
{
	puts("# Completion of calcc for bash; made by `calcc completion bash`.");
	bash_tables();
	put_lines(bash_functions);
}

/* ---- zsh ---- */

static const char *const zsh_functions[] = {
	"# names that the program on the line declares with a keyword",
	"_calcc_names() {",
	"\tlocal program=${words[(r)*.cf]}",
	"\t[[ -r $program ]] && sed -nE \"s/^[[:space:]]*$1[[:space:]]+\\\"?([A-Za-z_][A-Za-z0-9_.-]*)\\\"?([^A-Za-z0-9_.{-].*)?\\$/\\1/p\" $program 2>/dev/null",
	"}",
	"_calcc_sets() { local -a names=(${(f)\"$(_calcc_names calcset)\"}); compadd -X 'calculation set' -a names }",
	"_calcc_params() { local -a names=(${(f)\"$(_calcc_names param)\"}); compadd -S = -X param -a names }",
	"_calcc_pair() {",
	"\tif compset -P '*='; then _files $@; else _message 'name=...'; fi",
	"}",
	NULL
};

/* What completes an argument of a kind, as an action of _arguments. */
static void zsh_action(const char *kind, const char *words)
{
	static const struct {
		const char *kind, *action;
	} actions[] = {
		{ "dir", "_files -/" }, { "file", "_files" }, { "name=dir", "_calcc_pair -/" }, { "name=file", "_calcc_pair" },
		{ "param=", "_calcc_params" }, { "set", "_calcc_sets" }, { "program", "_files -g \"*.cf\"" },
	};

	if (words || strcmp(kind, "code") == 0)
		printf("(");
	if (words)
		printf("%s", words);
	else if (strcmp(kind, "code") == 0)
		put_codes();
	if (words || strcmp(kind, "code") == 0)
		printf(")");
	for (size_t i = 0; i < sizeof actions / sizeof *actions && !words; i++) {
		if (strcmp(kind, actions[i].kind) == 0)
			printf("%s", actions[i].action);
	}
}

static void zsh_option(const struct option_row *o)
{
	char help[256];

	snprintf(help, sizeof help, "[%s]", o->help);
	printf("\t\t\t");
	if (o->letter)
		printf("'(-%c --%s)'{-%c%s,--%s%s}", o->letter, o->name, o->letter, o->argument ? "+" : "", o->name, o->argument ? "=" : "");
	else
		printf("'*--%s%s'", o->name, o->argument ? "=" : "");
	put_quoted(help, ":");
	if (o->argument) {
		printf("':%s:", o->argument);
		zsh_action(kind_of(o), words_of(o->id));
		printf("'");
	}
	printf(" \\\n");
}

static void zsh(void)
{
	puts("#compdef calcc\n# Completion of calcc for zsh; made by `calcc completion zsh`.");
	put_lines(zsh_functions);
	puts("_calcc() {\n\tlocal command=c\n\tlocal -a commands=(");
	for (int i = 0; i < COMMANDS; i++) {
		printf("\t\t%s:", commands[i].name);
		put_quoted(commands[i].help, "");
		puts("");
	}
	puts("\t)\n\tif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
	     "\t\t_describe command commands\n\t\t_files -g \"*.cf\"\n\t\treturn\n\tfi\n\tcase $words[2] in");
	for (int i = 0; i < COMMANDS; i++)
		printf("\t(%s) command=%c; shift words; (( CURRENT-- )) ;;\n", commands[i].name, commands[i].letter);
	puts("\tesac\n\tcase $command in");
	for (int i = 0; i < COMMANDS; i++) {
		printf("\t(%c)\n\t\t_arguments -s \\\n", commands[i].letter);
		for (int k = 0; k < OPTIONS; k++) {
			if (strchr(options[k].commands, commands[i].letter))
				zsh_option(&options[k]);
		}
		printf("\t\t\t'%s:%s:", commands[i].letter == COMMAND_FMT ? "*" : "1", operand_of(&commands[i]));
		zsh_action(operand_of(&commands[i]), words_of(commands[i].id));
		printf("'%s ;;\n", commands[i].letter == COMMAND_RUN ? " '2:set:_calcc_sets'" : "");
	}
	puts("\tesac\n}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n\t_calcc \"$@\"\nelse\n\tcompdef _calcc calcc\nfi");
}

/* ---- fish ---- */

static const char *const fish_functions[] = {
	"# names that the program on the line declares with a keyword",
	"function __calcc_names",
	"\tfor word in (commandline -opc)",
	"\t\tif string match -q -- '*.cf' $word; and test -r $word",
	"\t\t\tsed -nE \"s/^[[:space:]]*$argv[1][[:space:]]+\\\"?([A-Za-z_][A-Za-z0-9_.-]*)\\\"?([^A-Za-z0-9_.{-].*)?\\$/\\1/p\" $word",
	"\t\t\treturn",
	"\t\tend",
	"\tend",
	"end",
	"# whether the command on the line is one of those letters; 0: none is said yet",
	"function __calcc_is",
	"\tcontains -- (__calcc_command) $argv",
	"end",
	"complete -c calcc -f",
	NULL
};

static void fish_quoted(const char *s)
{
	putchar('\'');
	for (; *s; s++)
		printf(*s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
	putchar('\'');
}

static void fish_letters(const char *letters)
{
	printf("-n '__calcc_is");
	for (; *letters; letters++)
		printf(" %c%s", *letters, *letters == COMMAND_COMPILE ? " 0" : "");
	printf("'");
}

static void fish_action(const char *kind, const char *words)
{
	static const struct {
		const char *kind, *action;
	} actions[] = {
		{ "dir", " -x -a '(__fish_complete_directories)'" }, { "set", " -x -a '(__calcc_names calcset)'" },
		{ "param=", " -x -a '(__calcc_names param)='" }, { "other", " -x" }, { "file", " -r -F" },
		{ "name=dir", " -r -F" }, { "name=file", " -r -F" },
	};

	if (words)
		printf(" -x -a '%s'", words);
	for (size_t i = 0; i < sizeof actions / sizeof *actions && !words; i++) {
		if (strcmp(kind, actions[i].kind) == 0)
			printf("%s", actions[i].action);
	}
}

static void fish_operand(const struct command_row *c)
{
	const char *letters = (const char[]){ c->letter, '\0' }, *operand = operand_of(c);

	printf("complete -c calcc ");
	fish_letters(letters);
	printf(strcmp(operand, "program") == 0 ? " -k -a '" : " -a '");
	if (strcmp(operand, "program") == 0)
		printf("(__fish_complete_suffix .cf)");
	else if (strcmp(operand, "code") == 0)
		put_codes();
	else if (strcmp(operand, "dir") == 0)
		printf("(__fish_complete_directories)");
	else
		printf("%s", words_of(c->id));
	puts("'");
	if (c->letter == COMMAND_RUN) {
		printf("complete -c calcc ");
		fish_letters(letters);
		puts(" -a '(__calcc_names calcset)' -d 'calculation set'");
	}
}

static void fish(void)
{
	puts("# Completion of calcc for fish; made by `calcc completion fish`.\nfunction __calcc_command\n"
	     "\tset -l words (commandline -opc)\n\tif not set -q words[2]\n\t\techo 0\n\t\treturn\n\tend\n\tswitch $words[2]");
	for (int i = 0; i < COMMANDS; i++)
		printf("\tcase %s\n\t\techo %c\n", commands[i].name, commands[i].letter);
	puts("\tcase '*'\n\t\techo c\n\tend\nend");
	put_lines(fish_functions);
	for (int i = 0; i < COMMANDS; i++) {
		printf("complete -c calcc -n '__calcc_is 0' -a %s -d ", commands[i].name);
		fish_quoted(commands[i].help);
		puts("");
		fish_operand(&commands[i]);
	}
	for (int k = 0; k < OPTIONS; k++) {
		printf("complete -c calcc ");
		fish_letters(options[k].commands);
		if (options[k].letter)
			printf(" -s %c", options[k].letter);
		printf(" -l %s", options[k].name);
		if (options[k].argument)
			fish_action(kind_of(&options[k]), words_of(options[k].id));
		printf(" -d ");
		fish_quoted(options[k].help);
		puts("");
	}
}

int command_completion(const struct options *o)
{
	if (strcmp(o->file, "bash") == 0)
		bash();
	else if (strcmp(o->file, "zsh") == 0)
		zsh();
	else if (strcmp(o->file, "fish") == 0)
		fish();
	else {
		fprintf(stderr, "calcc: completion is for one of: %s; not for `%s`\n", words_of("COMPLETION"), o->file);
		return CALC_EXIT_USAGE;
	}
	return CALC_EXIT_DONE;
}
