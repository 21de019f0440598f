/* Reading the command line: getopt_long over a table, so that --help, the parser and the manual cannot differ. */
#include "tools/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/image_name.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "runtime/journal.h"
#include "runtime/plan.h"
#include "runtime/proto.h"

#define COMMAND(id, letter, name, usage, help)
#define VALUES(id, words)
enum option_id {
#define OPTION(id, name, letter, argument, commands, help) OPT_##id,
#include "tools/options.def"
#undef OPTION
	OPTIONS
};
static const struct option_row {
	const char *name;
	char letter;
	const char *argument, *commands, *help;
} rows[] = {
#define OPTION(id, name, letter, argument, commands, help) { name, letter, argument, commands, help },
#include "tools/options.def"
#undef OPTION
};
#undef COMMAND
static const struct command_row {
	enum command command;
	const char *name, *usage, *help;
} commands[] = {
#define OPTION(id, name, letter, argument, commands, help)
#define COMMAND(id, letter, name, usage, help) { COMMAND_##id, name, usage, help },
#include "tools/options.def"
#undef OPTION
#undef COMMAND
#undef VALUES
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static bool usage_error(const char *what, const char *name)
{
	fprintf(stderr, "calcc: %s%s\nTry `calcc --help`.\n", what, name);
	return false;
}

/* What there is not, and what was meant. */
static bool misspelt(const char *what, const char *name, const char *kind, const struct suggest *s)
{
	if (!s->best)
		return usage_error(what, name);
	fprintf(stderr, "calcc: %s%s: did you mean %s%s?\nTry `calcc --help`.\n", what, name, kind, s->best);
	return false;
}

static void help(void)
{
	printf("CalcFlow: say what is computed, and run it here, in a pod or over many.\n\n");
	for (unsigned i = 0; i < COMMANDS; i++)
		printf("  %-26s %s\n", commands[i].usage, commands[i].help);
	printf("\nOptions (");
	for (unsigned i = 0; i < COMMANDS; i++)
		printf("%c %s%s", (char)commands[i].command, commands[i].name, i + 1 < COMMANDS ? ", " : ": where they go):\n");
	for (unsigned i = 0; i < OPTIONS; i++) {
		char left[64];
		snprintf(left, sizeof left, "%c%c%s --%s%s%s", rows[i].letter ? '-' : ' ', rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? "," : " ",
			 rows[i].name, rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		printf("  %-40s %-7s %s\n", left, rows[i].commands, rows[i].help);
	}
	printf("\nExit status: 0 done, 1 the input is wrong, 2 usage, 3 uncertain, 4 a step failed,\n"
	       "70 a bug, 74 input or output failed, 130 and 143 by a signal.\n");
}

static void versions(void)
{
	printf("calcc (CalcFlow) %s\nplan %d, journal %d, worker protocol %d\n", CALC_VERSION, PLAN_VERSION, JOURNAL_VERSION, PROTO_VERSION);
}

static bool add_pair(struct pair_list *l, const char *text, const char *option)
{
	const char *eq = strchr(text, '=');
	if (!eq || eq == text) {
		fprintf(stderr, "calcc: --%s wants NAME=VALUE, found `%s`\n", option, text);
		return false;
	}
	l->at = mem_grow(l->at, &l->cap, l->count + 1, sizeof *l->at);
	l->at[l->count++] = (struct name_value){ mem_strndup(text, (size_t)(eq - text)), eq + 1 };
	return true;
}

static bool number(const char *text, const char *option, unsigned least, unsigned most, unsigned *out)
{
	char *end;
	errno = 0;
	long v = strtol(text, &end, 10);
	if (errno || end == text || *end || v < (long)least || v > (long)most) {
		fprintf(stderr, "calcc: --%s wants a number from %u to %u, found `%s`\n", option, least, most, text);
		return false;
	}
	*out = (unsigned)v;
	return true;
}

/* FORM[,FILE] */
static bool diagnostics(struct options *o, const char *arg)
{
	static const char *const forms[] = { [DIAGNOSTICS_TEXT] = "text", [DIAGNOSTICS_JSON] = "json", [DIAGNOSTICS_SARIF] = "sarif" };
	const char *comma = strchr(arg, ',');
	size_t len = comma ? (size_t)(comma - arg) : strlen(arg);

	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (strlen(forms[i]) != len || strncmp(forms[i], arg, len))
			continue;
		o->diagnostics = (enum diagnostics_form)i;
		o->diagnostics_file = comma ? comma + 1 : NULL;
		return !comma || comma[1] || usage_error("--diagnostics: which file?", "");
	}
	return usage_error("--diagnostics is text, json or sarif, and after a comma a file, not ", arg);
}

enum { LABEL = 63, SUBDOMAIN = 253 };

/* A DNS label: what Kubernetes takes; or labels with points between, where so many characters may be. */
static bool is_name(const char *arg, size_t len, size_t most)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";

	for (size_t i = 0; i < len; i++)
		if (!strchr(letters, arg[i]) || (arg[i] == '.' && (most == LABEL || (i && strchr("-.", arg[i - 1])) || arg[i + 1] == '-')))
			return false;
	return len && len <= most && arg[0] != '-' && arg[0] != '.' && arg[len - 1] != '-' && arg[len - 1] != '.';
}

