/*
 * The client of the workloads "network-…": so many connections to an echo server, each of which sends a message, waits until all
 * of it has come back, and sends the next. In C, with epoll, so that what is measured is the server.
 *
 *   client PORT CONNECTIONS BYTES
 *
 * Once all are there it reads numbers from standard input: for each it exchanges so many messages and prints how many nanoseconds
 * all of them have taken together. Ends with its input, or with 1 and a word to standard error if anything is missing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
/* A server that says nothing for so long has lost something. */
#define SILENCE_MS 20000

struct connection {
  int fd;
  size_t unsent;
  size_t missing;
};

static char *message;
static char *place;
static size_t bytes;
static int poller;

static void fail(const char *what) {
  fprintf(stderr, "Error: %s: %s\n", what, errno ? strerror(errno) : "too little came back");
  exit(1);
}

static void watch(struct connection *each, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = each};
  if (epoll_ctl(poller, operation, each->fd, &event) < 0) fail("epoll_ctl");
}

static void dial(struct connection *each, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  each->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (each->fd < 0) fail("socket");
  int on = 1;
  setsockopt(each->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(each->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  watch(each, EPOLL_CTL_ADD, EPOLLIN);
}

/* Whether all of it was taken: else the rest goes when there is room. */
static int flush(struct connection *each) {
  while (each->unsent > 0) {
    ssize_t sent = send(each->fd, message + bytes - each->unsent, each->unsent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return 0;
    if (sent < 0) fail("send");
    each->unsent -= sent;
  }
  return 1;
}

static void ask(struct connection *each) {
  each->unsent = bytes;
  each->missing = bytes;
  if (!flush(each)) watch(each, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Answers the nanoseconds. */
static long long exchange(struct connection *connections, long count, long messages) {
  long asked = 0, answered = 0;
  long long began = now();
  for (; asked < count && asked < messages; asked++) ask(&connections[asked]);
  while (answered < messages) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poller, events, EVENTS, SILENCE_MS);
    if (ready < 0 && errno == EINTR) continue;
    errno = ready < 0 ? errno : 0;
    if (ready <= 0) fail("waiting for answers");
    for (int i = 0; i < ready; i++) {
      struct connection *each = events[i].data.ptr;
      if (events[i].events & EPOLLOUT && flush(each)) watch(each, EPOLL_CTL_MOD, EPOLLIN);
      if (!(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      ssize_t got = recv(each->fd, place, each->missing > 0 ? each->missing : 1, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) continue;
      errno = got < 0 ? errno : 0;
      if (got <= 0 || (size_t)got > each->missing) fail("reading an answer");
      each->missing -= got;
      if (each->missing > 0) continue;
      answered++;
      if (asked == messages) continue;
      asked++;
      ask(each);
    }
  }
  return now() - began;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int port = atoi(argv[1]);
  long count = atol(argv[2]);
  bytes = atol(argv[3]);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  message = malloc(bytes);
  place = malloc(bytes);
  memset(message, 'x', bytes);
  poller = epoll_create1(0);
  struct connection *connections = calloc(count, sizeof *connections);
  for (long i = 0; i < count; i++) dial(&connections[i], port);
  for (long messages; scanf("%ld", &messages) == 1;) {
    printf("%lld\n", exchange(connections, count, messages));
    fflush(stdout);
  }
  return 0;
}
