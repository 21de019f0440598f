/* stamp IN OUT: a copy of IN with the mark of this program (MARK) at its end. */
#include <stdio.h>

int main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL, *out = in ? fopen(argv[2], "w") : NULL;
	int c;

	if (!out)
		return 1;
	while ((c = getc(in)) != EOF)
		putc(c, out);
	return fputs(MARK "\n", out) < 0 || fclose(out) != 0;
}
