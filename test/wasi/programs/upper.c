/* A filter: what comes in goes out in capitals, as it comes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  char buffer[4096];
  ssize_t count;
  while ((count = read(0, buffer, sizeof buffer)) > 0) {
    for (ssize_t i = 0; i < count; i++) buffer[i] = toupper((unsigned char)buffer[i]);
    for (ssize_t done = 0, some; done < count; done += some)
      if ((some = write(1, buffer + done, count - done)) < 0) return 9;
  }
  return 0;
}
