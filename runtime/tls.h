/*
 * TLS of a client over a connected, non-blocking socket (mbed TLS, which only tls.c includes). The server must show a certificate for
 * the wanted name that one of the CA file's certificates vouches for, now; there is no way around that.
 */
#ifndef CALC_RUNTIME_TLS_H
#define CALC_RUNTIME_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

struct tls;
/* `ca`: PEM certificates; `name`: of the server. NULL with a message. The descriptor stays the caller's, and open as long as this. */
struct tls *tls_new(int fd, const struct buf *ca, const char *name, struct buf *error);
void tls_free(struct tls *t);			/* says goodbye if that does not wait; NULL is fine */

/* What a call came to: it is done; it must be called again, the same, when the socket can be read or written; the server has closed
 * (tls_read only); or it failed, finally (tls_why). */
enum tls_state { TLS_DONE, TLS_WANTS_READ, TLS_WANTS_WRITE, TLS_CLOSED, TLS_FAILED };
enum tls_state tls_handshake(struct tls *t);
enum tls_state tls_write(struct tls *t, const void *data, size_t len, size_t *done);	/* at least one byte when TLS_DONE */
enum tls_state tls_read(struct tls *t, void *data, size_t room, size_t *got);
const char *tls_why(const struct tls *t);

#endif
