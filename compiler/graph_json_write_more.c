/* Writing windows, locks, states, and what functions, sources and sinks say of them. */
#include "compiler/graph_json_write.h"

#include "base/rfc3339.h"

static const char *name_text(const struct writer *w, sym_t name) { return name_of(w->c, name); }

static void write_uses(struct writer *w, const char *member, const struct state_use *use, uint32_t n)
{
	if (!n)
		return;
	json_key(&w->w, member);
	json_array(&w->w);
	for (uint32_t i = 0; i < n; i++)
		json_string(&w->w, name_text(w, w->c->program.state[use[i].state].name));
	json_array_end(&w->w);
}

void write_more_of(struct writer *w, const struct func *f)
{
	if (f->portable) {
		json_key(&w->w, "portable");
		json_bool(&w->w, true);
	}
	if (f->devices) {
		json_key(&w->w, "device");
		json_object(&w->w);
		for (uint32_t i = 0; i < f->devices; i++) {
			json_key(&w->w, f->device[i].name);
			json_u64(&w->w, f->device[i].count);
		}
		json_object_end(&w->w);
	}
	write_uses(w, "reads", f->reads, f->n_reads);
	write_uses(w, "writes", f->writes, f->n_writes);
	if (!f->rights)
		return;
	json_key(&w->w, "system");
	json_array(&w->w);
	for (uint32_t i = 0; i < f->rights; i++) {
		json_array(&w->w);
		json_string(&w->w, name_text(w, f->right[i].verb));
		json_string(&w->w, name_text(w, f->right[i].resource));
		json_array_end(&w->w);
	}
	json_array_end(&w->w);
}

static void write_lateness(struct writer *w, const struct lateness *l)
{
	static const char *const then[] = { "", "drop", "redo" }, *const idle[] = { "", "skip", "hold", "fail" };
	if (l->late_ns) {
		json_key(&w->w, "late");
		write_duration(&w->w, l->late_ns);
		json_key(&w->w, "then");
		json_string(&w->w, then[l->then]);
	}
	if (l->idle) {
		json_key(&w->w, "idle");
		json_string(&w->w, idle[l->idle]);
	}
}

static void write_path(struct writer *w, const char *share, const char *path)
{
	buf_clear(&w->scratch);
	buf_printf(&w->scratch, "/%s/%s", share, path);
	json_string(&w->w, buf_str(&w->scratch));
}

void write_standing(struct writer *w, const struct outside *o)
{
	const struct program *p = &w->c->program;
	if (o->share) {
		json_key(&w->w, "share");
		write_path(w, o->share, o->path);
	} else if (o->pond) {
		json_key(&w->w, "pond");
		json_string(&w->w, name_text(w, p->pond[o->pond - 1].name));
	}
	if (o->plan_name) {
		json_key(&w->w, "as");
		json_string(&w->w, o->plan_name);
	}
	if (o->file) {
		json_key(&w->w, "file");
		json_string(&w->w, o->file);
	}
	if (o->window) {
		json_key(&w->w, "window");
		json_string(&w->w, name_text(w, p->window[o->window - 1].name));
	}
	if (o->by) {
		json_key(&w->w, "by");
		json_string(&w->w, name_text(w, type_field_at(&w->c->types, type_of(&w->c->types, o->type)->elem, o->by - 1)->name));
	}
	write_lateness(w, &o->lateness);
}

void write_windows(struct writer *w)
{
	const struct program *p = &w->c->program;
	bool any = false;
	for (size_t i = 0; i < p->windows; i++) {
		const struct window *o = &p->window[i];
		begin_part(w, "windows", &any);
		json_key(&w->w, name_text(w, o->name));
		json_object(&w->w);
		json_key(&w->w, "every");
		write_duration(&w->w, (uint64_t)o->every_ns);
		if (o->from_ns) {
			buf_clear(&w->scratch);
			rfc3339_text(rfc3339_from_ns(o->from_ns), &w->scratch);
			json_key(&w->w, "from");
			json_string(&w->w, buf_str(&w->scratch));
		}
		write_lateness(w, &o->lateness);
		write_place(w, o->span);
		json_object_end(&w->w);
	}
	if (any)
		json_object_end(&w->w);
}

static void write_in(struct writer *w, sym_t medium, uint32_t pond, const char *share, const char *path)
{
	json_key(&w->w, "in");
	if (!pond && !share) {
		json_string(&w->w, name_text(w, medium));
		return;
	}
	json_object(&w->w);
	json_key(&w->w, pond ? "pond" : "share");
	if (pond)
		json_string(&w->w, name_text(w, w->c->program.pond[pond - 1].name));
	else
		write_path(w, share, path);
	json_object_end(&w->w);
}

void write_locks(struct writer *w)
{
	const struct program *p = &w->c->program;
	bool any = false;
	for (size_t i = 0; i < p->locks; i++) {
		const struct lock *o = &p->lock[i];
		begin_part(w, "locks", &any);
		json_key(&w->w, name_text(w, o->name));
		json_object(&w->w);
		write_in(w, o->medium, o->pond, o->share, o->path);
		write_place(w, o->span);
		json_object_end(&w->w);
	}
	if (any)
		json_object_end(&w->w);
}

void write_states(struct writer *w)
{
	static const char *const mode[] = { [STATE_CONFINED] = "confined", [STATE_FROZEN] = "frozen", [STATE_SYNC] = "sync" };
	const struct program *p = &w->c->program;
	bool any = false;
	for (size_t i = 0; i < p->states; i++) {
		const struct state *o = &p->state[i];
		begin_part(w, "states", &any);
		json_key(&w->w, name_text(w, o->name));
		json_object(&w->w);
		json_key(&w->w, "type");
		type_value(w, o->type, o->format);
		write_in(w, o->medium, o->pond, o->share, o->path);
		if (o->mode != STATE_SNAPSHOT) {
			json_key(&w->w, "mode");
			if (o->mode == STATE_GUARDED) {
				json_object(&w->w);
				json_key(&w->w, "guarded");
				json_string(&w->w, name_text(w, p->lock[o->lock - 1].name));
				json_object_end(&w->w);
			} else {
				json_string(&w->w, mode[o->mode]);
			}
		}
		if (o->has_init) {
			json_key(&w->w, "value");
			write_words(w, o->type, o->init, o->span);
		}
		write_place(w, o->span);
		json_object_end(&w->w);
	}
	if (any)
		json_object_end(&w->w);
}
