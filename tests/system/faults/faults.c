/* Makes the disk or the memory of one process fail, or ends the process, at a chosen call. Loaded with
 * LD_PRELOAD (Linux, 64 bits, glibc).
 *
 * Counted are the calls that touch a path below a folder, from 1, over all threads. Everything is said by the
 * environment:
 *
 *   VILTREE_FAULTS_BELOW  the folder, an absolute path without links. Unset: nothing is counted, nothing
 * happens VILTREE_FAULTS_KINDS  which calls count, separated by commas: open (for writing), write, sync,
 * rename, unlink, truncate, mkdir, lock. Unset: all of these. Only where named: read (an open for reading)
 *   VILTREE_FAULTS_AT     the number of the call that is struck. Unset or 0: none
 *   VILTREE_FAULTS_DO     what happens to it:
 *                           kill-before, kill-after   SIGKILL before it is made, or after
 *                           kill-amid                 half of the bytes of a write, then SIGKILL; another
 * call passes, and the next write is struck short                     half of the bytes of a write are
 * written, and it says so EIO, ENOSPC, EDQUOT, EMFILE, EINTR, EROFS, ENOLCK, EOPNOTSUPP   it is not made and
 * fails so VILTREE_FAULTS_LASTS  for: once (as when unset), or ever: each from that one on. EINTR then
 * strikes every second call, for who is always interrupted never gets on VILTREE_FAULTS_BYTES  how many bytes
 * can be written in all; then writes give ENOSPC VILTREE_FAULTS_LOG    a file that gets a line for each
 * counted call: its number, kind and path VILTREE_FAULTS_CLOCK  the clock of the day jumps to and fro by up
 * to so many seconds between any two looks at it
 *   VILTREE_FAULTS_MEMORY the number of the allocation that fails, from 1, over all threads; counted from the
 * first call below the folder on, so that the program is up by then. LASTS says for how long: once, or each
 * from that one on. 0: none
 *   VILTREE_FAULTS_MEMORY_LOG  a file that gets "failed" at the first of these, and the number of allocations
 * when the process ends by exit(3)
 *
 * Calls are made by syscall(2), so that nothing here is called by itself. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum Kind { kOpen, kWrite, kSync, kRename, kUnlink, kTruncate, kMkdir, kLock, kRead, kKinds };
static const char* const kNames[kKinds] = {"open",     "write", "sync", "rename", "unlink",
                                           "truncate", "mkdir", "lock", "read"};

enum Deed { kNothing, kKillBefore, kKillAfter, kKillAmid, kShort, kFail };

static const struct {
  const char* name;
  int code;
} kErrors[] = {{"EIO", EIO},     {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EMFILE", EMFILE},
               {"EINTR", EINTR}, {"EROFS", EROFS},   {"ENOLCK", ENOLCK}, {"EOPNOTSUPP", EOPNOTSUPP}};

static struct {
  char below[PATH_MAX];
  size_t below_size;
  int counts[kKinds];
  long at;
  enum Deed deed;
  int code;
  int lasts;
  int has_budget;
  int log;
  long clock;
  long memory_at;
  int memory_log;
} plan;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long calls;      /* guarded by mutex */
static int interrupted; /* guarded by mutex: the call before was */
static int struck;      /* guarded by mutex: what lasts once is over */
static atomic_long budget;
static atomic_int counts_memory; /* set by the first counted call, after the plan was read */
static atomic_long allocations;
static atomic_int memory_failed;
static atomic_ulong looks;

static void die(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) syscall(SYS_sched_yield);
}

static void refuse(const char* name, const char* value) {
  dprintf(2, "faults: %s is '%s'\n", name, value);
  syscall(SYS_exit_group, 99);
}

static long number_of(const char* name) {
  const char* text = getenv(name);
  if (!text || !*text) return 0;
  char* end = NULL;
  const long value = strtol(text, &end, 10);
  if (*end || value < 0) refuse(name, text);
  return value;
}

static void read_kinds(void) {
  const char* text = getenv("VILTREE_FAULTS_KINDS");
  for (int i = 0; i < kKinds; ++i) plan.counts[i] = !text && i != kRead;
  while (text && *text) {
    const size_t size = strcspn(text, ",");
    int found = 0;
    for (int i = 0; i < kKinds; ++i) {
      if (strlen(kNames[i]) != size || strncmp(text, kNames[i], size) != 0) continue;
      plan.counts[i] = found = 1;
    }
    if (!found) refuse("VILTREE_FAULTS_KINDS", text);
    text += size + (text[size] == ',');
  }
}

