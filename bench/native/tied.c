// tied COMMAND ARGUMENTS: executes COMMAND, which is killed when the process that started it dies.
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 64;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execvp(argv[1], argv + 1);
  perror(argv[1]);
  return 127;
}
