/* tls.c - OpenSSL between two windows of bytes: a BIO that reads what was given and writes into the
 * connection's own output, without a copy between. */
#include "tls.h"

#include "check.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS_MAX 1024u /* kept for connections to come; a server gives one or two for each */

struct tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *window;
    /* What the server gave: a ring, the newest last. One of TLS 1.3 is for one connection (RFC 8446 appendix
     * C.4), an older one for all that follow. */
    SSL_SESSION *sessions[SESSIONS_MAX];
    uint32_t sessions_first, sessions_count;
    struct tls_facts facts;
    char *host;
    bool host_is_address, is_insecure, is_new_each;
};

struct tls {
    struct tls_context *context;
    SSL *ssl;          /* of this TCP connection; NULL before the first */
    const uint8_t *in; /* borrowed: what was given and is not read yet */
    size_t in_bytes;
    size_t out_bytes, out_room;
    const char *error; /* static storage, OpenSSL's */
    bool is_up;        /* its handshake is counted */
    bool has_failed;   /* nothing more of this connection is read or written */
    uint8_t out[];
};

/* ---- the window: a BIO over what was given and what is to be sent ---- */

static int window_read(BIO *bio, char *bytes, size_t room, size_t *size)
{
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *size = tls->in_bytes < room ? tls->in_bytes : room;
    if (*size == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(bytes, tls->in, *size);
    tls->in += *size;
    tls->in_bytes -= *size;
    return 1;
}

static int window_write(BIO *bio, const char *bytes, size_t size, size_t *written)
{
    struct tls *tls = BIO_get_data(bio);
    const size_t room = tls->out_room - tls->out_bytes;
    BIO_clear_retry_flags(bio);
    *written = size < room ? size : room;
    if (*written == 0) {
        BIO_set_retry_write(bio);
        return 0;
    }
    memcpy(tls->out + tls->out_bytes, bytes, *written);
    tls->out_bytes += *written;
    return 1;
}

static long window_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0; /* the ring sends when it will */
}

static BIO_METHOD *window_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "window");
    if (method && BIO_meth_set_read_ex(method, window_read) &&
        BIO_meth_set_write_ex(method, window_write) && BIO_meth_set_ctrl(method, window_control))
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* ---- the context ---- */

static SSL_SESSION **session_at(struct tls_context *context, uint32_t index)
{
    return &context->sessions[(context->sessions_first + index) % SESSIONS_MAX];
}

static bool is_for_one(const SSL_SESSION *session)
{
    return SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
}

/* Keeps a session that the server offers (TLS 1.3: any time after the handshake). Returns 1: it is
 * ours now. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const uint32_t most = is_for_one(session) ? SESSIONS_MAX : 1;
    while (context->sessions_count >= most) {
        SSL_SESSION_free(*session_at(context, 0));
        context->sessions_first = (context->sessions_first + 1) % SESSIONS_MAX;
        context->sessions_count--;
    }
    *session_at(context, context->sessions_count++) = session;
    return 1;
}

/* Has a connection resume the newest session that can be. */
static void resume(struct tls_context *context, SSL *ssl)
{
    bool is_done = context->is_new_each;
    while (!is_done && context->sessions_count > 0) {
        SSL_SESSION *session = *session_at(context, context->sessions_count - 1);
        is_done = SSL_SESSION_is_resumable(session) && SSL_set_session(ssl, session) == 1;
        if (is_done && !is_for_one(session))
            return;
        SSL_SESSION_free(session);
        context->sessions_count--;
    }
}

static const char *last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "unknown reason";
}

static int version_number(enum tls_version version)
{
    switch (version) {
    case TLS_VERSION_ANY: return 0;
    case TLS_VERSION_1_0: return TLS1_VERSION;
    case TLS_VERSION_1_1: return TLS1_1_VERSION;
    case TLS_VERSION_1_2: return TLS1_2_VERSION;
    case TLS_VERSION_1_3: return TLS1_3_VERSION;
    }
    check_failed(__FILE__, __LINE__, "version is known", version, TLS_VERSION_1_3);
}

/* Sorts the names of one list into those of TLS 1.3 and those before, as OpenSSL wants them. */
static bool set_ciphers(SSL_CTX *ssl, const char *list)
{
    char old[1024] = "", new[1024] = "";
    while (*list) {
        const size_t size = strcspn(list, ":, ");
        char *to = strncmp(list, "TLS_", 4) == 0 ? new : old;
        const size_t used = strlen(to);
        if (size > 0 && used + size + 2 > sizeof old)
            return false;
        if (size > 0)
            snprintf(to + used, sizeof old - used, "%s%.*s", used > 0 ? ":" : "", (int)size, list);
        list += size + (list[size] != '\0');
    }
    return (!*old || SSL_CTX_set_cipher_list(ssl, old)) &&
           (!*new || SSL_CTX_set_ciphersuites(ssl, new));
}

