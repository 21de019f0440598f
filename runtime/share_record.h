/*
 * The durable part of a run, on a share below .calcflow/<set>/: `record`, an append-only file of checksummed lines, and
 * epoch.<n>, which says whose turn it is. It outlives the work folder and the pod. Everything is fsynced before it counts.
 * These functions block: during a run they are called through share_run.
 */
#ifndef CALC_RUNTIME_SHARE_RECORD_H
#define CALC_RUNTIME_SHARE_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

/* Folder of the set on a share; made when missing. */
bool share_record_folder(const char *share_dir, const char *set, struct buf *folder, struct buf *error);

enum share_record_state { RECORD_NONE, RECORD_BEGUN, RECORD_DONE };
struct share_record {
	enum share_record_state state;
	uint8_t fingerprint[16];
	uint32_t attempt;
	uint64_t time_us;
};
/* `key` is one word (file_encode_key). */
bool share_record_add(const char *folder, const char *key, const struct share_record *r, struct buf *error);

/* The last word on `key`. A torn last line never counted. false: the file cannot be read, or is damaged within. */
bool share_record_find(const char *folder, const char *key, struct share_record *out, struct buf *error);

bool share_epoch_claim(const char *folder, uint64_t *epoch, struct buf *error);
bool share_epoch_is_ours(const char *folder, uint64_t epoch, struct buf *error);	/* false also when it cannot be read */

#endif
