/* plan_check: states and which functions touch them. */
#include "runtime/plan_check.h"

#include <string.h>
#include "base/mem.h"

static bool stands_somewhere(const char *at)
{
	const char *path = *at == '/' ? strchr(at + 1, '/') : NULL;
	char *share;
	bool ok;

	if (strcmp(at, "ipc") == 0 || strcmp(at, "scratch") == 0)
		return true;
	if (*at != '/')
		return check_volume(at) && strncmp(at, PLAN_POND, strlen(PLAN_POND)) == 0;
	if (!path)
		return false;
	share = mem_strndup(at + 1, (size_t)(path - at - 1));
	ok = check_volume(share) && check_path(path + 1);
	mem_free(share);
	return ok;
}

static bool check_state(struct check *c, uint32_t i)
{
	const struct plan_state *s = &c->p->state[i];

	if (!check_word_name(s->name) || !s->at || !s->lock)
		return check_fail(c, "states[%u]: not a name, or a text is missing", i);
	if (s->type >= c->p->types || s->format > FORMAT_RAW || s->mode > PLAN_GUARDED)
		return check_fail(c, "states[%u]: type, format or mode out of range", i);
	if (!stands_somewhere(s->at))
		return check_fail(c, "states[%u].at: not `ipc`, `scratch`, `pond/NAME` or `/share/path`", i);
	if ((s->mode == PLAN_GUARDED) != (*s->lock != '\0'))
		return check_fail(c, "states[%u]: a lock, and not guarded, or the reverse", i);
	return true;
}

/* A state that comes by a parameter is its type, or absent at first; one that goes by a result is its type. */
static bool check_use(struct check *c, const struct plan_func *f, uint32_t i)
{
	const struct plan_use *u = &c->p->use[i];

	if (u->state >= c->p->states)
		return check_fail(c, "uses[%u].state: out of range", i);
	if ((u->param != PLAN_NONE && u->param >= f->params) || (u->result != PLAN_NONE && u->result >= f->results))
		return check_fail(c, "uses[%u]: parameter or result out of range", i);
	if (u->result != PLAN_NONE && (!u->writes || u->param == PLAN_NONE))
		return check_fail(c, "uses[%u]: a result without a parameter, or of a state that is not written", i);
	if (u->param != PLAN_NONE && !check_fits(c, c->p->state[u->state].type, c->p->port[f->first_param + u->param].type))
		return check_fail(c, "uses[%u]: its parameter has another type", i);
	if (u->result != PLAN_NONE && !check_fits(c, c->p->port[f->first_result + u->result].type, c->p->state[u->state].type))
		return check_fail(c, "uses[%u]: its result has another type", i);
	return true;
}

bool check_states(struct check *c)
{
	for (uint32_t i = 0; i < c->p->states; i++)
		if (!check_state(c, i))
			return false;
	for (uint32_t f = 0; f < c->p->funcs; f++) {
		const struct plan_func *of = &c->p->func[f];

		c->uses += of->uses;
		if (c->uses > PLAN_MAX_USES)
			return check_fail(c, "funcs: too many uses of states in all");
		if (of->uses && of->expr != PLAN_NONE)
			return check_fail(c, "funcs[%u]: an expression touches no state", f);
		for (uint32_t i = of->first_use; i < of->first_use + of->uses; i++)
			if (!check_use(c, of, i))
				return false;
	}
	return true;
}
