#ifndef KEY_STREAM_H
#define KEY_STREAM_H

// For tests, which look at what OpenSSL makes of it.
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#if OPENSSL_VERSION_MAJOR >= 3
#include <openssl/provider.h>
#endif

// Gives OpenSSL an AES in counter mode that is fast in small pieces, for everything in this process that asks for one.
//
// libssh2 encrypts a packet 16 bytes at a time, and OpenSSL's own way from the call to the processor's instruction costs
// several times the encryption. This one makes its key stream (NIST SP 800-38A, section 6.5) thousands of bytes ahead, with
// OpenSSL's own AES, so that a small piece is an exclusive or.
//
// Returns 1 when it is in use, and 0 where things stay as they are: before OpenSSL 3, in FIPS mode, where OpenSSL's default
// provider was taken out, or without memory. Further calls change nothing; what is under way with other ciphers is not
// touched.
int key_stream_install(void);

#endif
