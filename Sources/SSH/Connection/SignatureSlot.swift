import CLibSSH2
import Glibc

/// Carries the data to be signed out of libssh2's callback, and the signature back in.
///
/// The callback must not wait. When libssh2 asks for the signature, it is told to come again, and the data is
/// kept; the signature is made on a thread that may block, and the next call of libssh2_userauth_publickey
/// gets it.
final class SignatureSlot {
  private(set) var request: [UInt8]?
  var signature: [UInt8]?
  /// There will be no signature: the next call ends with an error and leaves the session ready for another
  /// key.
  var refusal: SigningError?
  /// What libssh2 hands to the callback: a pointer to a pointer to this object.
  let abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  init() {
    abstract = .allocate(capacity: 1)
    abstract.initialize(to: nil)
    // Unsafe: unretained, since the owner keeps the slot until the login call has ended.
    abstract.pointee = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    abstract.deallocate()
  }

  private func answer(
    _ data: UnsafeBufferPointer<UInt8>, _ result: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
    _ length: UnsafeMutablePointer<Int>
  ) -> Int32 {
    if refusal != nil { return LIBSSH2_ERROR_HOSTKEY_SIGN }
    guard let signature else {
      request = Array(data)
      return LIBSSH2_ERROR_EAGAIN
    }
    // Unsafe: libssh2 frees the signature with the session's allocator, which is malloc's (see Session.init).
    guard let copy = malloc(signature.count)?.assumingMemoryBound(to: UInt8.self) else {
      return LIBSSH2_ERROR_ALLOC
    }
    copy.update(from: signature, count: signature.count)
    result.pointee = copy
    length.pointee = signature.count
    return 0
  }

  /// The sign_callback of libssh2_userauth_publickey.
  static let callback:
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, UnsafeMutablePointer<Int>?,
      UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int32 = { _, result, length, data, count, abstract in
      guard let result, let length, let opaque = abstract?.pointee else { return LIBSSH2_ERROR_BAD_USE }
      // Unsafe: `abstract` is the pointer of a slot that is alive (see its initialiser); the data is
      // libssh2's for the time of this call and is copied.
      return Unmanaged<SignatureSlot>.fromOpaque(opaque).takeUnretainedValue()
        .answer(UnsafeBufferPointer(start: data, count: count), result, length)
    }
}
