/* A step that does nothing: hands its input on, and adds a line with the time at which it began.
 *
 *     nop OUT [BEFORE]
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char text[65536];
	struct timespec now;
	ssize_t have = 0;
	int from, to, length;

	clock_gettime(CLOCK_REALTIME, &now);
	if (argc > 2) {
		from = open(argv[2], O_RDONLY | O_CLOEXEC);
		have = from < 0 ? -1 : read(from, text, sizeof text - 64);
	}
	if (argc < 2 || have < 0)
		return 1;
	length = snprintf(text + have, 64, "%lld\n", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	to = open(argv[1], O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);
	return to < 0 || write(to, text, have + length) != have + length || close(to) != 0;
}
