#ifndef GANTRY_CLIBSSH2_SHIM_H
#define GANTRY_CLIBSSH2_SHIM_H

// 1.11.1 deprecates libssh2_session_callback_set for a form that 1.10 does not have.
#define LIBSSH2_DISABLE_DEPRECATION 1
#include <libssh2.h>

// The sessions wait with these, and Swift's Glibc module does not have them.
#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif
