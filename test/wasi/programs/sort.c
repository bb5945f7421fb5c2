/* Sorts lines, of the files that are named or of stdin; -r the other way round, -o FILE into a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **lines;
static size_t count, room;
static int reversed;

static int compare(const void *one, const void *other) {
  int order = strcmp(*(char *const *)one, *(char *const *)other);
  return reversed ? -order : order;
}

static void read_all(FILE *file) {
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, file) >= 0) {
    if (count == room) lines = realloc(lines, (room = room ? room * 2 : 64) * sizeof *lines);
    lines[count++] = strdup(line);
  }
  free(line);
}

int main(int argc, char **argv) {
  FILE *out = stdout;
  int named = 0;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-r") == 0) reversed = 1;
    else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
      if (!(out = fopen(argv[++i], "w"))) return perror(argv[i]), 2;
    } else {
      FILE *file = fopen(argv[i], "r");
      if (!file) return perror(argv[i]), 1;
      read_all(file);
      fclose(file);
      named = 1;
    }
  }
  if (!named) read_all(stdin);
  qsort(lines, count, sizeof *lines, compare);
  for (size_t i = 0; i < count; i++) fputs(lines[i], out);
  return fclose(out) ? 3 : 0;
}
