/* wire.c - what the wire says: service times out of a packet capture, to hold against the tool's own.
 * Reads a pcap file of nanosecond precision (tcpdump -s 96 --time-stamp-precision=nano -w FILE) and
 * takes, for each request, the time from the first packet of the request to the packet that first
 * brought the last byte of its response: what TCP sends again, as it does where an answer is read
 * late, counts for nothing. Knows Ethernet framing (as loopback has it), IPv4, TCP, and no pipelining. It shares no
 * line with the programs that it judges.
 *
 *   wire FILE SERVER-PORT [SECONDS]     prints one line of JSON, latencies in ns; SECONDS leaves out the
 *                                       requests that began before that time after the first one */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_NANOSECONDS 0xa1b23c4du /* pcap-savefile(5) */
#define LINK_ETHERNET 1u
#define ETHERNET_BYTES 14u
#define PACKET_MAX_BYTES 65536u
#define PORTS 65536u

struct file_header {
    uint32_t magic;
    uint16_t version_major, version_minor;
    uint32_t zone, accuracy, snap_bytes, link;
};

struct packet_header {
    uint32_t seconds, nanoseconds, captured_bytes, wire_bytes;
};

struct packet {
    int64_t time_ns;
    uint16_t from, to; /* ports */
    uint32_t sequence; /* of the first byte */
    bool is_syn;
    uint32_t payload_bytes;
    uint32_t payload_captured_bytes;
    const uint8_t *payload;
};

/* One direction of a connection. */
struct half {
    bool is_known;
    uint32_t next; /* the sequence number behind the highest byte seen */
};

/* What is going on between one client port and the server. */
struct flow {
    struct half to_server, to_client;
    int64_t request_ns;  /* first packet of the request; 0: none yet */
    int64_t response_ns; /* last packet of the response so far; 0: none yet */
};

struct times {
    int64_t *ns;
    size_t count, capacity;
    int64_t skip_ns; /* requests that begin in that time after the first do not count, */
    int64_t from_ns; /* which ends here; 0: no request yet */
    int64_t first_ns, last_ns; /* first packet of any request, last of any response; 0: none yet */
};

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "wire: %s\n", what);
    exit(2);
}

static void times_add(struct times *times, const struct flow *flow)
{
    if (times->count == times->capacity) {
        times->capacity = times->capacity ? 2 * times->capacity : 1u << 16;
        times->ns = realloc(times->ns, times->capacity * sizeof *times->ns);
        if (!times->ns)
            fail("out of memory");
    }
    times->ns[times->count++] = flow->response_ns - flow->request_ns;
    if (times->first_ns == 0 || flow->request_ns < times->first_ns)
        times->first_ns = flow->request_ns;
    if (flow->response_ns > times->last_ns)
        times->last_ns = flow->response_ns;
}

static uint16_t read_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Takes a frame apart; false for what is not TCP over IPv4. */
static bool packet_parse(const uint8_t *frame, const struct packet_header *header,
                         struct packet *packet)
{
    if (header->captured_bytes < ETHERNET_BYTES + 40 || read_u16(frame + 12) != 0x0800)
        return false;
    const uint8_t *ip = frame + ETHERNET_BYTES;
    const uint32_t ip_bytes = (ip[0] & 15u) * 4;
    if (ip[9] != 6 || header->captured_bytes < ETHERNET_BYTES + ip_bytes + 20)
        return false;
    const uint8_t *tcp = ip + ip_bytes;
    const uint32_t heads = ip_bytes + (uint32_t)(tcp[12] >> 4) * 4;
    /* A segment above 64 KiB has no length in its IPv4 head; the frame has it. */
    const uint32_t told = read_u16(ip + 2);
    const uint32_t total = told ? told : header->wire_bytes - ETHERNET_BYTES;
    if (total < heads || header->captured_bytes < ETHERNET_BYTES + heads)
        return false;
    *packet = (struct packet){
        .time_ns = header->seconds * INT64_C(1000000000) + header->nanoseconds,
        .from = read_u16(tcp),
        .to = read_u16(tcp + 2),
        .sequence = (uint32_t)read_u16(tcp + 4) << 16 | read_u16(tcp + 6),
        .is_syn = tcp[13] & 2,
        .payload_bytes = total - heads,
        .payload_captured_bytes = header->captured_bytes - ETHERNET_BYTES - heads,
        .payload = ip + heads,
    };
    return true;
}

