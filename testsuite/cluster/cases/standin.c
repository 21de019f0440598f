/* Stands in for quarterback, worker and verdict: starts, finds its folders, meets its peers, and
 * reports as lines what it may and what it may not do. It computes nothing; it is there to show that
 * the pod's layout (layout.yaml) is what the kubelet makes of it. One program, its role in argv[1]. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ROOT "/calcflow"

static int report_to = STDOUT_FILENO;

/* One line, to stdout or to the peer. */
static void report(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vdprintf(report_to, format, arguments);
	va_end(arguments);
}

static void die(const char *what)
{
	printf("died: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(70);
}

/* Never freed: the program makes some dozens. */
static const char *path(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		die("memory");
	va_end(arguments);
	return text;
}

static void report_time(const char *event)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	report("time %s %lld\n", event, (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void report_folder(const char *name)
{
	struct stat st;

	if (stat(name, &st))
		report("stat %s %s\n", name, strerror(errno));
	else
		report("stat %s %04o %d:%d\n", name, st.st_mode & 07777, (int)st.st_uid, (int)st.st_gid);
}

static void report_result(const char *what, const char *name, int failed)
{
	report("%s %s %s\n", what, name, failed ? strerror(errno) : "yes");
}

static void report_write(const char *folder)
{
	const char *name = path("%s/trial", folder);
	int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0640);

	report_result("write", folder, fd < 0);
	if (fd >= 0) {
		close(fd);
		unlink(name);
	}
}

static void report_identity(void)
{
	gid_t groups[16];
	int n = getgroups(16, groups);
	const char *all = "";

	for (int i = 0; i < n; i++)
		all = path("%s %d", all, (int)groups[i]);
	report("identity %d:%d%s\n", (int)getuid(), (int)getgid(), all);
	report_result("has", "/var/run/secrets/kubernetes.io/serviceaccount/token",
		      access("/var/run/secrets/kubernetes.io/serviceaccount/token", F_OK));
}

static void put(const char *name, const char *text, mode_t mode)
{
	const char *temporary = path("%s.new", name);
	int fd = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) || close(fd) || rename(temporary, name))
		die(name);
}

/* The mode exactly, whatever the umask and the folder's setgid bit. */
static void make_folder(const char *name, mode_t mode)
{
	if ((mkdir(name, 0700) && errno != EEXIST) || chmod(name, mode))
		die(name);
}

/* Returns when the file is there: the watch is set before the first look. */
static void wait_for_file(const char *folder, const char *name)
{
	char buffer[4096];
	int watch = inotify_init1(IN_CLOEXEC);

	if (watch < 0 || inotify_add_watch(watch, folder, IN_CREATE | IN_MOVED_TO) < 0)
		die(folder);
	while (access(path("%s/%s", folder, name), F_OK))
		if (read(watch, buffer, sizeof buffer) < 0 && errno != EINTR)
			die("inotify");
	close(watch);
}

static void copy_program(const char *to)
{
	char buffer[1 << 16];
	ssize_t n;
	const char *temporary = path("%s.new", to);
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);

	if (from < 0 || fd < 0)
		die(to);
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		if (write(fd, buffer, n) != n)
			die(to);
	if (fchmod(fd, 0755) || close(fd) || rename(temporary, to))
		die(to);
	close(from);
}

static int listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
	unlink(name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || chmod(name, 0660) || listen(fd, 4))
		die(name);
	return fd;
}

/* Prints what a slot reports, up to its packet "ok". */
static void relay(int fd, int slot)
{
	char packet[1024];
	ssize_t n;

	while ((n = recv(fd, packet, sizeof packet - 1, 0)) > 0) {
		packet[n] = 0;
		if (!strcmp(packet, "ok"))
			return;
		printf("slot-%d: %s", slot, packet);
	}
	die("a slot left");
}

/* What the quarterback can do with what a slot made below an attempt's folder. */
static void take_result(int slot)
{
	const char *from = path(ROOT "/data/slot-%d/attempt", slot), *to = path(ROOT "/data/done/%d", slot);

	report_result("rename-attempt", to, rename(from, to));
	report_folder(path("%s/out", to));
	report_result("remove-file-of-slot", to, unlink(path("%s/waste", to)));
	report_result("remove-in-folder-027", to, unlink(path("%s/folder-027/file", to)));
	report_result("remove-in-folder-007", to, unlink(path("%s/folder-007/file", to)));
}