static void read_deed(void) {
  const char* text = getenv("VILTREE_FAULTS_DO");
  if (!text) return;
  static const char* const deeds[] = {"", "kill-before", "kill-after", "kill-amid", "short"};
  for (int i = kKillBefore; i <= kShort; ++i) {
    if (strcmp(text, deeds[i]) == 0) plan.deed = (enum Deed)i;
  }
  for (size_t i = 0; i < sizeof kErrors / sizeof *kErrors; ++i) {
    if (strcmp(text, kErrors[i].name) != 0) continue;
    plan.deed = kFail;
    plan.code = kErrors[i].code;
  }
  if (plan.deed == kNothing) refuse("VILTREE_FAULTS_DO", text);
}

/* -1: none is asked for. */
static int open_log(const char* name) {
  const char* path = getenv(name);
  if (!path) return -1;
  const int log = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) refuse(name, path);
  return log;
}

static void read_plan(void) {
  plan.log = plan.memory_log = -1;
  plan.clock = number_of("VILTREE_FAULTS_CLOCK");
  const char* below = getenv("VILTREE_FAULTS_BELOW");
  if (!below) return;
  if (*below != '/' || strlen(below) >= PATH_MAX) refuse("VILTREE_FAULTS_BELOW", below);
  strcpy(plan.below, below);
  plan.below_size = strlen(below);
  read_kinds();
  read_deed();
  plan.at = number_of("VILTREE_FAULTS_AT");
  const char* lasts = getenv("VILTREE_FAULTS_LASTS");
  plan.lasts = lasts && strcmp(lasts, "ever") == 0;
  if (lasts && !plan.lasts && strcmp(lasts, "once") != 0) refuse("VILTREE_FAULTS_LASTS", lasts);
  plan.has_budget = getenv("VILTREE_FAULTS_BYTES") != NULL;
  atomic_store(&budget, number_of("VILTREE_FAULTS_BYTES"));
  plan.log = open_log("VILTREE_FAULTS_LOG");
  plan.memory_at = number_of("VILTREE_FAULTS_MEMORY");
  plan.memory_log = open_log("VILTREE_FAULTS_MEMORY_LOG");
}

/* The absolute path, as far as it can be told without touching the disk. */
static void absolute(int folder, const char* path, char* into) {
  char above[PATH_MAX] = "";
  if (*path != '/') {
    if (folder == AT_FDCWD) {
      if (syscall(SYS_getcwd, above, sizeof above) < 0) *above = 0;
    } else {
      char link[64];
      snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
      const long size = syscall(SYS_readlinkat, AT_FDCWD, link, above, sizeof above - 1);
      above[size > 0 ? size : 0] = 0;
    }
    strncat(above, "/", sizeof above - strlen(above) - 1);
  }
  *into = 0;
  strncat(into, above, PATH_MAX - 1);
  strncat(into, path, PATH_MAX - 1 - strlen(into));
}

static int is_below(const char* path) {
  return plan.below_size > 0 && strncmp(path, plan.below, plan.below_size) == 0 &&
         (path[plan.below_size] == 0 || path[plan.below_size] == '/');
}

static enum Deed decide(enum Kind kind) {
  if (plan.at == 0 || calls < plan.at || (struck && !plan.lasts)) return kNothing;
  if ((plan.deed == kKillAmid || plan.deed == kShort) && kind != kWrite) return kNothing;
  if (plan.deed == kFail && plan.code == EINTR && plan.lasts) {
    interrupted = !interrupted;
    if (!interrupted) return kNothing;
  }
  struck = 1;
  return plan.deed;
}

/* Counts a call. What is to be done to it. */
static enum Deed count_path(enum Kind kind, const char* path) {
  if (!is_below(path) || !plan.counts[kind]) return kNothing;
  atomic_store(&counts_memory, plan.memory_at > 0 || plan.memory_log >= 0);
  pthread_mutex_lock(&mutex);
  ++calls;
  if (plan.log >= 0) {
    char line[PATH_MAX + 64];
    const int size = snprintf(line, sizeof line, "%ld %s %s\n", calls, kNames[kind], path);
    (void)!syscall(SYS_write, plan.log, line, (size_t)size);
  }
  const enum Deed deed = decide(kind);
  pthread_mutex_unlock(&mutex);
  if (deed == kKillBefore) die();
  return deed;
}

