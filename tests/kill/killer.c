/* Preloaded: counts what a process does to the files below one folder, and kills it at event N.
 *
 * Python, DuckDB and SQLite reach the kernel through these functions of the C library, so that
 * every write, sync and rename is a point, whoever makes it. A killed write is half written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))

static char below[PATH_MAX];
static size_t below_length;
static long fatal_event; /* 0: none */
static long events;
static int trace = -1;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* Begin to count below `folder`; die at event `fatal`, tell every event on descriptor `to`. */
void killer_arm(const char *folder, long fatal, int to) {
    snprintf(below, sizeof below, "%s/", folder);
    events = 0;
    fatal_event = fatal;
    trace = to;
    below_length = strlen(below);
}

void killer_disarm(void) { below_length = 0; }

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* One event; true if it is the fatal one. */
static int event(const char *kind, const char *path) {
    if (!below_length || !path || strncmp(path, below, below_length)) return 0;
    long number = __atomic_add_fetch(&events, 1, __ATOMIC_SEQ_CST);
    if (trace >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%s %s\n", kind, path + below_length);
        ssize_t done = REAL(write)(trace, line, length);
        (void)done;
    }
    return number == fatal_event;
}

static int at(const char *kind, int folder, const char *path) {
    char whole[2 * PATH_MAX], link[64];
    if (!below_length || !path) return 0;
    if (path[0] == '/') return event(kind, path);
    if (folder == AT_FDCWD) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, PATH_MAX);
    if (length < 0) return 0;
    snprintf(whole + length, sizeof whole - length, "/%s", path);
    return event(kind, whole);
}

static int on(const char *kind, int file) {
    char path[PATH_MAX], link[64];
    if (!below_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return event(kind, path);
}

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                           \
        if (flags & (O_CREAT | O_TRUNC) && event("open", path)) die();          \
        return REAL(name)(path, flags, mode);                                   \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                            \
    int name(int folder, const char *path, int flags, ...) {                    \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                           \
        if (flags & (O_CREAT | O_TRUNC) && at("open", folder, path)) die();     \
        return REAL(name)(folder, path, flags, mode);                           \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void *bytes, size_t size) {
    if (on("write", file)) {
        ssize_t done = REAL(write)(file, bytes, size / 2);
        (void)done;
        die();
    }
    return REAL(write)(file, bytes, size);
}

#define PWRITE(name, offset_t)                                                  \
    ssize_t name(int file, const void *bytes, size_t size, offset_t offset) {   \
        if (on("write", file)) {                                                \
            ssize_t done = REAL(name)(file, bytes, size / 2, offset);           \
            (void)done;                                                         \
            die();                                                              \
        }                                                                       \
        return REAL(name)(file, bytes, size, offset);                           \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (on("write", file)) die();
    return REAL(writev)(file, parts, count);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t size) {
    if (on("write", to)) die();
    return ((ssize_t(*)(int, int, off_t *, size_t))real("sendfile"))(to, from, offset, size);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) {
    if (on("write", to)) die();
    return ((ssize_t(*)(int, int, off64_t *, size_t))real("sendfile64"))(to, from, offset, size);
}

ssize_t copy_file_range(int from, off64_t *out, int to, off64_t *in, size_t size, unsigned flags) {
    if (on("write", to)) die();
    return REAL(copy_file_range)(from, out, to, in, size, flags);
}

#define ON(name, kind, arguments, given)                                        \
    int name arguments {                                                        \
        if (on(kind, file)) die();                                              \
        return REAL(name) given;                                                \
    }
ON(fsync, "sync", (int file), (file))
ON(fdatasync, "sync", (int file), (file))
ON(ftruncate, "truncate", (int file, off_t size), (file, size))
ON(ftruncate64, "truncate", (int file, off64_t size), (file, size))
ON(fchmod, "chmod", (int file, mode_t mode), (file, mode))

#define PATH(name, kind, path, arguments, given)                                \
    int name arguments {                                                        \
        if (event(kind, path)) die();                                           \
        return REAL(name) given;                                                \
    }
PATH(rename, "rename", to, (const char *from, const char *to), (from, to))
PATH(link, "link", to, (const char *from, const char *to), (from, to))
PATH(symlink, "symlink", to, (const char *from, const char *to), (from, to))
PATH(unlink, "unlink", path, (const char *path), (path))
PATH(mkdir, "mkdir", path, (const char *path, mode_t mode), (path, mode))
PATH(rmdir, "rmdir", path, (const char *path), (path))
PATH(chmod, "chmod", path, (const char *path, mode_t mode), (path, mode))
PATH(chown, "chown", path, (const char *path, uid_t user, gid_t group), (path, user, group))

#define AT(name, kind, folder, path, arguments, given)                          \
    int name arguments {                                                        \
        if (at(kind, folder, path)) die();                                      \
        return REAL(name) given;                                                \
    }
AT(renameat, "rename", there, to, (int here, const char *from, int there, const char *to),
   (here, from, there, to))
AT(linkat, "link", there, to, (int here, const char *from, int there, const char *to, int flags),
   (here, from, there, to, flags))
AT(symlinkat, "symlink", there, to, (const char *from, int there, const char *to),
   (from, there, to))
AT(unlinkat, "unlink", folder, path, (int folder, const char *path, int flags),
   (folder, path, flags))
AT(mkdirat, "mkdir", folder, path, (int folder, const char *path, mode_t mode),
   (folder, path, mode))
AT(fchmodat, "chmod", folder, path, (int folder, const char *path, mode_t mode, int flags),
   (folder, path, mode, flags))
