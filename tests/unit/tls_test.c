/* tls_test.c - our side of TLS against OpenSSL's server in memory: handshakes cut anywhere, trust,
 * resumption, alerts, ends, and outputs that are full. */
#include "certificate.h"
#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The server: an SSL over two memory BIOs. */
struct server {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
};

struct world {
    struct certificate certificate;
    char folder[32], cacert[64], key[64];
    struct server server;
};

static struct world world;

static int set_up(void **state)
{
    (void)state;
    strcpy(world.folder, "/tmp/tare-tls-XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    snprintf(world.cacert, sizeof world.cacert, "%s/cert.pem", world.folder);
    snprintf(world.key, sizeof world.key, "%s/key.pem", world.folder);
    world.certificate = certificate_make("DNS:localhost,DNS:example.test,IP:127.0.0.1", 1);
    certificate_write(&world.certificate, world.cacert, world.key);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certificate_free(&world.certificate);
    unlink(world.cacert);
    unlink(world.key);
    return rmdir(world.folder);
}

static void server_connect(void)
{
    struct server *s = &world.server;
    SSL_free(s->ssl);
    s->ssl = SSL_new(s->context);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    SSL_set_bio(s->ssl, s->in, s->out);
    SSL_set_accept_state(s->ssl);
}

static void server_open(const struct certificate *certificate)
{
    struct server *s = &world.server;
    s->context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(s->context, certificate->x509);
    SSL_CTX_use_PrivateKey(s->context, certificate->key);
    SSL_CTX_set_session_id_context(s->context, (const unsigned char *)"t", 1);
    server_connect();
}

static void server_close(void)
{
    SSL_free(world.server.ssl);
    SSL_CTX_free(world.server.context);
    memset(&world.server, 0, sizeof world.server);
    ERR_clear_error();
}

/* Our output goes to the server. */
static void send_output(struct tls *tls)
{
    size_t size;
    const uint8_t *bytes = tls_output(tls, &size);
    if (size > 0)
        assert_int_equal(BIO_write(world.server.in, bytes, (int)size), size);
    tls_sent(tls, size);
}

/* Goes back and forth until our handshake is done or fails; the server's bytes come `at_once` at a time. */
static enum tls_result shake(struct tls *tls, int at_once)
{
    enum tls_result result = tls_handshake(tls);
    for (int turn = 0; turn < 20000 && result == TLS_MORE; turn++) {
        uint8_t bytes[16384];
        send_output(tls);
        SSL_do_handshake(world.server.ssl);
        ERR_clear_error();
        const int size = BIO_read(world.server.out, bytes,
                                  at_once < (int)sizeof bytes ? at_once : (int)sizeof bytes);
        if (size > 0) {
            tls_give(tls, bytes, (size_t)size);
            result = tls_handshake(tls);
        }
    }
    send_output(tls);
    SSL_do_handshake(world.server.ssl);
    ERR_clear_error();
    return result;
}

static struct tls_options trusting(void)
{
    return (struct tls_options){.host = "localhost", .cacert = world.cacert};
}

static struct tls_context *open_context(const struct tls_options *options)
{
    char error[TLS_ERROR_MAX];
    struct tls_context *context = tls_context_open(options, error);
    if (!context)
        fail_msg("%s", error);
    return context;
}

/* All plaintext that the server's bytes hold so far. */
static enum tls_result read_all(struct tls *tls, size_t at_once, uint8_t *plain, size_t *size)
{
    enum tls_result result = TLS_MORE;
    uint8_t bytes[16384];
    int got;
    *size = 0;
    while ((got = BIO_read(world.server.out, bytes, (int)at_once)) > 0) {
        size_t piece = 0;
        tls_give(tls, bytes, (size_t)got);
        while ((result = tls_read(tls, plain + *size, 100000 - *size, &piece)) == TLS_DONE)
            *size += piece;
        if (result != TLS_MORE)
            break;
    }
    return result;
}

static void a_handshake_may_be_cut_anywhere(void **state)
{
    (void)state;
    for (int at_once = 1; at_once < 3000; at_once = at_once * 3 + 1) {
        struct tls_options options = trusting();
        struct tls_context *context = open_context(&options);
        struct tls *tls = tls_new(context, 0);
        server_open(&world.certificate);
        assert_int_equal(tls_start(tls), 0);
        assert_int_equal(shake(tls, at_once), TLS_DONE);
        assert_string_equal(tls_context_facts(context)->version, "TLSv1.3");
        assert_true(SSL_is_init_finished(world.server.ssl));
        assert_string_equal(SSL_get_servername(world.server.ssl, TLSEXT_NAMETYPE_host_name), "localhost");
        tls_free(tls);
        tls_context_free(context);
        server_close();
    }
}

static void plaintext_goes_both_ways(void **state)
{
    (void)state;
    static uint8_t sent[60000], plain[100000];
    struct tls_options options = trusting();
    struct tls_context *context = open_context(&options);
    struct tls *tls = tls_new(context, 0);
    size_t size;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 7 + i / 251);
    server_open(&world.certificate);
    tls_start(tls);
    assert_int_equal(shake(tls, 100000), TLS_DONE);
    /* Out: more than the output holds, so that it goes in pieces. */
    size_t done = 0;
    int pieces = 0;
    while (done < sizeof sent) {
        const size_t written = tls_write(tls, sent + done, sizeof sent - done);
        assert_true(written > 0);
        done += written;
        send_output(tls);
        pieces++;
    }
    assert_true(pieces > 10);
    for (size_t at = 0; at < sizeof sent; at += size) {
        size = 0;
        assert_int_equal(SSL_read_ex(world.server.ssl, plain + at, sizeof plain - at, &size), 1);
    }
    assert_memory_equal(plain, sent, sizeof sent);
    /* And in, cut at odd places. */
    assert_int_equal(SSL_write(world.server.ssl, sent, sizeof sent), sizeof sent);
    assert_int_equal(read_all(tls, 1449, plain, &size), TLS_MORE);
    assert_int_equal(size, sizeof sent);
    assert_memory_equal(plain, sent, sizeof sent);
    tls_free(tls);
    tls_context_free(context);
    server_close();
}

