/* Does what its first argument says, for tests of what a program may and may not do. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

__attribute__((noinline)) static int deeper(volatile char *above) {
  volatile char frame[64];
  frame[0] = *above;
  return *above == 2 ? 0 : deeper(frame) + frame[0];
}

static const char *outcome(int result) {
  return result < 0 ? strerror(errno) : "done";
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "args") == 0) {
    for (int i = 0; i < argc; i++) printf("%s\n", argv[i]);
    for (char **each = environ; *each; each++) printf("%s\n", *each);
    char folder[256];
    printf("%s\n", getcwd(folder, sizeof folder));
  } else if (strcmp(what, "exit") == 0) {
    exit(atoi(argv[2]));
  } else if (strcmp(what, "abort") == 0) {
    abort();
  } else if (strcmp(what, "trap") == 0) {
    __builtin_trap();
  } else if (strcmp(what, "recurse") == 0) {
    volatile char first = 1;
    return deeper(&first);
  } else if (strcmp(what, "spin") == 0) {
    puts("spinning");
    fflush(stdout);
    for (volatile unsigned long i = 0;; i++);
  } else if (strcmp(what, "flood") == 0) {
    static char block[65536];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < atoi(argv[2]); i++)
      if (write(1, block, sizeof block) < 0) return errno == EPIPE ? 32 : 1;
  } else if (strcmp(what, "sleep") == 0) {
    long long begin = ms(CLOCK_MONOTONIC);
    usleep(atoi(argv[2]) * 1000);
    printf("%lld\n", ms(CLOCK_MONOTONIC) - begin);
  } else if (strcmp(what, "time") == 0) {
    printf("%lld\n", ms(CLOCK_REALTIME));
  } else if (strcmp(what, "poll") == 0) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    for (int i = 0; i < 2; i++) {
      int count = poll(&input, 1, atoi(argv[2]));
      char byte = '-';
      if (count > 0) read(0, &byte, 1);
      printf("%d %c\n", count, byte);
      fflush(stdout);
    }
  } else if (strcmp(what, "open") == 0) {
    for (int i = 2; i < argc; i++) printf("%s: %s\n", argv[i], outcome(open(argv[i], O_RDONLY)));
  } else if (strcmp(what, "link") == 0) {
    printf("symlink: %s\n", outcome(symlink(argv[2], argv[3])));
    printf("open: %s\n", outcome(open(argv[3], O_RDONLY)));
  } else if (strcmp(what, "list") == 0) {
    DIR *folder = opendir(argv[2]);
    if (!folder) return perror(argv[2]), 1;
    for (struct dirent *entry; (entry = readdir(folder));)
      if (entry->d_name[0] != '.') printf("%s\n", entry->d_name);
  } else if (strcmp(what, "change") == 0) {
    printf("mkdir: %s\n", outcome(mkdir("/data/made", 0777)));
    FILE *file = fopen("/data/made/file", "w");
    fputs("made\n", file);
    fclose(file);
    printf("unlink: %s\n", outcome(unlink("/data/old")));
    printf("rename: %s\n", outcome(rename("/data/kept", "/data/moved")));
  } else if (strcmp(what, "grow") == 0) {
    for (size_t taken = 0;; taken += 1 << 20)
      if (!malloc(1 << 20)) return printf("%zu\n", taken >> 20), 0;
  } else {
    return 64;
  }
  return 0;
}
