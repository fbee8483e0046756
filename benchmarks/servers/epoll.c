/* The limit: one thread, epoll, and no more of HTTP than the scenarios need.
 *
 *     epoll PORT FOLDER
 *
 * It trusts its peer (this benchmark's load generator) to send a whole request in one packet, so
 * that a request costs one recv and one send; it shows what the kernel alone charges.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS 256
#define BUFFER 65536

static const char JSON[] =
    "{\"id\": 42, \"name\": \"A thing of some use\", \"tags\": [\"red\", \"round\", \"shop\"], "
    "\"price\": 12.5, \"stock\": {\"here\": 7, \"elsewhere\": 120}, \"description\": "
    "\"Two hundred bytes or so, as an answer of an API often is.\"}";

static const char *folder;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void answer(int fd, const char *header, const char *body)
{
    char out[1024];
    int n = snprintf(out, sizeof out,
                     "HTTP/1.1 200 OK\r\n%sContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
                     header, strlen(body), body);
    send(fd, out, (size_t)n, MSG_NOSIGNAL); /* a peer that left is found by the next recv */
}

/* Copies what stands between START and any of ENDS, found after FROM in TEXT. */
static void field(const char *text, const char *start, const char *ends, char *into, size_t room)
{
    const char *at = strstr(text, start);
    size_t n = 0;
    if (at) {
        at += strlen(start);
        n = strcspn(at, ends);
        if (n >= room)
            n = room - 1;
        memcpy(into, at, n);
    }
    into[n] = 0;
}

static void item(int fd, const char *request)
{
    char number[32], q[64], user[64], header[64], body[192];
    field(request, "/items/", "? ", number, sizeof number);
    field(request, "?q=", "& ", q, sizeof q);
    field(request, "user=", ";\r", user, sizeof user);
    snprintf(header, sizeof header, "X-Item: %s\r\n", number);
    snprintf(body, sizeof body, "%s %s %s", number, q, user);
    answer(fd, header, body);
}

static void file(int fd)
{
    char path[1024], head[256];
    struct stat status;
    snprintf(path, sizeof path, "%s/file.bin", folder);
    int source = open(path, O_RDONLY);
    if (source < 0 || fstat(source, &status))
        fail(path);
    int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %lld\r\n\r\n",
                     (long long)status.st_size);
    send(fd, head, (size_t)n, MSG_NOSIGNAL | MSG_MORE);
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK); /* a slow peer is not this benchmark's subject */
    for (off_t at = 0; at < status.st_size;)
        if (sendfile(fd, source, &at, (size_t)(status.st_size - at)) <= 0)
            break;
    fcntl(fd, F_SETFL, flags);
    close(source);
}

static void serve(int fd, char *request)
{
    if (!strncmp(request, "GET / ", 6))
        answer(fd, "", "Hello, world");
    else if (!strncmp(request, "GET /items/", 11))
        item(fd, request);
    else if (!strncmp(request, "GET /json ", 10))
        answer(fd, "", JSON);
    else if (!strncmp(request, "GET /static/", 12))
        file(fd);
    else
        answer(fd, "", "?");
}

int main(int argc, char **argv)
{
    static char buffer[BUFFER];
    struct sockaddr_in address = {.sin_family = AF_INET};
    int one = 1;
    if (argc != 3) {
        fprintf(stderr, "usage: %s PORT FOLDER\n", argv[0]);
        return 2;
    }
    folder = argv[2];
    signal(SIGPIPE, SIG_IGN); /* sendfile has no MSG_NOSIGNAL */
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024))
        fail("listen");
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(poll, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) {
                int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (client < 0)
                    continue;
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.events = EPOLLIN;
                event.data.fd = client;
                epoll_ctl(poll, EPOLL_CTL_ADD, client, &event);
                continue;
            }
            ssize_t n = recv(fd, buffer, BUFFER - 1, 0);
            if (n <= 0) {
                close(fd);
                continue;
            }
            buffer[n] = 0;
            serve(fd, buffer);
        }
    }
}
