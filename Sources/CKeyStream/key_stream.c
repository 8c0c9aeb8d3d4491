// An OpenSSL provider (provider(7), provider-cipher(7)) with one kind of cipher: AES-CTR with a key stream made ahead.
#include "key_stream.h"

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_MAJOR < 3

int key_stream_install(void) { return 0; }

#else

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

// Bytes of key stream that are made at a time: enough that the call costs nothing beside it, and little for the two of each
// of hundreds of sessions.
enum { AHEAD = 4096, BLOCK = 16 };

struct stream {
  EVP_CIPHER_CTX *cipher;
  // The key stream, of which the bytes from `used` on are not spent.
  unsigned char ahead[AHEAD];
  size_t used;
  size_t key_size;
  // A key stream was made since the last initialisation vector.
  int has_begun;
};

static void forget(struct stream *stream) {
  OPENSSL_cleanse(stream->ahead, sizeof stream->ahead);
  stream->used = AHEAD;
}

static void *new_stream(const char *name, size_t key_size) {
  struct stream *stream = OPENSSL_zalloc(sizeof *stream);
  // Without the property it would find itself.
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, "provider=default");
  if (stream != NULL && cipher != NULL && (stream->cipher = EVP_CIPHER_CTX_new()) != NULL &&
      EVP_EncryptInit_ex2(stream->cipher, cipher, NULL, NULL, NULL)) {
    stream->used = AHEAD;
    stream->key_size = key_size;
    EVP_CIPHER_free(cipher);
    return stream;
  }
  EVP_CIPHER_free(cipher);
  if (stream != NULL) EVP_CIPHER_CTX_free(stream->cipher);
  OPENSSL_free(stream);
  return NULL;
}

static void *new_128(void *provider) { return new_stream("AES-128-CTR", 16); }
static void *new_192(void *provider) { return new_stream("AES-192-CTR", 24); }
static void *new_256(void *provider) { return new_stream("AES-256-CTR", 32); }

static void free_stream(void *context) {
  struct stream *stream = context;
  if (stream == NULL) return;
  EVP_CIPHER_CTX_free(stream->cipher);
  OPENSSL_clear_free(stream, sizeof *stream);
}

static void *copy_stream(void *context) {
  struct stream *copy = OPENSSL_memdup(context, sizeof *copy);
  if (copy == NULL) return NULL;
  copy->cipher = EVP_CIPHER_CTX_new();
  if (copy->cipher != NULL && EVP_CIPHER_CTX_copy(copy->cipher, ((struct stream *)context)->cipher)) return copy;
  free_stream(copy);
  return NULL;
}

// Encryption and decryption are the same.
static int begin(
    void *context, const unsigned char *key, size_t key_size, const unsigned char *iv, size_t iv_size,
    const OSSL_PARAM params[]) {
  struct stream *stream = context;
  if ((key != NULL && key_size != stream->key_size) || (iv != NULL && iv_size != BLOCK)) return 0;
  if (iv == NULL && stream->has_begun) {
    // Without either, OpenSSL goes on with the next block. A new key in the middle has no use, and would need the counter of
    // a place that is passed.
    if (key != NULL) return 0;
    stream->used = (stream->used + BLOCK - 1) / BLOCK * BLOCK;
    return 1;
  }
  forget(stream);
  stream->has_begun = 0;
  return EVP_EncryptInit_ex2(stream->cipher, NULL, key, iv, params);
}

static int cipher(
    void *context, unsigned char *out, size_t *written, size_t room, const unsigned char *in, size_t size) {
  struct stream *stream = context;
  if (room < size) return 0;
  for (size_t done = 0; done < size;) {
    if (stream->used == AHEAD) {
      int made = 0;
      memset(stream->ahead, 0, AHEAD);
      if (!EVP_EncryptUpdate(stream->cipher, stream->ahead, &made, stream->ahead, AHEAD) || made != AHEAD) return 0;
      stream->used = 0;
      stream->has_begun = 1;
    }
    const unsigned char *ahead = stream->ahead + stream->used;
    size_t count = size - done < AHEAD - stream->used ? size - done : AHEAD - stream->used;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
      // Unaligned, and in place or apart: copies that become single instructions.
      uint64_t text, mask;
      memcpy(&text, in + done + i, 8);
      memcpy(&mask, ahead + i, 8);
      text ^= mask;
      memcpy(out + done + i, &text, 8);
    }
    for (; i < count; i++) out[done + i] = in[done + i] ^ ahead[i];
    stream->used += count;
    done += count;
  }
  *written = size;
  return 1;
}

