/*
 * Roles of slots in a pod: the quarterback patches the image of a slot's container in its own pod, and looks at the pod until that
 * container is another one. Nothing else is asked of the API server. Judged by the container's id: image ids stay what they were
 * when two names are one image. What the server refuses, and an image that cannot be had, end a change; a server that is away does so only
 * as long as nothing was changed: after that it is waited for, as the change goes on without it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "runtime/api_client.h"
#include "runtime/host.h"
#include "runtime/plan_images.h"
#include "tools/quarterback.h"

enum { LOOK_MS = 100, LOOK_LATER_MS = 1000, SOON_MS = 10000, SETTLE_MS = 20, DEPTH = 64, NAME_MOST = 253 };
enum { HELLO_MS = 60000, BACK_OFF_MS = 330000 };	/* for a worker of a new container; the longest that a kubelet waits before a return */
/* An image of which the node says that it cannot be had is waited for at most so long, one of which it says nothing as long as a slot is
 * that has never started; a part of that once it could not be had. A kubelet says nothing in pods that are not restarted: the old
 * container stays "terminated" while the new image is pulled, or cannot be. */
enum { PULL_MS = 120000, START_MS = 600000, AGAIN_PART = 4, LEAST_MS = 5000 };
static const char accounts[] = "/var/run/secrets/kubernetes.io/serviceaccount";

/* A change that is under way. */
struct change {
	struct change *next;
	struct quarterback_roles *r;
	uint32_t slot;
	char *image, *container;	/* container: the one before, as far as the server knew; NULL: to be found out */
	char seen[160];			/* another one, running */
	uint64_t seen_ms;		/* since when */
	bool again;
	bool over;			/* another change of the slot was asked for */
	uint64_t since_ms, failing_ms;	/* failing: since when the node says that it cannot be done; 0: it does not */
	bool resumed;			/* an earlier quarterback began it: the image may have been changed */
	bool patched;
	bool away;			/* the server was, when it was asked last */
	struct loop_timer *timer;
};

struct unhad { struct unhad *next; char *image; };

struct quarterback_roles {
	struct host *host;
	struct loop *loop;
	struct api *api;
	const char *registry;
	char ca[128], token[128], target[2 * NAME_MOST + 64];
	char why[256];			/* there is no API server to ask */
	struct change *changes;
	uint64_t pull_ms, start_ms;
	struct unhad *unhad;		/* images that could not be had */
};

/* ---- the pod, as the server describes it ---- */

struct look {
	char name[32];			/* of the slot's container */
	char container[160], reason[64];
	char image[512];		/* that it shall have; longer ones are cut */
	bool running;
	/* where the reader is: keys from the outermost on, of objects and arrays */
	char key[DEPTH][24];
	unsigned depth;
	bool mine;			/* in the status of that container, or its spec */
	char found_container[160], found_reason[64], found_image[512];
	bool found_running;
};

static void copy(char *to, size_t room, const struct json_event *ev)
{
	size_t len = ev->len < room - 1 ? ev->len : room - 1;

	memcpy(to, ev->text, len);
	to[len] = '\0';
}

static bool in_spec(const struct look *l)
{
	return strcmp(l->key[1], "spec") == 0 && strcmp(l->key[2], "initContainers") == 0;
}

/* status.initContainerStatuses[i].…, at `depth` keys */
static bool at(const struct look *l, unsigned depth, const char *last)
{
	return l->depth == depth && strcmp(l->key[1], "status") == 0 && strcmp(l->key[2], "initContainerStatuses") == 0 &&
	       strcmp(l->key[depth], last) == 0;
}

static void on_text(struct look *l, const struct json_event *ev)
{
	if (l->depth == 4 && in_spec(l) && strcmp(l->key[4], "image") == 0)
		copy(l->found_image, sizeof l->found_image, ev);
	else if (at(l, 4, "name") || (l->depth == 4 && in_spec(l) && strcmp(l->key[4], "name") == 0))
		l->mine = ev->len == strlen(l->name) && memcmp(ev->text, l->name, ev->len) == 0;
	else if (at(l, 4, "containerID"))
		copy(l->found_container, sizeof l->found_container, ev);
	else if (at(l, 6, "reason") && strcmp(l->key[4], "state") == 0 && strcmp(l->key[5], "waiting") == 0)
		copy(l->found_reason, sizeof l->found_reason, ev);
}