/* Whether a payload begins a request: a method, a space, a path. A body of a request must not. */
static bool begins_request(const struct packet *packet)
{
    uint32_t i = 0;
    while (i < packet->payload_captured_bytes && packet->payload[i] >= 'A' &&
           packet->payload[i] <= 'Z')
        i++;
    return i >= 3 && i + 1 < packet->payload_captured_bytes && packet->payload[i] == ' ' &&
           packet->payload[i + 1] == '/';
}

static void flow_end(struct flow *flow, struct times *times)
{
    if (flow->request_ns && flow->response_ns && flow->request_ns >= times->from_ns)
        times_add(times, flow);
    flow->request_ns = 0;
    flow->response_ns = 0;
}

/* Whether a packet brings bytes that were not seen before (RFC 9293 section 3.4: numbers wrap). */
static bool half_feed(struct half *half, const struct packet *packet)
{
    const uint32_t end = packet->sequence + packet->payload_bytes;
    if (half->is_known && (int32_t)(end - half->next) <= 0)
        return false;
    *half = (struct half){.is_known = true, .next = end};
    return true;
}

static void flow_feed(struct flow *flows, const struct packet *packet, uint16_t server,
                      struct times *times)
{
    const bool is_request = packet->to == server;
    struct flow *flow = &flows[is_request ? packet->from : packet->to];
    if (packet->is_syn) { /* another connection from the same port */
        flow_end(flow, times);
        *flow = (struct flow){0};
    }
    if (packet->payload_bytes == 0 ||
        !half_feed(is_request ? &flow->to_server : &flow->to_client, packet))
        return;
    if (is_request && begins_request(packet)) {
        if (times->from_ns == 0)
            times->from_ns = packet->time_ns + times->skip_ns;
        flow_end(flow, times);
        flow->request_ns = packet->time_ns;
    } else if (!is_request && flow->request_ns) {
        flow->response_ns = packet->time_ns;
    }
}

static int compare_ns(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Nearest rank, at permille of the sorted times. */
static int64_t at(const struct times *times, size_t permille)
{
    const size_t rank = (times->count * permille + 999) / 1000;
    return times->count ? times->ns[rank ? rank - 1 : 0] : 0;
}

static void read_capture(FILE *file, uint16_t server, struct times *times)
{
    static struct flow flows[PORTS];
    static uint8_t frame[PACKET_MAX_BYTES];
    struct file_header head;
    if (fread(&head, sizeof head, 1, file) != 1 || head.magic != MAGIC_NANOSECONDS)
        fail("not a capture of nanosecond precision (tcpdump --time-stamp-precision=nano)");
    if ((head.link & 0xffff) != LINK_ETHERNET)
        fail("not a capture of an Ethernet or loopback device");
    struct packet_header header;
    while (fread(&header, sizeof header, 1, file) == 1) {
        struct packet packet;
        if (header.captured_bytes > sizeof frame ||
            fread(frame, 1, header.captured_bytes, file) != header.captured_bytes)
            fail("the capture is torn");
        if (packet_parse(frame, &header, &packet))
            flow_feed(flows, &packet, server, times);
    }
    for (uint32_t port = 0; port < PORTS; port++)
        flow_end(&flows[port], times);
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4)
        fail("usage: wire FILE SERVER-PORT [SECONDS]");
    FILE *file = fopen(argv[1], "rb");
    if (!file)
        fail("cannot open the capture");
    struct times times = {.skip_ns = argc > 3 ? (int64_t)(atof(argv[3]) * 1e9) : 0};
    read_capture(file, (uint16_t)atoi(argv[2]), &times);
    fclose(file);
    qsort(times.ns, times.count, sizeof *times.ns, compare_ns);
    printf("{\"requests\":%zu,\"seconds\":%.6f,\"p50\":%" PRId64 ",\"p90\":%" PRId64 ",\"p99\":%" PRId64
           ",\"p99.9\":%" PRId64 "}\n",
           times.count, (double)(times.last_ns - times.first_ns) / 1e9, at(&times, 500),
           at(&times, 900), at(&times, 990), at(&times, 999));
    free(times.ns);
    return 0;
}