static enum Deed count_at(enum Kind kind, int folder, const char* path) {
  const int before = errno;
  pthread_once(&once, read_plan);
  char full[PATH_MAX];
  absolute(folder, path, full);
  errno = before;
  return count_path(kind, full);
}

static enum Deed count_descriptor(enum Kind kind, int descriptor) {
  pthread_once(&once, read_plan);
  if (plan.below_size == 0 || descriptor == plan.log) return kNothing;
  const int before = errno;
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const long size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  path[size > 0 ? size : 0] = 0;
  errno = before;
  return count_path(kind, path);
}

/* Makes the call, or fails in its place. */
#define MAKE(deed, call)            \
  do {                              \
    const enum Deed deed_ = (deed); \
    if (deed_ == kFail) {           \
      errno = plan.code;            \
      return -1;                    \
    }                               \
    const long result_ = (call);    \
    if (deed_ == kKillAfter) die(); \
    return result_;                 \
  } while (0)

static long open_any(int folder, const char* path, int flags, unsigned mode) {
  const int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  MAKE(count_at(writes ? kOpen : kRead, folder, path), syscall(SYS_openat, folder, path, flags, mode));
}

static unsigned mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, unsigned) : 0;
}

#define OPEN(name)                                     \
  int name(const char* path, int flags, ...) {         \
    va_list rest;                                      \
    va_start(rest, flags);                             \
    const unsigned mode = mode_of(flags, rest);        \
    va_end(rest);                                      \
    return (int)open_any(AT_FDCWD, path, flags, mode); \
  }