static bool on_event(void *ctx, const struct json_event *ev)
{
	struct look *l = ctx;

	switch (ev->kind) {
	case JSON_KEY: copy(l->key[l->depth], sizeof l->key[0], ev); break;
	case JSON_STRING: on_text(l, ev); break;
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (l->depth == 3 && (in_spec(l) || strcmp(l->key[2], "initContainerStatuses") == 0)) {
			l->mine = l->found_running = false;
			l->found_container[0] = l->found_reason[0] = l->found_image[0] = '\0';
		}
		l->found_running |= at(l, 5, "running") && strcmp(l->key[4], "state") == 0;
		if (++l->depth == DEPTH)
			return false;
		l->key[l->depth][0] = '\0';
		break;
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
		l->depth--;
		if (l->depth == 3 && l->mine && in_spec(l))
			memcpy(l->image, l->found_image, sizeof l->image);
		if (l->depth == 3 && l->mine && strcmp(l->key[2], "initContainerStatuses") == 0) {
			memcpy(l->container, l->found_container, sizeof l->container);
			memcpy(l->reason, l->found_reason, sizeof l->reason);
			l->running = l->found_running;
		}
		break;
	default: break;
	}
	return true;
}

static bool look_at(struct look *l, uint32_t slot, const struct api_answer *a)
{
	struct json_error error;

	*l = (struct look){ .depth = 0 };
	snprintf(l->name, sizeof l->name, "slot-%u", (unsigned)slot);
	return json_read(a->body, a->body_len, DEPTH, on_event, l, &error);
}

/* ---- a change ---- */

/* Not while a request is under way, whose answer is for it. */
static void drop(struct change *c)
{
	struct change **link = &c->r->changes;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	loop_timer_cancel(c->timer);
	mem_free(c->image);
	mem_free(c->container);
	mem_free(c);
}

static bool dropped(struct change *c)
{
	bool over = c->over;

	if (over)
		drop(c);
	return over;
}

static void end(struct change *c, const struct host_unswapped *failed)
{
	struct host *h = c->r->host;
	uint32_t slot = c->slot;

	drop(c);
	host_swapped(h, slot, failed);
}

/* What the server said against it: the message of its Status, or the answer. */
struct message { bool next; struct buf text; };

static bool on_status(void *ctx, const struct json_event *ev)
{
	struct message *m = ctx;

	if (ev->kind == JSON_KEY)
		m->next = ev->len == 7 && memcmp(ev->text, "message", 7) == 0 && m->text.len == 0;
	else if (ev->kind == JSON_STRING && m->next)
		buf_add(&m->text, ev->text, ev->len);
	return true;
}

static void look(void *ctx);

