import NIOHPACK

/// How a call ended (gRPC over HTTP/2, "Responses"; the numbers are those of gRPC's status codes).
public struct GRPCStatus: Sendable, Equatable {
  public let code: Int
  /// What the server said, as it said it.
  public let message: String

  static let ok = 0
  static let alreadyExists = 6

  var isOK: Bool { code == Self.ok }

  /// It says nothing of what was asked: cancelled, deadline exceeded, unavailable.
  public var isPassing: Bool { [1, 4, 14].contains(code) }

  init(code: Int, message: String) {
    self.code = code
    self.message = message
  }

  /// The status in a call's last headers; nil when they hold none.
  init?(_ trailers: HPACKHeaders) {
    guard let text = trailers.first(name: "grpc-status"), let code = Int(text) else { return nil }
    self.init(code: code, message: Self.decoded(trailers.first(name: "grpc-message") ?? ""))
  }

  /// Undoes the percent-encoding of a message.
  private static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
