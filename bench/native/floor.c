// floor open|kept: the lower bound of the cost of reading every /proc/PID/stat.
//   open   list /proc; open, read and close each stat
//   kept   list /proc; read each stat through a descriptor that stays open
// Each line of standard input is a number of passes; the answer is the number of files read in the last pass.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>

#define MOST_PIDS (1 << 22)
static int descriptors[MOST_PIDS];
static char contents[4096];

static int read_opened(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, contents, sizeof contents);
  close(file);
  return length > 0;
}

static int read_kept(const char *pid) {
  int *file = &descriptors[atoi(pid) % MOST_PIDS];
  // 0 = not opened yet. If the process has ended, pread fails, and the file of the next process with this pid is opened.
  if (*file > 0 && pread(*file, contents, sizeof contents, 0) > 0) return 1;
  if (*file > 0) close(*file);
  char path[64];
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  *file = open(path, O_RDONLY | O_CLOEXEC);
  return *file > 0 && pread(*file, contents, sizeof contents, 0) > 0;
}

static int pass(int (*read_one)(const char *pid)) {
  int count = 0;
  DIR *proc = opendir("/proc");
  if (!proc) return 0;
  for (struct dirent *entry; (entry = readdir(proc));) {
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') count += read_one(entry->d_name);
  }
  closedir(proc);
  return count;
}

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int (*read_one)(const char *pid) = strcmp(argv[1], "kept") ? read_opened : read_kept;
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    int count = 0;
    for (int passes = atoi(line); passes > 0; passes--) count = pass(read_one);
    printf("%d\n", count);
    fflush(stdout);
  }
  return 0;
}