static bool is_passing(int status)
{
	return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

static void refused(struct change *c, const char *doing, const struct api_answer *a)
{
	struct message m = { false, BUF_INIT };
	struct json_error error;
	struct buf why = BUF_INIT;
	bool passing = is_passing(a->status);

	if (a->status == 0) {
		buf_printf(&why, "%s: %s", doing, a->why);
	} else {
		json_read(a->body, a->body_len, DEPTH, on_status, &m, &error);
		buf_printf(&why, "%s: the API server answers %d: %s", doing, a->status, m.text.len ? m.text.p : "no message");
	}
	if (!passing || (!c->patched && !c->resumed)) {
		end(c, &(struct host_unswapped){ why.p, passing, !c->patched && !c->resumed });
	} else {
		if (!c->away)
			quarterback_say("slot %u: %s; it is asked again", (unsigned)c->slot, why.p);
		c->away = true;
		c->timer = loop_timer(c->r->loop, LOOK_LATER_MS, look, c);
	}
	buf_release(&m.text);
	buf_release(&why);
}

/* `why` has a place for the reason. It is not tried again in this slot: the kubelet did that all the time. */
static void end_with(struct change *c, const char *why, const char *reason)
{
	size_t at = strcspn(why, "%");
	struct buf text = BUF_INIT;

	buf_printf(&text, "%.*s%s%s", (int)at, why, reason, why + at + 2);
	end(c, &(struct host_unswapped){ .why = text.p });
	buf_release(&text);
}

static void look_soon(struct change *c)
{
	bool soon = loop_now(c->r->loop) - c->since_ms < SOON_MS;

	c->timer = loop_timer(c->r->loop, soon ? LOOK_MS : LOOK_LATER_MS, look, c);
}

static void on_patched(void *ctx, const struct api_answer *a)
{
	struct change *c = ctx;

	if (dropped(c))
		return;
	if (a->status != 200) {
		refused(c, "its pod cannot be patched", a);
		return;
	}
	c->patched = true;
	look_soon(c);
}

static void patch(void *ctx)
{
	struct change *c = ctx;
	struct buf body = BUF_INIT;
	struct json_writer w;
	char name[32];

	c->timer = NULL;
	if (dropped(c))
		return;
	json_writer_init(&w, &body, 0);
	json_object(&w);
	json_key(&w, "spec");
	json_object(&w);
	json_key(&w, "initContainers");
	json_array(&w);
	json_object(&w);
	json_key(&w, "name");
	snprintf(name, sizeof name, "slot-%u", (unsigned)c->slot);
	json_string(&w, name);
	json_key(&w, "image");
	json_string(&w, c->image);
	json_object_end(&w);
	json_array_end(&w);
	json_object_end(&w);
	json_object_end(&w);
	api_ask(c->r->api, &(struct api_request){ "PATCH", c->r->target, "application/strategic-merge-patch+json", body.p, on_patched, c });
	buf_release(&body);
}

/* The worker before has gone for certain once what was under way in this turn was heard. */
static void settled(void *ctx)
{
	struct change *c = ctx;

	c->timer = NULL;
	if (dropped(c))
		return;
	if (host_swapped(c->r->host, c->slot, NULL))
		drop(c);
	else
		look_soon(c);
}

/* It is another container, as far as the server knows; perhaps the old one, which it heard of late. Its worker is to say hello. */
static void found(struct change *c, const struct look *l)
{
	uint64_t now = loop_now(c->r->loop);

	if (strcmp(c->seen, l->container) != 0) {
		memcpy(c->seen, l->container, sizeof c->seen);
		c->seen_ms = now;
	}
	if (now - c->seen_ms < HELLO_MS)
		c->timer = loop_timer(c->r->loop, SETTLE_MS, settled, c);
	else
		end(c, &(struct host_unswapped){ "its container runs, but no worker has said hello from there within a minute", true, false });
}

/* Why an image is waited for in vain; NULL: it is not. */
static const char *trouble(const struct change *c, const struct look *l)
{
	static const char *const pull[] = { "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError",
		"RegistryUnavailable", "SignatureValidationFailed" };
	static const char *const make[] = { "CreateContainerConfigError", "CreateContainerError", "RunContainerError" };

	const char *reason = l->reason;

	for (size_t i = 0; i < sizeof pull / sizeof *pull; i++)
		if (strcmp(reason, pull[i]) == 0)
			return "the node cannot get it (%s): is the name right, is it for this kind of machine, and may the pod pull it?";
	for (size_t i = 0; i < sizeof make / sizeof *make; i++)
		if (strcmp(reason, make[i]) == 0)
			return "the node can make no container of it (%s): `kubectl describe pod` says why";
	if (strcmp(reason, "CrashLoopBackOff") == 0 && strcmp(l->container, c->container) != 0)
		return "its container ends as soon as it has begun (%s)";
	return NULL;
}

static bool was_unhad(const struct quarterback_roles *r, const char *image)
{
	const struct unhad *u = r->unhad;

	while (u && strcmp(u->image, image) != 0)
		u = u->next;
	return u != NULL;
}

static void note_unhad(struct quarterback_roles *r, const char *image)
{
	struct unhad *u;

	if (was_unhad(r, image))
		return;
	u = mem_zalloc(1, sizeof *u);
	u->image = mem_strdup(image);
	u->next = r->unhad;
	r->unhad = u;
}

static uint64_t patience(const struct change *c, uint64_t most)
{
	uint64_t part = most / AGAIN_PART;

	if (!was_unhad(c->r, c->image))
		return most;
	return part > LEAST_MS ? part : most < LEAST_MS ? most : LEAST_MS;
}

/* The kubelet goes on trying, and so do we for a while, but not with what no other try can mend. */
static bool is_over(struct change *c, const char *reason)
{
	uint64_t now = loop_now(c->r->loop), most = patience(c, c->r->pull_ms);

	if (c->again && strcmp(reason, "CrashLoopBackOff") == 0)	/* a return looks alike */
		most = BACK_OFF_MS;
	if (!c->failing_ms)
		c->failing_ms = now;
	return strcmp(reason, "InvalidImageName") == 0 || strcmp(reason, "ErrImageNeverPull") == 0 || now - c->failing_ms >= most;
}

/* It does not run yet. */
static void wait_on(struct change *c, const struct look *l)
{
	bool late = loop_now(c->r->loop) - c->since_ms >= patience(c, c->r->start_ms) + (c->again ? BACK_OFF_MS : 0);
	const char *why = trouble(c, l);

	if (!late && !(why && is_over(c, l->reason))) {
		look_soon(c);
		return;
	}
	note_unhad(c->r, c->image);
	if (why)
		end_with(c, why, l->reason);
	else
		end(c, &(struct host_unswapped){ .why = "its container has not started with it in time: is the name right, is it for this kind of machine, and "
			"may the pod pull it? (`kubectl describe pod` says why it does not start)" });
}

static void on_looked(void *ctx, const struct api_answer *a)
{
	struct change *c = ctx;
	struct look l;

	if (dropped(c))
		return;
	if (a->status != 200) {
		refused(c, "its pod cannot be read", a);
		return;
	}
	c->away = false;
	if (!look_at(&l, c->slot, a)) {
		end(c, &(struct host_unswapped){ "what the API server says of its pod cannot be read", false, !c->patched && !c->resumed });
		return;
	}
	if (!l.running)
		c->seen[0] = '\0';
	if (!c->container && l.running && strcmp(l.image, c->image) == 0) {
		end(c, &(struct host_unswapped){ "it has that already, which the journal does not know: was the pod changed by somebody else?", false, true });
	} else if (!c->container) {
		c->container = mem_strdup(l.container);
		host_swap_begun(c->r->host, c->slot, c->container);
		c->timer = loop_timer(c->r->loop, 0, patch, c);
	} else if (!c->patched) {
		patch(c);		/* an earlier quarterback began: perhaps it had come so far, and to do it again does no harm */
	} else if (l.running && l.container[0] && strcmp(l.container, c->container) != 0) {
		found(c, &l);
	} else {
		wait_on(c, &l);
	}
}

static void look(void *ctx)
{
	struct change *c = ctx;

	c->timer = NULL;
	if (dropped(c))
		return;
	api_ask(c->r->api, &(struct api_request){ "GET", c->r->target, NULL, NULL, on_looked, c });
}

void quarterback_swap(struct quarterback_roles *r, struct host *h, const struct host_change *wanted)
{
	struct change *c = mem_zalloc(1, sizeof *c);
	struct buf name = BUF_INIT;

	r->host = h;
	for (struct change *before = r->changes; before; before = before->next)
		before->over = before->over || before->slot == wanted->slot;
	c->r = r;
	c->slot = wanted->slot;
	c->again = wanted->again;
	plan_image_from(wanted->image, r->registry, &name);
	c->image = mem_strdup(name.p);
	c->container = wanted->container ? mem_strdup(wanted->container) : NULL;
	c->resumed = wanted->container != NULL;
	c->since_ms = loop_now(r->loop);
	c->next = r->changes;
	r->changes = c;
	buf_release(&name);
	if (r->why[0])
		end(c, &(struct host_unswapped){ r->why, false, !c->resumed });
	else
		look(c);
}

/* ---- who is asked ---- */

static bool is_name(const char *s)
{
	size_t len = s ? strlen(s) : 0;

	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '-' && s[i] != '.')
			return false;
	return len > 0 && len <= NAME_MOST;
}

