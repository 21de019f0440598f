/* Steps that are seen from outside of their pod: each tells a witness on the node that it has begun.
 *
 *     witness serve ADDRESS PORT FILE           appends what it is told to FILE, a line at a time
 *     witness tell ADDRESS PORT TEXT
 *     witness step ADDRESS PORT MS OUT TEXT [INPUT]...   tells STEP ATTEMPT TIME, works for MS milliseconds, writes the inputs
 *                                               and TEXT to OUT; ADDRESS "-": without a witness
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)strtoul(port, NULL, 10)) };

	inet_pton(AF_INET, address, &to.sin_addr);
	return to;
}

static int serve(const char *address, const char *port, const char *file)
{
	struct sockaddr_in at = address_of(address, port);
	int out = open(file, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644), one = 1;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* what entered the node for us is what is killed at the end */
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (out < 0 || listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 64))
		return 1;
	for (;;) {
		struct timeval limit = { .tv_sec = 2 };
		char text[4096];
		size_t have = 0;
		ssize_t n;
		int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (peer < 0)
			continue;
		setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		while (have < sizeof text && (n = read(peer, text + have, sizeof text - have)) > 0 &&
		       !memchr(text, '\n', have += (size_t)n))
			;
		if (have && write(out, text, have) != (ssize_t)have)
			return 1;
		if (write(peer, "+", 1) != 1)
			perror("answer");
		close(peer);
	}
}

/* Returns when the witness has written it down. */
static int tell(const char *address, const char *port, const char *text)
{
	struct sockaddr_in to = address_of(address, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char line[4096], answer;
	int length = snprintf(line, sizeof line, "%s\n", text);

	return fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) || write(fd, line, (size_t)length) != length ||
	       read(fd, &answer, 1) != 1;
}

static int tell_begin(const char *address, const char *port)
{
	char text[4096];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(text, sizeof text, "%s %s %lld", getenv("CALC_STEP"), getenv("CALC_ATTEMPT"),
		 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	return tell(address, port, text);
}

static int copy(const char *from, int to)
{
	char part[65536];
	ssize_t n = -1;
	int fd = open(from, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0)
		if (write(to, part, (size_t)n) != n)
			return -1;
	return (int)n;
}

static int step(int argc, char **argv)
{
	long ms = strtol(argv[4], NULL, 10);
	int out;

	if (strcmp(argv[2], "-") != 0 && tell_begin(argv[2], argv[3]))
		return 9;
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
	out = open(argv[5], O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);
	for (int i = 7; i < argc; i++)
		if (out < 0 || copy(argv[i], out))
			return 1;
	return dprintf(out, "%s\n", argv[6]) < 0 || close(out) != 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (!strcmp(mode, "serve") && argc == 5)
		return serve(argv[2], argv[3], argv[4]);
	if (!strcmp(mode, "tell") && argc == 5)
		return tell(argv[2], argv[3], argv[4]);
	if (!strcmp(mode, "step") && argc >= 7)
		return step(argc, argv);
	return 2;
}
