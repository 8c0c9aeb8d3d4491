/* sigsuspend with a copy of the mask, for programs under valgrind: preloaded. libdispatch's main thread waits with a mask
   in read-only memory; valgrind (3.19 to 3.24) writes into the caller's mask for the time of the call, and dies of it.
   clang -shared -fPIC -o sigsuspend.so lab/lib/sigsuspend.c */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
  sigset_t copy = *mask;
  return (int)syscall(SYS_rt_sigsuspend, &copy, _NSIG / 8);
}