/* The pod's own place, and the address that every container is given; the certificate is for the name. */
struct quarterback_roles *quarterback_roles_new(struct loop *l, const struct quarterback *q)
{
	struct quarterback_roles *r = mem_zalloc(1, sizeof *r);
	const char *pod = getenv("CALC_POD"), *space = getenv("CALC_NAMESPACE"), *folder = getenv("CALC_ACCOUNT");
	struct api_options o = { .address = getenv("KUBERNETES_SERVICE_HOST"), .port = getenv("KUBERNETES_SERVICE_PORT"),
		.name = "kubernetes.default.svc", .ca_file = r->ca, .token_file = r->token };

	r->loop = l;
	r->registry = q->registry;
	r->start_ms = q->start_limit_ms ? q->start_limit_ms : START_MS;
	r->pull_ms = q->start_limit_ms && q->start_limit_ms < PULL_MS ? q->start_limit_ms : PULL_MS;
	if (!folder)
		folder = accounts;
	snprintf(r->ca, sizeof r->ca, "%s/ca.crt", folder);
	snprintf(r->token, sizeof r->token, "%s/token", folder);
	if (!is_name(pod) || !is_name(space))
		snprintf(r->why, sizeof r->why, "CALC_POD and CALC_NAMESPACE do not say which pod this is");
	else if (!o.address || !o.port)
		snprintf(r->why, sizeof r->why, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not say where the API server is");
	else
		snprintf(r->target, sizeof r->target, "/api/v1/namespaces/%s/pods/%s", space, pod);
	r->api = api_new(l, &o);
	return r;
}

void quarterback_roles_free(struct quarterback_roles *r)
{
	if (!r)
		return;
	api_free(r->api);
	while (r->changes) {
		struct change *c = r->changes;

		r->changes = c->next;
		loop_timer_cancel(c->timer);
		mem_free(c->image);
		mem_free(c->container);
		mem_free(c);
	}
	while (r->unhad) {
		struct unhad *u = r->unhad;

		r->unhad = u->next;
		mem_free(u->image);
		mem_free(u);
	}
	mem_free(r);
}