static void a_small_output_takes_what_fits(void **state)
{
    (void)state;
    uint8_t zeros[TLS_OUT_MIN_BYTES] = {0};
    struct tls_options options = trusting();
    struct tls_context *context = open_context(&options);
    struct tls *tls = tls_new(context, 0);
    size_t size;
    server_open(&world.certificate);
    tls_start(tls);
    assert_int_equal(shake(tls, 100000), TLS_DONE);
    const size_t written = tls_write(tls, zeros, sizeof zeros);
    tls_output(tls, &size);
    assert_in_range(written, 1, sizeof zeros - 1);
    assert_in_range(size, written + 1, TLS_OUT_MIN_BYTES);
    assert_int_equal(tls_write(tls, zeros, sizeof zeros), 0); /* full: nothing is lost, nothing taken */
    tls_free(tls);
    tls_context_free(context);
    server_close();
}

/* Connects once and returns how it ended; *error is why. */
static enum tls_result connect_once(const struct tls_options *options, char *error)
{
    struct tls_context *context = open_context(options);
    struct tls *tls = tls_new(context, 0);
    tls_start(tls);
    const enum tls_result result = shake(tls, 100000);
    snprintf(error, TLS_ERROR_MAX, "%s", tls_error(tls));
    tls_free(tls);
    tls_context_free(context);
    return result;
}

static void a_certificate_is_verified(void **state)
{
    (void)state;
    char error[TLS_ERROR_MAX];
    struct tls_options options = trusting();
    server_open(&world.certificate);
    options.host = "elsewhere.test";
    assert_int_equal(connect_once(&options, error), TLS_UNTRUSTED);
    assert_non_null(strstr(error, "ostname mismatch"));
    server_connect();
    options = (struct tls_options){.host = "localhost"}; /* the system does not know it */
    assert_int_equal(connect_once(&options, error), TLS_UNTRUSTED);
    assert_non_null(strstr(error, "self-signed certificate"));
    server_connect();
    options.is_insecure = true;
    assert_int_equal(connect_once(&options, error), TLS_DONE);
    server_connect();
    options = (struct tls_options){.host = "127.0.0.1", .host_is_address = true, .cacert = world.cacert};
    assert_int_equal(connect_once(&options, error), TLS_DONE);
    server_connect();
    options.host = "127.0.0.2";
    assert_int_equal(connect_once(&options, error), TLS_UNTRUSTED);
    assert_non_null(strstr(error, "IP address mismatch"));
    server_close();
}