static bool set_trust(SSL_CTX *ssl, const struct tls_options *options, char *error)
{
    SSL_CTX_set_verify(ssl, options->is_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (options->is_insecure)
        return true;
    if (options->cacert ? SSL_CTX_load_verify_file(ssl, options->cacert)
                        : SSL_CTX_set_default_verify_paths(ssl))
        return true;
    snprintf(error, TLS_ERROR_MAX,
             "--cacert %s cannot be used: %s\n      name a PEM file of the certificates to trust",
             options->cacert ? options->cacert : "", last_reason());
    return false;
}

static bool set_identity(SSL_CTX *ssl, const struct tls_options *options, char *error)
{
    const char *key = options->key ? options->key : options->cert;
    if (!options->cert)
        return true;
    if (!SSL_CTX_use_certificate_chain_file(ssl, options->cert)) {
        snprintf(error, TLS_ERROR_MAX,
                 "--cert %s cannot be used: %s\n      name a PEM file with the client's certificate",
                 options->cert, last_reason());
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) && SSL_CTX_check_private_key(ssl))
        return true;
    snprintf(error, TLS_ERROR_MAX,
             "--key %s cannot be used: %s\n      name a PEM file with the key of --cert", key,
             last_reason());
    return false;
}

static bool set_protocol(SSL_CTX *ssl, const struct tls_options *options, char *error)
{
    static const unsigned char http[] = "\x08http/1.1"; /* RFC 7301 */
    if (!SSL_CTX_set_min_proto_version(ssl, version_number(options->version_min)) ||
        !SSL_CTX_set_max_proto_version(ssl, version_number(options->version_max)) ||
        (options->version_max != TLS_VERSION_ANY && options->version_min > options->version_max)) {
        snprintf(error, TLS_ERROR_MAX,
                 "no version of TLS is left between --tls-min and --tls-max\n      widen them");
        return false;
    }
    if (options->ciphers && !set_ciphers(ssl, options->ciphers)) {
        snprintf(error, TLS_ERROR_MAX,
                 "--ciphers %s: %s\n      see `openssl ciphers -s` for the names", options->ciphers,
                 last_reason());
        return false;
    }
    return SSL_CTX_set_alpn_protos(ssl, http, sizeof http - 1) == 0;
}

struct tls_context *tls_context_open(const struct tls_options *options, char error[TLS_ERROR_MAX])
{
    struct tls_context *context = calloc(1, sizeof *context);
    snprintf(error, TLS_ERROR_MAX, "out of memory for TLS\n      free some, and run again");
    if (!context)
        return NULL;
    ERR_clear_error();
    context->host = options->host ? strdup(options->host) : NULL;
    context->host_is_address = options->host_is_address;
    context->is_insecure = options->is_insecure;
    context->is_new_each = options->is_new_each;
    context->window = window_method();
    context->ssl = SSL_CTX_new(TLS_client_method());
    if (!context->ssl || !context->window || (options->host && !context->host))
        goto fail;
    SSL_CTX_set_app_data(context->ssl, context);
    SSL_CTX_set_mode(context->ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context->ssl, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_read_ahead(context->ssl, 1); /* one copy of what was given, not two */
    SSL_CTX_set_session_cache_mode(context->ssl,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context->ssl, keep_session);
    if (!set_trust(context->ssl, options, error) || !set_identity(context->ssl, options, error) ||
        !set_protocol(context->ssl, options, error))
        goto fail;
    error[0] = '\0';
    return context;

fail:
    ERR_clear_error();
    tls_context_free(context);
    return NULL;
}

void tls_context_free(struct tls_context *context)
{
    if (!context)
        return;
    while (context->sessions_count > 0)
        SSL_SESSION_free(*session_at(context, --context->sessions_count));
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->window);
    free(context->host);
    free(context);
}

const struct tls_facts *tls_context_facts(const struct tls_context *context)
{
    return &context->facts;
}

/* ---- a connection ---- */

struct tls *tls_new(struct tls_context *context, size_t out_bytes)
{
    const size_t room = out_bytes < TLS_OUT_MIN_BYTES ? TLS_OUT_MIN_BYTES : out_bytes;
    struct tls *tls = calloc(1, sizeof *tls + room);
    if (!tls)
        return NULL;
    tls->context = context;
    tls->out_room = room;
    return tls;
}

/* A connection that is freed without close_notify takes its session with it (SSL_free(3) marks it as
 * not resumable), unless it is told that all was said. */
static void drop(struct tls *tls)
{
    if (tls->ssl && tls->is_up)
        SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls->ssl);
    tls->ssl = NULL;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    drop(tls);
    free(tls);
}