#define OPENAT(name)                                       \
  int name(int folder, const char* path, int flags, ...) { \
    va_list rest;                                          \
    va_start(rest, flags);                                 \
    const unsigned mode = mode_of(flags, rest);            \
    va_end(rest);                                          \
    return (int)open_any(folder, path, flags, mode);       \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* So many of the bytes as fit, or -1 where none does. */
static ssize_t within_budget(size_t size) {
  if (!plan.has_budget) return (ssize_t)size;
  long left = atomic_load(&budget);
  long taken = 0;
  do {
    taken = left < (long)size ? left : (long)size;
  } while (!atomic_compare_exchange_weak(&budget, &left, left - taken));
  if (taken > 0 || size == 0) return taken;
  errno = ENOSPC;
  return -1;
}

/* A write of `size` bytes of which `some` passes so many to the system. */
#define WRITE(size, some)                                                       \
  do {                                                                          \
    const enum Deed deed = count_descriptor(kWrite, descriptor);                \
    size_t most = (size);                                                       \
    if (deed == kKillAmid || deed == kShort) most = most > 1 ? most / 2 : most; \
    if (deed == kFail) {                                                        \
      errno = plan.code;                                                        \
      return -1;                                                                \
    }                                                                           \
    if (plan.has_budget && is_counted(descriptor)) {                            \
      const ssize_t fits = within_budget(most);                                 \
      if (fits < 0) return -1;                                                  \
      most = (size_t)fits;                                                      \
    }                                                                           \
    const ssize_t result = (some);                                              \
    if (deed == kKillAmid || deed == kKillAfter) die();                         \
    return result;                                                              \
  } while (0)

static int is_counted(int descriptor) {
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const long size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  path[size > 0 ? size : 0] = 0;
  return is_below(path);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  WRITE(size, syscall(SYS_write, descriptor, bytes, most));
}

#define PWRITE(name)                                                           \
  ssize_t name(int descriptor, const void* bytes, size_t size, off_t offset) { \
    WRITE(size, syscall(SYS_pwrite64, descriptor, bytes, most, offset));       \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

static size_t size_of(const struct iovec* parts, int count) {
  size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

/* Whole parts alone where only some bytes may be written; of the first one, so many. */
static ssize_t write_parts(int descriptor, const struct iovec* parts, int count, size_t most) {
  if (most == size_of(parts, count)) return syscall(SYS_writev, descriptor, parts, count);
  const size_t first = count > 0 && parts[0].iov_len < most ? parts[0].iov_len : most;
  return count > 0 ? syscall(SYS_write, descriptor, parts[0].iov_base, first) : 0;
}

ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  WRITE(size_of(parts, count), write_parts(descriptor, parts, count, most));
}

int fsync(int descriptor) {
  MAKE(count_descriptor(kSync, descriptor), syscall(SYS_fsync, descriptor));
}

int fdatasync(int descriptor) {
  MAKE(count_descriptor(kSync, descriptor), syscall(SYS_fdatasync, descriptor));
}

int ftruncate(int descriptor, off_t size) {
  MAKE(count_descriptor(kTruncate, descriptor), syscall(SYS_ftruncate, descriptor, size));
}

int ftruncate64(int descriptor, off64_t size) {
  return ftruncate(descriptor, size);
}

int renameat2(int folder, const char* from, int other, const char* to, unsigned flags) {
  MAKE(count_at(kRename, other, to), syscall(SYS_renameat2, folder, from, other, to, flags));
}

int renameat(int folder, const char* from, int other, const char* to) {
  return renameat2(folder, from, other, to, 0);
}

int rename(const char* from, const char* to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int folder, const char* path, int flags) {
  MAKE(count_at(kUnlink, folder, path), syscall(SYS_unlinkat, folder, path, flags));
}

int unlink(const char* path) {
  return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char* path) {
  return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char* path) {
  const int done = unlink(path);
  return done != 0 && errno == EISDIR ? rmdir(path) : done;
}

int mkdirat(int folder, const char* path, mode_t mode) {
  MAKE(count_at(kMkdir, folder, path), syscall(SYS_mkdirat, folder, path, mode));
}

int mkdir(const char* path, mode_t mode) {
  return mkdirat(AT_FDCWD, path, mode);
}

static int control(int descriptor, int command, void* argument) {
  const int locks =
      command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_SETLK || command == F_SETLKW;
  if (!locks) return (int)syscall(SYS_fcntl, descriptor, command, argument);
  MAKE(count_descriptor(kLock, descriptor), syscall(SYS_fcntl, descriptor, command, argument));
}

#define FCNTL(name)                                \
  int name(int descriptor, int command, ...) {     \
    va_list rest;                                  \
    va_start(rest, command);                       \
    void* argument = va_arg(rest, void*);          \
    va_end(rest);                                  \
    return control(descriptor, command, argument); \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

/* Another shift at each look: 0, back, forward, by no rule that a program could follow. */
static long shift(void) {
  pthread_once(&once, read_plan);
  if (plan.clock == 0) return 0;
  const unsigned long drawn = (atomic_fetch_add(&looks, 1) + 1) * 0x9E3779B97F4A7C15UL >> 33U;
  return (long)(drawn % (2UL * (unsigned long)plan.clock + 1)) - plan.clock;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  const int done = (int)syscall(SYS_clock_gettime, clock, time);
  if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += shift();
  return done;
}

int gettimeofday(struct timeval* time, void* zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* into) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_REALTIME, &now);
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}

/* Whether this allocation is to fail. Asks for nothing that could allocate. */
static int out_of_memory(void) {
  if (!atomic_load_explicit(&counts_memory, memory_order_acquire)) return 0;
  const long number = atomic_fetch_add(&allocations, 1) + 1;
  if (plan.memory_at == 0 || (plan.lasts ? number < plan.memory_at : number != plan.memory_at)) return 0;
  if (!atomic_exchange(&memory_failed, 1) && plan.memory_log >= 0)
    (void)!syscall(SYS_write, plan.memory_log, "failed\n", (size_t)7);
  errno = ENOMEM;
  return 1;
}

__attribute__((destructor)) static void log_allocations(void) {
  if (atomic_load(&counts_memory) && plan.memory_log >= 0)
    dprintf(plan.memory_log, "%ld\n", atomic_load(&allocations));
}

/* The C library's own under their other names; free() stays as it is. */
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  return out_of_memory() ? NULL : __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  return out_of_memory() ? NULL : __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) {
  return out_of_memory() ? NULL : __libc_realloc(old, size);
}

void* memalign(size_t alignment, size_t size) {
  return out_of_memory() ? NULL : __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** into, size_t alignment, size_t size) {
  if (alignment == 0 || alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  const int before = errno;
  void* found = memalign(alignment, size);
  errno = before;
  if (!found) return ENOMEM;
  *into = found;
  return 0;
}
