/* A client's TLS with mbed TLS: versions from 1.2 on, the server's chain and name checked before a byte is said. */
#include "runtime/tls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include "base/mem.h"

enum { WHY = 256 };

struct tls {
	int fd;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	mbedtls_x509_crt ca;
	mbedtls_ssl_config config;
	mbedtls_ssl_context ssl;
	char why[WHY];
};

static int on_send(void *ctx, const unsigned char *data, size_t len)
{
	ssize_t n = send(((struct tls *)ctx)->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		return (int)n;
	return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int on_receive(void *ctx, unsigned char *data, size_t len)
{
	ssize_t n = recv(((struct tls *)ctx)->fd, data, len, MSG_DONTWAIT);

	if (n >= 0)
		return (int)n;
	return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_SSL_CONN_EOF;
}

static bool say(struct tls *t, const char *doing, int error)
{
	char text[128] = "";

	mbedtls_strerror(error, text, sizeof text);
	snprintf(t->why, sizeof t->why, "%s: %s", doing, text);
	return false;
}

static bool set_up(struct tls *t, const struct buf *ca, const char *name)
{
	static const char pers[] = "calcflow";
	int e = mbedtls_ctr_drbg_seed(&t->random, mbedtls_entropy_func, &t->entropy, (const unsigned char *)pers, sizeof pers - 1);

	if (e != 0)
		return say(t, "no random numbers", e);
	/* PEM is read up to and with its NUL; a positive result counts certificates that could not be read */
	e = mbedtls_x509_crt_parse(&t->ca, (const unsigned char *)(ca->len ? ca->p : ""), ca->len + 1);
	if (e < 0 || t->ca.version == 0)
		return say(t, "the CA file holds no certificate that can be read", e);
	e = mbedtls_ssl_config_defaults(&t->config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
	if (e != 0)
		return say(t, "TLS cannot be set up", e);
	mbedtls_ssl_conf_min_version(&t->config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_authmode(&t->config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&t->config, &t->ca, NULL);
	mbedtls_ssl_conf_rng(&t->config, mbedtls_ctr_drbg_random, &t->random);
	e = mbedtls_ssl_setup(&t->ssl, &t->config);
	if (e == 0)
		e = mbedtls_ssl_set_hostname(&t->ssl, name);
	if (e != 0)
		return say(t, "TLS cannot be set up", e);
	mbedtls_ssl_set_bio(&t->ssl, t, on_send, on_receive, NULL);
	return true;
}

struct tls *tls_new(int fd, const struct buf *ca, const char *name, struct buf *error)
{
	struct tls *t = mem_zalloc(1, sizeof *t);

	t->fd = fd;
	mbedtls_entropy_init(&t->entropy);
	mbedtls_ctr_drbg_init(&t->random);
	mbedtls_x509_crt_init(&t->ca);
	mbedtls_ssl_config_init(&t->config);
	mbedtls_ssl_init(&t->ssl);
	if (set_up(t, ca, name))
		return t;
	buf_addstr(error, t->why);
	tls_free(t);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	if (t->ssl.state == MBEDTLS_SSL_HANDSHAKE_OVER)
		(void)mbedtls_ssl_close_notify(&t->ssl);	/* a courtesy: nobody waits for it */
	mbedtls_ssl_free(&t->ssl);
	mbedtls_ssl_config_free(&t->config);
	mbedtls_x509_crt_free(&t->ca);
	mbedtls_ctr_drbg_free(&t->random);
	mbedtls_entropy_free(&t->entropy);
	mem_free(t);
}

/* What is wrong with the server's certificate, as mbed TLS lists it, on one line. */
static void say_refused(struct tls *t)
{
	char text[WHY / 2] = "";
	uint32_t flags = mbedtls_ssl_get_verify_result(&t->ssl);

	mbedtls_x509_crt_verify_info(text, sizeof text, "", flags);
	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = at[1] ? ';' : '\0';
	snprintf(t->why, sizeof t->why, "the server's certificate is not accepted: %s", text);
}

static enum tls_state state_of(struct tls *t, const char *doing, int e)
{
	if (e == MBEDTLS_ERR_SSL_WANT_READ)
		return TLS_WANTS_READ;
	if (e == MBEDTLS_ERR_SSL_WANT_WRITE)
		return TLS_WANTS_WRITE;
	if (e == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
		say_refused(t);
	else
		say(t, doing, e);
	return TLS_FAILED;
}

enum tls_state tls_handshake(struct tls *t)
{
	int e = mbedtls_ssl_handshake(&t->ssl);

	return e == 0 ? TLS_DONE : state_of(t, "the TLS handshake failed", e);
}

enum tls_state tls_write(struct tls *t, const void *data, size_t len, size_t *done)
{
	int n = mbedtls_ssl_write(&t->ssl, data, len);

	*done = n > 0 ? (size_t)n : 0;
	return n > 0 ? TLS_DONE : state_of(t, "the connection broke while writing", n);
}

enum tls_state tls_read(struct tls *t, void *data, size_t room, size_t *got)
{
	int n = mbedtls_ssl_read(&t->ssl, data, room);

	*got = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return TLS_DONE;
	if (n == 0 || n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		return TLS_CLOSED;
	return state_of(t, "the connection broke while reading", n);
}

const char *tls_why(const struct tls *t)
{
	return t->why;
}
