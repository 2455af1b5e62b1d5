/* Ways to change files and start programs that a shell has no word for; the first argument chooses one. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static volatile int ticks;

static void tick(int signal) { (void)signal; ticks++; }

static void put(const char *name, const char *text) {
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || write(file, text, strlen(text)) < 0) perror(name);
    close(file);
}

/* A copy of a program in memory, with another name, started by its descriptor. */
static int from_memory(void) {
    int copy = memfd_create("innocent", 0), from = open("/bin/rm", O_RDONLY);
    char buffer[65536];
    ssize_t count;
    while ((count = read(from, buffer, sizeof buffer)) > 0)
        if (write(copy, buffer, count) != count) return 1;
    char *argv[] = {"innocent", "-r", "src", "a", NULL};
    syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
    perror("execveat");
    return 1;
}

static int start(char *const argv[]) {
    pid_t child;
    int status;
    if (posix_spawnp(&child, argv[0], NULL, NULL, argv, environ)) return 1;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static int by_vfork(void) {
    int status;
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/rm", "rm", "-r", "src", NULL);
        _exit(1);
    }
    waitpid(child, &status, 0);
    char *argv[] = {"rm", "a", NULL};
    return start(argv);
}

static void *overwrite(void *number) {
    char name[32];
    snprintf(name, sizeof name, "t%ld", (long)number);
    put(name, "other\n");
    unlink(name);
    return NULL;
}

static int many_threads(void) {
    pthread_t threads[64];
    for (long number = 0; number < 64; number++) pthread_create(&threads[number], NULL, overwrite, (void *)number);
    for (int number = 0; number < 64; number++) pthread_join(threads[number], NULL);
    return 0;
}

/* As the runtimes of Go and others do: a thread that is not the first starts a program by a child that shares all memory. */
static void *start_from_thread(void *status) {
    int ended = 1;
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/rm", "rm", "-r", "src", NULL);
        _exit(1);
    }
    waitpid(child, &ended, 0);
    *(int *)status = ended;
    return NULL;
}

/* And another becomes the program itself: all other threads end, and it takes the number of the first. */
static void *become_from_thread(void *unused) {
    (void)unused;
    put("b", "by a thread\n");
    execl("/bin/rm", "rm", "a", "t1", NULL);
    _exit(1);
}

static void *waits(void *unused) {
    pause();
    return unused;
}

static int from_threads(void) {
    pthread_t thread;
    int status = 1;
    if (pthread_create(&thread, NULL, start_from_thread, &status) || pthread_join(thread, NULL) || status) return 2;
    for (int number = 0; number < 8; number++) pthread_create(&thread, NULL, waits, NULL);
    pthread_create(&thread, NULL, become_from_thread, NULL);
    for (;;) pause();
}

/* A file without a name gets one; two names are exchanged; a link's target is written through it. */
static int names(void) {
    char path[64];
    int file = open(".", O_TMPFILE | O_RDWR, 0600);
    if (file < 0 || write(file, "new\n", 4) != 4) return 1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW)) return 2;
    if (syscall(SYS_renameat2, AT_FDCWD, "src", AT_FDCWD, "other", RENAME_EXCHANGE)) return 3;
    if (syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE)) return 4;
    if (symlink("b", "via")) return 5;
    put("via", "through a link\n");
    if (link("t0", "second")) return 6;
    put("second", "through a second name\n");
    int folder = open("other", O_RDONLY | O_DIRECTORY);
    if (unlinkat(folder, "../t1", 0)) return 7;
    return fchmod(open("t2", O_RDONLY), 0600);
}

/* A timer that fires all the time while others decide whether a program may start. */
static int ticking(char *const argv[]) {
    struct sigaction action = {.sa_handler = tick};
    struct itimerval often = {{0, 50000}, {0, 50000}};
    sigaction(SIGALRM, &action, NULL);
    pid_t child = fork();
    if (child == 0) {
        /* Unlike an interval timer this one ends with the program. */
        timer_t timer;
        struct itimerspec period = {{0, 50000000}, {0, 50000000}};
        if (timer_create(CLOCK_MONOTONIC, NULL, &timer) || timer_settime(timer, 0, &period, NULL)) _exit(8);
        execvp(argv[0], argv);
        fprintf(stderr, "refused: %s\n", strerror(errno));
        _exit(9);
    }
    /* Another process goes on with its own work, and no call of its is broken off. */
    setitimer(ITIMER_REAL, &often, NULL);
    while (access("asked", F_OK)) usleep(1000);
    int broken = 0;
    for (int round = 0; round < 300; round++) {
        int file = open("work", O_WRONLY | O_CREAT, 0644);
        if (file < 0 && errno == EINTR) broken++;
        close(file);
        if (unlink("work") && errno == EINTR) broken++;
        usleep(1000);
    }
    put("worked", "done\n");
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    /* On a machine with much else to do one may be, before a thread that waits for it is on a processor. */
    printf("broken off: %s, ticks: %s, status %d\n", broken < 30 ? "few" : "many", ticks > 3 ? "many" : "few", WEXITSTATUS(status));
    return 0;
}

/* Becomes a program in a sandbox that forbids what the guard needs: seccomp(2) fails with this error; or, with none, filters
   may be had, and their listeners hear nothing. */
static int in_sandbox(int error, char **words) {
    int call = error > 0 ? SYS_seccomp : error ? SYS_process_vm_readv : SYS_ioctl;
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[error ? 5 : 1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SECCOMP_IOCTL_NOTIF_RECV, 0, error ? 0 : 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error ? abs(error) : EACCES)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) {
        perror("prctl");
        return 1;
    }
    execvp(words[0], words);
    perror(words[0]);
    return 1;
}

int main(int count, char **words) {
    const char *way = count > 1 ? words[1] : "";
    if (!strcmp(way, "memory")) return from_memory();
    if (!strcmp(way, "vfork")) return by_vfork();
    if (!strcmp(way, "threads")) return many_threads();
    if (!strcmp(way, "starts")) return from_threads();
    if (!strcmp(way, "names")) return names();
    if (!strcmp(way, "ticking")) return ticking(words + 2);
    if (!strcmp(way, "sandbox") && count > 3) return in_sandbox(atoi(words[2]), words + 3);
    if (!strcmp(way, "elsewhere")) {
        if (mount("src", "other", NULL, MS_BIND, NULL)) return 1;
        put("other/x", "other\n");
        return 0;
    }
    if (!strcmp(way, "plain")) {
        put("a", "other\n");
        return unlink("b");
    }
    return 64;
}
