/* tls_fuzz.c - whatever a server says instead of TLS, however it is cut: tls.h reads nothing outside of what
 * it was given, keeps within its output, forges no plaintext, and gives back what was encrypted.
 * data[0] chooses: 0 bytes from the start, 1 bytes behind a handshake, 2 plaintext there and back, 3 bytes
 * that spoil the server's flights. data[1] seeds the cuts, data[2] and [3] say where to spoil. */
#include "tls.h"

#include "unit/certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_MAX 8192u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
    SSL *ssl;
    BIO *in, *out;
};

/* Made once: to make a key takes longer than all else. */
static SSL_CTX *server_context(void)
{
    static SSL_CTX *context;
    if (context)
        return context;
    struct certificate made = certificate_make("DNS:localhost", 1);
    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, made.x509);
    SSL_CTX_use_PrivateKey(context, made.key);
    certificate_free(&made);
    return context;
}

static struct tls_context *client_context(void)
{
    static struct tls_context *context;
    char error[TLS_ERROR_MAX];
    const struct tls_options options = {.host = "localhost", .is_insecure = true, .is_new_each = true};
    if (!context)
        context = tls_context_open(&options, error);
    return context;
}

/* What is to be sent goes to the server, or nowhere. */
static void send_output(struct tls *tls, struct peer *peer)
{
    size_t size;
    const uint8_t *bytes = tls_output(tls, &size);
    if (size > TLS_OUT_MIN_BYTES)
        abort();
    if (peer && size > 0)
        BIO_write(peer->in, bytes, (int)size);
    tls_sent(tls, size);
}

static enum tls_result step(struct tls *tls, bool *is_up, uint8_t *plain, size_t *plain_size)
{
    enum tls_result result = *is_up ? TLS_DONE : tls_handshake(tls);
    *is_up = *is_up || result == TLS_DONE;
    while (*is_up && result == TLS_DONE) {
        size_t piece;
        result = tls_read(tls, plain + *plain_size, PLAIN_MAX - *plain_size, &piece);
        *plain_size += piece;
        if ((piece > 0) != (result == TLS_DONE))
            abort();
        if (*plain_size == PLAIN_MAX)
            break;
    }
    return result;
}

/* Gives bytes in pieces, each in an allocation that ends where it ends. */
static enum tls_result give(struct tls *tls, struct peer *peer, const uint8_t *bytes, size_t size, uint8_t seed,
                            bool *is_up, uint8_t *plain, size_t *plain_size)
{
    enum tls_result result = TLS_MORE;
    uint32_t random = seed;
    for (size_t at = 0; at < size && result == TLS_MORE;) {
        random = random * 1664525u + 1013904223u;
        size_t piece = seed == 0 ? size : 1 + (random >> 16) % (seed * 8u);
        piece = piece < size - at ? piece : size - at;
        uint8_t *copy = malloc(piece);
        memcpy(copy, bytes + at, piece);
        tls_give(tls, copy, piece);
        result = step(tls, is_up, plain, plain_size);
        free(copy);
        send_output(tls, peer);
        at += piece;
    }
    return result;
}

/* Goes to and fro until the handshake is over; spoil: XORed into what the server says, from `place` on. */
static enum tls_result shake(struct tls *tls, struct peer *peer, uint8_t seed, const uint8_t *spoil,
                             size_t spoil_size, size_t place, bool *is_up, uint8_t *plain, size_t *plain_size)
{
    enum tls_result result = step(tls, is_up, plain, plain_size);
    size_t said = 0;
    for (int turn = 0; turn < 4 && result == TLS_MORE; turn++) {
        uint8_t bytes[16384];
        send_output(tls, peer);
        SSL_do_handshake(peer->ssl);
        ERR_clear_error();
        const int got = BIO_read(peer->out, bytes, sizeof bytes);
        for (int i = 0; i < got; i++, said++)
            if (said >= place && said - place < spoil_size)
                bytes[i] ^= spoil[said - place];
        if (got > 0)
            result = give(tls, peer, bytes, (size_t)got, seed, is_up, plain, plain_size);
    }
    return result;
}

static void run(struct tls *tls, struct peer *peer, const uint8_t *data, size_t size)
{
    static uint8_t plain[PLAIN_MAX], cipher[2 * PLAIN_MAX];
    const int mode = data[0] % 4;
    const uint8_t *payload = data + 4;
    const size_t payload_size = size - 4 < PLAIN_MAX / 2 ? size - 4 : PLAIN_MAX / 2;
    size_t plain_size = 0, place = (size_t)data[2] << 8 | data[3];
    bool is_up = false;
    if (mode == 0) {
        step(tls, &is_up, plain, &plain_size);
        send_output(tls, NULL);
        give(tls, NULL, payload, payload_size, data[1], &is_up, plain, &plain_size);
        return;
    }
    shake(tls, peer, data[1], payload, mode == 3 ? payload_size : 0, place, &is_up, plain, &plain_size);
    if (mode == 3)
        return;
    if (!is_up)
        abort();
    if (mode == 2 && payload_size > 0 && SSL_write(peer->ssl, payload, (int)payload_size) > 0) {
        const int got = BIO_read(peer->out, cipher, sizeof cipher);
        give(tls, peer, cipher, (size_t)got, data[1], &is_up, plain, &plain_size);
        if (plain_size != payload_size || memcmp(plain, payload, payload_size) != 0)
            abort();
    } else if (mode == 1) {
        give(tls, peer, payload, payload_size, data[1], &is_up, plain, &plain_size);
        if (plain_size > 0)
            abort(); /* nobody encrypted that */
    }
    tls_finish(tls);
    send_output(tls, peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    struct peer peer = {SSL_new(server_context()), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
    struct tls *tls = tls_new(client_context(), 0);
    SSL_set_bio(peer.ssl, peer.in, peer.out);
    SSL_set_accept_state(peer.ssl);
    if (tls_start(tls) == 0)
        run(tls, &peer, data, size);
    tls_free(tls);
    SSL_free(peer.ssl);
    ERR_clear_error();
    return 0;
}