static void an_expired_certificate_is_told(void **state)
{
    (void)state;
    char error[TLS_ERROR_MAX], path[96];
    struct certificate old = certificate_make("DNS:localhost", -2);
    snprintf(path, sizeof path, "%s/old.pem", world.folder);
    certificate_write(&old, path, NULL);
    struct tls_options options = {.host = "localhost", .cacert = path};
    server_open(&old);
    assert_int_equal(connect_once(&options, error), TLS_UNTRUSTED);
    assert_string_equal(error, "certificate has expired");
    server_close();
    certificate_free(&old);
    unlink(path);
}

static void sessions_are_resumed_unless_told_not_to(void **state)
{
    (void)state;
    uint8_t plain[100000];
    for (int version = TLS_VERSION_1_2; version <= TLS_VERSION_1_3; version++) {
        for (int is_new = 0; is_new < 2; is_new++) {
            struct tls_options options = trusting();
            options.version_min = options.version_max = (enum tls_version)version;
            options.is_new_each = is_new;
            struct tls_context *context = open_context(&options);
            struct tls *tls = tls_new(context, 0);
            server_open(&world.certificate);
            for (int i = 0; i < 4; i++) {
                size_t size;
                server_connect();
                assert_int_equal(tls_start(tls), 0);
                assert_int_equal(shake(tls, 100000), TLS_DONE);
                read_all(tls, 16384, plain, &size); /* the tickets of TLS 1.3 */
            }
            assert_int_equal(tls_context_facts(context)->handshakes, 4);
            assert_int_equal(tls_context_facts(context)->resumed, is_new ? 0 : 3);
            tls_free(tls);
            tls_context_free(context);
            server_close();
        }
    }
}

