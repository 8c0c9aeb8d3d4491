import Glibc

/// A socket address of a host.
struct Address: Sendable {
  /// The bytes of a sockaddr_in or sockaddr_in6.
  let bytes: [UInt8]
  let family: Int32

  /// The addresses of `host`, in the order in which they should be tried (RFC 6724, done by getaddrinfo). May
  /// block.
  ///
  /// - Returns: at least one address, or the resolver's words for why there is none.
  static func lookUp(
    host: String, port: UInt16, family: AddressFamily = .any, numericOnly: Bool = false
  ) -> Result<[Address], ResolveError> {
    var hints = addrinfo()
    hints.ai_family =
      switch family {
      case .any: AF_UNSPEC
      case .inet: AF_INET
      case .inet6: AF_INET6
      }
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    // Unsafe: on success the list is ours until freeaddrinfo, below; its pointers are read before that.
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else {
      let text =
        status == EAI_SYSTEM ? SystemError(errno).text : String(cString: gai_strerror(status)).lowercased()
      return .failure(ResolveError(text: text))
    }
    defer { freeaddrinfo(list) }
    var addresses: [Address] = []
    var node = list
    while let entry = node?.pointee {
      if let address = entry.ai_addr {
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
        addresses.append(Address(bytes: Array(bytes), family: entry.ai_family))
      }
      node = entry.ai_next
    }
    return addresses.isEmpty ? .failure(ResolveError(text: "no address")) : .success(addresses)
  }

  /// The numeric form, such as "10.0.0.3" or "fe80::1%eth0".
  var text: String {
    var buffer = [CChar](repeating: 0, count: 128)
    let status = withPointer { address, length in
      getnameinfo(address, length, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
    }
    guard status == 0 else { return "?" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Calls `body` with the address in the form of the socket calls.
  func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
    // Unsafe: a sockaddr_storage is large and aligned enough for every family, and starts as a sockaddr does.
    var storage = sockaddr_storage()
    return withUnsafeMutableBytes(of: &storage) { target in
      target.copyBytes(from: bytes.prefix(target.count))
      return target.withMemoryRebound(to: sockaddr.self) { pointer in
        guard let address = pointer.baseAddress else { preconditionFailure("a variable has an address") }
        return body(UnsafePointer(address), socklen_t(bytes.count))
      }
    }
  }
}

/// Why a name has no address, in the resolver's words.
struct ResolveError: Error, Equatable {
  let text: String
}
