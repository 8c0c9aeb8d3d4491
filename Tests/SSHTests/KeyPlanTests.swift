import Testing

@testable import SSH

/// Which keys are shown to a server, and in which order.
@Suite struct KeyPlanTests {
  struct Fake: Signer {
    let publicKey: PublicKey
    func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8] { [] }
  }

  private static func key(_ number: UInt8) throws -> PublicKey {
    var writer = WireWriter()
    writer.string("ssh-ed25519")
    writer.string([UInt8](repeating: number, count: 32))
    return try #require(PublicKey(blob: writer.bytes))
  }

  private static func plan(
    named: [UInt8] = [], usual: [UInt8] = [], agent: [UInt8] = [], listed: [UInt8] = [], only: Bool = false,
    limit: Int = 6
  ) throws -> KeyPlan {
    let files =
      try named.map { KeyPlan.FileKey(path: "\($0)", isNamed: true, signer: Fake(publicKey: try key($0))) }
      + usual.map { KeyPlan.FileKey(path: "\($0)", isNamed: false, signer: Fake(publicKey: try key($0))) }
    let client = AgentClient(socketPath: "/nowhere")
    return KeyPlan(
      files: files, certificates: [],
      agentKeys: try agent.map { AgentSigner(agent: client, publicKey: try key($0), comment: "\($0)") },
      listed: try listed.map { try key($0) }, identitiesOnly: only, limit: limit)
  }

  private func order(_ plan: KeyPlan) -> [UInt8] {
    plan.candidates.compactMap { $0.signer.publicKey.blob.last }
  }

  @Test func whatIsNamedGoesFirst() throws {
    let plan = try Self.plan(named: [1, 2], usual: [3], agent: [4, 2, 5])
    #expect(order(plan) == [1, 2, 4, 5, 3])
    #expect(plan.candidates[1].signer is AgentSigner)
    #expect(plan.leftOut == 0)
  }

  @Test func identitiesOnlyLeavesTheAgentsOthersOut() throws {
    let plan = try Self.plan(named: [1], agent: [4, 1, 5], listed: [5], only: true)
    #expect(order(plan) == [1, 5])
  }

  @Test(
    arguments: [
      (6, [1, 4, 5, 6, 7, 3], 2), (3, [1, 4, 3], 5), (2, [1, 3], 6), (1, [1], 7),
    ] as [(Int, [UInt8], Int)])
  func anAgentFullOfKeysLeavesATryForTheFiles(_ limit: Int, _ expected: [UInt8], _ leftOut: Int) throws {
    let plan = try Self.plan(named: [1], usual: [3], agent: [4, 5, 6, 7, 8, 9], limit: limit)
    #expect(order(plan) == expected)
    #expect(plan.leftOut == leftOut)
  }

  @Test func aKeyIsShownOnce() throws {
    #expect(order(try Self.plan(named: [1, 1], usual: [1], agent: [1, 1])) == [1])
  }

  @Test func anAgentAloneIsTriedWhateverTheLimit() throws {
    #expect(order(try Self.plan(agent: [4, 5], limit: 1)) == [4])
  }
}