static int finish(void *context, unsigned char *out, size_t *written, size_t room) {
  *written = 0;
  return 1;
}

// MARK: What OpenSSL asks about it

static int describe(OSSL_PARAM params[], size_t key_size) {
  OSSL_PARAM *found;
  if ((found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_MODE)) && !OSSL_PARAM_set_uint(found, EVP_CIPH_CTR_MODE))
    return 0;
  if ((found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_KEYLEN)) && !OSSL_PARAM_set_size_t(found, key_size)) return 0;
  if ((found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_IVLEN)) && !OSSL_PARAM_set_size_t(found, BLOCK)) return 0;
  // A stream has no blocks.
  if ((found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_BLOCK_SIZE)) && !OSSL_PARAM_set_size_t(found, 1)) return 0;
  return 1;
}

static int describe_128(OSSL_PARAM params[]) { return describe(params, 16); }
static int describe_192(OSSL_PARAM params[]) { return describe(params, 24); }
static int describe_256(OSSL_PARAM params[]) { return describe(params, 32); }
static int describe_stream(void *context, OSSL_PARAM params[]) {
  return describe(params, ((struct stream *)context)->key_size);
}

#define FUNCTION(id, function) {id, (void (*)(void))function}
#define FUNCTIONS(bits)                                                                         \
  static const OSSL_DISPATCH functions_##bits[] = {                                             \
      FUNCTION(OSSL_FUNC_CIPHER_NEWCTX, new_##bits),                                            \
      FUNCTION(OSSL_FUNC_CIPHER_FREECTX, free_stream),                                          \
      FUNCTION(OSSL_FUNC_CIPHER_DUPCTX, copy_stream),                                           \
      FUNCTION(OSSL_FUNC_CIPHER_ENCRYPT_INIT, begin),                                           \
      FUNCTION(OSSL_FUNC_CIPHER_DECRYPT_INIT, begin),                                           \
      FUNCTION(OSSL_FUNC_CIPHER_UPDATE, cipher),                                                \
      FUNCTION(OSSL_FUNC_CIPHER_FINAL, finish),                                                 \
      FUNCTION(OSSL_FUNC_CIPHER_CIPHER, cipher),                                                \
      FUNCTION(OSSL_FUNC_CIPHER_GET_PARAMS, describe_##bits),                                   \
      FUNCTION(OSSL_FUNC_CIPHER_GET_CTX_PARAMS, describe_stream),                               \
      {0, NULL}};
FUNCTIONS(128)
FUNCTIONS(192)
FUNCTIONS(256)

static const OSSL_ALGORITHM ciphers[] = {
    {"AES-128-CTR", "provider=gantry", functions_128, NULL},
    {"AES-192-CTR", "provider=gantry", functions_192, NULL},
    {"AES-256-CTR", "provider=gantry", functions_256, NULL},
    {NULL, NULL, NULL, NULL}};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache) {
  *no_cache = 0;
  return operation == OSSL_OP_CIPHER ? ciphers : NULL;
}

static const OSSL_DISPATCH provider_functions[] = {
    FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), {0, NULL}};

static int start(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provider) {
  *out = provider_functions;
  *provider = (void *)handle;
  return 1;
}

static int installed;

static void install(void) {
  if (EVP_default_properties_is_fips_enabled(NULL) || !OSSL_PROVIDER_available(NULL, "default")) return;
  // Once one is loaded by name, the default one is no longer loaded by itself.
  if (OSSL_PROVIDER_load(NULL, "default") == NULL) return;
  // Random numbers stay as they are; refused, and not needed, when their generator is at work already.
  RAND_set_DRBG_type(NULL, NULL, "provider=default", NULL, NULL);
  if (!OSSL_PROVIDER_add_builtin(NULL, "gantry", start)) return;
  if (OSSL_PROVIDER_load(NULL, "gantry") == NULL) return;
  // A wish: what it does not have comes from the others.
  installed = EVP_set_default_properties(NULL, "?provider=gantry");
}

int key_stream_install(void) {
  static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
  return CRYPTO_THREAD_run_once(&once, install) && installed;
}

#endif
