/* Who uses each share, over all sets of the program: also those that are not emitted now, since a claim's mode cannot be changed later. */
#ifndef CALC_COMPILER_SHARE_USERS_H
#define CALC_COMPILER_SHARE_USERS_H

#include <stdint.h>

struct compilation;
struct share_users { const char *share; uint32_t pods, lists, writers; };	/* sets: pod sets, list sets; those of both that write it */

/* All zeros for a share that no set uses. The graphs of the sets must be whole; the first call looks at all of them. */
struct share_users share_users(struct compilation *c, const char *share);

#endif
