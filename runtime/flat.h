/*
 * The flat layout (calc-layout(5)): a value as it stands in memory that several processes read in place. Little-endian, natural
 * alignment, no pointers: lists and texts are an offset and a count. Native functions take and make their values so, commands where
 * their port says `as flat`. An *image* is a header and the value; what a step made is untrusted, and the reader here is total.
 *
 *   bool 1 byte · i32 u32 f32 4 · i64 u64 f64 8 · time, duration: i64, nanoseconds (since 1970; of a span)
 *   enum: u32, the member's place · string[N]: u32 length, N bytes · record: its fields in order, each on its alignment
 *   T?: a byte (0: absent), then T on its alignment · [T], string, bytes: i64 offset from this place to the first item, u64 count
 *
 * file, choices and flows have no flat form. An absent value has no image: there is none at its path.
 */
#ifndef CALC_RUNTIME_FLAT_H
#define CALC_RUNTIME_FLAT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "runtime/plan.h"

enum { FLAT_VERSION = 1, FLAT_HEADER = 64, FLAT_MOST_ALIGN = 8 };
#define FLAT_MAGIC "CALCFLAT"

struct flat_header {
	char magic[8];
	uint32_t version, header;
	uint64_t type;			/* flat_hash */
	uint64_t length;		/* of the image, header included */
	uint64_t zero[4];
};

/* Where things stand, by type. Asked for once, then cheap. */
struct flat_size { uint64_t size; uint32_t align; };
struct flat_layout {
	const struct plan *p;
	struct flat_size *of;		/* by type; align 0: not asked yet */
	uint8_t *form;			/* by type; 0: not asked yet */
};
void flat_layout_init(struct flat_layout *l, const struct plan *p);
void flat_layout_release(struct flat_layout *l);
/* Can values of this type stand so? */
bool flat_has_form(struct flat_layout *l, uint32_t type);
struct flat_size flat_size(struct flat_layout *l, uint32_t type);	/* of a type that has a form */
/* Places `one` behind *at, which moves behind it. */
uint64_t flat_place(uint64_t *at, struct flat_size one);

/* What two sides must agree on, as text: "[{sensor:string[32],at:time,value:f64}]"; and its hash (FNV-1a, 64 bits). */
void flat_text(const struct plan *p, uint32_t type, struct buf *out);
uint64_t flat_hash(const struct plan *p, uint32_t type);
uint64_t flat_function_hash(const struct plan *p, const struct plan_func *f);	/* of all its parameters and results */

/* What the program of native functions of "plant.cf" is called: "plant-functions"; of a graph document, by its program. What a shell or make would
 * not take for a part of a name is `_` there. */
const char *flat_program_name(struct arena *arena, const char *program);

/* Natural text of a value (value.h) → image; the type without T? around it. */
bool flat_from_natural(const struct plan *p, uint32_t type, const char *text, size_t len, struct buf *out, struct buf *error);
/*
 * A list from images of its items: what each holds is copied, and what it refers to, as a block. Items are images that were checked, of
 * the list's element without T? around it.
 */
struct flat_gather {
	struct flat_layout layout;
	struct buf *out;		/* gets the image */
	size_t base;			/* of it in out */
	uint32_t elem, item;		/* types: of the list, and without T? */
	uint64_t first;			/* of the items */
	uint32_t count, next;
	uint64_t *refers;		/* where in an item offsets stand */
	size_t references, cap;
};
bool flat_gather_begin(struct flat_gather *g, const struct plan *p, uint32_t list, uint32_t count, struct buf *out, struct buf *error);
/* The next one; len 0: absent, where the element is a T?. */
bool flat_gather_add(struct flat_gather *g, const char *image, size_t len, struct buf *error);
void flat_gather_end(struct flat_gather *g);	/* the image is whole; also after a failure */

/* Image → natural text, or (out NULL) only checked: linear in the image, whatever stands in it. */
bool flat_to_natural(const struct plan *p, uint32_t type, const char *image, size_t len, struct buf *out, struct buf *error);

#endif
