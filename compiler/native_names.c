/*
 * Names that C programs cannot give. Words: those of C and C++, what the stub's header includes, macros of other headers that people have
 * before it, and the runtime library's own. Functions: those of the C library and of POSIX, which a program's function of that name would
 * replace for the runtime library too, if a compiler took it at all.
 */
#include "compiler/native.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by bytes, both. */
static const char *const words[] = {
	"BUFSIZ", "CALC_ASSERT", "CALC_FUNCTIONS_H", "CALC_FUNCTIONS_VERSION", "CHAR_BIT", "CHAR_MAX", "CHAR_MIN", "DBL_EPSILON", "DBL_MAX", "DBL_MIN",
	"EOF", "EXIT_FAILURE", "EXIT_SUCCESS", "FLT_EPSILON", "FLT_MAX", "FLT_MIN", "HUGE_VAL", "I", "INFINITY", "INT16_C", "INT16_MAX", "INT16_MIN",
	"INT32_C", "INT32_MAX", "INT32_MIN", "INT64_C", "INT64_MAX", "INT64_MIN", "INT8_C", "INT8_MAX", "INT8_MIN", "INTMAX_C", "INTMAX_MAX", "INTMAX_MIN",
	"INTPTR_MAX", "INTPTR_MIN", "INT_FAST16_MAX", "INT_FAST16_MIN", "INT_FAST32_MAX", "INT_FAST32_MIN", "INT_FAST64_MAX", "INT_FAST64_MIN",
	"INT_FAST8_MAX", "INT_FAST8_MIN", "INT_LEAST16_MAX", "INT_LEAST16_MIN", "INT_LEAST32_MAX", "INT_LEAST32_MIN", "INT_LEAST64_MAX", "INT_LEAST64_MIN",
	"INT_LEAST8_MAX", "INT_LEAST8_MIN", "INT_MAX", "INT_MIN", "LLONG_MAX", "LLONG_MIN", "LONG_MAX", "LONG_MIN", "M_E", "M_PI", "NAN", "NULL",
	"PTRDIFF_MAX", "PTRDIFF_MIN", "RAND_MAX", "SCHAR_MAX", "SCHAR_MIN", "SEEK_CUR", "SEEK_END", "SEEK_SET", "SHRT_MAX", "SHRT_MIN", "SIG_ATOMIC_MAX",
	"SIG_ATOMIC_MIN", "SIZE_MAX", "UCHAR_MAX", "UINT16_C", "UINT16_MAX", "UINT32_C", "UINT32_MAX", "UINT64_C", "UINT64_MAX", "UINT8_C", "UINT8_MAX",
	"UINTMAX_C", "UINTMAX_MAX", "UINTPTR_MAX", "UINT_FAST16_MAX", "UINT_FAST32_MAX", "UINT_FAST64_MAX", "UINT_FAST8_MAX", "UINT_LEAST16_MAX",
	"UINT_LEAST32_MAX", "UINT_LEAST64_MAX", "UINT_LEAST8_MAX", "UINT_MAX", "ULLONG_MAX", "ULONG_MAX", "USHRT_MAX", "WCHAR_MAX", "WCHAR_MIN", "WINT_MAX",
	"WINT_MIN", "alignas", "alignof", "and", "and_eq", "asm", "assert", "auto", "bitand", "bitor", "bool", "break", "calc", "calc_absent",
	"calc_attempt", "calc_fail", "calc_function", "calc_functions_main", "calc_list", "calc_list_new", "calc_port", "calc_scratch", "calc_step",
	"calc_text", "calc_text_get", "calc_text_set", "calc_text_view", "case", "catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await",
	"co_return", "co_yield", "compl", "complex", "concept", "const", "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype",
	"default", "delete", "do", "double", "dynamic_cast", "else", "enum", "errno", "explicit", "export", "extern", "false", "float", "for", "friend",
	"goto", "i386", "if", "inline", "int", "int16_t", "int32_t", "int64_t", "int8_t", "int_fast16_t", "int_fast32_t", "int_fast64_t", "int_fast8_t",
	"int_least16_t", "int_least32_t", "int_least64_t", "int_least8_t", "intmax_t", "intptr_t", "linux", "long", "main", "max_align_t", "mutable",
	"namespace", "new", "noexcept", "not", "not_eq", "nullptr", "off_t", "offsetof", "operator", "or", "or_eq", "private", "protected", "ptrdiff_t",
	"public", "register", "reinterpret_cast", "requires", "restrict", "return", "short", "signed", "size_t", "sizeof", "ssize_t", "static",
	"static_assert", "static_cast", "stderr", "stdin", "stdout", "struct", "switch", "template", "this", "thread_local", "throw", "time_t", "true",
	"try", "typedef", "typeid", "typename", "typeof", "typeof_unqual", "uint16_t", "uint32_t", "uint64_t", "uint8_t", "uint_fast16_t", "uint_fast32_t",
	"uint_fast64_t", "uint_fast8_t", "uint_least16_t", "uint_least32_t", "uint_least64_t", "uint_least8_t", "uintmax_t", "uintptr_t", "union", "unix",
	"unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "wint_t", "xor", "xor_eq",
};
static const char *const library[] = {
	"abort", "abs", "accept", "access", "acos", "acosf", "acosh", "acoshf", "acoshl", "acosl", "alarm", "aligned_alloc", "alloca", "alphasort",
	"asctime", "asin", "asinf", "asinh", "asinhf", "asinhl", "asinl", "asprintf", "at_quick_exit", "atan", "atan2", "atan2f", "atan2l", "atanf",
	"atanh", "atanhf", "atanhl", "atanl", "atexit", "atof", "atoi", "atol", "atoll", "basename", "bcmp", "bcopy", "bind", "brk", "bsearch", "btowc",
	"bzero", "c16rtomb", "c32rtomb", "cabs", "cabsf", "cabsl", "cacos", "cacosf", "cacosh", "cacoshf", "cacoshl", "cacosl", "calloc", "carg", "cargf",
	"cargl", "casin", "casinf", "casinh", "casinhf", "casinhl", "casinl", "catan", "catanf", "catanh", "catanhf", "catanhl", "catanl", "cbrt", "cbrtf",
	"cbrtl", "ccos", "ccosf", "ccosh", "ccoshf", "ccoshl", "ccosl", "ceil", "ceilf", "ceill", "cexp", "cexpf", "cexpl", "chdir", "chmod", "chown",
	"chroot", "cimag", "cimagf", "cimagl", "clearerr", "clock", "clog", "clogf", "clogl", "clone", "close", "closedir", "confstr", "conj", "conjf",
	"conjl", "connect", "copysign", "copysignf", "copysignl", "cos", "cosf", "cosh", "coshf", "coshl", "cosl", "cpow", "cpowf", "cpowl", "cproj",
	"cprojf", "cprojl", "creal", "crealf", "creall", "creat", "csin", "csinf", "csinh", "csinhf", "csinhl", "csinl", "csqrt", "csqrtf", "csqrtl",
	"ctan", "ctanf", "ctanh", "ctanhf", "ctanhl", "ctanl", "ctime", "difftime", "dirfd", "dirname", "div", "dl_iterate_phdr", "dlclose", "dlerror",
	"dlopen", "dlsym", "dprintf", "drem", "dremf", "dreml", "dup", "dup2", "dup3", "environ", "epoll_create", "epoll_ctl", "epoll_wait", "erf", "erfc",
	"erfcf", "erfcl", "erff", "erfl", "eventfd", "execl", "execle", "execlp", "execv", "execve", "execvp", "exit", "exp", "exp10", "exp10f", "exp10l",
	"exp2", "exp2f", "exp2l", "expf", "expl", "expm1", "expm1f", "expm1l", "fabs", "fabsf", "fabsl", "fallocate", "fchdir", "fchmod", "fchown",
	"fclose", "fcntl", "fdatasync", "fdim", "fdimf", "fdiml", "fdopen", "feclearexcept", "fegetenv", "fegetexceptflag", "fegetround", "feholdexcept",
	"feof", "feraiseexcept", "ferror", "fesetenv", "fesetexceptflag", "fesetround", "fetestexcept", "feupdateenv", "fflush", "ffs", "fgetc", "fgetpos",
	"fgets", "fgetwc", "fgetws", "fileno", "finite", "finitef", "finitel", "flock", "floor", "floorf", "floorl", "fma", "fmaf", "fmal", "fmax", "fmaxf",
	"fmaxl", "fmin", "fminf", "fminl", "fmod", "fmodf", "fmodl", "fnmatch", "fopen", "fork", "fpathconf", "fpclassify", "fprintf", "fputc", "fputs",
	"fputwc", "fputws", "fread", "free", "freopen", "frexp", "frexpf", "frexpl", "fscanf", "fseek", "fsetpos", "fstat", "fstatat", "fsync", "ftell",
	"ftruncate", "ftw", "futimens", "fwide", "fwprintf", "fwrite", "fwscanf", "gamma", "gammaf", "gammal", "getaddrinfo", "getc", "getchar", "getcwd",
	"getdelim", "getegid", "getenv", "geteuid", "getgid", "getgroups", "gethostname", "getline", "getopt", "getpagesize", "getpgid", "getpgrp",
	"getpid", "getppid", "getpriority", "getpwnam", "getpwuid", "getrandom", "getrlimit", "getrusage", "gets", "getsockname", "getsockopt", "gettid",
	"gettimeofday", "getuid", "getwc", "getwchar", "glob", "gmtime", "gsignal", "hypot", "hypotf", "hypotl", "iconv", "ilogb", "ilogbf", "ilogbl",
	"imaxabs", "imaxdiv", "index", "inet_ntop", "inet_pton", "initstate", "ioctl", "isalnum", "isalpha", "isascii", "isatty", "isblank", "iscntrl",
	"isdigit", "isfinite", "isgraph", "isgreater", "isgreaterequal", "isinf", "isless", "islessequal", "islessgreater", "islower", "isnan", "isnormal",
	"isprint", "ispunct", "isspace", "isunordered", "isupper", "iswalnum", "iswalpha", "iswblank", "iswcntrl", "iswctype", "iswdigit", "iswgraph",
	"iswlower", "iswprint", "iswpunct", "iswspace", "iswupper", "iswxdigit", "isxdigit", "j0", "j0f", "j0l", "j1", "j1f", "j1l", "jn", "jnf", "jnl",
	"kill", "killpg", "labs", "lchown", "ldexp", "ldexpf", "ldexpl", "ldiv", "lgamma", "lgammaf", "lgammal", "link", "linkat", "listen", "llabs",
	"lldiv", "llrint", "llrintf", "llrintl", "llround", "llroundf", "llroundl", "localeconv", "localtime", "lockf", "log", "log10", "log10f", "log10l",
	"log1p", "log1pf", "log1pl", "log2", "log2f", "log2l", "logb", "logbf", "logbl", "logf", "logl", "longjmp", "lrint", "lrintf", "lrintl", "lround",
	"lroundf", "lroundl", "lseek", "lstat", "madvise", "malloc", "mblen", "mbrlen", "mbrtoc16", "mbrtoc32", "mbrtowc", "mbsinit", "mbsrtowcs",
	"mbstowcs", "mbtowc", "memalign", "memccpy", "memchr", "memcmp", "memcpy", "memfd_create", "memmem", "memmove", "mempcpy", "memrchr", "memset",
	"mincore", "mkdir", "mkdirat", "mkdtemp", "mkfifo", "mknod", "mkstemp", "mktime", "mlock", "mmap", "modf", "modff", "modfl", "mount", "mprotect",
	"mremap", "msync", "munlock", "munmap", "nan", "nanf", "nanl", "nanosleep", "nearbyint", "nearbyintf", "nearbyintl", "nextafter", "nextafterf",
	"nextafterl", "nexttoward", "nexttowardf", "nexttowardl", "nftw", "nice", "open", "openat", "opendir", "pathconf", "pause", "pclose", "perror",
	"pipe", "pipe2", "poll", "popen", "posix_memalign", "pow", "pow10", "powf", "powl", "ppoll", "prctl", "pread", "printf", "printf_size", "profil",
	"pselect", "psignal", "pthread_create", "putc", "putchar", "putenv", "puts", "putwc", "putwchar", "pwrite", "qsort", "quick_exit", "raise", "rand",
	"random", "read", "readdir", "readlink", "readv", "realloc", "reallocarray", "realpath", "recv", "recvfrom", "recvmsg", "regcomp", "regexec",
	"regfree", "remainder", "remainderf", "remainderl", "remove", "remquo", "remquof", "remquol", "rename", "rewind", "rindex", "rint", "rintf",
	"rintl", "rmdir", "round", "roundf", "roundl", "sbrk", "scalb", "scalbf", "scalbl", "scalbln", "scalblnf", "scalblnl", "scalbn", "scalbnf",
	"scalbnl", "scandir", "scanf", "sched_yield", "select", "sem_init", "sem_open", "sem_post", "sem_wait", "send", "sendfile", "sendmsg", "sendto",
	"setbuf", "setenv", "setgid", "setgroups", "setjmp", "setlocale", "setpgid", "setpriority", "setrlimit", "setsid", "setsockopt", "setstate",
	"setuid", "setvbuf", "shutdown", "sigaction", "sigaddset", "sigaltstack", "sigdelset", "sigemptyset", "sigfillset", "sigismember", "siglongjmp",
	"signal", "signbit", "significand", "significandf", "significandl", "sigpending", "sigprocmask", "sigqueue", "sigsetjmp", "sigsuspend",
	"sigtimedwait", "sigwait", "sin", "sincos", "sincosf", "sincosl", "sinf", "sinh", "sinhf", "sinhl", "sinl", "sleep", "snprintf", "socket",
	"socketpair", "splice", "sprintf", "sqrt", "sqrtf", "sqrtl", "srand", "srandom", "sscanf", "ssignal", "stat", "statfs", "statvfs", "stpcpy",
	"stpncpy", "strcasecmp", "strcasestr", "strcat", "strchr", "strchrnul", "strcmp", "strcoll", "strcpy", "strcspn", "strdup", "strerror", "strfry",
	"strftime", "strlen", "strncasecmp", "strncat", "strncmp", "strncpy", "strndup", "strnlen", "strpbrk", "strrchr", "strsep", "strsignal", "strspn",
	"strstr", "strtod", "strtof", "strtoimax", "strtok", "strtok_r", "strtol", "strtold", "strtoll", "strtoul", "strtoull", "strtoumax", "strxfrm",
	"swprintf", "swscanf", "symlink", "sync", "syscall", "sysconf", "sysinfo", "syslog", "system", "tan", "tanf", "tanh", "tanhf", "tanhl", "tanl",
	"tee", "telldir", "tempnam", "tgamma", "tgammaf", "tgammal", "time", "times", "timespec_get", "tmpfile", "tmpnam", "toascii", "tolower", "toupper",
	"towctrans", "towlower", "towupper", "trunc", "truncate", "truncf", "truncl", "tsearch", "ttyname", "tzset", "ualarm", "umask", "umount", "uname",
	"ungetc", "ungetwc", "unlink", "unlinkat", "unsetenv", "usleep", "utime", "utimes", "va_arg", "va_copy", "va_end", "va_start", "valloc",
	"vasprintf", "vdprintf", "vfork", "vfprintf", "vfscanf", "vfwprintf", "vfwscanf", "vprintf", "vscanf", "vsnprintf", "vsprintf", "vsscanf",
	"vswprintf", "vswscanf", "vsyslog", "vwprintf", "vwscanf", "wait", "wait3", "wait4", "waitid", "waitpid", "wcrtomb", "wcscat", "wcschr", "wcscmp",
	"wcscoll", "wcscpy", "wcscspn", "wcsftime", "wcslen", "wcsncat", "wcsncmp", "wcsncpy", "wcspbrk", "wcsrchr", "wcsrtombs", "wcsspn", "wcsstr",
	"wcstod", "wcstof", "wcstoimax", "wcstok", "wcstol", "wcstold", "wcstoll", "wcstombs", "wcstoul", "wcstoull", "wcstoumax", "wcsxfrm", "wctob",
	"wctomb", "wctrans", "wctype", "wmemchr", "wmemcmp", "wmemcpy", "wmemmove", "wmemset", "wprintf", "write", "writev", "wscanf", "y0", "y0f", "y0l",
	"y1", "y1f", "y1l", "yn", "ynf", "ynl",
};

static int compare(const void *name, const void *entry)
{
	return strcmp(name, *(const char *const *)entry);
}

bool native_reserved(const char *name)
{
	return bsearch(name, words, sizeof words / sizeof *words, sizeof *words, compare) != NULL;
}

bool native_is_library(const char *name)
{
	return bsearch(name, library, sizeof library / sizeof *library, sizeof *library, compare) != NULL;
}
