/* Has a program of the installation start as a fork of the warm parent, and stands for it under its supervisor.
 *
 * It bears the name of the program (dirac-service, ...) in a folder that the run script puts first on PATH. It hands
 * arguments, environment, working folder and standard streams to the parent; passes signals on; and ends as the
 * program does. When there is no parent, or the parent declines, it becomes the program itself, cold.
 * It is C because it stays as long as the program runs: an interpreter in its place would cost what is saved.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SOCKETS
#error "SOCKETS: the folder of the parents' sockets"
#endif
#ifndef FOLDER
#error "FOLDER: where the links to this program are, as on PATH"
#endif

extern char **environ;

static volatile sig_atomic_t child = 0;

static void forward(int number) {
  if (child > 0) kill(child, number);
}

/* The program itself must not see how it was found. */
static void leave_path(void) {
  const char *path = getenv("PATH");
  size_t length = strlen(FOLDER);
  if (path && strncmp(path, FOLDER ":", length + 1) == 0) {
    char *rest = strdup(path + length + 1);
    if (rest) setenv("PATH", rest, 1);
  }
}

static void cold(const char *name, char **argv) {
  execvp(name, argv);
  fprintf(stderr, "%s: %s\n", name, strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

static int whole_write(int to, const char *data, size_t length) {
  while (length > 0) {
    ssize_t done = write(to, data, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return -1;
    data += done;
    length -= (size_t)done;
  }
  return 0;
}

static int whole_read(int from, void *data, size_t length) {
  char *here = data;
  while (length > 0) {
    ssize_t done = read(from, here, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return -1;
    here += done;
    length -= (size_t)done;
  }
  return 0;
}

/* The request: three lengths in the machine's order (bytes of text, arguments, variables), which carry the standard
 * streams, then the texts, each ended by NUL: working folder, arguments, environment. */
static int ask(int line, char **argv) {
  char *folder = getcwd(NULL, 0);
  if (!folder) return -1;
  uint32_t head[3] = {(uint32_t)strlen(folder) + 1, 0, 0};
  for (char **each = argv; *each; each++, head[1]++) head[0] += (uint32_t)strlen(*each) + 1;
  for (char **each = environ; *each; each++, head[2]++) head[0] += (uint32_t)strlen(*each) + 1;
  char *text = malloc(head[0]), *end = text;
  if (!text) return -1;
  end = stpcpy(end, folder) + 1;
  for (char **each = argv; *each; each++) end = stpcpy(end, *each) + 1;
  for (char **each = environ; *each; each++) end = stpcpy(end, *each) + 1;

  int streams[3] = {0, 1, 2};
  char control[CMSG_SPACE(sizeof streams)];
  memset(control, 0, sizeof control);
  struct iovec part = {head, sizeof head};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof streams);
  memcpy(CMSG_DATA(rights), streams, sizeof streams);
  int failed = sendmsg(line, &message, 0) != (ssize_t)sizeof head || whole_write(line, text, head[0]) < 0;
  free(text);
  free(folder);
  return failed ? -1 : 0;
}

int main(int argc, char **argv) {
  (void)argc;
  const char *slash = strrchr(argv[0], '/');
  const char *name = slash ? slash + 1 : argv[0];
  leave_path();
  const char *wanted = getenv("DIRAC_CERT_WARM_START");
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKETS "/component"};
  if (strncmp(name, "tornado-", 8) == 0) strcpy(address.sun_path, SOCKETS "/tornado");
  int line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if ((wanted && strcmp(wanted, "no") == 0) || line < 0 ||
      connect(line, (struct sockaddr *)&address, sizeof address) < 0)
    cold(name, argv);
  signal(SIGPIPE, SIG_IGN);
  int32_t answer;
  /* A signal before the child is there ends this program, as it would end a program that starts. */
  if (ask(line, argv) < 0 || whole_read(line, &answer, sizeof answer) < 0 || answer <= 0) {
    signal(SIGPIPE, SIG_DFL);
    cold(name, argv);
  }
  child = answer;
  const int passed[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};
  struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
  for (size_t each = 0; each < sizeof passed / sizeof *passed; each++) sigaction(passed[each], &action, NULL);
  /* What the supervisor and the log hold on the other side must end with the program, not with this one. */
  for (int stream = 0; stream < 3; stream++) close(stream);
  int32_t status;
  if (whole_read(line, &status, sizeof status) < 0) return 111; /* the parent is gone, and the child with it */
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 112;
}