static void versions_and_ciphers_are_asked_for(void **state)
{
    (void)state;
    char error[TLS_ERROR_MAX];
    struct tls_options options = trusting();
    options.version_max = TLS_VERSION_1_2;
    options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256,TLS_AES_128_GCM_SHA256";
    struct tls_context *context = open_context(&options);
    struct tls *tls = tls_new(context, 0);
    server_open(&world.certificate);
    tls_start(tls);
    assert_int_equal(shake(tls, 100000), TLS_DONE);
    assert_string_equal(tls_context_facts(context)->version, "TLSv1.2");
    assert_string_equal(tls_context_facts(context)->cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
    tls_free(tls);
    tls_context_free(context);
    /* A server that speaks 1.3 only answers with an alert. */
    SSL_CTX_set_min_proto_version(world.server.context, TLS1_3_VERSION);
    server_connect();
    assert_int_equal(connect_once(&options, error), TLS_REFUSED);
    assert_non_null(strstr(error, "alert protocol version"));
    server_close();
}

static void files_that_are_none_are_told(void **state)
{
    (void)state;
    char error[TLS_ERROR_MAX];
    struct tls_options options = {.cacert = "/nowhere/ca.pem"};
    assert_null(tls_context_open(&options, error));
    assert_non_null(strstr(error, "--cacert /nowhere/ca.pem cannot be used"));
    options = (struct tls_options){.cert = "/nowhere/cert.pem"};
    assert_null(tls_context_open(&options, error));
    assert_non_null(strstr(error, "--cert /nowhere/cert.pem cannot be used"));
    options = (struct tls_options){.cert = world.cacert, .key = world.cacert};
    assert_null(tls_context_open(&options, error));
    assert_non_null(strstr(error, "--key"));
    options = (struct tls_options){.ciphers = "no-such-cipher"};
    assert_null(tls_context_open(&options, error));
    assert_non_null(strstr(error, "--ciphers no-such-cipher"));
    options = (struct tls_options){.version_min = TLS_VERSION_1_3, .version_max = TLS_VERSION_1_2};
    assert_null(tls_context_open(&options, error));
    assert_non_null(strstr(error, "--tls-min"));
    options = (struct tls_options){.cert = world.cacert, .key = world.key};
    tls_context_free(open_context(&options));
}

static void an_end_that_was_announced_is_told_from_garbage(void **state)
{
    (void)state;
    uint8_t plain[100000];
    size_t size;
    struct tls_options options = trusting();
    struct tls_context *context = open_context(&options);
    struct tls *tls = tls_new(context, 0);
    server_open(&world.certificate);
    tls_start(tls);
    assert_int_equal(shake(tls, 100000), TLS_DONE);
    SSL_write(world.server.ssl, "last", 4);
    SSL_shutdown(world.server.ssl);
    assert_int_equal(read_all(tls, 16384, plain, &size), TLS_ENDED);
    assert_int_equal(size, 4);
    server_connect();
    tls_start(tls);
    assert_int_equal(shake(tls, 100000), TLS_DONE);
    assert_string_equal(tls_error(tls), "");
    tls_give(tls, (const uint8_t *)"HTTP/1.1 200 OK\r\n\r\n", 19);
    assert_int_equal(tls_read(tls, plain, sizeof plain, &size), TLS_BROKEN);
    assert_true(strlen(tls_error(tls)) > 0);
    tls_free(tls);
    tls_context_free(context);
    server_close();
}

static void plain_http_is_no_handshake(void **state)
{
    (void)state;
    struct tls_options options = trusting();
    struct tls_context *context = open_context(&options);
    struct tls *tls = tls_new(context, 0);
    tls_start(tls);
    assert_int_equal(tls_handshake(tls), TLS_MORE);
    tls_give(tls, (const uint8_t *)"HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    assert_int_equal(tls_handshake(tls), TLS_BROKEN);
    assert_true(strlen(tls_error(tls)) > 0);
    tls_free(tls);
    tls_context_free(context);
}

static void a_key_update_is_answered(void **state)
{
    (void)state;
    uint8_t plain[100000];
    size_t size;
    struct tls_options options = trusting();
    struct tls_context *context = open_context(&options);
    struct tls *tls = tls_new(context, 0);
    server_open(&world.certificate);
    tls_start(tls);
    assert_int_equal(shake(tls, 100000), TLS_DONE);
    read_all(tls, 16384, plain, &size);
    SSL_key_update(world.server.ssl, SSL_KEY_UPDATE_REQUESTED);
    SSL_write(world.server.ssl, "x", 1);
    assert_int_equal(read_all(tls, 16384, plain, &size), TLS_MORE);
    assert_int_equal(size, 1);
    tls_write(tls, (const uint8_t *)"y", 1);
    send_output(tls);
    assert_int_equal(SSL_read(world.server.ssl, plain, 10), 1);
    tls_finish(tls);
    send_output(tls);
    assert_int_equal(SSL_read(world.server.ssl, plain, 10), 0);
    assert_int_equal(SSL_get_error(world.server.ssl, 0), SSL_ERROR_ZERO_RETURN);
    tls_free(tls);
    tls_context_free(context);
    server_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_may_be_cut_anywhere),
        cmocka_unit_test(plaintext_goes_both_ways),
        cmocka_unit_test(a_small_output_takes_what_fits),
        cmocka_unit_test(a_certificate_is_verified),
        cmocka_unit_test(an_expired_certificate_is_told),
        cmocka_unit_test(sessions_are_resumed_unless_told_not_to),
        cmocka_unit_test(versions_and_ciphers_are_asked_for),
        cmocka_unit_test(files_that_are_none_are_told),
        cmocka_unit_test(an_end_that_was_announced_is_told_from_garbage),
        cmocka_unit_test(plain_http_is_no_handshake),
        cmocka_unit_test(a_key_update_is_answered),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
