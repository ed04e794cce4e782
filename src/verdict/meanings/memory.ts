/** What it usually means that a class of a process's memory grows: the first row that matches its name. */
import type { Meaning } from '../../model/look.ts';

export const MEMORY_MEANINGS: readonly Meaning[] = [
  {
    pattern: /^heap\b/,
    says: 'What malloc gives the main thread: objects of the program, its native libraries, or a runtime that uses malloc, like those of Python and Ruby. A profile of the heap of that runtime tells which; if it is flat, native code leaks.',
    source: 'malloc(3), brk(2)',
  },
  {
    pattern: /^malloc arenas\b/,
    says: 'What malloc gives to other threads, which have heaps of their own. If it grows with the number of threads, these heaps are full of holes: MALLOC_ARENA_MAX=2 or jemalloc helps. If that does not help, native code that runs in threads leaks.',
    source: 'mallopt(3); https://devcenter.heroku.com/articles/tuning-glibc-memory-behavior',
  },
  {
    pattern: /^stacks of threads\b/,
    says: 'Each thread has a stack, so threads are made and do not end: look at the threads (W10).',
    source: 'pthread_attr_setstacksize(3)',
  },
  {
    pattern: /^stack of the main thread\b/,
    says: 'The main thread calls itself ever deeper, or has large arrays on its stack.',
    source: 'getrlimit(2), RLIMIT_STACK',
  },
  {
    pattern: /^code made at run time\b/,
    says: 'Machine code of a compiler that runs in the process (JIT): code is made anew again and again, by eval, templates or patterns that are compiled for each use, or by classes that are generated.',
    source: 'https://docs.oracle.com/javase/8/embedded/develop-apps-platforms/codecache.htm',
  },
  {
    pattern: /^\[anon: Go: heap/,
    says: 'The heap of Go: objects, or goroutines that do not end. Compare two heap profiles (pprof), and the number of goroutines.',
    source: 'https://go.dev/doc/go1.25#runtime',
  },
  {
    pattern: /^\[anon:\s?v8/i,
    says: 'The heap of JavaScript: compare two heap snapshots.',
    source: 'https://nodejs.org/en/learn/diagnostics/memory/using-heap-snapshot',
  },
  {
    pattern: /^\[anon: glibc: /,
    says: 'What malloc maps for the program or its native libraries.',
    source: 'https://sourceware.org/glibc/manual/latest/html_node/Memory-Related-Tunables.html',
  },
  {
    pattern: /^\[anon/,
    says: 'The program or a library has given this memory its name, which says what it is for.',
    source: 'PR_SET_VMA(2const)',
  },
  {
    pattern: /^shared memory \/dev\/shm\//,
    says: 'Shared memory with a name stays until somebody removes it, also when the process ends: it is made for each job and not unmapped, or not unlinked.',
    source: 'shm_overview(7)',
  },
  {
    pattern: /^memfd /,
    says: 'Buffers of memory that are shared with other processes, or mapped for code: they are not unmapped.',
    source: 'memfd_create(2)',
  },
  {
    pattern: /^System V shared memory\b/,
    says: 'Segments stay until somebody removes them, also when the process ends: `ipcs -m` lists them and `ipcrm` removes one.',
    source: 'shmget(2), shmctl(2)',
  },
  {
    pattern: /^shared anonymous memory\b/,
    says: 'Memory that a parent shares with its forked workers: buffers, locks or caches that grow, or that are made again and again.',
    source: 'mmap(2), MAP_SHARED with MAP_ANONYMOUS',
  },
  {
    pattern: /^huge pages\b/,
    says: 'Pages of 2 MB or 1 GB that the program asked for, as databases and virtual machines do for their buffers.',
    source: 'mmap(2), MAP_HUGETLB',
  },
  {
    pattern: /^programs and libraries\b/,
    says: 'Changed data of programs and libraries: libraries are loaded again and again under new names and not unloaded.',
    source: 'dlopen(3)',
  },
  {
    pattern: /^deleted mapped file /,
    says: 'The file is deleted, and the program still maps it: neither memory nor disk space is free until it unmaps the file or ends.',
    source: 'mmap(2), unlink(2)',
  },
  {
    pattern: /^mapped file /,
    says: 'Pages of the file that were changed and not written back, or that are a private copy: it is mapped again and again and not unmapped, or is written faster than the disk can.',
    source: 'mmap(2)',
  },
  {
    pattern: /^other anonymous memory\b/,
    says: 'What a runtime or allocator maps itself: the heap of Java, JavaScript, .NET or Go, jemalloc, or large blocks of malloc. A profile of the heap of that runtime tells which; if it is flat, native code leaks.',
    source: 'mmap(2), malloc(3)',
  },
  {
    pattern: /^swapped out$/,
    says: 'Memory that the program has not touched for long was moved out: it still counts, and what is leaked is moved out first.',
    source: 'proc_pid_smaps(5)',
  },
  {
    pattern: /^anonymous memory$/,
    says: 'Heap and stacks, which could not be told apart.',
    source: 'proc_pid_status(5), RssAnon',
  },
  {
    pattern: /^shared memory$/,
    says: 'Shared memory or a tmpfs: see `df --type=tmpfs` and `ipcs -m`.',
    source: 'proc_pid_status(5), RssShmem',
  },
  {
    pattern: /^mapped files$/,
    says: 'Pages of files: the kernel gives them back when memory is short.',
    source: 'proc_pid_status(5), RssFile',
  },
];
