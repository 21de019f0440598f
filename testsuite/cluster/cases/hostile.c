/* A step that means harm. It tries what its first word says, and reports as lines what it was allowed to do.
 *
 *     hostile report OUT INPUT...      everything that must be refused; inputs: of a share, and made by other steps
 *     hostile KIND OUT                 one harm that hits its own step at most; see kinds[]
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *out;

static void report(const char *what, const char *name, int failed)
{
	fprintf(out, "%s %s: %s\n", what, name, failed ? "refused" : "ALLOWED");
}

static char *text(const char *format, ...)
{
	char *made = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&made, format, arguments) < 0)
		exit(70);
	va_end(arguments);
	return made;	/* never freed: a short life */
}

static void try_write(const char *name)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	report("write", name, fd < 0);
	report("replace", name, rename(name, "/tmp/stolen") && unlink(name));
	report("chmod", name, chmod(name, 0666));
}

static void try_make(const char *folder)
{
	int fd = open(text("%s/planted", folder), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);

	report("make a file in", folder, fd < 0);
	report("make a folder in", folder, mkdir(text("%s/folder", folder), 0777));
}

static int say_hello(const char *path)
{
	/* garbage of the length of a header, and more */
	static const char hello[] = "\x01\x00\x00\x00HELLO slot 1, token 1, I am another\n";
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 1 };
	char answer[64];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int heard;

	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	heard = fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof to) &&
		send(fd, hello, sizeof hello, MSG_NOSIGNAL) > 0 && recv(fd, answer, sizeof answer, 0) > 0;
	close(fd);
	return heard ? 0 : -1;
}

static void try_worker(pid_t pid)
{
	char *name = text("process %d", (int)pid), byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };

	report("trace", name, ptrace(PTRACE_ATTACH, pid, 0, 0) != 0);
	report("read the memory of", name, process_vm_readv(pid, &here, 1, &there, 1, 0) < 0);
	report("open the memory of", name, open(text("/proc/%d/mem", (int)pid), O_RDWR | O_CLOEXEC) < 0);
	report("list the descriptors of", name, !opendir(text("/proc/%d/fd", (int)pid)));
	report("see the root of", name, access(text("/proc/%d/root/calc/link", (int)pid), F_OK));
}

static int report_all(char **argv)
{
	static const char *const forbidden[] = { "/calc/ctl/last-word", "/calc/ctl/journal.db", "/calc/bin/calc-worker",
						 "/calc/link/socket", "/calc/plan/plan.000", "/calc/share/in/seed" };
	static const char *const folders[] = { "/", "/calc", "/calc/ctl", "/calc/bin", "/calc/link", "/calc/data",
					       "/calc/data/done", "/calc/data/in", "/calc/data/trash", "/calc/data/slots/0",
					       "/calc/data/slots/1", "/calc/data/slots/2", "/calc/ipc", "/calc/ipc/slots/0",
					       "/calc/ipc/slots/1", "/calc/share/in", "/calc/share/out" };

	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
		try_write(forbidden[i]);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		try_make(folders[i]);
	for (int i = 3; argv[i]; i++) {
		try_write(argv[i]);
		report("hard link to", argv[i], link(argv[i], "/tmp/linked"));
	}
	report("be heard at", "/calc/link/socket", say_hello("/calc/link/socket"));
	for (int i = 0; i < 3; i++) {
		char *other = text("/calc/link/%d/socket", i);

		report("be heard at", other, say_hello(other));
	}
	try_worker(1);
	try_worker(getppid());
	report("kill", "process 1", kill(1, SIGKILL) != 0 || kill(1, 0) == 0);
	report("become", "root", setuid(0));
	report("become", "the quarterback", setuid(20000));
	report("take a token from", "/var/run/secrets", access("/var/run/secrets/kubernetes.io", F_OK));
	return fclose(out) != 0;
}

/* ---- harm ---- */

static void put(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, "harm\n", 5) != 5 || close(fd))
		exit(71);
}

static void be_link(const char *to) { if (symlink("/calc/ctl/journal.db", to)) exit(71); }
static void be_fifo(const char *to) { if (mkfifo(to, 0666)) exit(71); }
static void be_folder(const char *to) { if (mkdir(to, 0777)) exit(71); }
static void be_hidden(const char *to) { put(to); chmod(to, 0); }

static void be_hard_link(const char *to)
{
	put("a");
	if (link("a", to))
		exit(71);
}

/* In place of the folder for outputs a link to what another step made: the one who takes our output would take that. */
static void be_another(const char *to)
{
	char *folder = text("%.*s", (int)(strrchr(to, '/') - to), to);
	char *gone = text("%s/../gone", folder);

	if (rename(folder, gone) || symlink("../../../done/good", folder))
		exit(71);
}

static void stop_worker(const char *to)
{
	put(to);
	kill(getppid(), SIGSTOP);
	pause();
}

static void kill_worker(const char *to)
{
	put(to);
	kill(getppid(), SIGKILL);
	pause();
}

/* Whoever speaks first when the worker is dead is believed? */
static void kill_and_speak(const char *to)
{
	pid_t worker = getppid();

	put(to);
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			setsid();
			for (;;)
				say_hello("/calc/link/socket");
		}
	kill(worker, SIGKILL);
	pause();
}

static void kill_all(const char *to)
{
	put(to);
	kill(-1, SIGKILL);
	pause();
}

static void bury(const char *folder, int depth)
{
	if (mkdir(folder, 0700))
		exit(71);
	put(text("%s/file", folder));
	chmod(text("%s/file", folder), 0);
	if (depth)
		bury(text("%s/in", folder), depth - 1);
	chmod(folder, depth % 2 ? 0700 : 0);
}

/* Folders that only we may enter, and even we may not. */
static void make_folders(const char *to)
{
	put(to);
	for (int i = 0; i < 50; i++)
		bury(text("buried%d", i), 20);
	bury(text("%s.more", to), 20);
	bury("/tmp/buried", 2);
}

static void make_folders_and_die(const char *to)
{
	make_folders(to);
	kill_worker(to);
}

static void fill_stderr(const char *to)
{
	char *noise = calloc(1, 1 << 20);

	memset(noise, 0x1b, 1 << 20);
	for (int i = 0; i < 64; i++)
		if (write(2, noise, 1 << 20) < 0)
			break;
	put(to);
	exit(3);
}

static void swap_stderr(const char *to)
{
	char *stderr_path = text("%.*s/../stderr", (int)(strrchr(to, '/') - to), to);

	unlink(stderr_path);
	if (symlink("/calc/ctl/journal.db", stderr_path))
		exit(71);
	exit(3);
}

static const struct {
	const char *name;
	void (*harm)(const char *to);
} kinds[] = {
	{ "link", be_link }, { "fifo", be_fifo }, { "folder", be_folder }, { "hidden", be_hidden }, { "hard-link", be_hard_link },
	{ "another", be_another }, { "stop-worker", stop_worker }, { "kill-worker", kill_worker },
	{ "kill-and-speak", kill_and_speak }, { "kill-all", kill_all }, { "folders", make_folders },
	{ "folders-and-die", make_folders_and_die }, { "fill-stderr", fill_stderr }, { "swap-stderr", swap_stderr },
};

int main(int argc, char **argv)
{
	/* Only where there is nothing else to harm: a container of its own, in a pod. */
	if (getuid() == 0 || access("/calc/bin/calc-worker", X_OK))
		return 77;
	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "report")) {
		out = fopen(argv[2], "we");
		return out ? report_all(argv) : 70;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(argv[1], kinds[i].name)) {
			kinds[i].harm(argv[2]);
			return 0;
		}
	return 2;
}
