/* Images in a message, one after another (slot.h). The reader is total: a peer wrote them. */
#include <string.h>
#include "runtime/slot.h"

enum { LENGTH = 4 };

void slot_images_add(struct buf *b, const char *image, uint32_t len)
{
	uint8_t p[LENGTH] = { (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16), (uint8_t)(len >> 24) };

	buf_add(b, p, sizeof p);
	if (image)
		buf_add(b, image, len);
}

bool slot_images_next(struct slot_images *images, const char **image, uint32_t *len)
{
	const uint8_t *p = (const uint8_t *)images->p;
	size_t bytes;

	if (images->len < LENGTH)
		return false;
	*len = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	bytes = *len == SLOT_ELSEWHERE ? 0 : *len;
	if (bytes > images->len - LENGTH)
		return false;
	*image = images->p + LENGTH;
	images->p += LENGTH + bytes;
	images->len -= LENGTH + bytes;
	return true;
}
