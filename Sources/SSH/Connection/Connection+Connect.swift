import Fleet
import Glibc

extension Connection {
  /// The way to the host: through the jump host, a proxy command, or straight over TCP.
  func reach(_ target: SSHTarget, timeout: Duration) async throws(Failure) -> any Transport {
    if let lease { return try await openChannel(through: lease, to: target, timeout: timeout) }
    if let command = target.proxyCommand { return try startProxy(command) }
    return try await connectSocket(to: target, timeout: timeout)
  }

  /// Connects over TCP to the first address of the host that answers.
  ///
  /// - Parameter timeout: for the name lookup and all addresses together; each address has an equal share of
  ///   what is left, so that one dead address of several does not use it all up.
  private func connectSocket(
    to target: SSHTarget, timeout: Duration
  ) async throws(Failure) -> SocketTransport {
    let (host, port) = (target.host, target.port)
    let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let deadline = ContinuousClock.now + timeout
    let addresses = try await resolve(
      host: host, port: port, family: target.addressFamily, timeout: timeout)
    var last: Failure?
    for (index, address) in addresses.enumerated() {
      let left = deadline - .now
      guard left > .zero else { break }
      let share = left / (addresses.count - index)
      switch await connect(to: address, from: target.bindAddress, timeout: share) {
      case .success(let transport): return transport
      case .failure(let failure):
        // An interruption of the whole operation is no matter of this address.
        try checkInterruption()
        last = failure.failure(place: place, address: address, of: addresses.count)
      }
    }
    throw last ?? timedOut(place, timeout)
  }

  private func timedOut(_ place: String, _ timeout: Duration) -> Failure {
    Failure(
      .connectTimeout, "connect to \(place): no answer within \(timeout.seconds)",
      hint: "check the address, and that no firewall drops port 22 or whichever sshd listens on")
  }

  private func resolve(
    host: String, port: UInt16, family: AddressFamily, timeout: Duration
  ) async throws(Failure) -> [Address] {
    // A numeric address needs no resolver, and so no thread.
    let numeric = Address.lookUp(host: host, port: port, family: family, numericOnly: true)
    if case .success(let addresses) = numeric { return addresses }
    let alarm = setAlarm(
      timeout, Failure(.connectTimeout, "look up \(host): no answer within \(timeout.seconds)"))
    defer { cancelAlarm(alarm) }
    switch try await offLoop({ Address.lookUp(host: host, port: port, family: family) }) {
    case .success(let addresses): return addresses
    case .failure(let error):
      throw Failure(
        .resolveFailed, "look up \(MessageText.clean(host)): \(error.text)",
        hint: "give the node's address as ansible_host, or add the name to /etc/hosts")
    }
  }

  private func connect(
    to address: Address, from source: String?, timeout: Duration
  ) async -> Result<SocketTransport, AddressError> {
    let descriptor = socket(
      address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return .failure(.system(SystemError(errno))) }
    if let source, let error = bind(descriptor, to: source, address.family) {
      Glibc.close(descriptor)
      return .failure(.source(source, error))
    }
    var status = address.withPointer { Glibc.connect(descriptor, $0, $1) }
    if status != 0, errno != EINPROGRESS, errno != EINTR {
      let error = SystemError(errno)
      Glibc.close(descriptor)
      return .failure(.system(error))
    }
    let transport: SocketTransport
    do {
      transport = try SocketTransport(descriptor, loop: loop) { [weak self] in
        self?.assumeIsolated { $0.wake() }
      }
    } catch {
      return .failure(.system(error))
    }
    let expiry = Expiry()
    let timer = loop.schedule(at: .now + timeout) { [weak self] in
      expiry.passed = true
      self?.assumeIsolated { $0.wake() }
    }
    defer { loop.cancel(timer) }
    while status != 0 {
      do {
        try await sleep()
      } catch {
        transport.close()
        return .failure(.interrupted)
      }
      if expiry.passed {
        transport.close()
        return .failure(.timedOut(timeout))
      }
      switch connectStatus(descriptor) {
      case nil: continue
      case 0: status = 0
      case let number?:
        transport.close()
        return .failure(.system(SystemError(number)))
      }
    }
    setOptions(descriptor)
    return .success(transport)
  }

  /// Gives the socket its own address; returns what went wrong.
  private func bind(_ descriptor: Int32, to source: String, _ family: Int32) -> String? {
    let wanted: AddressFamily = family == AF_INET ? .inet : .inet6
    switch Address.lookUp(host: source, port: 0, family: wanted, numericOnly: true) {
    case .failure(let error): return error.text
    case .success(let addresses):
      guard let address = addresses.first else { return "no address" }
      let status = address.withPointer { Glibc.bind(descriptor, $0, $1) }
      return status == 0 ? nil : SystemError(errno).text
    }
  }

  /// The errno of a connect under way, 0 once it stands, nil while neither is known.
  private func connectStatus(_ descriptor: Int32) -> Int32? {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    // A wake-up may have had another reason; SO_ERROR is 0 for a connect that has not ended.
    guard poll(&entry, 1, 0) == 1 else { return nil }
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    // Unsafe: SO_ERROR writes one int, whose size is given.
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 else { return errno }
    return number
  }

  private func setOptions(_ descriptor: Int32) {
    // Small packets, such as a window adjustment, must not wait for the acknowledgement of others. The
    // buffers keep the kernel's own sizes: a fixed SO_SNDBUF would end its adapting to the link.
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
    // Finds a dead peer also while a command without limits is silent.
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE)
  }

  private func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
    var on: Int32 = 1
    // Unsafe: the option takes one int, whose size is given. A failure costs speed only.
    setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
  }
}

/// Whether a timer has fired; on the loop's thread alone.
private final class Expiry {
  var passed = false
}

/// Why one address of a host did not answer.
private enum AddressError: Error {
  case system(SystemError)
  case timedOut(Duration)
  /// This machine's own address, and what is wrong with it.
  case source(String, String)
  case interrupted

  func failure(place: String, address: Address, of count: Int) -> Failure {
    let which = count > 1 || !place.contains(address.text) ? " (\(address.text))" : ""
    switch self {
    case .system(let error) where error.number == ECONNREFUSED:
      return Failure(
        .connectRefused, "connect to \(place)\(which): connection refused",
        hint: "check that sshd runs there and that the port is right")
    case .system(let error) where error.number == ETIMEDOUT:
      return Failure(.connectTimeout, "connect to \(place)\(which): \(error.text)")
    case .system(let error):
      return Failure(.connectFailed, "connect to \(place)\(which): \(error.text)")
    case .timedOut(let time):
      return Failure(
        .connectTimeout, "connect to \(place)\(which): no answer within \(time.seconds)",
        hint: "check the address, and that no firewall drops the port")
    case .source(let source, let text):
      return Failure(
        .connectFailed, "connect to \(place)\(which) from \(MessageText.clean(source)): \(text)",
        hint: "BindAddress must be an address of this machine, of the same family")
    case .interrupted:
      return Failure(.cancelled, "cancelled")
    }
  }
}
