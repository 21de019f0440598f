/*
 * What the two makers of slots (slot_local.c, slot_listen.c) share with slot.c: a slot with its connection. A maker gets
 * connected sockets and decides what a broken one means; slot.c speaks the protocol and calls the host.
 */
#ifndef CALC_RUNTIME_SLOT_INNER_H
#define CALC_RUNTIME_SLOT_INNER_H

#include <sys/types.h>
#include "base/buf.h"
#include "runtime/loop.h"
#include "runtime/proto.h"
#include "runtime/slot.h"

enum slot_state {
	SLOT_ABSENT,		/* no worker is known */
	SLOT_IDLE,		/* and connected */
	SLOT_BUSY,		/* with `token` */
	SLOT_CLEARING		/* its worker ends a step that we did not give */
};

struct slot {
	struct slots *all;
	uint32_t index, incarnation;
	enum slot_state state;
	uint64_t token, nonce;		/* BUSY; CLEARING: the token */
	bool any_nonce;			/* of an adopted step, given by a host before us */
	bool said_started;
	enum { KILL_NO, KILL_TERM, KILL_NOW } kill;	/* asked for, of the running step */
	uint64_t instance;		/* of its worker; 0: none */
	uint64_t home;			/* guard of its last worker, as it says; 0: not known */
	uint64_t repeated;		/* token whose ENDED may come without a RUN of ours: the worker's last one */
	int fd;				/* -1: not connected */
	struct loop_watch *watch;
	struct proto_reader in;
	struct buf out;			/* not yet sent */
	/* slot_local.c */
	pid_t guard;			/* 0: none */
	bool parked;			/* no worker is wanted */
	bool stopping;			/* the one that is connected was told to end: what it says does not count */
	const struct slot_sight *sight;	/* or NULL */
	enum slot_isolation how;	/* it was made */
	/* slot_listen.c */
	int listener;
	struct loop_watch *listener_watch;
	/* both: when to make or hear another worker, or to give one up */
	struct loop_timer *timer;
	uint64_t wait_ms;
};

struct slots {
	struct loop *loop;
	struct slot_events ev;
	uint32_t count;
	struct slot *slot;
	/* The maker's: the connection broke (and is closed already); the module ends. */
	void (*broken)(struct slot *s, const char *why);
	void (*release)(struct slots *all);
	/* slot_local.c */
	enum slot_isolation isolation;
	/* slot_listen.c */
	char *dir, *plan_hash;
	uint32_t uid_base;
	struct pending *pending;	/* connections that have not said HELLO */
};

struct slots *slots_new(struct loop *l, uint32_t count, const struct slot_events *ev);
bool slot_connect(struct slot *s, int fd);	/* the slot owns fd from here, even on false */
void slot_disconnect(struct slot *s);		/* closes; the state stays */
/* After HELLO, on a connected slot: the same worker back, or a new one. */
void slot_greet(struct slot *s, const struct proto_message *hello);
void slot_handle_rest(struct slot *s);		/* messages that are already in s->in */
void slot_lose(struct slot *s, const char *why);	/* the worker is known dead */

#endif