static bool gateway(struct options *o, const char *arg)
{
	const char *slash = strchr(arg, '/'), *name = slash ? slash + 1 : arg;

	o->gateway = arg;
	return (is_name(name, strlen(name), SUBDOMAIN) && (!slash || is_name(arg, (size_t)(slash - arg), LABEL))) ||
		usage_error("--gateway wants NAME or NAMESPACE/NAME, of small letters, digits and -, not ", arg);
}

static bool namespace(struct options *o, const char *arg)
{
	o->namespace = arg;
	if (is_name(arg, strlen(arg), LABEL))
		return true;
	return usage_error("--namespace wants small letters, digits and - (63 at most, no - at the ends), not ", arg);
}

static bool kubernetes(struct options *o, const char *arg)
{
	static const char *const versions[] = { "1.33", "1.34", "1.35", "1.36" };

	for (unsigned i = 0; i < sizeof versions / sizeof *versions; i++)
		if (!strcmp(arg, versions[i])) {
			o->kubernetes = 33 + i;
			return true;
		}
	return usage_error("--kubernetes is 1.33, 1.34, 1.35 or 1.36, not ", arg);
}

static bool one_option(struct options *o, enum option_id id, const char *arg)
{
	switch (id) {
	case OPT_OUTPUT: o->output = arg; break;
	case OPT_FORMAT: o->format = arg; break;
	case OPT_GRAPHVIZ: o->graphviz = arg; break;
	case OPT_DEFINE: return add_pair(&o->define, arg, "define");
	case OPT_DATA: return add_pair(&o->data, arg, "data");
	case OPT_SHARE: return add_pair(&o->share, arg, "share");
	case OPT_IMAGE_ROOT: return add_pair(&o->image_root, arg, "image-root");
	case OPT_CLAIM: return add_pair(&o->claim, arg, "claim");
	case OPT_PULL_SECRET:
		o->pull_secret.at = mem_grow(o->pull_secret.at, &o->pull_secret.cap, o->pull_secret.count + 1, sizeof *o->pull_secret.at);
		o->pull_secret.at[o->pull_secret.count++] = arg;
		break;
	case OPT_NATIVE: o->native = arg; break;
	case OPT_WINDOW: o->window = arg; break;
	case OPT_WORK_DIR: o->work_dir = arg; break;
	case OPT_RESUME: o->resume = true; break;
	case OPT_REPLACE: o->replace = true; break;
	case OPT_SLOTS: return number(arg, "slots", 1, 1000, &o->slots);
	case OPT_GATEWAY: return gateway(o, arg);
	case OPT_START_LIMIT: return number(arg, "start-limit", 1, 86400, &o->start_limit);
	case OPT_UID_BASE: return number(arg, "uid-base", 1, 2000000000, &o->uid_base);
	case OPT_JSON: o->json = true; break;
	case OPT_QUIET: o->quiet = true; break;
	case OPT_NO_SPANS: o->no_spans = true; break;
	case OPT_VERBOSE: o->verbose = true; break;
	case OPT_SET: o->set = arg; break;
	case OPT_REGISTRY:
		o->registry = arg;
		return !*arg || image_prefix_ok(arg) || usage_error("--registry wants what stands before the names of images, as registry.example/team, not ", arg);
	case OPT_RUNTIME_IMAGE:
		o->runtime_image = arg;
		return image_name_ok(arg) || usage_error("--runtime-image wants the name of an image, as calcflow/runtime:1, not ", arg);
	case OPT_EMIT: o->emit = arg; break;
	case OPT_DUMP: o->dump = arg; break;
	case OPT_NAMESPACE: return namespace(o, arg);
	case OPT_KUBERNETES: return kubernetes(o, arg);
	case OPT_DRY_RUN: o->dry_run = true; break;
	case OPT_DIAGNOSTICS: return diagnostics(o, arg);
	case OPT_COLOUR:
		if (strcmp(arg, "always") && strcmp(arg, "never") && strcmp(arg, "auto"))
			return usage_error("--color is always, never or auto, not ", arg);
		if (strcmp(arg, "auto"))
			o->colour = !strcmp(arg, "always");
		break;
	case OPT_WATCH: o->watch = true; break;
	case OPT_ALL: o->all = true; break;
	case OPT_DIFFERING: o->differing = true; break;
	case OPT_STDIN: o->file = "-"; break;
	case OPT_HELP:
		help();
		o->done = true;
		break;
	case OPT_VERSION:
		versions();
		o->done = true;
		break;
	default: break;
	}
	return true;
}

