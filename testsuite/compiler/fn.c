/*
 * The functions of the random programs of testsuite/compiler/patterns: fn OP NUMBER…, the result on stdout. Everything is below
 * 1009, so that nothing overflows and the reference in Python has the same numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	const char *op = argc > 1 ? argv[1] : "";
	long a = argc > 2 ? strtol(argv[2], NULL, 10) : 0, b = argc > 3 ? strtol(argv[3], NULL, 10) : 0, sum = 0;
	static const char *const grade[] = { "good", "fair", "poor" };

	if (!strcmp(op, "add"))
		printf("%ld\n", (a + b) % 1009);
	else if (!strcmp(op, "mul"))
		printf("%ld\n", a * b % 1009);
	else if (!strcmp(op, "list")) {
		putchar('[');
		for (long i = 0; i < b % 4; i++)
			printf("%s%ld", i ? "," : "", (a + i * 7) % 1009);
		puts("]");
	}
	else if (!strcmp(op, "maybe"))
		printf(a % 3 ? "%ld\n" : "null\n", a);
	else if (!strcmp(op, "grade"))
		printf("\"%s\"\n", grade[a % 3]);
	else if (!strcmp(op, "either") && a % 2)
		printf("{\"Num\":{\"n\":%ld}}\n", a);
	else if (!strcmp(op, "either"))
		printf("{\"Pair\":{\"a\":%ld,\"b\":%ld}}\n", a, (a + 1) % 1009);
	else if (!strcmp(op, "risky") && a % 5 == 0)
		return 1;
	else if (!strcmp(op, "risky"))
		printf("%ld\n", a);
	else if (!strcmp(op, "sum")) {
		for (int i = 2; i < argc; i++)
			sum += strtol(argv[i], NULL, 10);
		printf("%ld\n", sum % 1009);
	} else
		return 2;
	return 0;
}
