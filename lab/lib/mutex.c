/* Tells ThreadSanitizer about Swift's Mutex where two threads want it at once: preloaded into the tests. The usual way of
   the lock is compiled into its user, whose atomics ThreadSanitizer sees; the way of one that must wait is in Swift's own
   library, which it does not see into, so that what the lock keeps apart would look like a race.
   clang -shared -fPIC -o mutex.so lab/lib/mutex.c */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

/* Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow(), as the library exports them. */
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

/* Of ThreadSanitizer's runtime; programs without it have neither. */
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

typedef SWIFT void (*Lock)(uint32_t thread, SELF void *handle);
typedef SWIFT void (*Unlock)(SELF void *handle);

SWIFT void lockSlow(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT void unlockSlow(SELF void *handle) __asm__(UNLOCK);

SWIFT void lockSlow(uint32_t thread, SELF void *handle) {
  static Lock original;
  if (!original) original = (Lock)dlsym(RTLD_NEXT, LOCK);
  original(thread, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT void unlockSlow(SELF void *handle) {
  static Unlock original;
  if (!original) original = (Unlock)dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_release) __tsan_release(handle);
  original(handle);
}