static bool read_options(struct options *o, int argc, char **argv)
{
	struct option table[OPTIONS + 1] = { 0 };
	char letters[OPTIONS * 2 + 2] = ":";
	size_t n = 1;
	for (unsigned i = 0; i < OPTIONS; i++) {
		table[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL, 256 + (int)i };
		if (!rows[i].letter)
			continue;
		letters[n++] = rows[i].letter;
		if (rows[i].argument)
			letters[n++] = ':';
	}
	opterr = 0;
	for (int v; (v = getopt_long(argc, argv, letters, table, NULL)) != -1;) {
		unsigned id = (unsigned)v - 256;
		if (v == ':')
			return usage_error("an argument is missing after ", argv[optind - 1]);
		if (v == '?') {
			struct suggest s;
			suggest_init(&s, argv[optind - 1] + strspn(argv[optind - 1], "-"));
			for (unsigned i = 0; i < OPTIONS; i++)
				suggest_offer(&s, rows[i].name);
			return misspelt("unknown option ", argv[optind - 1], "--", &s);
		}
		for (unsigned i = 0; v < 256 && i < OPTIONS; i++)
			if (rows[i].letter == v)
				id = i;
		if (!strchr(rows[id].commands, (int)o->command)) {
			fprintf(stderr, "calcc: --%s says nothing to this command (it goes with: ", rows[id].name);
			for (unsigned i = 0, k = 0; i < COMMANDS; i++)
				if (strchr(rows[id].commands, (int)commands[i].command))
					fprintf(stderr, "%s%s", k++ ? ", " : "", commands[i].name);
			fputs(")\nTry `calcc --help`.\n", stderr);
			return false;
		}
		if (!one_option(o, (enum option_id)id, optarg))
			return false;
		if (o->done)
			return true;
	}
	return true;
}

bool options_read(struct options *o, int argc, char **argv)
{
	int first = 1;
	*o = (struct options){ .command = COMMAND_COMPILE, .colour = isatty(2) && !getenv("NO_COLOR") };
	for (unsigned i = 0; i < COMMANDS && argc > 1; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		o->command = commands[i].command;
		first = 2;
	}
	argv[first - 1] = argv[0];
	argc -= first - 1;
	argv += first - 1;
	if (!read_options(o, argc, argv))
		return false;
	if (o->done)
		return true;
	if (optind >= argc && (o->command == COMMAND_EXPLAIN || o->file))
		return true;
	if (optind >= argc)
		return usage_error(o->command == COMMAND_JOURNAL ? "which folder?" : o->command == COMMAND_COMPLETION ? "which shell? bash, zsh or fish" : "which program?", "");
	if (o->command == COMMAND_FMT) {
		o->files = argv + optind;
		o->nfiles = (size_t)(argc - optind);
		return !o->file || usage_error("--stdin or files, not both: ", argv[optind]);
	}
	o->file = argv[optind++];
	if (o->watch && o->command == COMMAND_COMPILE && !o->output && !o->emit)
		o->command = COMMAND_CHECK;
	if (optind < argc && o->command == COMMAND_RUN)
		o->set = argv[optind++];
	if (o->command == COMMAND_DIFF) {
		if (optind >= argc)
			return usage_error("which folder? calcc diff FLOW.cf DIR", "");
		o->output = argv[optind++];
	}
	if (o->dry_run && !o->output)
		return usage_error("--dry-run goes with -o DIR: what would be written there", "");
	if (o->command == COMMAND_COMPILE && !strchr(o->file, '.') && !strchr(o->file, '/') &&
	    (optind < argc || (!o->output && !o->emit && access(o->file, F_OK) != 0))) {
		struct suggest s;
		suggest_init(&s, o->file);
		for (unsigned i = 0; i < COMMANDS; i++)
			suggest_offer(&s, commands[i].name);
		return misspelt("there is no command ", o->file, "calcc ", &s);
	}
	if (optind < argc)
		return usage_error(o->command == COMMAND_EXPLAIN ? "one code at a time; what is " : "one program at a time; what is ", argv[optind]);
	return true;
}

static void release_pairs(struct pair_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		mem_free((char *)(uintptr_t)l->at[i].name);
	mem_free(l->at);
}

void options_release(struct options *o)
{
	release_pairs(&o->define);
	release_pairs(&o->data);
	release_pairs(&o->share);
	release_pairs(&o->image_root);
	release_pairs(&o->claim);
	mem_free(o->pull_secret.at);
}
