/* A small interpreter: a line is an assignment (x = 2 * (3 + y)) or an expression, whose value is printed at once. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static double variables[26];
static const char *at;
static int failed;

static double sum(void);

static void blanks(void) {
  while (*at == ' ') at++;
}

static double atom(void) {
  blanks();
  if (*at == '(') {
    at++;
    double value = sum();
    blanks();
    if (*at == ')') at++;
    else failed = 1;
    return value;
  }
  if (*at == '-') return at++, -atom();
  if (islower((unsigned char)*at)) return variables[*at++ - 'a'];
  char *end;
  double value = strtod(at, &end);
  if (end == at) failed = 1;
  at = end;
  return value;
}

static double product(void) {
  double value = atom();
  for (blanks(); *at == '*' || *at == '/'; blanks()) {
    if (*at++ == '*') value *= atom();
    else value /= atom();
  }
  return value;
}

static double sum(void) {
  double value = product();
  for (blanks(); *at == '+' || *at == '-'; blanks()) {
    if (*at++ == '+') value += product();
    else value -= product();
  }
  return value;
}

int main(void) {
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    at = line;
    failed = 0;
    int variable = -1;
    if (islower((unsigned char)line[0]) && line[1] == ' ' && line[2] == '=') variable = line[0] - 'a', at += 3;
    double value = sum();
    blanks();
    if (failed || (*at != '\n' && *at != '\0')) fprintf(stderr, "cannot read this: %s", line);
    else if (variable >= 0) variables[variable] = value;
    else printf("%.10g\n", value);
    fflush(stdout);
  }
  return 0;
}
