/* Place and locality of a set's graph; see place.h. */
#include "compiler/place.h"

void place_graph(struct compilation *c, struct set *s, struct graph *g)
{
	place_groups(c, s, g);
	if (s->slots_auto)
		s->plan.slots = place_slots(g);
}
