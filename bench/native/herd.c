// herd PROCESSES THREADS: starts sleeping processes with this many threads each, prints "ready", and ends them when its
// standard input closes. If it is killed, its processes die too; it dies when the process that started it dies.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *sleep_on(void *unused) {
  for (;;) pause();
  return unused;
}

static void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before prctl.
  if (getppid() != parent) _exit(1);
}

// Writes a byte to the pipe when all threads of the process run.
static void become_sleeper(pid_t parent, int threads, int done) {
  pthread_attr_t small;
  pthread_t thread;
  die_with(parent);
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 16384);
  for (int i = 1; i < threads; i++) {
    if (pthread_create(&thread, &small, sleep_on, NULL)) _exit(1);
  }
  if (write(done, "+", 1) != 1) _exit(1);
  close(done);
  sleep_on(NULL);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: herd PROCESSES THREADS\n");
    return 64;
  }
  int processes = atoi(argv[1]), threads = atoi(argv[2]), ends[2];
  die_with(getppid());
  if (pipe(ends)) {
    perror("herd: pipe");
    return 1;
  }
  pid_t self = getpid();
  pid_t *children = calloc(processes, sizeof *children);
  for (int i = 0; i < processes; i++) {
    pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      become_sleeper(self, threads, ends[1]);
    }
    if (child < 0) {
      fprintf(stderr, "herd: fork: %s\n", strerror(errno));
      return 1;
    }
    children[i] = child;
  }
  close(ends[1]);
  int ready = 0;
  char bytes[4096];
  for (ssize_t got; (got = read(ends[0], bytes, sizeof bytes)) > 0;) ready += got;
  if (ready != processes) {
    fprintf(stderr, "herd: %d of %d processes have %d threads\n", ready, processes, threads);
    return 1;
  }
  puts("ready");
  fflush(stdout);
  while (read(STDIN_FILENO, bytes, sizeof bytes) > 0);
  for (int i = 0; i < processes; i++) kill(children[i], SIGKILL);
  // Reap them here: not every init reaps orphans.
  while (wait(NULL) > 0);
  return 0;
}