static bool set_peer(SSL *ssl, const struct tls_context *context)
{
    X509_VERIFY_PARAM *verify = SSL_get0_param(ssl);
    if (!context->host)
        return true;
    if (context->host_is_address)
        return context->is_insecure || X509_VERIFY_PARAM_set1_ip_asc(verify, context->host);
    return SSL_set_tlsext_host_name(ssl, context->host) &&
           (context->is_insecure || SSL_set1_host(ssl, context->host));
}

int tls_start(struct tls *tls)
{
    struct tls_context *context = tls->context;
    drop(tls);
    tls->in_bytes = tls->out_bytes = 0;
    tls->is_up = tls->has_failed = false;
    tls->error = "";
    tls->ssl = SSL_new(context->ssl);
    BIO *bio = BIO_new(context->window);
    if (!tls->ssl || !bio || !set_peer(tls->ssl, context)) {
        BIO_free(bio);
        return -ENOMEM;
    }
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio); /* which now owns it */
    resume(context, tls->ssl);
    SSL_set_connect_state(tls->ssl);
    return 0;
}

void tls_give(struct tls *tls, const uint8_t *bytes, size_t size)
{
    CHECK(tls->in_bytes, ==, 0);
    tls->in = bytes;
    tls->in_bytes = size;
}

/* Why a call of OpenSSL's did not succeed, `result` being what it returned. */
static enum tls_result result_of(struct tls *tls, int result)
{
    const int why = SSL_get_error(tls->ssl, result);
    const unsigned long error = ERR_peek_error();
    const int reason = ERR_GET_REASON(error);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return TLS_MORE;
    if (why == SSL_ERROR_ZERO_RETURN)
        return TLS_ENDED;
    tls->in_bytes = 0;
    tls->has_failed = true;
    tls->error = ERR_reason_error_string(error);
    tls->error = tls->error ? tls->error : "unknown reason";
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        tls->error = X509_verify_cert_error_string(SSL_get_verify_result(tls->ssl));
        return TLS_UNTRUSTED;
    }
    return ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET ? TLS_REFUSED
                                                                              : TLS_BROKEN;
}

static void note_handshake(struct tls *tls)
{
    struct tls_facts *facts = &tls->context->facts;
    tls->is_up = true;
    facts->handshakes++;
    facts->resumed += (uint64_t)SSL_session_reused(tls->ssl);
    snprintf(facts->version, sizeof facts->version, "%s", SSL_get_version(tls->ssl));
    snprintf(facts->cipher, sizeof facts->cipher, "%s", SSL_get_cipher_name(tls->ssl));
}

enum tls_result tls_handshake(struct tls *tls)
{
    ERR_clear_error();
    const int result = SSL_do_handshake(tls->ssl);
    if (result != 1)
        return result_of(tls, result);
    if (!tls->is_up)
        note_handshake(tls);
    return TLS_DONE;
}

enum tls_result tls_read(struct tls *tls, uint8_t *bytes, size_t room, size_t *size)
{
    ERR_clear_error();
    *size = 0;
    const int result = SSL_read_ex(tls->ssl, bytes, room, size);
    return result == 1 ? TLS_DONE : result_of(tls, result);
}

size_t tls_room(const struct tls *tls)
{
    const size_t free = tls->out_room - tls->out_bytes;
    const size_t room = free > TLS_OVERHEAD_BYTES_MAX ? free - TLS_OVERHEAD_BYTES_MAX : 0;
    return room < TLS_RECORD_BYTES_MAX ? room : TLS_RECORD_BYTES_MAX;
}

size_t tls_write(struct tls *tls, const uint8_t *bytes, size_t size)
{
    size_t written = 0;
    CHECK(tls->is_up, ==, 1);
    while (written < size) {
        const size_t room = tls_room(tls);
        const size_t piece = size - written < room ? size - written : room;
        size_t done = 0;
        ERR_clear_error();
        if (piece == 0 || SSL_write_ex(tls->ssl, bytes + written, piece, &done) != 1)
            break; /* the connection has failed: the next read says why */
        CHECK(done, ==, piece);
        written += piece;
    }
    return written;
}

void tls_finish(struct tls *tls)
{
    ERR_clear_error();
    tls->in_bytes = 0; /* whoever gave them is done with them */
    if (tls->is_up && !tls->has_failed)
        SSL_shutdown(tls->ssl);
}

const uint8_t *tls_output(const struct tls *tls, size_t *size)
{
    *size = tls->out_bytes;
    return tls->out;
}

void tls_sent(struct tls *tls, size_t size)
{
    CHECK(size, <=, tls->out_bytes);
    tls->out_bytes -= size;
    if (tls->out_bytes > 0)
        memmove(tls->out, tls->out + size, tls->out_bytes);
}

bool tls_has_more(const struct tls *tls)
{
    return tls->in_bytes > 0 || SSL_has_pending(tls->ssl);
}

const char *tls_error(const struct tls *tls)
{
    return tls->error ? tls->error : "";
}
