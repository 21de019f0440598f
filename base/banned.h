/* Functions that are never used: included before everything else by the compiler's -include. */
#ifndef CALC_BASE_BANNED_H
#define CALC_BASE_BANNED_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atof alloca longjmp
#endif
