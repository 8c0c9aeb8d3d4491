import CLibSSH2
import Glibc
import Synchronization

/// One thread that waits for sockets and timers and runs the actors that live on it.
///
/// It is the executor of its ``Connection`` actors: their code runs on this thread between two calls of
/// epoll_wait, so a session is only ever touched by one thread, and the cooperative pool is never blocked by
/// a slow disk or cipher. A resumed continuation goes to its task's executor before its actor's. The loop is
/// both for the tasks of its connections (SE-0417), so that a wake-up does not take the way around over the
/// cooperative pool. Registrations and timers belong to the loop's thread; `enqueue` and `execute` may be
/// called from any.
final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
  // Unchecked: what is not behind `inbox` is read and written by the loop's own thread alone, which the
  // methods check.

  /// What to do when a descriptor is ready, with the bits of epoll_ctl(2).
  typealias Handler = (_ events: UInt32) -> Void
  /// The number by which a timer is taken back.
  typealias TimerID = UInt64

  private struct Inbox {
    var jobs: [UnownedJob] = []
    var closures: [@Sendable () -> Void] = []
    /// The doorbell was rung and not yet answered; more rings would be wasted system calls.
    var rung = false
    var stopping = false
  }

  private let inbox = Mutex(Inbox())
  private let epoll: Int32
  private let doorbell: Int32
  private var thread: pthread_t = 0
  private var handlers: [UInt64: Handler] = [:]
  private var lastRegistration: UInt64 = 0
  private var timers = TimerHeap<() -> Void>()
  private var pendingTimers: Set<TimerID> = []
  /// Jobs that the loop's own thread enqueued; they need neither the lock nor the doorbell.
  private var localJobs: [UnownedJob] = []
  /// The local jobs of the round that runs; swapped with the above, so that both arrays keep their storage.
  private var runningJobs: [UnownedJob] = []
  private var nextTurn: [UnsafeContinuation<Void, Never>] = []
  /// Room for one read, shared by all sessions of the loop, since no two of them run at the same time.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

  /// Starts the thread, which ends after ``stop()``.
  init() {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    doorbell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    precondition(epoll >= 0 && doorbell >= 0, "no descriptors for an event loop: errno \(errno)")
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
    precondition(epoll_ctl(epoll, EPOLL_CTL_ADD, doorbell, &event) == 0, "epoll_ctl failed: errno \(errno)")
    // Unsafe: the thread owns this reference and releases it when it ends.
    let context = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { context in
        // Unsafe: the pointer is the retained loop of the line above; this is its only release.
        guard let context else { return nil }
        Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context)
    precondition(status == 0, "no thread for an event loop: \(status)")
    pthread_detach(thread)
  }

  deinit {
    close(epoll)
    close(doorbell)
    scratch.deallocate()
  }

  // MARK: Executor

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      localJobs.append(job)
    } else {
      post { $0.jobs.append(job) }
    }
  }

  func checkIsolated() {
    precondition(isCurrent, "this code belongs to another event loop's thread")
  }

  func isIsolatingCurrentContext() -> Bool? { isCurrent }

  /// Whether the caller runs on the loop's thread.
  var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

  /// Runs `closure` on the loop's thread, soon. From any thread.
  func execute(_ closure: @escaping @Sendable () -> Void) {
    post { $0.closures.append(closure) }
  }

  /// Ends the thread once it has nothing at hand. Only when no connection of the loop is left.
  func stop() {
    post { $0.stopping = true }
  }

  private func post(_ change: (inout sending Inbox) -> Void) {
    let ring = inbox.withLock { inbox in
      change(&inbox)
      let ring = !inbox.rung
      inbox.rung = true
      return ring
    }
    // An eventfd counter never blocks at these values; EINTR cannot happen for a non-blocking write.
    if ring { _ = eventfd_write(doorbell, 1) }
  }

  // MARK: Sockets, timers, turns; the loop's thread only

  /// Watches a descriptor, edge triggered, in both directions, until ``unregister(_:_:)``.
  func register(_ descriptor: Int32, _ handler: @escaping Handler) throws(SystemError) -> UInt64 {
    checkIsolated()
    lastRegistration += 1
    let bits = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    var event = epoll_event(events: bits, data: epoll_data_t(u64: lastRegistration))
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw SystemError(errno) }
    handlers[lastRegistration] = handler
    return lastRegistration
  }

  func unregister(_ registration: UInt64, _ descriptor: Int32) {
    checkIsolated()
    handlers[registration] = nil
    _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  /// Calls `action` once `instant` has passed.
  func schedule(at instant: ContinuousClock.Instant, _ action: @escaping () -> Void) -> TimerID {
    checkIsolated()
    let id = timers.add(instant, action)
    pendingTimers.insert(id)
    return id
  }

  /// Takes back a timer; harmless when it has fired.
  func cancel(_ timer: TimerID) {
    checkIsolated()
    if pendingTimers.remove(timer) != nil { timers.cancel(timer) }
  }

  /// Lets every other session of the loop have its turn.
  func yieldTurn(isolation: isolated (any Actor)? = #isolation) async {
    checkIsolated()
    await withUnsafeContinuation { nextTurn.append($0) }
  }

  // MARK: The thread

  private func run() {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    while true {
      let count = epoll_wait(epoll, &events, Int32(events.count), timeout())
      // Negative is EINTR here; the other errors would be faults in this file.
      precondition(count >= 0 || errno == EINTR, "epoll_wait failed: errno \(errno)")
      for index in 0..<max(0, Int(count)) {
        let event = events[index]
        if event.data.u64 == 0 {
          var value: eventfd_t = 0
          _ = eventfd_read(doorbell, &value)
        } else {
          // A handler of this very batch may have unregistered it.
          handlers[event.data.u64]?(event.events)
        }
      }
      fireTimers()
      let resumed = nextTurn
      nextTurn.removeAll(keepingCapacity: true)
      for continuation in resumed { continuation.resume() }
      if runJobs() { return }
    }
  }

  private func run(_ job: UnownedJob) {
    job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
  }

  /// Milliseconds for epoll_wait, rounded up so that it does not wake just before a timer is due.
  private func timeout() -> Int32 {
    if !nextTurn.isEmpty || !localJobs.isEmpty { return 0 }
    guard let instant = timers.earliest() else { return -1 }
    let wait = instant - .now
    if wait <= .zero { return 0 }
    let (seconds, attoseconds) = wait.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1
    return Int32(min(milliseconds, 3_600_000))
  }

  private func fireTimers() {
    guard timers.count > 0 else { return }
    let now = ContinuousClock.now
    while let (number, action) = timers.popDue(now) {
      pendingTimers.remove(number)
      action()
    }
  }

  /// Runs what is queued, a few rounds of it; returns true when the thread is to end.
  private func runJobs() -> Bool {
    // Jobs enqueue jobs; after these rounds the sockets are looked at again.
    for _ in 0..<16 {
      let (jobs, closures, stopping) = inbox.withLock { inbox in
        defer {
          inbox.jobs = []
          inbox.closures = []
          inbox.rung = false
        }
        return (inbox.jobs, inbox.closures, inbox.stopping)
      }
      swap(&localJobs, &runningJobs)
      if jobs.isEmpty, closures.isEmpty, runningJobs.isEmpty { return stopping }
      for closure in closures { closure() }
      for job in runningJobs { run(job) }
      runningJobs.removeAll(keepingCapacity: true)
      for job in jobs { run(job) }
    }
    return false
  }
}