static int quarterback(int slots, int first_uid)
{
	int listeners[16], peers[16];
	sigset_t end;

	setvbuf(stdout, NULL, _IONBF, 0);
	report_time("quarterback-start");
	report_identity();
	report_folder(ROOT "/ctl");
	report_folder(ROOT "/data");
	report_folder(ROOT "/ipc");
	report_folder(ROOT "/plan/plan.json");
	report_folder(ROOT "/share/out");
	report_write(ROOT "/share/out");
	report_write("/");

	make_folder(ROOT "/data/done", 02750);
	make_folder(ROOT "/ipc/done", 02750);
	for (int i = 0; i < slots; i++) {
		make_folder(path(ROOT "/link/slot-%d", i), 02750);
		make_folder(path(ROOT "/data/slot-%d", i), 02750);
		make_folder(path(ROOT "/data/slot-%d/attempt", i), 02770);
		make_folder(path(ROOT "/ipc/slot-%d", i), 02750);
		make_folder(path(ROOT "/ipc/slot-%d/attempt", i), 02770);
		listeners[i] = listen_at(path(ROOT "/link/slot-%d/socket", i));
	}
	copy_program(ROOT "/bin/calc-worker");
	put(ROOT "/ctl/ready", "", 0640);
	report_time("quarterback-ready");

	for (int i = 0; i < slots; i++) {
		struct ucred peer;
		socklen_t size = sizeof peer;

		peers[i] = accept4(listeners[i], NULL, NULL, SOCK_CLOEXEC);
		if (peers[i] < 0 || getsockopt(peers[i], SOL_SOCKET, SO_PEERCRED, &peer, &size))
			die("accept");
		report("peer slot-%d uid %s\n", i, (int)peer.uid == first_uid + i ? "yes" : "no");
		relay(peers[i], i);
	}
	for (int i = 0; i < slots; i++)
		take_result(i);
	for (int i = 0; i < slots; i++) {
		if (send(peers[i], "look", 4, MSG_NOSIGNAL) != 4)
			die("send");
		relay(peers[i], i);
	}
	report_time("last-word");
	put(ROOT "/ctl/verdict", "0\n", 0640);

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	sigwaitinfo(&end, NULL);
	report_result("drained-by-prestop", ROOT "/ctl/draining", access(ROOT "/ctl/draining", F_OK));
	report_time("quarterback-end");
	return 0;
}

static void make_waste(const char *attempt, const char *name, mode_t mask)
{
	const char *folder = path("%s/%s", attempt, name);
	mode_t before = umask(mask);
	int fd;

	mkdir(folder, 0777);
	fd = open(path("%s/file", folder), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	umask(before);
}

static _Noreturn void worker(int slot)
{
	const char *attempt = path(ROOT "/data/slot-%d/attempt", slot);
	const char *out = path("%s/out", attempt);
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = ROOT "/link/socket"};
	char packet[16];
	int peer, late;

	report_time("worker-start");
	peer = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (peer < 0 || connect(peer, (struct sockaddr *)&address, sizeof address))
		die(address.sun_path);
	report_to = peer;
	report_time("worker-met");
	report_identity();
	report_folder(ROOT "/link");
	report_folder(ROOT "/data");
	report_folder(path(ROOT "/data/slot-%d", slot));
	report_folder("/tmp");
	report_write("/");
	report_write("/tmp");
	report_write(ROOT "/bin");
	report_write(ROOT "/link");
	report_write(ROOT "/data");
	report_write(ROOT "/data/done");
	report_write(path(ROOT "/data/slot-%d", slot));
	report_write(attempt);
	report_write(path(ROOT "/data/slot-%d/attempt", 1 - slot));
	report_write(ROOT "/ipc");
	report_write(path(ROOT "/ipc/slot-%d/attempt", slot));
	report_write(path(ROOT "/ipc/slot-%d/attempt", 1 - slot));
	report_write(ROOT "/share/out");
	report_result("has", ROOT "/ctl", access(ROOT "/ctl", F_OK));
	report_result("has", "/marker", access("/marker", F_OK));

	umask(027);
	late = open(out, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	if (late < 0 || write(late, "out\n", 4) != 4)
		die(out);
	make_waste(attempt, "folder-027", 027);
	make_waste(attempt, "folder-007", 007);
	put(path("%s/waste", attempt), "", 0640);
	send(peer, "ok", 2, MSG_NOSIGNAL);
	if (recv(peer, packet, sizeof packet, 0) <= 0)
		die("quarterback left");

	for (int i = 0; i < 2; i++) {
		const char *done = path(ROOT "/data/done/%d/out", i);

		report_result("read-result", done, access(done, R_OK));
		report_result("change-result", done, open(done, O_WRONLY | O_CLOEXEC) < 0);
		report_result("chmod-result", done, chmod(done, 0666));
	}
	report_result("late-write-through-old-descriptor", out, write(late, "late\n", 5) != 5);
	send(peer, "ok", 2, MSG_NOSIGNAL);
	for (;;)
		pause();
}

static void end_of_pod(int signal_number)
{
	_exit(128 + signal_number);
}

static int verdict(void)
{
	char word[16] = "";
	int fd;

	setvbuf(stdout, NULL, _IONBF, 0);
	report_time("verdict-start");
	report_identity();
	report_write(ROOT "/ctl");
	wait_for_file(ROOT "/ctl", "verdict");
	fd = open(ROOT "/ctl/verdict", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, word, sizeof word - 1) <= 0)
		die("verdict");
	report_time("verdict-end");
	return (int)strtol(word, NULL, 10);
}

static int number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

int main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";
	struct sigaction on_end = {.sa_handler = end_of_pod};

	sigaction(SIGTERM, &on_end, NULL);
	if (!strcmp(role, "quarterback") && argc == 4)
		return quarterback(number(argv[2]), number(argv[3]));
	if (!strcmp(role, "worker") && argc == 3)
		worker(number(argv[2]));
	if (!strcmp(role, "verdict"))
		return verdict();
	if (!strcmp(role, "ready")) {
		wait_for_file(ROOT "/ctl", "ready");
		return 0;
	}
	if (!strcmp(role, "drain")) {
		put(ROOT "/ctl/draining", "", 0640);
		return 0;
	}
	if (!strcmp(role, "exit") && argc == 3)
		return number(argv[2]);
	return 2;
}
