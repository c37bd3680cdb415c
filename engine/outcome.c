/* outcome.c - names, classes and causes of outcomes, as one table. */
#include "outcome.h"

#include "check.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *name;
    enum outcome_class class;
    const char *sentence;
} outcomes[OUTCOME_COUNT] = {
    [OUTCOME_OK] = {"ok", OUTCOME_SUCCESS, "were answered"},
    [OUTCOME_STATUS_4XX] = {"status_4xx", OUTCOME_FAILURE, "were answered with a status of 4xx"},
    [OUTCOME_STATUS_5XX] = {"status_5xx", OUTCOME_FAILURE, "were answered with a status of 5xx"},
    [OUTCOME_CONNECT_REFUSED] = {"connect_refused", OUTCOME_FAILURE,
                                 "found nothing listening (connection refused)"},
    [OUTCOME_CONNECT_TIMEOUT] = {"connect_timeout", OUTCOME_FAILURE,
                                 "got no connection within --connect-timeout"},
    [OUTCOME_CONNECT_UNREACHABLE] = {"connect_unreachable", OUTCOME_FAILURE,
                                     "had no route to the server"},
    [OUTCOME_CONNECT_NO_PORT] = {"connect_no_port", OUTCOME_FAILURE,
                                 "found no free local port to connect from"},
    [OUTCOME_CONNECT_FAILED] = {"connect_failed", OUTCOME_FAILURE, "could not connect"},
    [OUTCOME_RESET] = {"reset", OUTCOME_FAILURE, "had their connection reset by the server"},
    [OUTCOME_CLOSED] = {"closed", OUTCOME_FAILURE,
                        "saw their connection close before the response was whole"},
    [OUTCOME_MALFORMED] = {"malformed", OUTCOME_FAILURE,
                           "got a response that breaks HTTP/1.1's framing"},
    [OUTCOME_IO_FAILED] = {"io_failed", OUTCOME_FAILURE, "failed in the kernel"},
    [OUTCOME_TIMEOUT] = {"timeout", OUTCOME_CENSORED, "were not answered within --timeout"},
    [OUTCOME_IN_FLIGHT] = {"in_flight", OUTCOME_CENSORED, "were still unanswered when the run ended"},
    [OUTCOME_UNSENT] = {"unsent", OUTCOME_CENSORED, "were due but never got a connection"},
    [OUTCOME_UNEXPECTED] = {"unexpected", OUTCOME_FAILURE, "got an answer that --expect does not allow"},
    [OUTCOME_REDIRECT_REFUSED] = {"redirect_refused", OUTCOME_FAILURE,
                                  "were redirected to where --follow does not go"},
    [OUTCOME_CONNECT_FORBIDDEN] = {"connect_forbidden", OUTCOME_FAILURE,
                                   "were kept from connecting by a rule of this machine"},
    [OUTCOME_UNREACHABLE] = {"unreachable", OUTCOME_FAILURE,
                             "lost the route to the server on a standing connection"},
    [OUTCOME_EXHAUSTED] = {"exhausted", OUTCOME_FAILURE,
                           "found this machine out of memory or descriptors"},
    [OUTCOME_TLS_UNTRUSTED] = {"tls_untrusted", OUTCOME_FAILURE,
                               "met a certificate that does not verify"},
    [OUTCOME_TLS_REFUSED] = {"tls_refused", OUTCOME_FAILURE, "were refused by an alert of TLS"},
    [OUTCOME_TLS_MALFORMED] = {"tls_malformed", OUTCOME_FAILURE,
                               "got bytes that are no TLS, or none that both sides speak"},
    [OUTCOME_TLS_TRUNCATED] = {"tls_truncated", OUTCOME_FAILURE,
                               "saw TLS end too early: in the handshake, or without close_notify"},
    [OUTCOME_TLS_TIMEOUT] = {"tls_timeout", OUTCOME_FAILURE,
                             "were connected and got no TLS within --connect-timeout"},
};

const char *outcome_name(enum outcome outcome)
{
    CHECK(outcome, <, OUTCOME_COUNT);
    return outcomes[outcome].name;
}

enum outcome_class outcome_class(enum outcome outcome)
{
    CHECK(outcome, <, OUTCOME_COUNT);
    return outcomes[outcome].class;
}

const char *outcome_class_name(enum outcome_class class)
{
    switch (class) {
    case OUTCOME_SUCCESS: return "success";
    case OUTCOME_FAILURE: return "failure";
    case OUTCOME_CENSORED: return "censored";
    }
    check_failed(__FILE__, __LINE__, "class is known", class, OUTCOME_CENSORED);
}

bool outcome_is_answered(enum outcome outcome)
{
    CHECK(outcome, <, OUTCOME_COUNT);
    return outcome <= OUTCOME_STATUS_5XX || outcome == OUTCOME_UNEXPECTED ||
           outcome == OUTCOME_REDIRECT_REFUSED;
}

const char *outcome_sentence(enum outcome outcome)
{
    CHECK(outcome, <, OUTCOME_COUNT);
    return outcomes[outcome].sentence;
}

bool outcome_parse(const char *name, size_t size, enum outcome *outcome)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (strlen(outcomes[i].name) == size && memcmp(outcomes[i].name, name, size) == 0) {
            *outcome = (enum outcome)i;
            return true;
        }
    }
    return false;
}

enum outcome outcome_of_status(int status)
{
    if (status >= 100 && status < 400)
        return OUTCOME_OK;
    return status >= 400 && status < 500 ? OUTCOME_STATUS_4XX : OUTCOME_STATUS_5XX;
}

enum outcome outcome_of_connect_error(int error)
{
    switch (error) {
    case ECONNREFUSED: return OUTCOME_CONNECT_REFUSED;
    case ETIMEDOUT: return OUTCOME_CONNECT_TIMEOUT;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case ENOENT: return OUTCOME_CONNECT_UNREACHABLE; /* the last: of a unix socket's path */
    case EADDRNOTAVAIL:
    case EADDRINUSE: return OUTCOME_CONNECT_NO_PORT;
    case EACCES:
    case EPERM: return OUTCOME_CONNECT_FORBIDDEN; /* netfilter; a socket's file */
    case EAGAIN:                                  /* a unix socket whose backlog is full */
    case ENOMEM:
    case ENOBUFS:
    case EMFILE:
    case ENFILE: return OUTCOME_EXHAUSTED;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED: return OUTCOME_RESET;
    default: return OUTCOME_CONNECT_FAILED;
    }
}

enum outcome outcome_of_io_error(int error)
{
    switch (error) {
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED: return OUTCOME_RESET;
    case ETIMEDOUT: return OUTCOME_TIMEOUT;
    case ENETUNREACH: /* told by ICMP, or by a route that is gone: ip(7) */
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case EACCES:
    case EPERM:
    case ECONNREFUSED: return OUTCOME_UNREACHABLE;
    case ENOMEM:
    case ENOBUFS: return OUTCOME_EXHAUSTED;
    default: return OUTCOME_IO_FAILED;
    }
}
