/* The load generator of the WebSocket scenario: closed loop, one message in flight on each
 * connection, one thread.
 *
 *     websocket_load PORT PATH CONNECTIONS SECONDS BYTES
 *
 * Every answer must be the message that was sent, in one unmasked text frame. Prints one line of
 * JSON as the script of wrk does: messages, microseconds, p50 and p99 in microseconds, errors.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define LONGEST 125     /* bytes of a message: its frame has the short form */
#define SLOWEST 2000000 /* microseconds; what takes longer counts as this */

struct connection {
    int fd;
    uint64_t sent_at;
    size_t received;
    unsigned char message[LONGEST], answer[LONGEST + 2];
};

static uint32_t histogram[SLOWEST + 1];
static size_t size;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint32_t random_bits(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void open_websocket(struct connection *it, int port, const char *path)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    char text[2048];
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    it->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (it->fd < 0 || connect(it->fd, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int n = snprintf(text, sizeof text,
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n\r\n",
                     path, port);
    if (send(it->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        fail("send");
    size_t got = 0;
    do { /* the server has nothing to say after its handshake, so it may be read as it comes */
        ssize_t more = recv(it->fd, text + got, sizeof text - 1 - got, 0);
        if (more <= 0)
            fail("no handshake");
        got += (size_t)more;
        text[got] = 0;
    } while (!strstr(text, "\r\n\r\n"));
    if (!strstr(text, " 101 ") || !strstr(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) {
        fprintf(stderr, "no handshake of a WebSocket: %.200s\n", text);
        exit(1);
    }
    fcntl(it->fd, F_SETFL, fcntl(it->fd, F_GETFL) | O_NONBLOCK);
}

static void send_message(struct connection *it)
{
    unsigned char frame[LONGEST + 6];
    uint32_t key = random_bits();
    for (size_t i = 0; i < size; i++)
        it->message[i] = (unsigned char)('a' + (random_bits() >> 16) % 26);
    frame[0] = 0x81;
    frame[1] = (unsigned char)(0x80 | size);
    memcpy(frame + 2, &key, 4);
    for (size_t i = 0; i < size; i++)
        frame[6 + i] = it->message[i] ^ frame[2 + i % 4];
    it->received = 0;
    it->sent_at = microseconds();
    if (send(it->fd, frame, size + 6, MSG_NOSIGNAL) != (ssize_t)size + 6)
        fail("send");
}

/* Whether the whole answer is there. */
static int receive(struct connection *it)
{
    ssize_t n = recv(it->fd, it->answer + it->received, size + 2 - it->received, 0);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n <= 0)
        fail("recv");
    it->received += (size_t)n;
    if (it->received < size + 2)
        return 0;
    if (it->answer[0] != 0x81 || it->answer[1] != size || memcmp(it->answer + 2, it->message, size)) {
        fprintf(stderr, "an answer is not what was sent\n");
        exit(1);
    }
    return 1;
}

static long percentile(uint64_t messages, double part)
{
    uint64_t seen = 0;
    for (long i = 0; i <= SLOWEST; i++)
        if ((seen += histogram[i]) >= (uint64_t)((double)messages * part))
            return i;
    return SLOWEST;
}

int main(int argc, char **argv)
{
    struct epoll_event event = {.events = EPOLLIN}, ready[EVENTS];
    if (argc != 6) {
        fprintf(stderr, "usage: %s PORT PATH CONNECTIONS SECONDS BYTES\n", argv[0]);
        return 2;
    }
    long count = atol(argv[3]);
    size = (size_t)atol(argv[5]);
    if (count < 1 || size < 1 || size > LONGEST) {
        fprintf(stderr, "at least one connection, and 1 to %d bytes\n", LONGEST);
        return 2;
    }
    struct connection *all = calloc((size_t)count, sizeof *all);
    int poll = epoll_create1(0);
    for (long i = 0; i < count; i++) {
        open_websocket(all + i, atoi(argv[1]), argv[2]);
        event.data.ptr = all + i;
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    uint64_t start = microseconds(), now = start, messages = 0;
    uint64_t end = start + (uint64_t)(atof(argv[4]) * 1e6);
    for (long i = 0; i < count; i++)
        send_message(all + i);
    while (now < end) {
        int found = epoll_wait(poll, ready, EVENTS, 1000);
        if (!found) {
            fprintf(stderr, "no answer for a second\n");
            return 1;
        }
        for (int i = 0; i < found; i++) {
            struct connection *it = ready[i].data.ptr;
            if (!receive(it))
                continue;
            now = microseconds();
            uint64_t took = now - it->sent_at;
            histogram[took > SLOWEST ? SLOWEST : took]++;
            messages++;
            send_message(it);
        }
        now = microseconds();
    }
    /* An answer that has not come yet has taken at least so long: who starves is not left out. */
    for (long i = 0; i < count; i++) {
        uint64_t waits = now - all[i].sent_at;
        histogram[waits > SLOWEST ? SLOWEST : waits]++;
    }
    printf("SUMMARY {\"requests\": %llu, \"microseconds\": %llu, \"p50\": %ld, \"p99\": %ld, "
           "\"errors\": 0}\n",
           (unsigned long long)messages, (unsigned long long)(now - start),
           percentile(messages + (uint64_t)count, 0.5), percentile(messages + (uint64_t)count, 0.99));
    return 0;
}
