/* Names of container images, as a node's container runtime reads them. */
#ifndef CALC_BASE_IMAGE_NAME_H
#define CALC_BASE_IMAGE_NAME_H

#include <stdbool.h>

/* [REGISTRY[:PORT]/]NAME[/NAME]…[:TAG][@DIGEST]; what is none, no node can pull. */
bool image_name_ok(const char *text);
/* What may stand before a name, with a `/` between or at its end: a registry, or a registry and names. */
bool image_prefix_ok(const char *text);

#endif
