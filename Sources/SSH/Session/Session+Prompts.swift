import CLibSSH2
import Glibc

extension Session {
  /// Answers keyboard-interactive (RFC 4256) with ``promptAnswer``: once, and only to a single prompt that
  /// does not echo, which is what a password prompt looks like. Everything else gets an empty answer.
  static let promptCallback:
    @convention(c) (
      UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Int32,
      UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?, UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?,
      UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Void = { _, _, _, _, count, prompts, responses, abstract in
      guard count == 1, let prompts, let responses, prompts[0].echo == 0, let opaque = abstract?.pointee
      else {
        return
      }
      // Unsafe: the abstract pointer is the session that makes the call (see its initialiser).
      let session = Unmanaged<Session>.fromOpaque(opaque).takeUnretainedValue()
      guard let answer = session.promptAnswer else { return }
      session.promptAnswer = nil
      // Unsafe: libssh2 has zeroed the responses and frees each text with the session's allocator, malloc's.
      responses[0].text = strdup(answer)
      responses[0].length = UInt32(answer.utf8.count)
    }
}
