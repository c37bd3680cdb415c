/* certificate.h - a key and a certificate that signs itself, made for one test. */
#ifndef TARE_TESTS_CERTIFICATE_H
#define TARE_TESTS_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

struct certificate {
    EVP_PKEY *key;
    X509 *x509;
};

/* names: as openssl's subjectAltName, "DNS:localhost,IP:127.0.0.1". Valid from an hour ago for `days`. */
static struct certificate certificate_make(const char *names, long days)
{
    struct certificate made = {EVP_EC_gen("P-256"), X509_new()};
    X509_NAME *subject = X509_get_subject_name(made.x509);
    X509V3_CTX context;
    ASN1_INTEGER_set(X509_get_serialNumber(made.x509), 1);
    X509_set_version(made.x509, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(made.x509), days < 0 ? 86400 * days : -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.x509), days < 0 ? -3600 : 86400 * days);
    X509_set_pubkey(made.x509, made.key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"tare test", -1,
                               -1, 0);
    X509_set_issuer_name(made.x509, subject);
    X509V3_set_ctx(&context, made.x509, made.x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
    X509_add_ext(made.x509, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(made.x509, made.key, EVP_sha256());
    return made;
}

static void certificate_free(struct certificate *made)
{
    EVP_PKEY_free(made->key);
    X509_free(made->x509);
}

/* Writes the certificate and its key as PEM; either path may be NULL. */
static void certificate_write(const struct certificate *made, const char *path, const char *key_path)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        PEM_write_X509(file, made->x509);
        fclose(file);
    }
    file = key_path ? fopen(key_path, "w") : NULL;
    if (file) {
        PEM_write_PrivateKey(file, made->key, NULL, NULL, 0, NULL, NULL);
        fclose(file);
    }
}

#endif
